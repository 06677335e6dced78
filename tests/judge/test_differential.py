from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hatch_intent.judge import Judge
from hatch_intent.judge.differential import (
    Behaviour,
    Difference,
    Said,
    compare_behaviour,
    compared_on,
)
from hatch_intent.judge.questions import example_line, telling_example
from hatch_intent.judge.session import Session
from hatch_intent.report.ambiguity import alone, ambiguity, beyond, silent
from hatch_intent.spec import read_spec

TEXT = """\
# name: unit
# description:
Normalize.
# signature:
(x: number, y: number) -> { mag: number, nx: number, ny: number }
# properties:
- in: (x) requires x >= 0
# examples:
- in: { "x": 3, "y": 4 } out: { "mag": 5, "nx": 0.6, "ny": 0.8 }
- in: { "x": 0, "y": 0 } out: { "mag": 0, "nx": 0, "ny": 0 }
"""
SPEC = read_spec(TEXT.encode(), "specs/unit.intent.md")
ONE = """\
import math
def unit(x, y):
    mag = math.hypot(x, y)
    return {"mag": mag, "nx": x / mag if mag else 0, "ny": y / mag if mag else 0}
"""
SAME = """\
def unit(x, y):
    mag = (x * x + y * y) ** 0.5
    return {"mag": mag, "nx": x / (mag or 1), "ny": y / (mag or 1)}
"""
ZEROS = SAME.replace("    mag =", "    if not (x and y): return dict(mag=0, nx=0, ny=0)\n    mag =")
RAISES = SAME.replace("    mag =", "    if x > 9: raise ArithmeticError('far')\n    mag =")
LOOPS = SAME.replace("    mag =", "    while x > 40: pass\n    mag =")


def test_candidates_that_agree_are_one_group(judge: Judge) -> None:
    behaviour = compare_behaviour(judge, SPEC, [ONE, SAME, ONE])
    assert behaviour.groups == ((0, 1, 2),)
    assert (behaviour.agreed, behaviour.differences) == (3, ())
    assert 20 <= behaviour.inputs <= 200
    assert ambiguity(SPEC, behaviour) == []


def test_a_difference_is_small_and_can_be_settled(judge: Judge) -> None:
    behaviour = compare_behaviour(judge, SPEC, [ONE, ZEROS, SAME])
    assert behaviour.groups == ((0, 2), (1,))
    difference = behaviour.between(0, 1)
    assert difference == Difference(
        {"x": 1, "y": 0}, (Said({"mag": 1, "nx": 1, "ny": 0}), Said({"mag": 0, "nx": 0, "ny": 0}))
    )
    assert ambiguity(SPEC, behaviour) == [
        "unit  two candidates pass everything and still differ",
        '  unit(1, 0)   → { "mag": 1, "nx": 1, "ny": 0 }      2 of 3 candidates',
        '               → { "mag": 0, "nx": 0, "ny": 0 }      1 of 3',
        "  The first was taken. To settle it, add one of:",
        '  - in: { "x": 1, "y": 0 } out: { "mag": 1, "nx": 1, "ny": 0 }',
        '  - in: { "x": 1, "y": 0 } out: { "mag": 0, "nx": 0, "ny": 0 }',
    ]


def test_the_line_settles_it(judge: Judge) -> None:
    behaviour = compare_behaviour(judge, SPEC, [ONE, ZEROS])
    for place, code in enumerate((ONE, ZEROS)):
        line = ambiguity(SPEC, behaviour)[-2 + place].strip()
        settled = read_spec(f"{TEXT}{line}\n".encode(), SPEC.path)
        verdicts = [judge.check(each, settled).passed for each in (ONE, ZEROS)]
        assert verdicts == [code is ONE, code is ZEROS]


def test_the_group_that_was_taken_stands_first(judge: Judge) -> None:
    behaviour = compare_behaviour(judge, SPEC, [ONE, ZEROS, SAME])
    lines = ambiguity(SPEC, behaviour, taken=1)
    assert lines[1].endswith('{ "mag": 0, "nx": 0, "ny": 0 }      1 of 3 candidates')


