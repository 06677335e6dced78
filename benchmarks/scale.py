"""Many specs against one busy, faulty server: built, killed at random, resumed, and proved.

    python -m benchmarks.scale --specs 1000 --concurrency 64 --kills 12 --out scale.json

Makes a project of made-up specs, starts a simulated OpenAI-compatible server, and runs
`hatch-intent build`, which a seeded plan interrupts with SIGINT, SIGTERM and kill -9 until its
kills are used up. Then it proves, from the server's log and the project's files, that all was
done and nothing was asked twice that was answered and kept. The exit code is 1 when a proof
fails. With `--providers FILE`, `[[tool.intent.providers]]` tables of real servers take the
simulated one's place; what only its log can prove is left out then, and a spec is done too where
real models were asked and nothing that they wrote could be taken.

Needs Linux (it reads /proc) and this checkout's environment.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "servers")]

from simulated_server import FAULTS, Heard, SimulatedServer, simulated_server  # noqa: E402 - tests

from benchmarks.made_up import MadeUp, made_up  # noqa: E402 - this checkout's
from benchmarks.watched import Watched, run  # noqa: E402 - same
from hatch_intent.generate.prompt import PROMPT_VERSION  # noqa: E402 - same
from hatch_intent.generate.requests import request_key  # noqa: E402 - same
from hatch_intent.providers.base import Message, Sampling  # noqa: E402 - same

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_PYPROJECT = """\
[build-system]
requires = ["hatchling", "hatch-intent"]
build-backend = "hatchling.build"

[project]
name = "crowd"
version = "1.0"

[tool.hatch.build.hooks.intent]

[tool.intent]
timeout = {timeout}
{settings}

[tool.intent.targets]
py = "src/crowd/auto"

"""
_PROVIDER = """\
[[tool.intent.providers]]
type = "openai-compat"
model = "simulated"
base-url = "{url}"
concurrency = {concurrency}
"""


@dataclass
class Kill:
    """One interruption, and what the cache held when the process was gone."""

    signal: str
    at: float
    to_end: float
    kept: set[str]
    before: float
    """When the signal was sent, by the server's clock."""


