import re


def _read_time(text):
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"not a time as HH:MM: {text!r}")
    return int(text[:2]) * 60 + int(text[3:])


def _write_time(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def free_slots(busy, opens, closes, minutes):
    first, last = _read_time(opens), _read_time(closes)
    meetings = sorted((_read_time(start), _read_time(end)) for start, end in busy)
    if first >= last or minutes < 1 or any(start >= end for start, end in meetings):
        raise ValueError("closes isn't after opens, minutes below 1, or a meeting has no length")
    slots = []
    free_from = first
    for start, end in [*meetings, (last, last)]:
        until = min(start, last)
        if until - free_from >= minutes:
            slots.append([_write_time(free_from), _write_time(until)])
        free_from = max(free_from, end)
    return slots