def test_an_exception_is_an_answer(judge: Judge) -> None:
    behaviour = compare_behaviour(judge, SPEC, [SAME, RAISES, ZEROS])
    assert behaviour.groups == ((0,), (1,), (2,))
    difference = behaviour.between(0, 1)
    assert difference is not None
    assert difference.args == {"x": 10, "y": 0}
    assert difference.said[1] == Said(raised="ArithmeticError")
    lines = ambiguity(SPEC, behaviour)
    assert lines[0] == "unit  three candidates pass everything and still differ"
    line = next(line for line in lines if "raises:" in line).strip()
    assert line == '- in: { "x": 10, "y": 0 } raises: ArithmeticError'
    assert judge.check(RAISES, read_spec(f"{TEXT}{line}\n".encode(), SPEC.path)).passed


def test_a_candidate_that_hangs_is_told_apart() -> None:
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, SPEC, [SAME, LOOPS], inputs=30)
    assert behaviour.groups == ((0,), (1,))
    assert behaviour.differences[0].said[1] == Said(ended="timeout")
    assert example_line(SPEC, behaviour.differences[0].args, Said(ended="timeout")) == ""
    assert "timeout" in "\n".join(ambiguity(SPEC, behaviour))


COUNTS = (
    "# name: g\n# description:\nx\n# signature:\n(x: integer) -> integer\n# examples:\n"
    "- in: [3] out: 3\n"
)
COUNT = read_spec(f"{COUNTS}- in: [40] out: 40\n".encode(), "g.md")


@pytest.mark.parametrize("much", ["while True: pass", "return [0] * 10**12", "return 10**5000"])
def test_inputs_beyond_the_examples_that_one_gives_up_on_tell_nothing(much: str) -> None:
    gives_up = f"def g(x):\n    if x > 80:\n        {much}\n    return x\n"
    other = gives_up.replace("return x\n", "return x if x in (3, 40) else x - x % 7\n")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, COUNT, ["def g(x):\n    return x\n", gives_up, other])
    assert behaviour.groups == ((0, 1), (2,))
    assert behaviour.between(0, 1) == behaviour.differences[0]
    assert behaviour.differences[0].args["x"] <= 80


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> str:
    """A candidate whose time is up after ten calls."""
    code = SAME + "\nSLOW = True\n"

    def patient(self: Session) -> bool:
        return self.asked < 10 or "SLOW" not in self._module.source

    monkeypatch.setattr(Session, "patient", property(patient))
    return code


def test_slow_ones_are_compared_as_long_as_there_is_time(judge: Judge, slow: str) -> None:
    behaviour = compare_behaviour(judge, SPEC, [ONE, slow])
    assert (behaviour.groups, behaviour.inputs) == (((0, 1),), 10)
    assert compare_behaviour(judge, SPEC, [ONE, SAME]).inputs > 20


def test_too_few_calls_are_no_agreement(judge: Judge, slow: str) -> None:
    examples = "".join(
        f'- in: [{n}, 0] out: {{ "mag": {n}, "nx": 1, "ny": 0 }}\n' for n in range(5, 12)
    )
    spec = read_spec((TEXT + examples).encode(), "specs/unit.intent.md")
    behaviour = compare_behaviour(judge, spec, [ONE, slow])
    assert behaviour.groups == ((0,), (1,))
    assert re.fullmatch(r"only 10 of \d+ made-up inputs are answered in time", behaviour.problem)
    behaviour = compare_behaviour(judge, spec, [ONE, slow, SAME])
    assert behaviour.groups == ((0, 2), (1,))
    assert behaviour.settled, "of two that could be compared a third keeps nothing"
    assert "can't be compared" in ambiguity(spec, behaviour)[0]


def test_a_slow_one_keeps_no_difference_from_those_that_are_fast(judge: Judge, slow: str) -> None:
    late = compared_on(SPEC, 200)[-1]
    odd = f"    if [x, y] == {[*late.values()]!r}: return dict(mag=7, nx=0, ny=0)\n"
    other = SAME.replace("    mag =", f"{odd}    mag =")
    assert compare_behaviour(judge, SPEC, [ONE, other]).groups == ((0,), (1,))
    behaviour = compare_behaviour(judge, SPEC, [ONE, other, slow])
    assert behaviour.groups == ((0,), (1,), (2,)), "it is like both, and so like neither"
    assert behaviour.between(0, 1) is not None


def test_what_tells_them_apart_is_no_input_that_one_gives_up_on() -> None:
    example = "- in: [5] raises: ValueError\n"
    raising = read_spec(f"{COUNTS}- in: [40] out: 40\n{example}".encode(), "g.md")
    given_up = "def g(x):\n    if x == 5: raise ValueError\n    while x > 80: pass\n    return x\n"
    other = given_up.replace("x == 5", "x in (5, 41)").replace("while x > 80: pass", "x = x + 0")
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, raising, [given_up, other])
    assert behaviour.groups == ((0,), (1,))
    assert behaviour.differences[0].args == {"x": 41}


