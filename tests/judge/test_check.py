from __future__ import annotations

import threading
from typing import Any

import pytest
from judge_specs import MakeSpec

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import JUDGE_VERSION, Judge
from hatch_intent.judge.verdict import Verdict
from hatch_intent.spec.model import Example
from hatch_intent.spec.types import INTEGER, NUMBER, Array

UPPER = [Example(1, {"x": "a"}, "A"), Example(2, {"x": "bc"}, "BC"), Example(3, {"x": ""}, "")]


def statuses(verdict: Verdict) -> list[str]:
    return [result.status for result in verdict.results]


def test_a_module_that_meets_its_examples_passes(judge: Judge, make_spec: MakeSpec) -> None:
    verdict = judge.check("def f(x):\n    return x.upper()\n", make_spec(examples=UPPER))
    assert verdict.passed
    assert verdict.problem == ""
    assert [result.got for result in verdict.results] == ["A", "BC", ""]
    assert verdict.level == judge.level


def test_the_version_is_text_for_stamps() -> None:
    assert JUDGE_VERSION.isascii()


def test_a_wrong_answer_names_both_values(judge: Judge, make_spec: MakeSpec) -> None:
    verdict = judge.check("def f(x):\n    return x\n", make_spec(examples=UPPER))
    assert not verdict.passed
    assert statuses(verdict) == ["wrong", "wrong", "passed"]
    assert verdict.results[0].error == 'expected "A", got "a"'


def test_a_failing_static_gate_runs_nothing(make_spec: MakeSpec) -> None:
    judge = Judge()
    verdict = judge.check("def g(x): ...", make_spec(examples=UPPER))
    assert verdict.problem == "does not define def f(x)"
    assert judge._isolation is None


OS = "import random\n    random._os"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("return 1 // 0", "raised", "ZeroDivisionError: integer division or modulo by zero"),
        ("return bytearray(2 << 30)", "memory", "MemoryError"),
        ("return {1, 2}", "type", "the answer: a set has no order; return a list"),
        ("return float('nan')", "type", "the answer: nan is not a JSON number"),
        ("return {1: 2}", "type", "the answer: a dictionary key is int, not a string"),
        ("return b'x'", "type", "the answer: bytes is not a JSON value"),
        ("return 'x' * (2 << 20)", "large", "the answer: too large: more than 1048576 bytes"),
        ("return 10 ** 5000", "large", "too large: an integer of more than 4300 digits"),
        ("import random\n    random._os._exit(3)", "died", "(exit code 3)"),
        ("import io\n    io.open('/etc/passwd')", "forbidden", "tried to open a file: /etc/passwd"),
        (f"{OS}.sys.modules['socket'].socket()", "forbidden", "tried to open a socket"),
        (f"{OS}.fork()", "forbidden", "tried to start a process"),
        (f"{OS}.kill(1, 9)", "forbidden", "tried to send a signal"),
        (f"{OS}.listdir('/')", "forbidden", "tried to use the file system"),
    ],
)
def test_failures_are_told_apart(
    judge: Judge, make_spec: MakeSpec, body: str, status: str, error: str
) -> None:
    verdict = judge.check(f"def f(x):\n    {body}\n", make_spec(examples=UPPER[:1]))
    assert statuses(verdict) == [status]
    assert error in verdict.results[0].error


def test_a_swallowed_refusal_is_still_forbidden(judge: Judge, make_spec: MakeSpec) -> None:
    code = (
        "import io\ndef f(x):\n    try:\n        io.open('/etc/motd')\n"
        "    except OSError:\n        pass\n    return x.upper()\n"
    )
    assert statuses(judge.check(code, make_spec(examples=UPPER[:1]))) == ["forbidden"]


def test_a_timeout_does_not_hide_the_other_examples(make_spec: MakeSpec) -> None:
    code = "def f(x):\n    while x == 'a': pass\n    return x.upper()\n"
    with Judge(call_timeout=0.5) as judge:
        verdict = judge.check(code, make_spec(examples=UPPER))
    assert statuses(verdict) == ["timeout", "passed", "passed"]
    assert verdict.results[0].error == "no answer within 0.5 s"


