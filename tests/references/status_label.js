const LABELS = ["informational", "success", "redirect", "client error", "server error"];

export function status_label(code) {
  if (code < 100 || code > 599) {
    throw new RangeError(`no HTTP status code: ${code}`);
  }
  return LABELS[Math.floor(code / 100) - 1];
}
