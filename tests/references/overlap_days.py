import re
from datetime import date


def _read_day(text):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"not a date as YYYY-MM-DD: {text!r}")
    return date.fromisoformat(text)


def overlap_days(first, second):
    stays = [(_read_day(stay["start"]), _read_day(stay["end"])) for stay in (first, second)]
    if any(end < start for start, end in stays):
        raise ValueError("an end comes before its start")
    start = max(start for start, _ in stays)
    end = min(end for _, end in stays)
    return max(0, (end - start).days + 1)
