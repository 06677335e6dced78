export function normalize2d(x, y) {
  const mag = Math.hypot(x, y);
  if (mag === 0) {
    return { mag: 0, nx: 0, ny: 0 };
  }
  return { mag, nx: x / mag, ny: y / mag };
}
