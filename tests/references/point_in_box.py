def point_in_box(point, box):
    x, y = point
    across = box["left"] <= x < box["left"] + box["width"]
    down = box["top"] <= y < box["top"] + box["height"]
    return across and down