def test_nothing_left_to_compare_is_no_agreement_and_no_difference() -> None:
    spec = read_spec(COUNTS.replace("3", "0").encode(), "g.md")
    hangs = "def g(x):\n    while x: pass\n    return 0\n"
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, spec, [hangs, hangs])
    assert (behaviour.groups, behaviour.differences) == (((0,), (1,)), ())
    assert re.fullmatch("only . of [0-9]+ made-up inputs are answered in time", behaviour.problem)
    assert not behaviour.settled
    assert not behaviour.hopeless
    assert ambiguity(spec, behaviour)[0].startswith(
        "g  candidates pass and can't be compared: only"
    )


PRIMES = read_spec(
    COUNTS.replace("[3] out: 3", "[1] out: 2\n- in: [2] out: 3\n- in: [5] out: 11").encode(), "g.md"
)
TABLE = "def g(x):\n    return [2, 3, 5, 7, 11, 13][x - 1]\n"
SLOW = "def g(x):\n    while x > 10: pass\n    return [2, 3, 5, 7, 11, 13, 17, 19, 23, 29][x - 1]\n"


def test_two_slow_ones_do_not_outvote_a_third() -> None:
    spec = read_spec(f"{COUNTS.replace('3', '1')}- in: [2] out: 2\n".encode(), "g.md")
    hangs = "def g(x):\n    while not 0 < x < 5: pass\n    return x if x < 3 else 99\n"
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, spec, ["def g(x):\n    return x\n", hangs, hangs])
    assert not behaviour.settled
    assert behaviour.groups == ((0,), (1,), (2,))


def test_two_that_mostly_raise_are_not_alike() -> None:
    holes = "def g(x):\n    return [1 / 0, 2, 3, *[None] * 2, 11][x - 1 if 0 < x < 7 else 99]\n"
    tables = ["def g(x):\n    return {1: 2, 2: 3, 5: 11}[x]\n", holes.replace("1 / 0, ", "")]
    with Judge(sandbox="require", call_timeout=2.0) as judge:
        assert judge.check(tables[0], PRIMES).passed
        assert judge.check(tables[1], PRIMES).passed
        assert compare_behaviour(judge, PRIMES, tables).groups == ((0,), (1,))


KNOWN = ["def g(x):\n    return {1: 2, 2: 3, 5: 11}[x]\n"]
KNOWN.append("TABLE = {1: 2, 2: 3, 5: 11}\ndef g(x):\n    return dict(TABLE)[x]\n")


def test_raising_alike_bears_nobody_out() -> None:
    nth = "def g(x):\n    n, at = 0, 1\n    while n < min(x, 99):\n        at += 1\n"
    nth += "        n += all(at % d for d in range(2, at))\n    return at\n"
    with Judge(sandbox="require", call_timeout=2.0) as judge:
        alone = compare_behaviour(judge, PRIMES, KNOWN)
        beside = compare_behaviour(judge, PRIMES, [*KNOWN, nth])
        line = telling_example(judge, PRIMES, KNOWN[0])
    assert alone.groups == ((0, 1),)
    assert (alone.settled, alone.hopeless, alone.majority) == (False, False, True)
    assert alone.problem == "they raise on nearly all made-up inputs beyond the examples"
    assert silent(PRIMES, alone, line) == [
        f"g  2 candidates pass alike, but {alone.problem}",
        "  If this is right too, add it; if not, correct it first:",
        f"  {line}",
    ]
    assert beside.groups == ((0, 1), (2,))
    assert not beside.settled


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_who_raises_where_two_differ_is_taken_for_neither(order: tuple[int, ...]) -> None:
    right = "def g(x):\n    return x\n"
    codes = [right, right.replace("return", "if x > 40 and x % 5 == 0: return 0\n    return")]
    codes.append(codes[1].replace("return 0", "raise KeyError"))
    with Judge(sandbox="require", call_timeout=2.0) as judge:
        behaviour = compare_behaviour(judge, COUNT, [codes[place] for place in order])
    assert sorted(behaviour.groups) == [(0,), (1,), (2,)]


