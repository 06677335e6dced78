import re


def parse_byte_range(header, size):
    if not header.startswith("bytes="):
        return None
    ranges = []
    for text in header[len("bytes=") :].split(","):
        match = re.fullmatch(r"([0-9]*)-([0-9]*)", text)
        if match is None or text == "-":
            return None
        first, last = (int(part) if part else None for part in match.groups())
        if first is not None and last is not None and first > last:
            return None
        if first is None:
            first, last = max(0, size - last), size - 1
        else:
            last = size - 1 if last is None else min(last, size - 1)
        if first <= last:
            ranges.append([first, last])
    return ranges
