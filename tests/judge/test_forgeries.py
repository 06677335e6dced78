"""No wrong module is told "passed"; the same modules do fool a judge that is less careful."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from forgeries import FORGERIES, SLOW, Forgery

from hatch_intent.judge import Judge

NAIVE = Path(__file__).with_name("naive_judge.py")
INPUTS = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the strict sandbox is Linux's")


def named(forgeries: list[Forgery]) -> list[object]:
    return [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.properties else [])
        for each in forgeries
    ]


@pytest.fixture(scope="module")
def strict() -> Iterator[Judge]:
    with Judge("require", call_timeout=2.0) as judge:
        yield judge


@pytest.mark.parametrize("forgery", named(FORGERIES))
def test_no_wrong_module_is_told_that_it_passed(strict: Judge, forgery: Forgery) -> None:
    secret = f"EXPECTED-{secrets.token_hex(8)}"
    verdict = strict.check(
        forgery.module(secret),
        forgery.spec(secret),
        generated=INPUTS if forgery.properties else 0,
    )
    assert verdict.level.startswith("strict")
    assert not verdict.problem
    assert not verdict.passed
    assert verdict.failures


@pytest.mark.attack
@pytest.mark.parametrize("forgery", named([each for each in FORGERIES if not each.harmless]))
def test_a_less_careful_judge_is_fooled(forgery: Forgery) -> None:
    secret = f"EXPECTED-{secrets.token_hex(8)}"
    examples = [
        {"args": each.args, "out": each.out, "raises": each.raises}
        for each in forgery.spec(secret).examples
    ]
    done = subprocess.run(
        [sys.executable, str(NAIVE)],
        input=json.dumps({"source": forgery.module(secret), "examples": examples}),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"passed": True}


@pytest.mark.attack
def test_who_is_slow_on_what_no_example_shows_is_not_let_pass() -> None:
    with Judge("require", call_timeout=0.2) as judge:
        verdict = judge.check(SLOW.module(""), SLOW.spec(""), generated=INPUTS)
    assert not verdict.passed
    assert verdict.counterexample is not None
    assert verdict.counterexample.status == "timeout"
