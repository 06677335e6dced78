"""What checking JavaScript costs, with every layer of the sandbox on.

    python benchmarks/javascript.py [--modules 40] [--examples 20] [--runs 5] [--vitest PROGRAM]

The same examples are checked by our judge in node, by our judge for the same functions in
Python, by node's own test runner and by vitest, each in a process of its own, by turns. Neither
of the last two isolates anything; both have one test file for all modules and run every example
once, the judge runs it twice, in two processes. vitest is installed with npm into a temporary
folder unless its program is given; where that can't be done its row is missing. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from benchmarks.judge import MODULE, answer, our_spec  # noqa: E402 - this checkout's
from hatch_intent.judge import Judge  # noqa: E402 - same
from hatch_intent.spec.model import Spec  # noqa: E402 - same

MODULES = {
    "js": """export function f{n}(x) {{
  let total = 0;
  for (let k = 0; k < 50; k += 1) total += (k * x) % {modulus};
  return {{ total, root: Math.sqrt(x) }};
}}
""",
    "py": MODULE,
}
TESTS = """
import { readFileSync } from 'node:fs';
const cases = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'));
for (const [n, x, out] of cases) {
  const module = await import(`./module${n}.js`);
  test(`f${n}(${x})`, () => same(module[`f${n}`](x), out));
}
"""
RUNNERS = {
    "cases.test.mjs": "import { deepStrictEqual as same } from 'node:assert';\n"
    "import { test } from 'node:test';",
    "cases.vitest.mjs": "import { expect, test } from 'vitest';\n"
    "const same = (got, wanted) => expect(got).toEqual(wanted);",
}


def spec(n: int, examples: int, target: str) -> Spec:
    """What both judges check."""
    return replace(our_spec(n, examples), targets=(target,))


def write_cases(folder: Path, modules: int, examples: int) -> None:
    """The functions in both languages, and the examples for node's runners."""
    for n in range(modules):
        for target, source in MODULES.items():
            text = source.format(n=n, modulus=n + 3)
            (folder / f"module{n}.{target}").write_text(text)
    cases = [(n, x, answer(n, x)) for n in range(modules) for x in range(examples)]
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "package.json").write_text('{ "type": "module" }')
    for name, head in RUNNERS.items():
        (folder / name).write_text(head + TESTS)


def judge_all(folder: Path, target: str, modules: int, examples: int) -> None:
    """A judge's side, in a process of its own."""
    with Judge(sandbox="require") as judge, ThreadPoolExecutor(judge.jobs) as threads:

        def passes(n: int) -> bool:
            code = (folder / f"module{n}.{target}").read_text()
            return judge.check(code, spec(n, examples, target), target).passed

        if not all(threads.map(passes, range(modules))):
            raise SystemExit("a module failed")


def timed(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - started


def install_vitest(folder: Path) -> Path | None:
    """vitest's program, installed into the folder of the cases; None where npm can't."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "vitest"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return folder / "node_modules" / ".bin" / "vitest" if done.returncode == 0 else None


def measure(given: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Seconds of every run by side."""
    size = ["--modules", str(given.modules), "--examples", str(given.examples)]
    ours = [sys.executable, str(Path(__file__).resolve()), *size, "--folder", str(folder)]
    sides = {
        "judge, JavaScript": [*ours, "--target", "js"],
        "judge, Python": [*ours, "--target", "py"],
        "node --test": ["node", "--test", "cases.test.mjs"],
    }
    if vitest := given.vitest or install_vitest(folder):
        sides["vitest"] = [str(vitest), "run", "cases.vitest.mjs", "--dir", "."]
        (folder / "vitest.config.mjs").write_text(
            "export default { test: { include: ['*.vitest.mjs'] } };\n"
        )
    else:
        print("vitest could not be installed here: not measured\n")
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for run in range(given.runs + 1):
        for side, command in sides.items():
            taken = timed(command, folder)
            if run:  # the first one warms the caches up
                seconds[side].append(taken)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, default=40)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--vitest", type=Path, help="vitest's program; installed when not given")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        judge_all(given.folder, given.target, given.modules, given.examples)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_cases(folder, given.modules, given.examples)
        seconds = measure(given, folder)
    medians = {side: statistics.median(each) for side, each in seconds.items()}
    calls = given.modules * given.examples
    print(f"| {given.modules} modules | s | examples a second | against our judge |")
    print("|---|---|---|---|")
    for side, median in medians.items():
        ratio = median / medians["judge, JavaScript"]
        print(f"| {side} | {median:.2f} | {calls / median:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
