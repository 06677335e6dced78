from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import Judge
from hatch_intent.judge.isolation import PROBES
from hatch_intent.spec.model import Example

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers of the Linux kernel")

SCRIPT = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from judge_specs import build_spec
from hatch_intent.judge import Judge
from hatch_intent.spec.model import Example
code = "import io\\n\\nio.open(%r, 'w')\\ndef f(x): return x" % sys.argv[4]
good = "def f(x): return x"
spec = build_spec(examples=[Example(1, {"x": 1}, 1)])
with Judge(sys.argv[3]) as judge:
    try:
        print(judge.level)
        print(judge.check(good, spec).passed, judge.check(code, spec).problem)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        try:
            judge.check(code, spec)
        except Exception as error:
            print(type(error).__name__)
"""


def lacking(calls: list[str], sandbox: str, canary: Path) -> list[str]:
    """What a builder says on a kernel without these system calls."""
    arguments = [str(HERE.parents[1]), str(HERE), sandbox, str(canary)]
    kernel = [str(HERE / "old_kernel.py"), *calls, "--"]
    command = [sys.executable, *kernel, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_level_names_the_layers_that_hold(judge: Judge) -> None:
    assert judge.level.startswith("strict: seccomp")
    assert judge.start().refused == PROBES
    assert judge.start().open == ()


def test_off_is_said(make_spec: MakeSpec) -> None:
    with Judge(sandbox="off") as judge:
        assert judge.level == "off: a separate process, nothing more"
        assert judge.check(
            "def f(x): return x", make_spec(examples=[Example(1, {"x": 1}, 1)])
        ).passed


@pytest.mark.parametrize(
    ("calls", "missing"),
    [
        (["seccomp"], "seccomp: "),
        (["seccomp", "landlock"], "Landlock: "),
        (["setrlimit", "prlimit64"], "rlimits: "),
    ],
)
def test_require_refuses_before_any_code_runs(
    tmp_path: Path, calls: list[str], missing: str
) -> None:
    canary = tmp_path / "canary"
    said = lacking(calls, "require", canary)
    assert len(said) == 2
    assert said[0].startswith("CheckFailed: generated code can't be run safely here (partial: ")
    assert missing in said[0]
    assert 'sandbox = "best-effort"' in said[0]
    assert said[1] == "CheckFailed"
    assert not canary.exists()


def test_best_effort_runs_and_says_what_is_open(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    level, outcome = lacking(["seccomp", "landlock"], "best-effort", canary)
    assert level.startswith("partial: rlimits, no Landlock; open: socket, read, write, stat, fork")
    assert outcome.startswith(f"True importing it tried to open a file: {canary} at line 3: io.")
    assert not canary.exists()  # Python's own audit hook, which stops the honest


def test_landlock_alone_still_guards_files(tmp_path: Path) -> None:
    level = lacking(["seccomp"], "best-effort", tmp_path / "canary")[0]
    assert "open: socket, stat" in level
    assert "read" not in level


FORCED = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from judge_specs import build_spec
from hatch_intent.judge import Judge
from hatch_intent.judge.inside.lockdown import STRICT
from hatch_intent.judge.isolation import Isolation
from hatch_intent.spec.model import Example
with Judge("off") as judge:
    judge.start()
    judge._isolation = Isolation("strict: as probed before", STRICT, True)
    try:
        print(judge.check("def f(x): return x", build_spec(examples=[Example(1, {"x": 1}, 1)])))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def test_a_layer_lost_after_the_probe_stops_the_build() -> None:
    kernel = [str(HERE / "old_kernel.py"), "landlock", "--"]
    command = [sys.executable, *kernel, "-c", FORCED, str(HERE.parents[1]), str(HERE)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == "CheckFailed: the sandbox no longer holds: Landlock: this kernel has none\n"


def test_a_judge_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hatch_intent.judge.workers._BOOT", "raise SystemExit('no luck today')")
    with pytest.raises(CheckFailed, match="did not start: no luck today"), Judge() as judge:
        judge.start()