def test_after_two_lost_workers_no_more_calls(judge: Judge, make_spec: MakeSpec) -> None:
    code = "import random\ndef f(x):\n    random._os._exit(0)\n"
    verdict = judge.check(code, make_spec(examples=UPPER))
    assert statuses(verdict) == ["died"] * 3
    assert verdict.results[2].error.startswith("not called")


def test_frames_are_the_module_s_own(judge: Judge, make_spec: MakeSpec) -> None:
    code = "import json\ndef g(x):\n    return json.loads(x)\ndef f(x):\n    return g(x)\n"
    verdict = judge.check(code, make_spec(examples=[Example(1, {"x": "{"}, 1)]))
    assert verdict.results[0].frames == ("line 5: return g(x)", "line 3: return json.loads(x)")
    assert verdict.results[0].error.startswith("JSONDecodeError: ")


def test_an_exception_s_text_is_made_harmless(judge: Judge, make_spec: MakeSpec) -> None:
    code = "def f(x):\n    raise ValueError('\\x1b[2J\\nfake line')\n"
    verdict = judge.check(code, make_spec(examples=UPPER[:1]))
    assert verdict.results[0].error == r"ValueError: \x1b[2J\nfake line"


@pytest.mark.parametrize(
    ("raised", "status"),
    [("ValueError", "passed"), ("UnicodeDecodeError", "raised"), ("LookupError", "raised")],
)
def test_raises_takes_the_class_or_a_subclass(
    judge: Judge, make_spec: MakeSpec, raised: str, status: str
) -> None:
    code = "class Mine(ValueError): ...\ndef f(x):\n    raise Mine(x)\n"
    verdict = judge.check(code, make_spec(examples=[Example(1, {"x": 1}, raises=raised)]))
    assert statuses(verdict) == [status]


def test_a_namesake_of_a_builtin_exception_is_not_it(judge: Judge, make_spec: MakeSpec) -> None:
    code = "class ValueError(Exception): ...\ndef f(x):\n    raise ValueError(x)\n"
    verdict = judge.check(code, make_spec(examples=[Example(1, {"x": 1}, raises="ValueError")]))
    assert statuses(verdict) == ["raised"]


def test_an_answer_where_an_exception_is_due_is_wrong(judge: Judge, make_spec: MakeSpec) -> None:
    spec = make_spec(examples=[Example(1, {"x": 1}, raises="ValueError")])
    verdict = judge.check("def f(x):\n    return None\n", spec)
    assert statuses(verdict) == ["wrong"]
    assert verdict.results[0].error == "expected ValueError, got null"


@pytest.mark.parametrize(
    "code",
    [
        "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen) == x\n",
        "def f(x, seen=[]): ...\nn = 0\ndef f(x):\n    global n\n    n += 1\n    return n == x\n",
    ],
    ids=["list", "global"],
)
def test_state_between_calls_is_unstable(judge: Judge, make_spec: MakeSpec, code: str) -> None:
    examples = [Example(n, {"x": n}, True) for n in (1, 2, 3)]
    verdict = judge.check(code, make_spec(examples=examples))
    assert not verdict.passed
    assert "unstable" in statuses(verdict)


def test_leaning_on_the_hash_seed_is_unstable(judge: Judge, make_spec: MakeSpec) -> None:
    names = [f"name{n}" for n in range(20)]
    code = f"def f(x):\n    return list(set({names}))\n"
    answer = judge.check(code, make_spec(examples=[Example(1, {"x": 1}, [])])).results[0].got
    verdict = judge.check(code, make_spec(examples=[Example(1, {"x": 1}, answer)]))
    assert statuses(verdict) == ["unstable"]


def test_a_changed_argument_is_mutated(judge: Judge, make_spec: MakeSpec) -> None:
    spec = make_spec(examples=[Example(1, {"x": [2, 1]}, [1, 2])])
    assert statuses(judge.check("def f(x):\n    x.sort()\n    return x\n", spec)) == ["mutated"]
    assert judge.check("def f(x):\n    return sorted(x)\n", spec).passed


@pytest.mark.parametrize(("returned", "status"), [("[5.0]", "type"), ("[5]", "passed")])
def test_the_answer_is_of_the_declared_type(
    judge: Judge, make_spec: MakeSpec, returned: str, status: str
) -> None:
    spec = make_spec(examples=[Example(1, {"x": 1}, [5])], returns=Array(INTEGER))
    assert statuses(judge.check(f"def f(x):\n    return {returned}\n", spec)) == [status]


