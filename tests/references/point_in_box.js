export function point_in_box(point, box) {
  const [x, y] = point;
  const across = box.left <= x && x < box.left + box.width;
  const down = box.top <= y && y < box.top + box.height;
  return across && down;
}
