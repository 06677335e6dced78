"""Calls of Python functions from Node: our wrapper against pythonia, in one run.

    python3 benchmarks/wrappers.py [rounds]

Both call the example project's `clamp` (numbers) and `normalize2d` (a record, which pythonia gives
by reference, so that reading it is a call of its own). Every round starts both anew, one after the
other; shown are medians and the median of the rounds' ratios. Needs npm: the packages are those
of `tools/javascript`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "example_project"
sys.path.insert(0, str(ROOT / "tools"))
import javascript_environment  # noqa: E402 - a script of this checkout

CALLS = """
const { performance } = globalThis;
const N = 2000;
const told = {};
const spent = async (name, count, work) => {
  const start = performance.now();
  await work();
  told[name] = ((performance.now() - start) * 1000) / count;
};
const oneByOne = (call) => async () => { for (let i = 0; i < N; i += 1) await call(i); };
const all = (call) => Array.from({ length: N }, (_, i) => call(i));
const together = (call) => () => Promise.all(all(call));
"""
OURS = """
import { batch, clamp, normalize2d } from WRAPPER;
await spent('first call', 1, () => clamp(1, 0, 5));
await normalize2d(3, 4);
await spent('number, one by one', N, oneByOne((i) => clamp(i, 0, 5)));
await spent('number, pipelined', N, together((i) => clamp(i, 0, 5)));
await spent('number, one batch', N, () => batch(() => all((i) => clamp(i, 0, 5))));
await spent('record, one by one', N, oneByOne((i) => normalize2d(i, 4)));
await spent('record, pipelined', N, together((i) => normalize2d(i, 4)));
console.log(JSON.stringify(told));
"""
PYTHONIA = """
import { createRequire } from 'node:module';
const { python } = await import(createRequire(PACKAGES).resolve('pythonia'));
let demo;
await spent('first call', 1, async () => {
  demo = await python('demo.auto');
  await demo.clamp(1, 0, 5);
});
const record = async (i) => (await demo.normalize2d(i, 4)).valueOf();
await record(3);
await spent('number, one by one', N, oneByOne((i) => demo.clamp(i, 0, 5)));
await spent('number, pipelined', N, together((i) => demo.clamp(i, 0, 5)));
await spent('record, one by one', N, oneByOne(record));
await spent('record, pipelined', N, together(record));
console.log(JSON.stringify(told));
python.exit();
"""


def measured(program: str) -> dict[str, float]:
    """Microseconds a call, by kind of call."""
    settings = {
        **os.environ,
        "HATCH_INTENT_PYTHON": sys.executable,
        "PYTHON_BIN": sys.executable,
        "PYTHONPATH": str(EXAMPLE / "src"),
    }
    command = ["node", "--input-type=module", "--eval", program]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def main(rounds: int) -> None:
    packages = javascript_environment.packages() or sys.exit("no npm packages")
    wrapper = (EXAMPLE / "src/demo/js/index.mjs").as_uri()
    head, _, body = OURS.lstrip().partition("\n")
    ours = head.replace("WRAPPER", json.dumps(wrapper)) + CALLS + body
    theirs = CALLS + PYTHONIA.replace("PACKAGES", json.dumps(str(packages / "x.js")))
    pairs = [(measured(ours), measured(theirs)) for _ in range(rounds)]
    print("| µs a call | wrapper | pythonia | pythonia / wrapper |")
    print("|---|---|---|---|")
    for kind in pairs[0][0]:
        mine = median(each[kind] for each, _ in pairs)
        if kind in pairs[0][1]:
            other = f"{median(each[kind] for _, each in pairs):,.0f}"
            ratio = f"{median(b[kind] / a[kind] for a, b in pairs):.1f}"
        else:
            other = ratio = ""
        print(f"| {kind} | {mine:,.0f} | {other} | {ratio} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
