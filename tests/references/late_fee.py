def late_fee(days_late: int, per_day: float, most: float) -> float:
    if per_day < 0 or most < 0:
        raise ValueError("per_day and most can't be negative")
    return min(max(days_late, 0) * per_day, most)
