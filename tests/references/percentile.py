def percentile(values: list[int], p: int) -> float:
    if not values or not 0 <= p <= 100:
        raise ValueError("no values, or p is not between 0 and 100")
    ordered = sorted(values)
    place, rest = divmod((len(ordered) - 1) * p, 100)
    if rest == 0:
        return ordered[place]
    return ordered[place] + (ordered[place + 1] - ordered[place]) * rest / 100