@dataclass
class Course:
    """All runs of one build, the last of which came to its end."""

    runs: list[Watched] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.runs)


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="hatch-intent-scale-"))
    try:
        found = measure(options, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(_table(found))
    failed = [name for name, good in found["proofs"].items() if not good]
    for name in failed:
        print(f"FAILED: {name}")
    return 1 if failed else 0


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Build once, with kills, and prove; all that was measured."""
    specs = list(made_up(options.specs, options.seed, properties=not options.plain))
    chance = random.Random(options.seed)
    wrong = {each.name for each in specs if chance.random() < options.wrong}
    with ExitStack() as stack:
        server = None
        if options.providers:
            providers = options.providers.read_text()
        else:
            server = stack.enter_context(_server(specs, wrong, options))
            providers = _PROVIDER.format(url=server.url, concurrency=options.concurrency)
        root = _project(folder / "crowd", specs, providers, options)
        course = _build(root, options, chance)
        found = _figures(course, options)
        found["proofs"] = {}
        if course.runs[-1].process.returncode:
            print(course.runs[-1].output[-2000:], file=sys.stderr)
        _prove_project(root, options, course, found)
        if server is not None:
            time.sleep(0.2)  # the server sees connections close a moment later
            _prove_server(server, course, options, found)
    found["wrong at first"] = len(wrong)
    return found


def _server(specs: list[MadeUp], wrong: set[str], options: argparse.Namespace) -> Any:
    known = {each.name: each for each in specs}

    def code(name: str, number: int) -> str:
        made = known[name]
        return made.wrong if number == 0 and name in wrong else made.right

    first, _, last = options.latency.partition("-")
    latency = (float(first) / 1000, float(last or first) / 1000)
    return simulated_server(code, latency=latency, share=options.faults, seed=options.seed)


def _project(root: Path, specs: list[MadeUp], providers: str, options: argparse.Namespace) -> Path:
    (root / "src" / "crowd").mkdir(parents=True)
    (root / "src" / "crowd" / "__init__.py").write_text("")
    (root / "specs").mkdir()
    settings = "\n".join(options.setting)
    text = _PYPROJECT.format(timeout=options.timeout, settings=settings)
    (root / "pyproject.toml").write_text(text + providers)
    for each in specs:
        (root / "specs" / f"{each.name}.intent.md").write_text(each.spec)
    return root


def _build(root: Path, options: argparse.Namespace, chance: random.Random) -> Course:
    """Run the command line until it comes to its end, killing it as planned."""
    course = Course()
    while True:
        kill = None
        if len(course.kills) < options.kills:
            # All three kinds of signal take their turns, whatever chance says of the moments.
            which = SIGNALS[len(course.kills) % 3]
            kill = (chance.uniform(*options.between), which)
        watched = run([*options.intent, "build", "-q"], root, kill)
        course.runs.append(watched)
        print(_said(watched), file=sys.stderr, flush=True)
        if kill is None or not watched.to_end:
            return course
        now = time.monotonic()
        name = kill[1].name
        kept = _kept(root)
        course.kills.append(Kill(name, kill[0], watched.to_end, kept, now - watched.to_end))


def _kept(root: Path) -> set[str]:
    return {path.stem for path in (root / ".intent" / "cache" / "responses").rglob("*.json")}


def _said(watched: Watched) -> str:
    code = watched.process.returncode
    return f"exit {code} after {watched.seconds:.1f} s, peak {watched.peak >> 20} MiB"


def _figures(course: Course, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "specs": options.specs,
        "concurrency": options.concurrency,
        "runs": len(course.runs),
        "kills": dict(Counter(each.signal for each in course.kills)),
        "slowest end after a signal, s": round(max((k.to_end for k in course.kills), default=0), 2),
        "wall, s": round(course.seconds, 1),
        "builder's peak memory, MiB": round(max(each.peak for each in course.runs) / 2**20, 1),
        "builder's threads": max(each.threads for each in course.runs),
        "builder's processor, s": round(sum(each.own_cpu for each in course.runs), 1),
        "judge's processor, s": round(sum(each.children_cpu for each in course.runs), 1),
    }


def _prove_project(
    root: Path, options: argparse.Namespace, course: Course, found: dict[str, Any]
) -> None:
    proofs = found["proofs"]
    status = run([*options.intent, "status", "--json"], root)
    found["status, s"] = round(status.seconds, 2)
    listed = json.loads(_whole(root, [*options.intent, "status", "--json"]))
    others = [each["name"] for each in listed["modules"] if each["state"] != "fresh"]
    found["fresh and locked"] = len(listed["modules"]) - len(others)
    refused = [name for name in others if options.providers and _was_refused(root, name)]
    found["asked for, and nothing to take"] = len(refused)
    proofs["all are done"] = len(listed["modules"]) == options.specs and others == refused
    ended = 1 if refused else 0
    proofs["the build ended well"] = course.runs[-1].process.returncode == ended
    kept = _kept(root)
    again = run([*options.intent, "build", "-q"], root)
    found["build once more, s"] = round(again.seconds, 2)
    proofs["a second build asks for nothing"] = (
        again.process.returncode == ended and _kept(root) == kept
    )
    check = run([*options.intent, "check"], root)
    found["check, s"] = round(check.seconds, 1)
    found["check"] = check.output.strip()[-300:]
    proofs["check passes"] = check.process.returncode == ended
    proofs["no process is left"] = not any(each.left for each in course.runs)
    litter = [path for path in root.rglob("*") if path.name.endswith(".tmp")]
    sockets = [path for path in root.rglob("*") if path.is_socket()]
    found["unfinished files of killed builds, state folder"] = len(litter)
    # Nothing there ships, and `cache gc` takes those that lie in the cache.
    outside = [path for path in litter if root / ".intent" not in path.parents]
    proofs["no unfinished file among the project's, and no socket"] = not outside and not sockets
    killed = sum(each.signal == "SIGKILL" for each in course.kills)
    proofs["only kill -9 leaves unfinished files"] = bool(killed) or not litter
    found["builder's peak below 300 MB"] = found["builder's peak memory, MiB"] * 2**20 < 300e6
    proofs["the builder stayed below 300 MB"] = found.pop("builder's peak below 300 MB")
    found["intent.lock, bytes"] = (root / "intent.lock").stat().st_size
    for name, place in (("modules", "src"), ("caches and stamps", ".intent")):
        found[f"{name}, bytes"] = sum(
            path.stat().st_size for path in (root / place).rglob("*") if path.is_file()
        )


def _was_refused(root: Path, name: str) -> bool:
    """Whether models answered for a spec, and its report says what came of every answer."""
    path = root / ".intent" / "reports" / f"{name}.report.json"
    if not path.is_file():
        return False
    return bool(json.loads(path.read_text())["targets"]["py"]["attempts"])


def _whole(root: Path, command: list[str]) -> str:
    return subprocess.run(command, cwd=root, capture_output=True, text=True).stdout


def _prove_server(
    server: SimulatedServer, course: Course, options: argparse.Namespace, found: dict[str, Any]
) -> None:
    heard = server.heard
    latencies = sum(each.latency for each in heard)
    ideal = latencies / options.concurrency
    good = [each for each in heard if each.whole]
    found["requests"] = len(heard)
    found["right answers"] = len(good)
    found["faults"] = {f: n for f in FAULTS if (n := sum(each.fault == f for each in heard))}
    found["sum of latencies, s"] = round(latencies, 1)
    found["ideal wall, s"] = round(ideal, 1)
    found["beyond the ideal, ms a module"] = round(
        (course.seconds - ideal) / options.specs * 1000, 1
    )
    found["connections"] = {"opened": server.accepted, "at once": server.most_connections}
    found["other requests"] = dict(server.other)
    again, lost = _asked_again(heard, course)
    found["asked again though kept"] = len(again)
    found["asked again, lost in a kill"] = len(lost)
    found["oldest such answer at its kill, ms"] = round(max(lost, default=0) * 1000)
    most = options.concurrency * len(course.kills)
    found["proofs"]["nothing was asked again that was answered and kept"] = not again
    found["proofs"]["no more was lost in a kill than was in flight"] = len(lost) <= most
    found["proofs"]["all connections are closed"] = server.connections == 0


def _asked_again(heard: list[Heard], course: Course) -> tuple[list[str], list[float]]:
    """Requests that had been answered before, by key.

    The first list: answered earlier in the same run, or in the cache when that run had ended.
    None may be. The second: answers that had left the server but were not in the cache when
    the builder was killed, by their age in seconds at that moment. The server can't know
    whether those were received; that they were in flight shows in their number and age.
    """
    again: list[str] = []
    lost: list[float] = []
    answered: dict[str, list[Heard]] = {}
    for each in heard:
        key = _key(each.body)
        for earlier in answered.get(key, []):
            if earlier.ended > each.began:
                continue
            kill = next(
                (k for k in course.kills if earlier.began < k.before + k.to_end < each.began), None
            )
            if kill is None or key in kill.kept:
                again.append(key)
            else:
                lost.append(max(kill.before + kill.to_end - earlier.ended, 0.0))
        if each.whole:
            answered.setdefault(key, []).append(each)
    return again, lost


def _key(body: dict[str, Any]) -> str:
    """The key under which the product keeps the answer to a request."""
    prompt = tuple(Message(each["role"], each["content"]) for each in body["messages"])
    sampling = Sampling(
        body["temperature"],
        body["seed"],
        body["max_tokens"],
        body.get("top_p"),
        tuple(body.get("stop", ())),
    )
    return request_key(body["model"], "", prompt, sampling, PROMPT_VERSION)


def _table(found: dict[str, Any]) -> str:
    rows = ["| what | measured |", "|---|---|"]
    rows += [f"| {name} | {value} |" for name, value in found.items() if name != "proofs"]
    rows += [f"| {name} | {'yes' if good else 'NO'} |" for name, good in found["proofs"].items()]
    return "\n".join(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", default="50-500", help="milliseconds, from-to")
    parser.add_argument("--faults", type=float, default=0.01, help="share of each kind")
    parser.add_argument("--wrong", type=float, default=0.2, help="share that is wrong at first")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--between", default="1-12", help="seconds from start to kill, from-to")
    parser.add_argument("--timeout", type=float, default=10.0, help="tool.intent.timeout")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setting", action="append", default=[], help="a line of [tool.intent]")
    parser.add_argument("--providers", type=Path, help="TOML with [[tool.intent.providers]]")
    parser.add_argument("--out", type=Path, help="where the JSON goes")
    parser.add_argument("--python", default=sys.executable, help="the builder's interpreter")
    parser.add_argument("--plain", action="store_true", help="specs without properties")
    parser.add_argument("--keep", action="store_true", help="leave the project where it is")
    options = parser.parse_args()
    first, _, last = options.between.partition("-")
    options.intent = [options.python, "-m", "hatch_intent"]
    options.between = (float(first), float(last or first))
    for name in ("MODE", "CACHE", "JOBS"):
        os.environ.pop(f"HATCH_INTENT_{name}", None)
    return options


if __name__ == "__main__":
    sys.exit(main())
