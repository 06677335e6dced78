from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from test_protocol import JSON

from hatch_intent.judge.compare import difference


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (5, 5.0),
        (0.0, -0.0),
        (0, -0.0),
        (0.1 + 0.2, 0.3),
        (1e300, 1e300 * (1 + 5e-10)),
        (10**4000, 10**4000),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}),
        ("\ud800", "\ud800"),
        (None, None),
        (True, True),
    ],
)
def test_the_same(one: Any, other: Any) -> None:
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (0.0, False),
        ("1", 1),
        (None, 0),
        (None, False),
        ([], {}),
        ([], None),
        ("", []),
        (2**53, 2**53 + 1),
        (10**4000, 10**4000 + 1),
        (10**4000, 1.0),
        (1.0, 1.0 + 1e-8),
        (0.0, 1e-300),
        ("é", "e\u0301"),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": None}),
    ],
)
def test_different(one: Any, other: Any) -> None:
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "same"),
    [
        (0.0, 1e-7, 1e-6, True),
        (0.0, 1e-5, 1e-6, False),
        (1e6, 1e6 + 0.5, 1e-6, True),
        (1000, 1001, 0.01, True),
        (1000, 1011, 0.01, False),
        (10**4000, 10**4000 + 1, 1e-6, True),
        (True, 1, 1.0, False),
        (1.0, 1.0 + 5e-10, 0.0, False),
    ],
)
def test_an_example_s_own_tolerance(one: Any, other: Any, tolerance: float, same: bool) -> None:
    assert (difference([one], [other], tolerance) is None) is same


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ({"mag": 5}, {"mag": 4}, '["mag"]: expected 5, got 4'),
        ([[1, {"é": None}]], [[1, {"é": False}]], '[0][1]["é"]: expected null, got false'),
        ([1], [1, 2], "expected 1 items, got 2: [1, 2]"),
        ({"a": 1}, {}, 'key "a" is missing'),
        ({"k": {}}, {"k": {"b": 1}}, '["k"]: key "b" was not expected'),
        ("a", "b", 'expected "a", got "b"'),
    ],
)
def test_the_first_difference_is_named(expected: Any, got: Any, words: str) -> None:
    assert difference(expected, got) == words


def test_long_values_are_cut() -> None:
    words = difference("a" * 5000, 1)
    assert words is not None
    assert len(words) < 300


@given(JSON)
def test_everything_is_the_same_as_itself(value: Any) -> None:
    assert difference(value, value) is None


@given(JSON, JSON)
def test_difference_is_symmetric(one: Any, other: Any) -> None:
    assert (difference(one, other) is None) == (difference(other, one) is None)
