"""Made-up inputs against right modules and wrong ones, real workers and real specs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hatch_intent.judge import Judge, inputs
from hatch_intent.judge.properties import made_up, obstacle
from hatch_intent.judge.verdict import Verdict, show_call
from hatch_intent.spec import misfit, read_spec
from hatch_intent.spec.model import Spec

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def spec_of(signature: str, examples: str, *rules: str) -> Spec:
    text = f"# name: f\n# description:\nx\n# signature:\n{signature}\n# examples:\n{examples}\n"
    lines = "".join(f"- {rule}\n" for rule in rules)
    return read_spec(f"{text}# properties:\n{lines}".encode(), "specs/f.intent.md")


def own(name: str) -> Spec:
    path = ROOT / "specs" / f"{name}.intent.md"
    return read_spec(path.read_bytes(), f"specs/{path.name}")


def reference(name: str) -> str:
    return (ROOT / "tests" / "references" / f"{name}.py").read_text(encoding="utf-8")


def found(spec: Spec, verdict: Verdict) -> tuple[str, str, str]:
    assert not verdict.passed
    assert not verdict.problem
    counterexample = verdict.counterexample
    assert counterexample is not None
    assert counterexample.made_up
    assert verdict.failures == (counterexample,)
    return show_call(spec, counterexample.example), counterexample.status, counterexample.error


DOUBLE = spec_of("(x: integer) -> integer", "- in: [1] out: 2\n- in: [0] out: 0", "out == x + x")

WITH_PROPERTIES = [
    path.name.removesuffix(".intent.md")
    for path in sorted((ROOT / "specs").glob("*.intent.md"))
    if "# properties:" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_PROPERTIES)
def test_the_references_hold_their_properties(judge: Judge, name: str) -> None:
    verdict = judge.check(reference(name), own(name), generated=100)
    assert verdict.passed, verdict.counterexample
    assert verdict.generated == 100
    assert verdict.properties >= 2


WRONG = [
    ("clamp", "return", "if value == 4: return 11\n    return", "property"),
    ("late_fee", "return", "return -1 if days_late == 1 else", "property"),
    ("merge_intervals", "return", "if merged[2:]: merged.reverse()\n    return", "property"),
    ("rank_scores", "return", "if len(entries) == 3: return []\n    return", "property"),
    ("slugify", ".strip(\"-\")", "", "wrong"),
    ("split_amount", "return", "if cents == 7: return list(weights)\n    return", "property"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "right", "wrong", "status"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_variants_of_them_are_found(
    judge: Judge, name: str, right: str, wrong: str, status: str
) -> None:
    code = reference(name)
    assert right in code
    head, _, tail = code.rpartition(right)
    verdict = judge.check(head + wrong + tail, own(name), generated=200)
    assert not verdict.passed
    assert verdict.failures[0].status == status


def test_a_property_that_fails_is_named_with_the_smallest_input(judge: Judge) -> None:
    code = "def f(x):\n    return x + x if x < 17 else 0\n"
    verdict = judge.check(code, DOUBLE, generated=100)
    assert found(DOUBLE, verdict) == ("f(17)", "property", "out == x + x does not hold")
    counterexample = verdict.counterexample
    assert counterexample is not None
    assert counterexample.broken == DOUBLE.properties[0]
    assert counterexample.example.line == 10
    assert counterexample.got == 0


def test_the_same_verdict_can_be_had_again(judge: Judge) -> None:
    code = "def f(x):\n    return x + x if x % 7 else 1\n"
    spec = spec_of("(x: integer) -> integer", "- in: [1] out: 2", "out == x + x")
    first = judge.check(code, spec, generated=100)
    inputs._kept.clear()
    assert judge.check(code, spec, generated=100) == first


def test_without_being_asked_only_the_examples_count(judge: Judge) -> None:
    verdict = judge.check("def f(x):\n    return x + x if x < 17 else 0\n", DOUBLE)
    assert verdict.passed
    assert (verdict.generated, verdict.properties) == (0, 0)


def test_failing_examples_come_first(judge: Judge) -> None:
    verdict = judge.check("def f(x):\n    return 7\n", DOUBLE, generated=100)
    assert verdict.generated == 0
    assert verdict.counterexample is None
    assert [each.status for each in verdict.failures] == ["wrong", "wrong"]


@pytest.mark.parametrize(
    ("body", "call", "status", "error"),
    [
        ("return str(x) if x > 5 else x + x", "f(6)", "type", 'expected integer, got "6"'),
        ("return float(x) if x > 5 else x + x", "f(6)", "type", "expected integer, got 6.0"),
        ("return 1 // 0 if x > 5 else x + x", "f(6)", "raised", "ZeroDivisionError"),
        ("return f(x) if x > 5 else x + x", "f(6)", "raised", "RecursionError"),
        ("if x > 5: random._os._exit(3)\n    return x + x", "f(", "died", "exit code 3"),
        ("if x > 5: io.open('/etc/passwd')\n    return x + x", "f(6)", "forbidden", "open a file"),
        ("return bytearray(2 << 30) if x > 5 else x + x", "f(", "memory", "MemoryError"),
    ],
)  # fmt: skip
def test_what_is_no_answer_fails(
    judge: Judge, body: str, call: str, status: str, error: str
) -> None:
    verdict = judge.check(f"import io, random\ndef f(x):\n    {body}\n", DOUBLE, generated=100)
    shown, got, said = found(DOUBLE, verdict)
    assert shown.startswith(call)
    assert got == status
    assert error in said


def test_a_call_without_end_fails(make_quick: Judge) -> None:
    code = "def f(x):\n    while x > 5:\n        pass\n    return x + x\n"
    assert found(DOUBLE, make_quick.check(code, DOUBLE, generated=100))[1] == "timeout"


@pytest.fixture
def make_quick() -> Judge:
    with Judge(sandbox="require", call_timeout=0.3) as judge:
        yield judge  # type: ignore[misc]


LIKE_NUMBERS = "- in: [3] out: 3\n- in: [40] out: 40"


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("x == 0", "while True: pass"),  # unlike the examples
        ("x > 80", "while True: pass"),
        ("x > 80", "return [0] * 10**12"),
        ("x > 80", "return 10**5000"),
    ],
)
def test_who_needs_too_much_beyond_the_examples_is_not_refused(
    make_quick: Judge, where: str, what: str
) -> None:
    spec = spec_of("(x: integer) -> integer", LIKE_NUMBERS)
    code = f"def f(x):\n    if {where}:\n        {what}\n    return x\n"
    whole = make_quick.check("def f(x):\n    return x\n", spec, generated=100)
    verdict = make_quick.check(code, spec, generated=100)
    assert verdict.passed
    assert 10 < verdict.generated < whole.generated == 100


def test_one_answer_that_is_too_large_does_not_excuse_the_rest(judge: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [3] out: 3\n- in: [10] out: 10")
    code = "def f(x):\n    return 10**5000 if x > 5000 else None if x % 1000 == 999 else x\n"
    verdict = judge.check(code.replace("None", "0"), spec, generated=200)
    assert verdict.generated == sum(args["x"] <= 5000 for args in made_up(spec, 200)) < 200
    assert found(spec, judge.check(code, spec, generated=200))[1] == "type"


def test_who_hangs_on_what_is_unlike_is_still_held_to_what_is_bigger(make_quick: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", LIKE_NUMBERS)
    code = "def f(x):\n    while -80 <= x <= 0: pass\n    return None if x > 500 else x\n"
    assert make_quick.check(code.replace("None", "0"), spec, generated=200).passed
    assert found(spec, make_quick.check(code, spec, generated=200))[1] == "type"


def test_what_is_left_may_be_few(make_quick: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [1] out: 1\n- in: [2] out: 2")
    code = "def f(x):\n    while not 0 < x < 5: pass\n    return x\n"
    verdict = make_quick.check(code, spec, generated=100)
    assert verdict.passed
    assert 2 <= verdict.generated <= 4


def test_who_needs_too_much_only_under_another_hash_seed_is_not_refused(
    make_quick: Judge,
) -> None:
    spec = spec_of("(x: integer) -> integer", LIKE_NUMBERS)
    code = "def f(x):\n    while x > 80 and hash(LETTER) % 2: pass\n    return x\n"
    assert [
        make_quick.check(code.replace("LETTER", f"{letter!r}"), spec, generated=100).passed
        for letter in "abcdef"
    ] == [True] * 6


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("x == 41", ""),  # like the examples, and no bigger than twice
        ("x > 80", "in: (x) requires x > 0"),
        ("True", "out == x"),
    ],
)
def test_who_needs_too_much_where_the_spec_asks_is_refused(
    make_quick: Judge, where: str, rule: str
) -> None:
    examples = "- in: [3] out: 3\n- in: [41] out: 41" if where == "True" else LIKE_NUMBERS
    spec = spec_of("(x: integer) -> integer", examples, *([rule] if rule else []))
    held = f"x not in (3, 41) and {where}" if where == "True" else where
    code = f"def f(x):\n    while {held}: pass\n    return x\n"
    _, status, error = found(spec, make_quick.check(code, spec, generated=200))
    assert (status, error) == ("timeout", "no answer within 0.3 s")


def test_a_changed_argument_fails(judge: Judge) -> None:
    spec = spec_of("(xs: integer[]) -> integer", "- in: [[1]] out: 1")
    code = "def f(xs):\n    if len(xs) > 2: xs.sort(reverse=True)\n    return len(xs)\n"
    call, status, _ = found(spec, judge.check(code, spec, generated=100))
    assert status == "mutated"
    assert call == "f([0, 1, 0])"


def test_state_between_calls_fails(judge: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [1] out: 0")
    code = "seen = set()\ndef f(x):\n    seen.add(x)\n    return max(0, len(seen) - 9)\n"
    _, status, error = found(spec, judge.check(code, spec, generated=100))
    assert status == "unstable"
    assert error.startswith("then, in a fresh process with another hash seed: ")


def test_the_hash_seed_shows(judge: Judge) -> None:
    spec = spec_of("(x: string) -> string[]", '- in: ["a"] out: ["a"]')
    code = "def f(x):\n    return list(set(x))\n"
    assert found(spec, judge.check(code, spec, generated=100))[1] == "unstable"


# what may raise, and where

RAISING = "def f(x):\n    if x < 0: raise KeyError(x)\n    return x + x\n"
FORESEEN = "- in: [1] out: 2\n- in: [-1] raises: LookupError"
OTHER = "- in: [1] out: 2\n- in: [-3] raises: KeyError"


@pytest.mark.parametrize(
    ("examples", "rules", "status"),
    [
        (FORESEEN, [], "passed"),  # a KeyError is a LookupError
        (FORESEEN, ["out == x + x"], "passed"),
        (FORESEEN, ["out == x + x", "in: (x) requires x >= 0"], "passed"),
        ("- in: [1] out: 2", [], "passed"),  # the spec says nothing
        ("- in: [1] out: 2", ["out == x + x"], "raised"),
        (FORESEEN, ["out == x + x", "in: (x) requires x >= 0 - 50"], "raised"),
    ],
)
def test_exceptions(judge: Judge, examples: str, rules: list[str], status: str) -> None:
    spec = spec_of("(x: integer) -> integer", examples, *rules)
    verdict = judge.check(RAISING, spec, generated=100)
    if status == "passed":
        assert verdict.passed
        assert (verdict.raised > 0) == (rules[1:] == [])
    else:
        assert found(spec, verdict)[:2] == ("f(-1)", "raised")


def test_another_exception_than_foreseen_fails(judge: Judge) -> None:
    spec = spec_of("(x: integer) -> integer", "- in: [1] out: 2\n- in: [-1] raises: KeyError")
    code = RAISING.replace("KeyError(x)", "KeyError(x) if x > -4 else ValueError(x)")
    assert found(spec, judge.check(code, spec, generated=100)) == (
        "f(-4)",
        "raised",
        "ValueError: -4",
    )


# the language, at work


def test_the_function_can_be_asked_again(judge: Judge) -> None:
    spec = spec_of("(s: string) -> string", '- in: ["A"] out: "a"', "f(out) == out")
    assert judge.check("def f(s):\n    return s.lower()\n", spec, generated=100).passed
    bad = "def f(s):\n    return s.lower() if len(s) < 3 else s[1:].lower()\n"
    call, status, _ = found(spec, judge.check(bad, spec, generated=100))
    assert status == "property"
    assert re.fullmatch(r'f\("...."\)', call)


def test_asking_it_what_it_cannot_answer_breaks_the_property(judge: Judge) -> None:
    spec = spec_of("(s: string) -> integer", '- in: ["a"] out: 1', "f(out) == out")
    said = found(spec, judge.check("def f(s):\n    return len(s)\n", spec, generated=20))[2]
    assert said.endswith("f(0) doesn't fit the signature: s: expected string, got 0")
    spec = spec_of("(s: string) -> string", '- in: ["a"] out: "b"', "f(out) != ''")
    code = "def f(s):\n    if s == 'b': raise OSError('no b')\n    return 'b'\n"
    said = found(spec, judge.check(code, spec, generated=20))[2]
    assert said.endswith('f("b") gives no answer: OSError: no b')


def test_what_cannot_be_worked_out_does_not_hold(judge: Judge) -> None:
    spec = spec_of("(x: integer[]) -> integer[]", "- in: [[1]] out: [1]", "out[0] == x[0]")
    call, status, error = found(
        spec, judge.check("def f(x):\n    return [*x]\n", spec, generated=50)
    )
    assert (call, status) == ("f([])", "property")
    assert error == "out[0] == x[0] can't be worked out: there is no index 0 in []"


def test_parameters_left_out_have_their_default(judge: Judge) -> None:
    spec = spec_of("(x: integer, by: integer = 2) -> integer", "- in: [1] out: 2", "out == x * by")
    assert judge.check("def f(x, by=2):\n    return x * by\n", spec, generated=100).passed
    wrong = found(spec, judge.check("def f(x, by=2):\n    return x * 2\n", spec, generated=100))
    assert wrong[0] == "f(1, 0)" or wrong[0].startswith("f(")


# the inputs themselves

EVERYTHING = spec_of(
    "(a: number, b: integer | null, c: string[], d: { k: boolean, o?: 'x' | 3 }, "
    "e: Record<string, [string, number]>, g: any, h?: string, i: number = 5) -> null",
    '- in: [1.5, 2, ["tea"], { "k": true }, { "m": ["s", 1e308] }, [null]] out: null',
)


def test_inputs_fit_the_signature() -> None:
    made = made_up(EVERYTHING, 200)
    assert len(made) == 200
    types = {each.name: each.type for each in EVERYTHING.signature.parameters}
    for args in made:
        assert list(args) == [name for name in types if name in args]
        assert all(misfit(value, types[name]) is None for name, value in args.items())
    assert {"h" in args for args in made} == {True, False}
    assert {"o" in args["d"] for args in made} == {True, False}
    assert {type(args["b"]) for args in made} == {int, type(None)}
    assert {type(args["a"]) for args in made} == {int, float}


def test_inputs_are_varied_from_the_examples() -> None:
    spec = own("parse_duration")
    texts = [args["text"] for args in made_up(spec, 200)]
    assert len(set(texts)) == 200
    assert 10 < sum(re.fullmatch(r"(\d+[dhms])+", text) is not None for text in texts) < 100
    assert 10 < sum(not text.isascii() for text in texts) < 150


PAIRS = "- in: [[1, 2]] out: 1\n- in: [[3, -4]] out: 1\n- in: [[0, 5]] out: 1"


@pytest.mark.parametrize(
    ("examples", "share"), [(PAIRS, 0.3), (f"{PAIRS}\n- in: [[7]] out: 1", 0.0)]
)
def test_lists_that_have_one_length_in_all_examples_often_have_it(
    examples: str, share: float
) -> None:
    inputs = made_up(spec_of("(x: number[]) -> number", examples), 200)
    pairs = sum(len(args["x"]) == 2 for args in inputs) / len(inputs)
    assert share < pairs < share + 0.4


def test_inputs_meet_what_is_required() -> None:
    spec = own("split_amount")
    for args in made_up(spec, 200):
        assert args["cents"] >= 0
        assert args["weights"]
        assert min(args["weights"]) >= 0


def test_few_inputs_are_enough_where_there_are_few(judge: Judge) -> None:
    spec = spec_of(
        "(a: boolean, b: boolean) -> boolean", "- in: [true, true] out: true", "out == (a and b)"
    )
    verdict = judge.check("def f(a, b):\n    return a and b\n", spec, generated=200)
    assert verdict.passed
    assert verdict.generated == 4
    nothing = spec_of("() -> integer", "- in: [] out: 1")
    verdict = judge.check("def f():\n    return 1\n", nothing, generated=200)
    assert verdict.passed
    assert verdict.generated == 1


def test_a_filter_that_lets_nothing_pass_is_no_pass(judge: Judge) -> None:
    spec = spec_of(
        "(x: integer) -> integer", "- in: [1] out: 2", "out > x", "in: (x) requires x == 123456"
    )
    verdict = judge.check("def f(x):\n    return x + x\n", spec, generated=30)
    assert not verdict.passed
    assert verdict.problem == obstacle(spec, 30)
    assert verdict.problem.startswith('specs/f.intent.md:10  "requires" is too narrow: ')
    assert verdict.generated == 0


def test_a_filter_that_lets_none_of_a_few_inputs_pass_is_no_pass(judge: Judge) -> None:
    spec = spec_of(
        "(a: boolean) -> boolean", "- in: [true] out: true", "out", "in: (a) requires a != a"
    )
    verdict = judge.check("def f(a):\n    return True\n", spec, generated=200)
    assert not verdict.passed
    assert '"requires" is too narrow: 0 of ' in verdict.problem


APART = """
from hatch_intent.spec import read_spec
from hatch_intent.judge.properties import made_up
spec = read_spec(open("f.intent.md", "rb").read(), "f.intent.md")
print(made_up(spec, 150))
"""


def test_inputs_depend_on_the_spec_alone_and_leave_nothing(tmp_path: Path) -> None:
    text = "# name: f\n# description:\nx\n# signature:\n(x: integer[], y: string) -> null\n"
    example = '# examples:\n- in: [[1, 2], "to be or not"] out: null\n'
    (tmp_path / "f.intent.md").write_text(text + example)
    (tmp_path / "apart.py").write_text(APART)
    said = [
        subprocess.run(
            [sys.executable, "apart.py"],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        )
        for seed in ("1", "2")
    ]
    assert said[0].stdout == said[1].stdout
    assert said[0].stderr == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apart.py", "f.intent.md"]


def test_rules_that_hold_for_no_made_up_answer_are_no_evidence(judge: Judge) -> None:
    examples = "- in: [1] out: 2\n- in: [2] out: 3\n- in: [5] out: 11\n- in: [0] raises: ValueError"
    spec = spec_of("(x: integer) -> integer", examples, "out > x")
    table = (
        "def f(x):\n    if x not in (1, 2, 5): raise ValueError(x)\n"
        "    return {1: 2, 2: 3, 5: 11}[x]\n"
    )
    verdict = judge.check(table, spec, generated=100)
    assert verdict.passed
    assert verdict.properties == 0
    more = table.replace(
        "raise ValueError(x)", "\n        if x > 8: return x + 1\n        raise ValueError(x)"
    )
    assert judge.check(more, spec, generated=100).properties == 1
