def clamp(value, low, high):
    if low > high:
        raise ValueError(f"low {low} is greater than high {high}")
    return max(low, min(value, high))
