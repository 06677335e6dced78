"""The pipe between builder and worker, with a worker that doesn't keep to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge import Judge
from hatch_intent.judge.ends import Polled
from hatch_intent.judge.protocol import HEADER
from hatch_intent.judge.workers import BROKEN, DIED, TIMEOUT, Reply, Worker, Zygote
from hatch_intent.spec.model import Example

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and polls of Unix")


class Ending(Zygote):
    """Stands in for a zygote: the worker is a pipe that the test holds."""

    def end(self, process: int, *, dying: bool = False) -> int:
        return int(dying)


class Ends:
    def __init__(self) -> None:
        self.questions, self._ask = os.pipe()
        self._answers, self.answers = os.pipe()
        self.worker = Worker(Ending(1), 0, Polled(self._ask, self._answers))

    def nonce(self) -> bytes:
        return bytes(HEADER.unpack(os.read(self.questions, HEADER.size))[1])


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.worker.end()
    for end in (ends.questions, ends.answers):
        os.close(end)


def answered(ends: Ends, make: str) -> Reply:
    """The reply when the other side answers each question as the expression says."""
    if os.fork() == 0:
        nonce = ends.nonce()
        os.write(ends.answers, eval(make, {"HEADER": HEADER, "nonce": nonce}))
        os._exit(0)
    reply = ends.worker.ask(b"[]", 5)
    os.wait()
    return reply


def test_an_answer(ends: Ends) -> None:
    assert answered(ends, "HEADER.pack(2, nonce, 1) + b'17'") == Reply(1, 17)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        ("HEADER.pack(2, bytes(16), 1) + b'17'", "an answer to no question"),
        ("HEADER.pack(1 << 21, nonce, 1)", "an answer of more than 1048576 bytes"),
        ("HEADER.pack(2, nonce, 6) + b'17'", "an answer of no known kind"),
        ("2 * (HEADER.pack(2, nonce, 1) + b'17')", "sent more than one answer"),
        ("HEADER.pack(2, nonce, 1) + b'17x'", "sent more than one answer"),
        ("HEADER.pack(2, nonce, 1) + b'xx'", "not strict JSON"),
    ],
)
def test_a_frame_that_breaks_the_protocol(ends: Ends, make: str, why: str) -> None:
    reply = answered(ends, make)
    assert reply.kind == BROKEN
    assert reply.value.startswith(why)


def test_bytes_before_the_question_are_unasked(ends: Ends) -> None:
    os.write(ends.answers, b"x")
    assert ends.worker.ask(b"[]", 5) == Reply(BROKEN, "sent bytes unasked")


def test_silence_is_a_timeout_and_so_is_half_an_answer(ends: Ends) -> None:
    assert ends.worker.ask(b"[]", 0.02) == Reply(TIMEOUT)
    os.set_blocking(ends.questions, False)
    os.read(ends.questions, 1000)
    os.write(ends.answers, b"x")
    assert ends.worker.ask(b"[]", 0.02).kind == BROKEN


def test_a_question_that_is_never_read_is_a_timeout(ends: Ends) -> None:
    assert ends.worker.ask(b"x" * (1 << 21), 0.05) == Reply(TIMEOUT)


def test_a_large_question_and_answer(judge: Judge, make_spec: MakeSpec) -> None:
    text = "é" * 150_000
    spec = make_spec(examples=[Example(1, {"x": text}, text)])
    assert judge.check("def f(x): return x", spec).passed


def test_bytes_between_answers_fail_the_module(judge: Judge, make_spec: MakeSpec) -> None:
    code = (
        "import random\nclass Late:\n    def __del__(self): random._os.write(4, b'x')\n"
        "kept = []\ndef f(x):\n    kept.append(Late())\n    return x\n"
        "class Again(list):\n    def append(self, item):\n        list.append(self, item)\n"
        "        if len(self) > 1: self.pop(0)\n"
        "kept = Again()\n"
    )
    spec = make_spec(examples=[Example(n, {"x": n}, n) for n in range(4)])
    verdict = judge.check(code, spec)
    assert not verdict.passed
    assert "protocol" in [r.status for r in verdict.results] or "pipe" in verdict.problem


def test_a_killed_worker_has_died(judge: Judge) -> None:
    isolated = judge.start()
    worker = judge._zygotes[0].fork(isolated.hold)
    os.kill(worker._process, signal.SIGKILL)
    assert worker.ask(b"{}", 5) == Reply(DIED)
    assert worker.end(dying=True) == "SIGKILL"
    assert worker.end() == "SIGKILL"


@pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")
def test_a_daemon_of_an_unheld_worker_is_ended(make_spec: MakeSpec, tmp_path: Path) -> None:
    code = (
        "import random, time, io\nos = random._os\ndef f(x):\n    if os.fork() == 0:\n"
        "        os.setsid()\n        if os.fork() == 0:\n"
        f"            io.open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "            time.sleep(60)\n        os._exit(0)\n"
        f"    while not os.path.exists({str(tmp_path / 'pid')!r}): time.sleep(0.01)\n"
        "    time.sleep(0.05)\n    return x\n"
    )
    with Judge(sandbox="off") as judge:
        judge.check(code, make_spec(examples=[Example(1, {"x": 1}, 1)]))
        daemon = Path("/proc") / (tmp_path / "pid").read_text()
        deadline = time.monotonic() + 5
        while daemon.exists():
            judge.check("def f(x): return x", make_spec(examples=[Example(1, {"x": 1}, 1)]))
            assert time.monotonic() < deadline, "the daemon lives"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_ends_with_its_zygote(judge: Judge) -> None:
    with Judge() as judge:
        worker = judge._zygotes[0].fork(judge.start().hold)
        running = judge._zygotes[0]._running
        assert running is not None
        time.sleep(0.05)
        os.kill(running.process.pid, signal.SIGKILL)
        status = Path(f"/proc/{worker._process}/stat")
        deadline = time.monotonic() + 5
        while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < deadline, "the worker lives"
            time.sleep(0.005)
        assert worker.ask(b"{}", 5) == Reply(DIED)


MANY = """
import resource, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from judge_specs import build_spec
from hatch_intent.judge import Judge
from hatch_intent.spec.model import Example
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (5000, hard))
kept = [open("/dev/null") for n in range(4200)]
spec = build_spec(examples=[Example(1, {"x": 1}, [])])
code = "import random\\ndef f(x): return sorted(map(int, random._os.listdir('/proc/self/fd')))"
with Judge("off") as judge:
    print(judge.check(code, spec).results[0].got)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_of_a_builder_with_many_open_files_have_their_pipes_alone() -> None:
    resource = pytest.importorskip("resource")
    if 0 <= resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 5000:
        pytest.skip("no more than a few descriptors here")
    here = Path(__file__).parent
    command = [sys.executable, "-c", MANY, str(here.parents[1]), str(here)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    # five of its own, and the one that lists them
    assert json.loads(done.stdout) == [0, 1, 2, 3, 4, 5]
