"""No attack does harm: as this user and as an ordinary one, with Landlock and without. With the
sandbox off the same attacks do, or else the arena would be blind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from arena import Arena
from attacks import ATTACKS, MEMORY, TIME, Attack

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
NOBODY = 65534
SLOW = {attack.name for attack in (*TIME, *MEMORY)}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the strict sandbox is Linux's")


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with Arena("require", call_timeout=0.5) as arena:
        yield arena


def test_there_are_enough_of_them() -> None:
    names = {attack.name for attack in ATTACKS}
    assert len(names) == len(ATTACKS) >= 70
    assert sum(attack.inverse for attack in ATTACKS) >= 40


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(a, id=a.name, marks=[pytest.mark.attack] if a.name in SLOW else [])
        for a in ATTACKS
    ],
)
def test_attack_does_no_harm(arena: Arena, attack: Attack) -> None:
    assert arena.judge.level.startswith("strict")
    assert arena.harm(attack) == []


@pytest.mark.attack
def test_with_the_sandbox_off_the_canaries_are_hit() -> None:
    report = _report(sys.executable, "off", "inverse")
    assert {name for name, harms in report.items() if not harms} == set()


@pytest.mark.attack
def test_no_harm_as_an_ordinary_user() -> None:
    python = _python_of_nobody()
    report = _report(python, "require", preexec=_become_nobody)
    assert report.pop("level")[0].startswith("strict")
    assert {name: harms for name, harms in report.items() if harms} == {}


@pytest.mark.attack
def test_the_canaries_are_hit_as_an_ordinary_user() -> None:
    report = _report(_python_of_nobody(), "off", "inverse", preexec=_become_nobody)
    assert {name for name, harms in report.items() if not harms} == set()


@pytest.mark.attack
def test_no_harm_without_landlock() -> None:
    report = _report(sys.executable, "require", lacking="landlock")
    assert report.pop("level") == ["strict: seccomp, rlimits, no Landlock"]
    assert {name: harms for name, harms in report.items() if harms} == {}


def _report(
    python: str, *arguments: str, lacking: str = "", preexec: Callable[[], None] | None = None
) -> dict[str, list[str]]:
    kernel = [str(HERE / "old_kernel.py"), lacking, "--"] if lacking else []
    command = [python, "-B", *kernel, str(HERE / "arena.py"), *arguments]
    done = subprocess.run(
        command,
        preexec_fn=preexec,
        cwd="/",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert isinstance(report, dict)
    return report


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _python_of_nobody() -> str:
    """An interpreter and a copy of the source that everyone may read, seen from root."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user; this run was one already")
    works = (
        "import sys; assert sys.version_info >= (3, 10); sys.path.append(sys.argv[1]); import arena"
    )
    for python in filter(
        None, (sys.executable, *map(shutil.which, ("python3", "/usr/bin/python3")))
    ):
        try:
            done = subprocess.run(
                [python, "-B", "-c", works, str(HERE)], preexec_fn=_become_nobody, cwd="/",
                env=ENVIRONMENT,
                capture_output=True, check=False,
            )  # fmt: skip
        except OSError:
            continue
        if done.returncode == 0:
            return python
    pytest.skip("no interpreter on this machine that another user may run")
