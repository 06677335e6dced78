def merge_intervals(intervals):
    merged = []
    for start, end in sorted(pair for pair in intervals if pair[0] <= pair[1]):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
