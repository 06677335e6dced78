import re


def parse_duration(text):
    match = re.fullmatch(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?", text)
    if not text or match is None:
        raise ValueError(f"no duration: {text!r}")
    seconds = (86400, 3600, 60, 1)
    return sum(int(part or 0) * unit for part, unit in zip(match.groups(), seconds, strict=True))
