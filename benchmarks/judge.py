"""What checking costs, with every layer of the sandbox on.

    python benchmarks/judge.py [--modules 100] [--examples 20] [--runs 7] [--inputs 0]
                               [--axiom PROGRAM]

The same modules and examples are checked by the judge, by pytest as parametrised tests and by
axiom-spec's `verify`, each in a process of its own, by turns. Neither of the others isolates
anything. With `--inputs` each module has a property too, which the judge and axiom-spec try on
so many made-up inputs, axiom-spec on hypothesis's. axiom-spec is installed into a temporary
environment (Python 3.12 or later), unless its program is given; where that can't be done its row
says so. Prints Markdown.
"""

from __future__ import annotations

import argparse
import compileall
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))  # after the compiled copy, where there is one

from hatch_intent.judge import Judge  # noqa: E402 - from this checkout, or its compiled copy
from hatch_intent.spec.model import Example, Parameter, Property, Signature, Spec  # noqa: E402 - same
from hatch_intent.spec.types import INTEGER, NUMBER, Field, Object  # noqa: E402 - same

MODULE = """import math


def f{n}(x: int) -> dict:
    total = 0
    for k in range(50):
        total += (k * x) % {modulus}
    return {{"total": total, "root": math.sqrt(abs(x))}}
"""
PYTEST = """import importlib, json, pathlib, pytest
CASES = json.loads(pathlib.Path(__file__).with_name("cases.json").read_text())

@pytest.mark.parametrize(("n", "x", "out"), CASES)
def test_example(n, x, out):
    assert getattr(importlib.import_module(f"module{n}"), f"f{n}")(x) == pytest.approx(out)
"""
PROPERTY = 'out["total"] >= 0'  # axiom-spec says `output`
SIDES = "| | ms a call | {count} modules, s | against the judge |\n|---|---|---|---|"


def answer(n: int, x: int) -> dict[str, float]:
    return {"total": sum((k * x) % (n + 3) for k in range(50)), "root": math.sqrt(abs(x))}


def write_cases(folder: Path, modules: int, examples: int) -> None:
    """The same functions and examples, as each side wants them."""
    (folder / "generated").mkdir()
    (folder / "specs").mkdir()
    for n in range(modules):
        source = MODULE.format(n=n, modulus=n + 3)
        (folder / f"module{n}.py").write_text(source)
        (folder / "generated" / f"spec{n}.py").write_text(source)
        (folder / "specs" / f"spec{n}.axiom").write_text(json.dumps(axiom_spec(n, examples)))
    cases = [(n, x, answer(n, x)) for n in range(modules) for x in range(examples)]
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "test_cases.py").write_text(PYTEST)


def axiom_spec(n: int, examples: int) -> dict[str, object]:
    return {
        "axiom": "0.1",
        "metadata": {
            "name": f"spec{n}",
            "version": "1.0.0",
            "description": "sums",
            "target": "python:function",
        },
        "intent": "Sums.",
        "interface": {
            "function_name": f"f{n}",
            "parameters": [{"name": "x", "type": "int", "description": "x", "required": True}],
            "returns": {"type": "dict", "description": "sums"},
        },
        "examples": [
            {"name": f"e{x}", "input": {"x": x}, "expected_output": answer(n, x)}
            for x in range(examples)
        ],
        "invariants": [{"description": "sums", "check": PROPERTY.replace("out", "output")}],
    }


def our_spec(n: int, examples: int) -> Spec:
    returns = Object((Field("total", INTEGER), Field("root", NUMBER)))
    return Spec(
        path=f"specs/f{n}.intent.md",
        name=f"f{n}",
        targets=("py",),
        description="Sums.",
        signature=Signature((Parameter("x", INTEGER),), returns),
        constraints=(),
        examples=tuple(Example(1, {"x": x}, answer(n, x)) for x in range(examples)),
        properties=(Property(1, PROPERTY),),
        uses=(),
        requires=(),
        model=None,
        intent_digest="",
        checks_digest="",
    )


