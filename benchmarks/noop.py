"""What hatch-intent costs a build that has nothing to do.

    python benchmarks/noop.py [--specs 1,100,1000] [--runs 9]

Builds a wheel with everything fresh, and the same project without the hook, by turns; then the
command line. Prints medians and ratios as a Markdown table. Needs this checkout's environment
(`make test` makes it) and no model: a scripted server on loopback writes the modules.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "servers")]

from ghostwriter import ghostwriter  # noqa: E402 - from the tests' folders
from projects import DOUBLE, make_project  # noqa: E402 - same

PYTHON = sys.executable


def project(folder: Path, count: int) -> Path:
    """A project with `count` specs, all of them built."""
    names = [f"double{number}" for number in range(count)]
    specs = {name: DOUBLE.replace("double", name) for name in names}
    code = {name: [f"def {name}(x):\n    return 2 * x"] for name in names}
    with ghostwriter(code) as server:
        root = make_project(folder / str(count), server.url, **specs)
        build = [PYTHON, "-m", "hatch_intent", "build", "-q", "--root", str(root)]
        subprocess.run(build, check=True)
    return root


def seconds(command: list[str], cwd: Path, **environ: str) -> float:
    """Wall time of one command that must go well, with bytecode as an installed package has it."""
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environ}
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, env={**os.environ, **environ})
    return time.perf_counter() - started


def by_turns(runs: int, *sides: object) -> list[float]:
    """The median of each side; the sides take turns, after one round that doesn't count."""
    rounds = [[side() for side in sides] for _ in range(runs + 1)][1:]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def row(name: str, first: float, second: float, goal: str) -> str:
    return f"| {name} | {first * 1000:.0f} | {second * 1000:.0f} | {first / second:.2f} | {goal} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--specs", default="1,100,1000")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    goals = {1: "1.10", 100: "1.25", 1000: "2.0"}
    print("| what | with, ms | without, ms | ratio | goal |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for count in map(int, options.specs.split(",")):
            root = project(Path(folder), count)
            wheel = [PYTHON, "-m", "hatchling", "build", "-t", "wheel"]
            both = by_turns(
                options.runs,
                partial(seconds, wheel, root),
                partial(seconds, wheel, root, HATCH_BUILD_NO_HOOKS="true"),
            )
            print(row(f"wheel, {count} fresh", *both, goals.get(count, "")), flush=True)
            if count == 100:
                intent = [PYTHON, "-m", "hatch_intent"]
                status, usage, idle = by_turns(
                    options.runs,
                    partial(seconds, [*intent, "status"], root),
                    partial(seconds, [*intent, "--help"], root),
                    partial(seconds, [PYTHON, "-c", "pass"], root),
                )
                print(row("status of 100 / --help", status, usage, "1.5"))
                print(row("--help / python -c pass", usage, idle, "5"))


if __name__ == "__main__":
    main()
