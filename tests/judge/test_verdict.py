from __future__ import annotations

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge.verdict import CallResult, Verdict, show_call
from hatch_intent.spec.model import Example


@pytest.mark.parametrize(
    ("args", "call"),
    [
        ({"a": "Ünï"}, 'f("Ünï")'),
        ({"a": [1, 2.5, None, True], "b": {"k": "\n"}}, 'f([1, 2.5, None, True], {"k": "\\n"})'),
        ({"a": 1, "b": 2, "c": 3}, "f(1, 2, 3)"),
        ({"c": 3, "a": 1}, "f(1, c=3)"),
        ({"a": -0.0, "b": 10**20}, "f(-0.0, 100000000000000000000)"),
    ],
)
def test_calls_in_python_s_spelling(
    make_spec: MakeSpec, args: dict[str, object], call: str
) -> None:
    shown = show_call(make_spec(parameters="a b? c?"), Example(1, args))
    assert shown == call
    assert eval(shown, {"f": lambda *a, **k: True})


def test_a_verdict_counts(make_spec: MakeSpec) -> None:
    good, bad = CallResult(Example(1, {}), "passed"), CallResult(Example(2, {}), "wrong")
    verdict = Verdict(False, "", (good, bad))
    assert verdict.passes == 1
    assert verdict.failures == (bad,)
