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

import json
import math
from collections.abc import Iterator
from fractions import Fraction

from hatch_intent.spec.model import Json

RELATIVE_TOLERANCE = 1e-9


def difference(expected: Json, got: Json, tolerance: float | None = None) -> str | None:
    """The first place where the two differ, or None when they are the same.

    `["mag"]: expected 5, got 4`; without a path when the whole value differs.
    """
    return next(_differences(expected, got, tolerance, ""), None)


def _differences(expected: Json, got: Json, tolerance: float | None, path: str) -> Iterator[str]:
    if type(expected) is list and type(got) is list:
        yield from _in_lists(expected, got, tolerance, path)
    elif type(expected) is dict and type(got) is dict:
        yield from _in_objects(expected, got, tolerance, path)
    elif not _same_leaf(expected, got, tolerance):
        yield _at(path, f"expected {show(expected)}, got {show(got)}")


def _in_lists(
    expected: list[Json], got: list[Json], tolerance: float | None, path: str
) -> Iterator[str]:
    if len(expected) != len(got):
        yield _at(path, f"expected {len(expected)} items, got {len(got)}")
        return
    for index, (one, other) in enumerate(zip(expected, got)):  # noqa: B905 - same length
        yield from _differences(one, other, tolerance, f"{path}[{index}]")


def _in_objects(
    expected: dict[str, Json], got: dict[str, Json], tolerance: float | None, path: str
) -> Iterator[str]:
    for key in expected:
        if key not in got:
            yield _at(path, f"key {show(key)} is missing")
    for key in got:
        if key not in expected:
            yield _at(path, f"key {show(key)} was not expected")
    for key, value in expected.items():
        if key in got:
            yield from _differences(value, got[key], tolerance, f"{path}[{show(key)}]")


def _same_leaf(expected: Json, got: Json, tolerance: float | None) -> bool:
    kinds = {type(expected), type(got)}
    if kinds <= {int, float}:
        return _same_number(expected, got, tolerance)
    return len(kinds) == 1 and bool(expected == got)


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
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_SHOWN = 200


def _at(path: str, message: str) -> str:
    return f"{path}: {message}" if path else message
