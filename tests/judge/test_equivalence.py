"""Modules of one spec in two languages, on the same made-up inputs."""

from __future__ import annotations

import pytest

from hatch_intent.judge import Judge
from hatch_intent.judge.differential import Said
from hatch_intent.judge.equivalence import Equivalence, Side, _across, compare_targets
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Spec

pytestmark = pytest.mark.slow


def spec_of(signature: str, examples: str, properties: str = "") -> Spec:
    held = f"# properties:\n{properties}\n" if properties else ""
    text = (
        f"# name: f\n# description:\nx\n# signature:\n{signature}\n{held}# examples:\n{examples}\n"
    )
    return read_spec(text.encode(), "f.intent.md")


SPEC = spec_of("(x: number) -> number", "- in: [4] out: 2")
HALF = Side("py", "def f(x):\n    return x / 2\n")


def compared(judge: Judge, code: str, spec: Spec = SPEC, *, py: Side = HALF) -> Equivalence:
    return compare_targets(judge, spec, py, Side("js", code), inputs=100)


def test_two_that_agree(judge: Judge) -> None:
    found = compare_targets(judge, SPEC, HALF, Side("js", "export const f = (x) => x * 0.5;"))
    assert found == Equivalence(500)


def test_a_difference_is_small_and_a_hole_in_the_spec(judge: Judge) -> None:
    found = compared(judge, "export const f = (x) => (x > 9 ? 5 : x / 2);")
    assert found.difference is not None
    assert 9 < found.difference.args["x"] <= 11
    assert found.difference.said[1] == Said(5)
    assert (found.wrong, found.why) == ("", None)


def test_a_property_decides(judge: Judge) -> None:
    spec = spec_of("(x: number) -> number", "- in: [4] out: 2", "- out <= 4 or x > 8")
    found = compared(judge, "export const f = (x) => (x === -7 ? 5 : x / 2);", spec)
    if found.difference is None:  # -7 wasn't made up
        pytest.fail("the input was not tried")
    assert found.difference.args == {"x": -7}
    assert found.wrong == "js"
    assert found.why is not None
    assert found.why.status == "property"


def test_a_wrong_type_decides(judge: Judge) -> None:
    found = compared(judge, "export const f = (x) => (x > 9 ? 0 / 0 : x / 2);")
    assert found.wrong == "js"
    assert found.why is not None
    assert "NaN is not a JSON number" in found.why.error


def test_the_majority_decides(judge: Judge) -> None:
    voter = Side("py", "def f(x):\n    return x * 0.5\n")
    other = Side("js", "export const f = (x) => (x > 9 ? 5 : x / 2);")
    found = compare_targets(judge, SPEC, HALF, other, voters=[voter], inputs=100)
    assert found.wrong == "js"
    assert found.why is not None
    assert found.why.error.startswith("2 of 3 modules that pass say ")
    swapped = compare_targets(judge, SPEC, other, HALF, voters=[voter], inputs=100)
    assert swapped.wrong == "js"


def test_exceptions_are_compared_by_what_stands_for_them(judge: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [4] out: 4\n- in: [-1] raises: ValueError")
    python = Side("py", "def f(x):\n    if x < 0:\n        raise ValueError(x)\n    return x\n")
    same = "export function f(x) { if (x < 0) throw new RangeError('no'); return x; }"
    assert compared(judge, same, spec, py=python).difference is None
    other = same.replace("RangeError", "TypeError")
    assert compared(judge, other, spec, py=python).difference is not None


def test_big_integers_are_compared_as_javascript_has_them(judge: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [0] out: 3")
    python = Side("py", "def f(x):\n    return x ** 3 + 3 if abs(x) < 10 ** 9 else x\n")
    found = compared(judge, "export const f = (x) => x ** 3 + 3;", spec, py=python)
    assert found.difference is None
    assert _across([2**60 + 1, {"a": 5}]) == [float(2**60), {"a": 5}]
    assert _across(10**400) == 10**400