def test_subclasses_of_json_types_are_taken_by_value(judge: Judge, make_spec: MakeSpec) -> None:
    code = (
        "import enum, collections\nclass Always(str):\n    def __eq__(self, other): return True\n"
        "    __hash__ = str.__hash__\nclass Colour(enum.IntEnum):\n    RED = 3\n"
        "Pair = collections.namedtuple('Pair', 'a b')\n"
        "def f(x):\n    return [Always('q'), Colour.RED, Pair(1, 2), collections.Counter('aa')]\n"
    )
    verdict = judge.check(
        code, make_spec(examples=[Example(1, {"x": 1}, ["r", 3, [1, 2], {"a": 2}])])
    )
    assert verdict.results[0].got == ["q", 3, [1, 2], {"a": 2}]
    assert verdict.results[0].error == '[0]: expected "r", got "q"'


@pytest.mark.parametrize(
    ("args", "got"),
    [
        ({"a": 1, "b": 2, "c": 3}, [1, 2, 3]),
        ({"a": 1}, [1, "b", "c"]),
        ({"a": 1, "c": 3}, [1, "b", 3]),
    ],
)
def test_optional_arguments_may_be_missing(
    judge: Judge, make_spec: MakeSpec, args: dict[str, Any], got: list[Any]
) -> None:
    spec = make_spec(parameters="a b? c?", examples=[Example(1, args, got)])
    verdict = judge.check("def f(a, b='b', c='c'):\n    return [a, b, c]\n", spec)
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("1 / 0\n", "importing it raised ZeroDivisionError: division by zero at line 1: 1 / 0"),
        ("import io\nio.open('/x')\n", "importing it tried to open a file: /x"),
        ("import random\nrandom._os._exit(0)\n", "importing it: the process ended"),
        ("import json.nothing\n", "line 1: imports json.nothing"),
        ("from math import nothing\n", "importing it raised ImportError: cannot import name"),
    ],
)
def test_a_module_that_cannot_be_imported(
    judge: Judge, make_spec: MakeSpec, code: str, problem: str
) -> None:
    verdict = judge.check(code + "def f(x):\n    return 1\n", make_spec(examples=UPPER))
    assert verdict.problem.startswith(problem)
    assert verdict.results == ()
    assert not verdict.passed


def test_deleting_the_function_while_importing(judge: Judge, make_spec: MakeSpec) -> None:
    verdict = judge.check("def f(x):\n    return 1\ndel f\n", make_spec(examples=UPPER))
    assert "has no attribute 'f'" in verdict.problem


def test_standard_modules_are_loaded_before_lockdown(judge: Judge, make_spec: MakeSpec) -> None:
    code = (
        "def f(x):\n    import colorsys\n    from xml.etree import ElementTree\n"
        "    return colorsys.ONE_THIRD > 0\n"
    )
    assert judge.check(code, make_spec(examples=[Example(1, {"x": 1}, True)])).passed


def test_modules_it_uses_are_handed_in(judge: Judge, make_spec: MakeSpec) -> None:
    spec = make_spec(uses=("twice",), examples=[Example(1, {"x": 2}, 5)], returns=NUMBER)
    code = "from .twice import twice\ndef f(x):\n    return twice(x) + 1\n"
    assert judge.check(code, spec).problem == "uses twice, of which there is no module yet"
    uses = {
        "half": "import math\ndef half(x):\n    return math.floor(x / 2)\n",
        "twice": "from . import half\ndef twice(x):\n    return half(4 * x)\n",
    }
    assert judge.check(code, spec, uses=uses).passed


def test_several_threads_share_one_judge(judge: Judge, make_spec: MakeSpec) -> None:
    verdicts: dict[int, Verdict] = {}

    def check(n: int) -> None:
        spec = make_spec(examples=[Example(1, {"x": k}, k * n) for k in range(5)])
        verdicts[n] = judge.check(f"def f(x):\n    return x * {n}\n", spec)

    threads = [threading.Thread(target=check, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [verdicts[n].passed for n in range(8)] == [True] * 8


def test_a_target_without_a_judge_is_refused(judge: Judge, make_spec: MakeSpec) -> None:
    with pytest.raises(CheckFailed, match="target lisp"):
        judge.check("", make_spec(), target="lisp")
