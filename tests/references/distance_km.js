const radians = (degrees) => (degrees * Math.PI) / 180;

export function distance_km(start, end) {
  for (const { lat, lon } of [start, end]) {
    if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
      throw new RangeError(`not on the ball: ${lat}, ${lon}`);
    }
  }
  const [lat1, lat2] = [radians(start.lat), radians(end.lat)];
  const turn = radians(end.lon - start.lon);
  const chord =
    Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(turn / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(Math.min(1, chord)));
}