def check_all(folder: Path, modules: int, examples: int, inputs: int) -> None:
    """The judge's side, in a process of its own; prints what it measured."""
    work = [(folder / f"module{n}.py", our_spec(n, examples)) for n in range(modules)]
    before = peak()
    started = time.perf_counter()
    with Judge(sandbox="require") as judge, ThreadPoolExecutor(judge.jobs) as threads:
        level = judge.level
        ready = time.perf_counter()
        verdicts = list(
            threads.map(
                lambda pair: judge.check(pair[0].read_text(), pair[1], generated=inputs), work
            )
        )
        done = time.perf_counter()
    if not all(verdict.passed and verdict.generated == inputs for verdict in verdicts):
        raise SystemExit("a module failed")
    growth = (peak() - before) / 1024
    print(json.dumps([ready - started, done - ready, growth, level]))


def peak() -> int:
    """The most memory that this process has had, in KiB.

    Linux's `ru_maxrss` begins with what the parent had when it started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - started, done.stdout


def install_axiom(folder: Path) -> str | None:
    """axiom-spec's program, in an environment made for it; None where that isn't possible."""
    candidates = (f"python3.{minor}" for minor in (12, 13, 14))
    python = next((found for found in map(shutil.which, candidates) if found), None)
    if python is None:
        return None
    try:
        subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "axiom-spec",
            "hypothesis",
        ]
        subprocess.run(pip, check=True, capture_output=True)
    except subprocess.CalledProcessError:
        return None
    return str(folder / "bin" / "axiom")


def report(taken: dict[str, list[float]], count: int, calls: int) -> None:
    medians = {side: statistics.median(seconds) for side, seconds in taken.items()}
    print(SIDES.format(count=count))
    for side, median in medians.items():
        ratio = median / medians["judge"]
        print(f"| {side} | {median / calls * 1000:.2f} | {median:.2f} | {ratio:.1f} |")


def report_goals(inner: list[list[float]], calls: int) -> None:
    ready, seconds, growth = (statistics.median(column) for column in zip(*inner, strict=True))
    print("\n| of the judge's time | measured | goal |\n|---|---|---|")
    print(f"| ready: a zygote has started and is probed, ms | {ready * 1000:.0f} | 60 |")
    print(f"| an example, amortised, ms | {seconds / calls * 1000:.2f} | 0.5 |")
    print(f"| growth of the builder, MB | {growth:.0f} | 30 |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=int, default=100)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--inputs", type=int, default=0, help="for one property of each module")
    parser.add_argument("--axiom", help="axiom-spec's program; installed when not given")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        check_all(given.folder, given.modules, given.examples, given.inputs)
        return
    with tempfile.TemporaryDirectory() as temporary:
        measure(given, Path(temporary))


def measure(given: argparse.Namespace, temporary: Path) -> None:
    folder = temporary / "work"
    folder.mkdir()
    # as pip would leave it: a checkout may have no compiled files
    shutil.copytree(ROOT / "hatch_intent", folder / "hatch_intent")
    compileall.compile_dir(folder / "hatch_intent", quiet=1)
    write_cases(folder, given.modules, given.examples)
    sizes = [f"--{each}={getattr(given, each)}" for each in ("modules", "examples", "inputs")]
    sides = {"judge": [sys.executable, __file__, *sizes, "--folder", str(folder)]}
    if not given.inputs:
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        sides["pytest"] = [*pytest, str(folder)]
    axiom = given.axiom or install_axiom(temporary / "axiom")
    if axiom:
        held = [f"--max-examples={given.inputs}"] if given.inputs else ["--no-invariants"]
        sides["axiom-spec"] = [axiom, "verify", str(folder / "specs"), "--no-interactive", *held]
    else:
        print("axiom-spec could not be installed here: not measured\n")
    rounds, inner = [], []
    for _ in range(given.runs + 1):  # the first one warms the caches up
        taken = {side: timed(command, folder) for side, command in sides.items()}
        rounds.append({side: seconds for side, (seconds, _) in taken.items()})
        *numbers, level = json.loads(taken["judge"][1])
        inner.append(numbers)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {level}\n")
    calls = given.modules * (given.examples + given.inputs)
    report({side: [each[side] for each in rounds[1:]] for side in sides}, given.modules, calls)
    if not given.inputs:
        report_goals(inner[1:], calls)


if __name__ == "__main__":
    main()