def test_who_gives_up_does_not_bear_out_who_raises_where_it_answers() -> None:
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, PRIMES, [SLOW, TABLE])
    assert sorted(behaviour.groups) == [(0,), (1,)]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_who_gives_up_where_two_differ_is_taken_for_neither(order: tuple[int, ...]) -> None:
    right, hangs = "def g(x):\n    return x\n", "def g(x):\n    while x > 80: pass\n    return x\n"
    codes = [right, "def g(x):\n    return x if x < 81 else 0\n", hangs]
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, COUNT, [codes[place] for place in order])
    assert sorted(behaviour.groups) == [(0,), (1,), (2,)]
    assert len(behaviour.differences) == 1
    assert len(ambiguity(COUNT, behaviour)) > 3


@pytest.mark.parametrize("other", ["pass", "if x == 41: raise KeyError"])
def test_who_gives_up_within_the_examples_is_told_apart(other: str) -> None:
    hangs = "def g(x):\n    while x == 41: pass\n    return x\n"
    codes = [f"def g(x):\n    {other}\n    return x\n", hangs]
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        behaviour = compare_behaviour(judge, COUNT, codes)
    assert behaviour.groups == ((0,), (1,))
    assert behaviour.differences[0].said[1] == Said(ended="timeout")


@pytest.mark.parametrize(("example", "groups"), [("", 1), ("- in: [0] raises: ValueError\n", 2)])
def test_which_exception_counts_where_the_spec_says_what_is_raised(
    example: str, groups: int
) -> None:
    spec = read_spec(f"{COUNTS}- in: [40] out: 40\n{example}".encode(), "g.md")
    raises = (
        "def g(x):\n    if x == 0: raise ValueError\n    if x == 41: raise KIND\n    return x\n"
    )
    codes = [raises.replace("KIND", kind) for kind in ("KeyError", "TypeError")]
    with Judge(sandbox="require", call_timeout=2.0) as judge:
        assert len(compare_behaviour(judge, spec, codes).groups) == groups


def test_true_is_told_from_one(judge: Judge) -> None:
    text = "# name: g\n# description:\nx\n# signature:\n(x: integer) -> any\n# examples:\n"
    spec = read_spec(f"{text}- in: [0] out: 0\n".encode(), "g.md")
    codes = [f"def g(x):\n    return {one} if x else 0\n" for one in ("1", "True", "1.0")]
    behaviour = compare_behaviour(judge, spec, codes)
    assert behaviour.groups == ((0, 2), (1,))
    assert behaviour.between(0, 1) is not None
    assert len([line for line in ambiguity(spec, behaviour) if "→" in line]) == 2


@pytest.mark.parametrize(
    ("args", "value"),
    [
        ({"s": 'é\n"\u2028\\ -->'}, {"a b": [], "n": None}),
        ({"s": "<!-- x"}, [{}, {"": [1.5, -0.0, 1e308, 10**40]}]),
    ],
)
def test_any_value_can_be_read_again(args: dict[str, object], value: object) -> None:
    text = "# name: g\n# description:\nx\n# signature:\n(s: string) -> any\n# examples:\n"
    line = example_line(read_spec(f'{text}- in: [""] out: 0\n'.encode(), "g.md"), args, Said(value))
    (example,) = read_spec(f"{text}{line}\n".encode(), "g.md").examples
    assert (example.args, example.out) == (args, value)


def test_a_line_that_could_not_be_read_again_is_not_offered() -> None:
    assert example_line(SPEC, {"x": 1, "y": 1}, Said(10**641)) == ""
    assert example_line(SPEC, {"x": 1, "y": 1}, Said("\ud800")) == ""
    assert example_line(SPEC, {"x": 1, "y": 1}, Said(2**53 + 1)).endswith("out: 9007199254740993")
    assert example_line(replace(SPEC, targets=("js", "py")), {"x": 1}, Said(2**53 + 1)) == ""


def test_an_answer_that_no_example_can_hold_is_spoken_of() -> None:
    spec = replace(SPEC, targets=("js", "py"))
    large = [Said(2**53 + 1), Said(2**53)], [Said(2**53 + 1), Said(2**53 + 3)]
    for said, lines in zip(large, (1, 0), strict=True):
        apart = Difference({"x": 1, "y": 0}, tuple(said))
        told = ambiguity(spec, Behaviour(9, ((0,), (1,)), (apart,)), kept=False)
        assert len([each for each in told if each.startswith("  - in")]) == lines
        assert told[-1] == (
            "  An answer that no example can hold may be right: say how far it has to reach"
        )
        assert any("add one of:" in each for each in told) == bool(lines)


