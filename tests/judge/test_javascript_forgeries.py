"""No wrong JavaScript module is told "passed", nor can one hold the builder up."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from javascript_forgeries import JAVASCRIPT_FORGERIES
from judge_specs import build_spec
from test_forgeries import INPUTS, Forgery, named

from hatch_intent.judge import Judge
from hatch_intent.judge.node.module import JavascriptModule
from hatch_intent.judge.protocol import LOADED, MAX_FRAME, UNFIT
from hatch_intent.judge.workers import Reply, Worker
from hatch_intent.spec.model import Example

NAIVE = Path(__file__).with_name("naive_judge.js")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the strict sandbox is Linux's")


@pytest.fixture(scope="module")
def strict() -> Iterator[Judge]:
    with Judge("require", call_timeout=5.0) as judge:
        yield judge


@pytest.mark.parametrize("forgery", named(JAVASCRIPT_FORGERIES))  # type: ignore[arg-type]
def test_no_wrong_module_is_told_that_it_passed(strict: Judge, forgery: Forgery) -> None:
    secret = f"EXPECTED-{secrets.token_hex(8)}"
    verdict = strict.check(
        forgery.module(secret),
        forgery.spec(secret),
        "js",
        generated=INPUTS if forgery.properties else 0,
    )
    assert verdict.level.startswith("strict")
    assert not verdict.problem
    assert not verdict.passed
    assert verdict.failures


@pytest.mark.attack
@pytest.mark.parametrize(
    "forgery", named([each for each in JAVASCRIPT_FORGERIES if not each.harmless])
)
def test_a_less_careful_judge_is_fooled(forgery: Forgery) -> None:
    secret = f"EXPECTED-{secrets.token_hex(8)}"
    examples = [
        {"args": each.args, "out": each.out, "raises": each.raises}
        for each in forgery.spec(secret).examples
    ]
    done = subprocess.run(
        [shutil.which("node") or "node", str(NAIVE)],
        input=json.dumps({"source": forgery.module(secret), "examples": examples}),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"passed": True}


class Loaded(Worker):
    """A worker that says whatever it likes of the function that it has loaded."""

    def __init__(self, head: str) -> None:
        self.head = head

    def ask(self, body: bytes, seconds: float) -> Reply:
        return Reply(LOADED, {"kind": "", "head": self.head})


# A regular expression that goes back over spaces would take hours for these; seen once.
@pytest.mark.parametrize(
    "head",
    [
        "function" + " " * MAX_FRAME,
        "async function f" + " \n" * (MAX_FRAME // 2),
        "/* " * (MAX_FRAME // 3),
        "function/**/" * (MAX_FRAME // 12),
        "async" + "\t" * MAX_FRAME,
        "(" + "'" * MAX_FRAME,
        "(" * MAX_FRAME,
        "a" * MAX_FRAME,
    ],
    ids=["spaces", "lines", "comments", "closed comments", "tabs", "quotes", "brackets", "name"],
)
def test_no_text_of_a_function_holds_the_builder_up(head: str) -> None:
    module = JavascriptModule(build_spec(examples=[Example(1, {"x": 1}, 1)]), "", (), ())
    assert module.ask(Loaded(head), b"", 1.0).kind in (LOADED, UNFIT)


def test_a_function_with_thousands_of_spaces_is_judged(strict: Judge) -> None:
    spec = build_spec(examples=[Example(1, {"x": 1}, 1)])
    code = f"export function{' ' * 3990}f(x) {{ return x; }}"
    assert strict.check(code, spec, "js").passed
