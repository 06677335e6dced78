"""Which values are of which type, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from hatch_intent.spec import misfit
from hatch_intent.spec.signature import read_type


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("number", 5),
        ("number", 5.0),
        ("integer", 2**53 + 1),
        ("any", {"a": [None, True]}),
        ("null", None),
        ('"a" | 1 | true', 1),
        ('"a" | 1 | true', True),
        ("1.0", 1),
        ("number[]", []),
        ("[number, string]", [1, "a"]),
        ("Record<string, integer>", {"": 1}),
        ("{ a: number, b?: string }", {"a": 1}),
        ("{ a: number, b?: string }", {"b": "x", "a": 1}),
        ("{ }", {}),
        ("number | null", None),
    ],
)
def test_fits(type_: str, value: Any) -> None:
    assert misfit(value, read_type(type_)) is None


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        ("number", True, "expected number, got true"),
        ("integer", 5.0, "expected integer, got 5.0"),
        ("integer", False, "expected integer, got false"),
        ("boolean", 1, "expected boolean, got 1"),
        ("string", None, "expected string, got null"),
        ("1", True, "expected 1, got true"),
        ("true", 1, "expected true, got 1"),
        ("1", 1.0, "expected 1, got 1.0"),
        ('"a" | "b"', "c", 'expected "a" | "b", got "c"'),
        ("number[]", "ab", 'expected number[], got "ab"'),
        ("number[]", [1, "x"], '[1]: expected number, got "x"'),
        ("{ a: number[] }", {"a": [1, 2, "x"]}, '["a"][2]: expected number, got "x"'),
        ("{ a: number }", {}, 'missing key "a" of { a: number }'),
        ("{ a: number }", {"a": 1, "b": 2}, 'unknown key "b"; the type is { a: number }'),
        ("{ }[]", [{}, {"b": 2}], '[1]: unknown key "b"; the type is { }'),
        ("{ }", [], "expected { }, got []"),
        ("[number, string]", [1], "expected [number, string], got 1 items"),
        ("[number, string]", [1, 2], "[1]: expected string, got 2"),
        ("[]", {}, "expected [], got {}"),
        ("Record<string, number>", {"a": "b"}, '["a"]: expected number, got "b"'),
        ("Record<string, number>", 3, "expected Record<string, number>, got 3"),
        ("string", list(range(99)), None),
    ],
)
def test_misfit(type_: str, value: Any, message: str | None) -> None:
    found = misfit(value, read_type(type_))
    assert found
    if message is None:
        assert len(found) < 100
        assert found.endswith("…")
    else:
        assert found == message
