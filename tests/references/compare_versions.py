import re
from itertools import zip_longest


def _parse(version):
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)*)(?:-([a-zA-Z0-9]+(?:\.[a-zA-Z0-9]+)*))?", version)
    if match is None:
        raise ValueError(f"not a version: {version!r}")
    numbers = [int(part) for part in match[1].split(".")]
    parts = match[2].split(".") if match[2] else None
    return numbers, parts


def _part_key(part):
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


def _sign(left, right):
    return (left > right) - (left < right)


def compare_versions(left, right):
    (left_numbers, left_pre), (right_numbers, right_pre) = _parse(left), _parse(right)
    for one, other in zip_longest(left_numbers, right_numbers, fillvalue=0):
        if one != other:
            return _sign(one, other)
    if left_pre is None or right_pre is None:
        return _sign(left_pre is None, right_pre is None)
    return _sign([_part_key(part) for part in left_pre], [_part_key(part) for part in right_pre])
