"""Modules of one spec in two languages, on the same made-up inputs."""

from __future__ import annotations

import pytest

from hatch_intent.judge import Judge
from hatch_intent.judge.differential import Said
from hatch_intent.judge.equivalence import Equivalence, Side, compare_targets
from hatch_intent.judge.pair import across
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
    found = compared(judge, "export const f = (x) => (x === -6 ? 5 : x / 2);", spec)
    if found.difference is None:  # -6 wasn't made up
        pytest.fail("the input was not tried")
    assert found.difference.args == {"x": -6}
    assert found.wrong == "js"
    assert found.why is not None
    assert found.why.status == "property"


def test_a_wrong_type_decides(judge: Judge) -> None:
    found = compared(judge, "export const f = (x) => (x > 9 ? 0 / 0 : x / 2);")
    assert found.wrong == "js"
    assert found.why is not None
    assert "NaN is not a JSON number" in found.why.error


def test_what_breaks_a_rule_in_both_languages_is_neither_a_hole_nor_a_vote(judge: Judge) -> None:
    spec = spec_of("(x: number) -> number", "- in: [4] out: 2", "- out == x / 2")
    python = Side("py", "def f(x):\n    return x / 2 if x < 50 else 1000\n")
    for value in (1000, 1001):
        code = f"export const f = (x) => (x < 50 ? x / 2 : {value});"
        found = compare_targets(judge, spec, python, Side("js", code), voters=[python], inputs=100)
        assert found.difference is not None
        assert (found.agreed, found.undecided, found.neither_right) == (False, False, True)
        for target, got in (("py", 1000), ("js", value)):
            breach = found.breach(target)
            assert breach is not None
            assert (breach.status, breach.got) == ("property", got)


def test_who_breaks_a_rule_alone_is_told_first_and_the_other_too(judge: Judge) -> None:
    spec = spec_of("(x: number) -> number", "- in: [4] out: 2", "- out == x / 2")
    python = Side("py", "def f(x):\n    return x / 2 if x < 50 else 1000\n")
    code = "export const f = (x) => (x < 0 || x >= 50 ? 1000 : x / 2);"
    found = compared(judge, code, spec, py=python)
    assert (found.wrong, found.neither_right) == ("js", False)
    assert found.breach("py") is not None


def test_a_candidate_that_breaks_a_rule_there_has_no_vote(judge: Judge) -> None:
    rule = "- f(x + 1) in [out + 1, 5]"
    spec = spec_of("(x: integer) -> integer", EXAMPLES, rule)
    voter = Side("py", "def f(x):\n    return 0 if x == 11 else x\n")
    other = Side("js", "export const f = (x) => (x > 9 ? 5 : x);")
    found = compare_targets(judge, spec, SAME, other, voters=[voter], inputs=100)
    assert found.difference is not None
    assert found.difference.args == {"x": 10}
    assert (found.votes, found.wrong) == ((1, 1), "")


def test_the_majority_decides(judge: Judge) -> None:
    voter = Side("py", "def f(x):\n    return x * 0.5\n")
    other = Side("js", "export const f = (x) => (x > 9 ? 5 : x / 2);")
    found = compare_targets(judge, SPEC, HALF, other, voters=[voter], inputs=100)
    assert found.wrong == "js"
    assert found.why is not None
    assert found.why.error.startswith("2 of 3 modules that pass say ")
    swapped = compare_targets(judge, SPEC, other, HALF, voters=[voter], inputs=100)
    assert swapped.wrong == "js"


EXAMPLES = "- in: [0] out: 0\n- in: [4] out: 4\n- in: [7] out: 7"
LIKE = spec_of("(x: integer) -> integer", EXAMPLES)
SAME = Side("py", "def f(x):\n    return x\n")


def test_inputs_unlike_the_examples_may_differ_and_are_counted(judge: Judge) -> None:
    found = compared(judge, "export const f = (x) => (x < 0 ? -x : x);", LIKE, py=SAME)
    assert found.agreed
    assert 0 < found.apart < found.inputs
    found = compared(judge, "export const f = (x) => (x < 0 || x > 9 ? -x : x);", LIKE, py=SAME)
    assert found.difference is not None
    assert found.difference.args == {"x": 10}


def test_a_rule_is_broken_on_inputs_unlike_the_examples_too(judge: Judge) -> None:
    found = compared(judge, "export const f = (x) => (x < -5 ? x / 2 : x);", LIKE, py=SAME)
    assert (found.wrong, found.at_fault) == ("js", True)
    assert found.difference is not None
    assert found.difference.args == {"x": -7}


def test_one_may_raise_where_the_spec_says_nothing(judge: Judge) -> None:
    python = Side("py", "def f(x):\n    if x > 40:\n        raise ValueError\n    return x\n")
    found = compared(judge, "export const f = (x) => x;", LIKE, py=python)
    assert found.agreed
    assert found.apart
    strict = spec_of("(x: integer) -> integer", f"{EXAMPLES}\n- in: [-1] raises: ValueError")
    python = Side("py", python.code.replace("> 40", "< 0 or x > 40"))
    throws = "export function f(x) { if (x < 0) throw new RangeError('no'); return x; }"
    found = compared(judge, throws, strict, py=python)
    assert found.difference is not None
    assert found.difference.args == {"x": 41}


