import math


def normalize2d(x, y):
    mag = math.hypot(x, y)
    if mag == 0:
        return {"mag": 0, "nx": 0, "ny": 0}
    return {"mag": mag, "nx": x / mag, "ny": y / mag}
