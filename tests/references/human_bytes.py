def human_bytes(count, binary=None):
    if count < 0:
        raise ValueError("count is negative")
    step = 1024 if binary else 1000
    units = ["KiB", "MiB", "GiB", "TiB"] if binary else ["kB", "MB", "GB", "TB"]
    if count < step:
        return f"{count} B"
    power = 1
    while power < len(units) and count >= step ** (power + 1):
        power += 1
    tenths = count * 10 // step**power
    return f"{tenths // 10}.{tenths % 10} {units[power - 1]}"
