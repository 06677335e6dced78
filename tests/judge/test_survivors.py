"""Whatever becomes of the builder, no process, file or shared memory of the judge stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge import Judge
from hatch_intent.spec.model import Example

HERE = Path(__file__).parent
OURS = "hatch-intent-*"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A builder that is busy for good: one thread loops in a worker, one checks module on module.
BUSY = """
import sys, threading
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from judge_specs import build_spec
from hatch_intent.judge import Judge
from hatch_intent.spec.model import Example
spec = build_spec(examples=[Example(1, {"x": 1}, 1)] * 5)
judge = Judge("require", call_timeout=60)
judge.start()
def loop(code):
    while True: judge.check(code, spec)
for code in ("def f(x):\\n    while True: pass", "def f(x): return x", "def f(x): return x + 1"):
    threading.Thread(target=loop, args=(code,)).start()
print(*(z._running.process.pid for z in judge._zygotes), flush=True)
"""
STARTING = """
import sys, threading
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from hatch_intent.judge import Judge
from hatch_intent.judge.workers import Zygote
starting = Zygote.start
def start(self):
    starting(self)
    print(self._running.process.pid, flush=True)
Zygote.start = start
Judge().start()
while True: pass
"""


BUSY_WITH_NODE = """
import sys, threading
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from judge_specs import build_spec
from hatch_intent.judge import Judge
from hatch_intent.judge.workers import Zygote
from hatch_intent.spec.model import Example
starting = Zygote.start
def start(self):
    starting(self)
    print(self._running.process.pid, flush=True)
Zygote.start = start
spec = build_spec(examples=[Example(1, {"x": 1}, 1)] * 5)
judge = Judge("require", call_timeout=60)
def loop(code):
    while True: judge.check(code, spec, "js")
for body in ("while (true);", "return x;", "throw new Error();"):
    threading.Thread(target=loop, args=(f"export function f(x) {{ {body} }}",)).start()
"""


def sessions(of: set[int]) -> set[int]:
    """The processes that belong to these zygotes: workers are their children."""
    found = set(of)
    while True:
        more = {p for p in numbers("/proc") if parent(p) in found}
        if more <= found:
            return {p for p in found if state(p) not in "Z"}
        found |= more


def numbers(folder: str) -> list[int]:
    return [int(entry.name) for entry in Path(folder).iterdir() if entry.name.isdigit()]


def parent(process: int) -> int:
    return int(stat(process)[1])


def state(process: int) -> str:
    return stat(process)[0]


def stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["Z", "0"]


def wait_until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def killed_builder(script: str, zygotes: int, delay: float) -> tuple[set[int], set[int]]:
    """The zygotes' and all their workers' ids, of a builder that was killed after the delay."""
    command = [sys.executable, "-c", script, str(HERE.parents[1]), str(HERE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        text = ""
        while len(text.split()) < zygotes:
            text += builder.stdout.readline() or pytest.fail("the builder ended")
        roots = set(map(int, text.split()))
        time.sleep(delay)
        all_of_them = sessions(roots)
        builder.send_signal(signal.SIGKILL)
    return roots, all_of_them


attack = pytest.mark.attack


@pytest.mark.parametrize("delay", [0.2, *(pytest.param(d, marks=attack) for d in (0, 0.01, 0.05))])
def test_nothing_survives_a_killed_builder(delay: float) -> None:
    roots, processes = killed_builder(BUSY, 2, delay)
    if delay >= 0.2:
        assert len(processes) > len(roots)  # there were workers to leave behind
    wait_until(lambda: all(state(p) == "Z" for p in processes))


@pytest.mark.parametrize("delay", [0.0, *(pytest.param(d, marks=attack) for d in (0.005, 0.02))])
@pytest.mark.parametrize("zygotes", [1, 2])
def test_nothing_survives_a_builder_killed_while_it_starts(zygotes: int, delay: float) -> None:
    _, processes = killed_builder(STARTING, zygotes, delay)
    wait_until(lambda: all(state(p) == "Z" for p in processes))


def left_behind(by: set[int]) -> set[str]:
    """Folders, named sockets and shared memory of a judge, as far as they can be told from
    those of others."""
    found = {str(path) for place in ("/tmp", "/dev/shm") for path in Path(place).glob(OURS)}
    sockets = Path("/proc/net/unix").read_text().splitlines()
    memory = Path("/proc/sysvipc/shm")
    segments = memory.read_text().splitlines()[1:] if memory.exists() else []
    return {
        *found,
        *(line for line in sockets if OURS.rstrip("*") in line),
        *(line for line in segments if by & set(map(int, line.split()[4:6]))),
    }


# Not beside other tests, whose files and sockets look the same.
@attack
@pytest.mark.parametrize("script", [BUSY, STARTING], ids=["busy", "starting"])
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.05, 0.2])
def test_no_file_of_a_killed_builder_stays(script: str, delay: float) -> None:
    before = left_behind(set())
    _, processes = killed_builder(script, 2, delay)
    wait_until(lambda: left_behind(processes) <= before)


# Node takes some 50 ms to start, and its zygote as long: before, within and after that.
@pytest.mark.attack
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0])
def test_nothing_survives_a_killed_builder_that_runs_node(delay: float) -> None:
    before = left_behind(set())
    roots, processes = killed_builder(BUSY_WITH_NODE, 1, delay)
    if delay >= 1.0:
        assert len(processes) > len(roots)
    wait_until(lambda: all(state(p) == "Z" for p in processes))
    wait_until(lambda: left_behind(processes) <= before)


def test_closing_ends_the_zygotes_and_leaves_no_file(
    make_spec: MakeSpec,
) -> None:
    descriptors = len(numbers("/proc/self/fd"))
    with Judge() as judge:
        spec = make_spec(examples=[Example(1, {"x": 1}, 1)])
        assert judge.check("def f(x): return x", spec).passed
        assert not judge.check("import random\ndef f(x): random._os._exit(0)", spec).passed
        pids = {z._running.process.pid for z in judge._zygotes if z._running}
        folders = {Path(f"/proc/{pid}/cwd").readlink() for pid in pids}
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert all(str(folder).endswith("(deleted)") for folder in folders)
    assert len(numbers("/proc/self/fd")) == descriptors


def test_a_closed_judge_can_be_started_again(make_spec: MakeSpec) -> None:
    judge = Judge()
    spec = make_spec(examples=[Example(1, {"x": 1}, 1)])
    for _ in range(2):
        with judge:
            assert judge.check("def f(x): return x", spec).passed


def test_a_zygote_killed_by_hostile_code_is_replaced(make_spec: MakeSpec) -> None:
    spec = make_spec(examples=[Example(1, {"x": 1}, 1)])
    kill = "import random\ndef f(x): random._os.kill(random._os.getppid(), 9)\n"
    with Judge(sandbox="off") as judge:
        assert not judge.check(kill, spec).passed
        assert judge.check("def f(x): return x", spec).passed
