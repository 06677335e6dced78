import re
from datetime import date, timedelta


def next_business_day(day, holidays=None):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise ValueError(f"not a date as YYYY-MM-DD: {day!r}")
    current = date.fromisoformat(day)
    while True:
        current += timedelta(days=1)
        if current.weekday() < 5 and current.isoformat() not in (holidays or []):
            return current.isoformat()
