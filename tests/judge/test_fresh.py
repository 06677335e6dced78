"""The way without fork, as Windows has it, tried here under each of the levels."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge import Judge, check
from hatch_intent.judge.ends import Threaded
from hatch_intent.judge.fresh import Fresh
from hatch_intent.spec.model import Example

LEVELS = ["off", "best-effort", *(["require"] if sys.platform == "linux" else [])]


@pytest.fixture(params=LEVELS)
def fresh_judge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    monkeypatch.setattr(check, "_source", Fresh)
    with Judge(sandbox=request.param, call_timeout=2.0) as judge:
        yield judge


def test_modules_are_checked(fresh_judge: Judge, make_spec: MakeSpec) -> None:
    spec = make_spec(examples=[Example(n, {"x": n}, [n, "é" * 9000]) for n in range(3)])
    assert fresh_judge.check("def f(x): return x, 'é' * 9000", spec).passed
    verdict = fresh_judge.check("def f(x): return x // 0", spec)
    assert [result.status for result in verdict.results] == ["raised"] * 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True: pass", "timeout"),
        ("import random; random._os._exit(7)", "died"),
        ("import random; random._os.write(1, b'pass'); return 1", "wrong"),
        ("import io; io.open('/etc/passwd'); return 1", "forbidden"),
    ],
)
def test_failures_are_told_apart(
    make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch, body: str, status: str
) -> None:
    monkeypatch.setattr(check, "_source", Fresh)
    with Judge(sandbox="best-effort", call_timeout=1.0) as judge:
        verdict = judge.check(
            f"def f(x):\n    {body}\n", make_spec(examples=[Example(1, {"x": 1}, 2)])
        )
    assert [result.status for result in verdict.results] == [status]


def test_state_shows_in_fresh_interpreters(
    make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_source", Fresh)
    spec = make_spec(examples=[Example(n, {"x": n}, n) for n in (1, 2)])
    code = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)\n"
    with Judge(sandbox="best-effort") as judge:
        verdict = judge.check(code, spec)
    assert "unstable" in [result.status for result in verdict.results]


def test_nothing_is_left(make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_source", Fresh)
    with Judge(sandbox="off") as judge:
        worker = judge._zygotes[0].fork(judge.start().hold)
        source = judge._zygotes[0]
        assert isinstance(source, Fresh)
        process = source._processes[worker._process]
        assert source._folder is not None
        folder = source._folder.name
    assert process.poll() is not None
    assert not source._processes
    assert not Path(folder).exists()
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.name.endswith("(_collect)"):
            thread.join(5)
            assert not thread.is_alive()


def test_the_builder_s_side_needs_no_module_of_unix_alone() -> None:
    script = (
        "import sys\nfor name in ('fcntl', 'resource', 'pwd', 'grp'): sys.modules[name] = None\n"
        "import hatch_intent.judge.check, hatch_intent.judge.inside.fresh\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_bytes_before_the_question_are_noticed_without_polling() -> None:
    command = [sys.executable, "-c", "import os; os.write(1, b'x\\n'); os.read(0, 1)"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        ends = Threaded(process)
        assert ends.read(10) == b"x\n"
        assert not ends.waiting()
        assert ends.read(0) is None
        process.kill()
        deadline = time.monotonic() + 10
        while not ends.waiting():  # the end is something to read, too
            assert time.monotonic() < deadline
        assert ends.read(0) == b""