def test_one_that_mostly_gives_up_is_not_the_same(judge: Judge) -> None:
    python = Side("py", "def f(x):\n    if x > 9:\n        raise ValueError\n    return x\n")
    found = compared(judge, "export const f = (x) => x;", LIKE, py=python)
    assert found.difference is not None
    assert found.difference.args == {"x": 10}


def test_raising_alike_is_no_agreement(judge: Judge) -> None:
    python = Side(
        "py", "def f(x):\n    if x not in (0, 4, 7):\n        raise ValueError\n    return x\n"
    )
    throws = (
        "export function f(x) { if (![0, 4, 7].includes(x)) throw new RangeError(); return x; }"
    )
    found = compared(judge, throws, LIKE, py=python)
    assert not found.agreed
    assert found.problem == "they raise on nearly all made-up inputs beyond the examples"


def test_languages_are_the_same_within_the_tolerance_of_every_example(judge: Judge) -> None:
    close = EXAMPLES.replace("\n", " tolerance: 1e-3\n") + " tolerance: 1e-3"
    python = Side("py", "def f(x):\n    return x * 1.0001\n")
    spec = spec_of("(x: number) -> number", close)
    assert compared(judge, "export const f = (x) => x;", spec, py=python).agreed
    spec = spec_of("(x: number) -> number", close.removesuffix(" tolerance: 1e-3"))
    assert compared(judge, "export const f = (x) => x;", spec, py=python).difference is not None


HANGS = "export function f(x) { while (WHERE); return x; }"


def test_one_that_hangs_on_what_the_examples_show_is_wrong() -> None:
    code = HANGS.replace("WHERE", "x > 0 && x % 2")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        found = compared(judge, code, LIKE, py=SAME)
    assert (found.wrong, found.at_fault) == ("js", True)
    assert found.why is not None
    assert found.why.status == "timeout"


def test_inputs_beyond_the_examples_that_one_gives_up_on_tell_nothing() -> None:
    code = HANGS.replace("WHERE", "x > 100")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        found = compared(judge, code, LIKE, py=SAME)
        differs = compared(judge, code.replace("return x", "return x - x % 7"), LIKE, py=SAME)
    assert found.agreed
    assert 10 < found.inputs < 100
    assert differs.difference is not None
    assert differs.difference.args["x"] < 100


def test_hardly_anything_left_is_no_agreement() -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [0] out: 0")
    hangs = Side("py", "def f(x):\n    while x: pass\n    return 0\n")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        found = compared(judge, "export const f = (x) => 0;", spec, py=hangs)
    assert not found.agreed
    assert "made-up inputs are answered in time" in found.problem


def test_a_table_is_not_borne_out_by_who_is_slow() -> None:
    spec = spec_of(
        "(x: integer) -> integer", "- in: [1] out: 2\n- in: [2] out: 3\n- in: [5] out: 11"
    )
    table = "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]"
    slow = Side(
        "py",
        "def f(x):\n    if x < 1: raise ValueError\n    while x > 10: pass\n"
        f"    return {table}[x - 1]\n",
    )
    far = "if (x < 1 || x > 6) throw new RangeError('far');"
    code = f"export function f(x) {{ {far} return TABLE[x - 1]; }}"
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        found = compared(judge, code.replace("TABLE", table), spec, py=slow)
    assert found.difference is not None
    assert 6 < found.difference.args["x"] <= 10


def test_which_exception_it_is_counts_no_more_than_for_one_language(judge: Judge) -> None:
    raises = Side("py", "def f(x):\n    if x == 8: raise KeyError(x)\n    return x\n")
    code = "export function f(x) { if (x === 8) throw new TypeError('no'); return x; }"
    assert compared(judge, code, LIKE, py=raises).agreed
    told = spec_of("(x: integer) -> integer", f"{EXAMPLES}\n- in: [9] raises: KeyError")
    raises = Side("py", raises.code.replace("x == 8", "x in (8, 9)"))
    code = code.replace("{ if", "{ if (x === 9) throw new Error('KeyError'); if")
    assert compared(judge, code, told, py=raises).difference is not None


def test_inputs_unlike_the_examples_count_no_more_where_one_gives_up() -> None:
    code = "export const f = (x) => (x < 0 ? 7 : x);"
    hangs = Side("py", "def f(x):\n    while x > 14: pass\n    return x\n")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        assert compared(judge, code, LIKE, py=SAME).agreed
        assert compared(judge, code, LIKE, py=hangs).agreed


def test_nothing_in_common_is_no_agreement(judge: Judge) -> None:
    odd = "- in: (x) requires x > 2**60 and x % 2 == 1"
    spec = spec_of("(x: integer) -> integer", f"- in: [{2**60 + 1}] out: 0", odd)
    found = compared(judge, "export const f = (x) => x;", spec, py=SAME)
    assert (found.agreed, found.inputs) == (False, 0)
    assert found.problem


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
    assert across([2**60 + 1, {"a": 5}]) == [float(2**60), {"a": 5}]
    assert across(10**400) == 10**400