def test_answers_are_the_same_within_the_tolerance_of_every_example(judge: Judge) -> None:
    text = "# name: g\n# description:\nx\n# signature:\n(x: number) -> number\n# examples:\n"
    text += "- in: [4] out: 2 tolerance: 1e-3\n- in: [2.25] out: 1.5 tolerance: 1e-4\n"
    codes = ["def g(x):\n    return abs(x) ** 0.5\n"]
    codes.append(codes[0].replace("0.5", "0.5 * 1.00001"))
    spec = read_spec(text.encode(), "g.md")
    assert compare_behaviour(judge, spec, codes).groups == ((0, 1),)
    assert telling_example(judge, spec, codes[0]).endswith(" tolerance: 0.0001")
    exact = read_spec(text.replace(" tolerance: 1e-3", "").encode(), "g.md")
    assert compare_behaviour(judge, exact, codes).groups == ((0,), (1,))


def test_candidates_are_compared_on_what_they_use(judge: Judge) -> None:
    spec = replace(SPEC, uses=("length",))
    code = f"from .length import length\n{SAME.replace('(x * x + y * y) ** 0.5', 'length(x, y)')}"
    uses = {"length": "def length(x, y):\n    return (x * x + y * y) ** 0.5\n"}
    assert compare_behaviour(judge, spec, [ONE, code], uses=uses).groups == ((0, 1),)


def test_a_lone_candidate_is_asked_about_by_an_example_of_its_own(judge: Judge) -> None:
    line = telling_example(judge, SPEC, ONE)
    told = read_spec(f"{TEXT}{line}\n".encode(), SPEC.path)
    assert len(told.examples) == 3
    assert judge.check(ONE, told).passed
    assert not judge.check(ZEROS.replace("(x and y)", "(x == 3 and y == 4)"), told).passed
    assert alone(SPEC, line)[-1] == f"  {line}"


def test_nothing_is_asked_where_no_answer_can_be_stated(judge: Judge) -> None:
    raises = "def unit(x, y):\n    while x: pass\n    return 1\n"
    with Judge(sandbox="require", call_timeout=0.2) as hasty:
        assert telling_example(hasty, SPEC, raises) == ""


ABS = ONE.replace('"nx": x', '"nx": abs(x)')
ANY = TEXT.replace("# properties:\n- in: (x) requires x >= 0\n", "")


def test_what_differs_beyond_the_examples_is_told_and_counts_for_nothing(judge: Judge) -> None:
    spec = read_spec(ANY.encode(), SPEC.path)
    behaviour = compare_behaviour(judge, spec, [ONE, ABS, ONE])
    assert (behaviour.groups, behaviour.settled) == (((0, 1, 2),), True)
    assert behaviour.beyond is not None
    assert behaviour.beyond.args["x"] < 0
    lines = beyond(spec, behaviour, 1)
    assert lines[0] == "unit  candidates agree on inputs like the examples' and differ beyond them"
    assert [line.split()[-3:] for line in lines[1:3]][1] == ["2", "of", "3"]
    assert sum(line.startswith("  - in:") for line in lines) == 2
    assert compare_behaviour(judge, spec, [ONE, ONE]).beyond is None
    assert compare_behaviour(judge, SPEC, [ONE, ABS]).beyond is None


def test_who_joins_a_group_is_like_all_of_it(judge: Judge) -> None:
    text = "# name: g\n# description:\nx\n# signature:\n(n: integer) -> integer\n# examples:\n"
    lines = "".join(f"- in: [{n}] out: {n}\n" for n in (1, 2, 30))
    spec = read_spec(f"{text}{lines}".encode(), "g.md")
    made = (args["n"] for args in compared_on(spec, 200))
    one, two, three, *_ = (n for n in made if n not in (1, 2, 30))
    code = (
        "def g(n):\n    if n in (RAISES,): raise ValueError\n    return n if n != ONE else VALUE\n"
    )
    apart = code.replace("RAISES", f"{two}, {three}").replace("ONE", str(one))
    apart_at_one = [apart.replace("VALUE", value) for value in ("-1", "0")]
    between = f"def g(n):\n    if n == {one}: raise ValueError\n    return n\n"
    assert compare_behaviour(judge, spec, apart_at_one).groups == ((0,), (1,))
    assert len(compare_behaviour(judge, spec, [*apart_at_one, between]).groups) > 1
