"""When an answer is the expected one. Runs in the builder, on decoded JSON values only.

- Numbers compare by value: 5 equals 5.0. Two integers compare exactly, however big. As soon
  as one of the two is a float, a relative difference of 1e-9 is let pass. An example's own
  tolerance is relative and absolute at once, and then holds for integers too.
- true and false are not numbers: True is not 1.
- -0.0 equals 0.0. NaN and infinities are no JSON values: such an answer never gets here.
- Strings compare by code point, without normalising: "é" and "e" + U+0301 differ.
- Lists compare in order; a tuple that was returned has become a list. Sets are refused
  before, for they have no order. Objects compare by keys and values, in any order of keys.
"""

from __future__ import annotations

import math
from fractions import Fraction

from hatch_intent.spec.model import Json, Spec
from hatch_intent.spec.shown import one_line

RELATIVE_TOLERANCE = 1e-9
_SHOWN = 200
_NUMBERS = (int, float)


_Found = tuple[list["str | int"], str]  # the path's steps, innermost first, and the message


def difference(expected: Json, got: Json, tolerance: float | None = None) -> str | None:
    """The first place where the two differ, or None when they are the same.

    `["mag"]: expected 5, got 4`; without a path when the whole value differs.
    """
    found = _search(expected, got, tolerance)
    if found is None:
        return None
    path, message = found
    place = "".join(f"[{show(step)}]" for step in reversed(path))
    return f"{place}: {message}" if place else message


def tolerance_of(spec: Spec) -> float | None:
    """How far two answers to a made-up input may differ, where every example says how far."""
    stated = [each.tolerance for each in spec.examples if each.raises is None]
    told = [each for each in stated if each is not None]
    return min(told) if told and len(told) == len(stated) else None


def _search(expected: Json, got: Json, tolerance: float | None) -> _Found | None:
    if type(expected) is list and type(got) is list:
        return _in_lists(expected, got, tolerance)
    if type(expected) is dict and type(got) is dict:
        return _in_objects(expected, got, tolerance)
    if _same_leaf(expected, got, tolerance):
        return None
    return [], f"expected {show(expected)}, got {show(got)}"


def _in_lists(expected: list[Json], got: list[Json], tolerance: float | None) -> _Found | None:
    if len(expected) != len(got):
        return [], f"expected {len(expected)} items, got {len(got)}: {show(got)}"
    for index, item in enumerate(expected):
        found = _search(item, got[index], tolerance)
        if found:
            found[0].append(index)
            return found
    return None


def _in_objects(
    expected: dict[str, Json], got: dict[str, Json], tolerance: float | None
) -> _Found | None:
    if expected.keys() != got.keys():
        return [], _keys_differ(expected, got)
    for key, item in expected.items():
        found = _search(item, got[key], tolerance)
        if found:
            found[0].append(key)
            return found
    return None


def _keys_differ(expected: dict[str, Json], got: dict[str, Json]) -> str:
    for key in expected:
        if key not in got:
            return f"key {show(key)} is missing"
    return f"key {show(next(key for key in got if key not in expected))} was not expected"


def _same_leaf(expected: Json, got: Json, tolerance: float | None) -> bool:
    if type(expected) in _NUMBERS and type(got) in _NUMBERS:
        return _same_number(expected, got, tolerance)
    return type(expected) is type(got) and bool(expected == got)


def _same_number(expected: float, got: float, tolerance: float | None) -> bool:
    if type(expected) is int and type(got) is int:
        return expected == got or _within(expected, got, tolerance)
    try:
        return math.isclose(
            expected,
            got,
            rel_tol=RELATIVE_TOLERANCE if tolerance is None else tolerance,
            abs_tol=tolerance or 0.0,
        )
    except OverflowError:  # an integer beyond every float
        return False


def _within(expected: int, got: int, tolerance: float | None) -> bool:
    if not tolerance:
        return False
    return abs(expected - got) <= Fraction(tolerance) * max(1, abs(expected), abs(got))


def show(value: Json) -> str:
    """A value as JSON on one line, any script's letters kept, cut when very long."""
    return one_line(value, _SHOWN)
