import re


def _read_item(item, low, high):
    match = re.fullmatch(r"(?:([0-9]+)|(?:\*|([0-9]+)-([0-9]+))(?:/([0-9]+))?)", item)
    if match is None:
        raise ValueError(f"not an item: {item!r}")
    single, start, end, step = (int(part) if part else None for part in match.groups())
    if single is not None:
        start = end = single
    elif start is None:
        start, end = low, high
    if not low <= start <= end <= high:
        raise ValueError(f"{item!r} is not within {low} to {high}")
    return range(start, end + 1, 1 if step is None else step)


def parse_cron_field(field, low, high):
    if not 0 <= high - low <= 1000:
        raise ValueError("high is below low or too far above it")
    numbers = set()
    for item in field.split(","):
        numbers.update(_read_item(item, low, high))
    return sorted(numbers)
