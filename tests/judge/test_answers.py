from __future__ import annotations

import collections
import decimal
import enum
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from test_protocol import JSON

from hatch_intent.judge.inside.answers import Unfit, plain


class Liar:
    """Says yes to everything; none of it must be asked."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked")

    def __str__(self) -> str:
        raise AssertionError("asked")

    __repr__ = __str__
    __hash__ = None  # type: ignore[assignment]


class Text(Liar, str):
    __slots__ = ()


class Whole(Liar, int):
    def __int__(self) -> int:
        raise AssertionError("asked")

    __index__ = __bool__ = __int__  # type: ignore[assignment]


class Real(Liar, float):
    def __float__(self) -> float:
        raise AssertionError("asked")


class Row(Liar, list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        raise AssertionError("asked")


class Table(Liar, dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise AssertionError("asked")

    keys = values = __iter__ = items


class Colour(enum.IntEnum):
    RED = 3


@given(JSON)
def test_json_values_stay(value: Any) -> None:
    assert repr(plain(value)) == repr(value)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: Text("q"), "q"),
        (lambda: Whole(7), 7),
        (lambda: Real(1.5), 1.5),
        (lambda: Row([Text("a")]), ["a"]),
        (lambda: Table({"k": Whole(1)}), {"k": 1}),
        (lambda: Colour.RED, 3),
        (lambda: (1, (2,)), [1, [2]]),
        (lambda: collections.OrderedDict(a=1), {"a": 1}),
    ],
)
def test_subclasses_are_read_by_their_base(make: Callable[[], Any], expected: Any) -> None:
    found = plain(make())
    assert type(found) is type(expected)
    assert found == expected


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: {1}, "a set has no order"),
        (lambda: frozenset(), "a set has no order"),
        (lambda: float("nan"), "nan is not a JSON number"),
        (lambda: Real("inf"), "inf is not a JSON number"),
        (lambda: {1: 2}, "a dictionary key is int"),
        (lambda: {None: 2}, "a dictionary key is NoneType"),
        (lambda: b"", "bytes is not a JSON value"),
        (lambda: 1j, "complex is not a JSON value"),
        (lambda: decimal.Decimal(1), "decimal.Decimal is not a JSON value"),
        (lambda: Liar(), "Liar is not a JSON value"),
        (lambda: 10**4301, "more than 4300 digits"),
        (lambda: (n for n in ()), "generator is not a JSON value"),
    ],
)
def test_what_is_no_json_value(make: Callable[[], Any], reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        plain([make()])


def test_depth_and_size_are_capped() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(Unfit, match="nested deeper"):
        plain(deep)
    wide: list[Any] = []
    for _ in range(90):
        wide = [wide, wide]
    with pytest.raises(Unfit, match="too large: more than 600000 parts"):
        plain(wide)
