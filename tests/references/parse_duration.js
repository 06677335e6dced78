const PARTS = /^(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/;
const SECONDS = [86400, 3600, 60, 1];

export function parse_duration(text) {
  const found = PARTS.exec(text);
  if (text === "" || found === null) {
    throw new RangeError(`no duration: ${text}`);
  }
  return SECONDS.reduce((sum, unit, place) => sum + unit * Number(found[place + 1] ?? 0), 0);
}
