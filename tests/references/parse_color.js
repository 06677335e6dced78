export function parse_color(text) {
  if (!/^#(?:[0-9a-fA-F]{3}){1,2}$/.test(text)) {
    return null;
  }
  const digits = text.length === 4 ? text.replace(/[^#]/g, "$&$&") : text;
  const part = (place) => parseInt(digits.slice(place, place + 2), 16);
  return { r: part(1), g: part(3), b: part(5) };
}
