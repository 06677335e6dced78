export function clamp(value, low, high) {
  if (low > high) {
    throw new RangeError(`low ${low} is greater than high ${high}`);
  }
  return Math.max(low, Math.min(value, high));
}
