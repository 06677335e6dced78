"""No JavaScript attack does harm: as this user and as an ordinary one, and by the kernel's layers
alone. With the sandbox off the same attacks do, or else the arena would be blind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from javascript_arena import JavascriptArena
from javascript_attacks import ATTACKS, MEMORY, NETWORK, TIME, Attack
from test_attacks import ENVIRONMENT, _become_nobody, _python_of_nobody

HERE = Path(__file__).parent
PATIENCE = float(os.environ.get("HATCH_INTENT_TEST_PATIENCE", "1"))
"""More where node takes seconds to start, or nothing is tried before the time is up."""
SLOW = {attack.name for attack in (*TIME, *MEMORY, *NETWORK)}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the strict sandbox is Linux's")


@pytest.fixture(scope="module")
def arena() -> Iterator[JavascriptArena]:
    with JavascriptArena("require", call_timeout=0.5 * PATIENCE) as arena:
        yield arena


def test_there_are_enough_of_them() -> None:
    names = {attack.name for attack in ATTACKS}
    assert len(names) == len(ATTACKS) >= 90
    assert sum(attack.inverse for attack in ATTACKS) >= 40


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(a, id=a.name, marks=[pytest.mark.attack] if a.name in SLOW else [])
        for a in ATTACKS
    ],
)
def test_attack_does_no_harm(arena: JavascriptArena, attack: Attack) -> None:
    assert arena.judge.node.level.startswith("strict")
    assert arena.harm(attack) == []  # type: ignore[arg-type]


@pytest.mark.attack
def test_with_the_sandbox_off_the_canaries_are_hit() -> None:
    report = _report(sys.executable, "off", "inverse")
    assert {name for name, harms in report.items() if not harms} == set()


@pytest.mark.attack
@pytest.mark.parametrize("words", [(), ("kernel",)], ids=["all layers", "kernel alone"])
def test_no_harm_as_an_ordinary_user(words: tuple[str, ...]) -> None:
    report = _report(_python_of_nobody(), "require", *words, preexec=_become_nobody)
    assert report.pop("level")[0].startswith("strict")
    assert {name: harms for name, harms in report.items() if harms} == {}


@pytest.mark.attack
def test_no_harm_by_the_kernel_s_layers_alone() -> None:
    report = _report(sys.executable, "require", "kernel")
    assert report.pop("level")[0].endswith("no permission model")
    assert {name: harms for name, harms in report.items() if harms} == {}


@pytest.mark.attack
def test_no_harm_without_landlock() -> None:
    report = _report(sys.executable, "require", lacking="landlock")
    assert "no Landlock" in report.pop("level")[0]
    assert {name: harms for name, harms in report.items() if harms} == {}


def _report(
    python: str, *arguments: str, lacking: str = "", preexec: Callable[[], None] | None = None
) -> dict[str, list[str]]:
    kernel = [str(HERE / "old_kernel.py"), lacking, "--"] if lacking else []
    command = [python, "-B", *kernel, str(HERE / "javascript_arena.py"), *arguments]
    done = subprocess.run(
        command, preexec_fn=preexec, cwd="/", env=ENVIRONMENT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert isinstance(report, dict)
    return report
