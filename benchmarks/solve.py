"""How many tasks a ladder of models solves, how often wrong code passes for right, at what price.

    python -m benchmarks.solve TASKS --ladder LADDER [--ladder LADDER ...] --out RESULT.json
                               [--limit N] [--threads N] [--target py|js]
                               [--served NAME=URL ...] [--concurrency N] [--from RESULT.json]

TASKS is a task file or a folder of specs (`benchmarks/tasks.py`). Each task is written as a spec
and built by the product's own pipeline, all as one project in a folder beside RESULT.json; then
the hidden cases are tried on what passed. LADDER is

    default        the product's own providers and settings
    seed           the loop of the original sketch with the 1.5B model: the baseline
    0.5b,1.5b      catalogue names, small to big ("qwen2.5-coder:" may be left out)
    NAME.toml      a [tool.intent] table of its own

`--served 1.5b=http://127.0.0.1:8080` asks a server for that model, which it answers to by its
whole name, instead of the embedded engine. Answers of another build of llama.cpp may differ in
places, so a table names one engine. `--concurrency` is the number of tasks in hand.

`key=value` behind a ladder changes one setting: `--ladder 0.5b,1.5b:candidates=1,rounds=1`.
Run again after an interruption: what was done is kept. On another machine, `--from` takes over
what stands in an earlier RESULT.json of the same ladder, prompts and judge.

right: passes the hidden cases too. escaped: passed everything that was shown, shipped, and is
wrong. withheld: passed, but differs from others that did, or is trusted less than asked for.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import figures, steps_table, table
from benchmarks.ladders import Engines, Ladder, ladder_of, whole_name
from benchmarks.seed_loop import SeedLoop
from benchmarks.tasks import Exam, read_exams
from hatch_intent import JUDGE_VERSION
from hatch_intent.errors import CheckFailed, IntentError, ProviderError
from hatch_intent.files import sha256
from hatch_intent.generate.candidates import Attempt, Candidate
from hatch_intent.generate.events import Drafting, Event, Judged
from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.generate.requests import KeptAnswers
from hatch_intent.judge import Judge
from hatch_intent.judge.thorough import Thorough
from hatch_intent.lock import LOCK_NAME, read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import Project, open_project
from hatch_intent.providers.router import open_providers
from hatch_intent.report.json import read_report
from hatch_intent.spec import read_spec
from hatch_intent.targets import target_named

Row = dict[str, Any]
VERSIONS = {"prompt_version": PROMPT_VERSION, "judge_version": JUDGE_VERSION}


# ---- one ladder on all tasks


def run(
    exams: Sequence[Exam], ladder: Ladder, folder: Path, target: str, earlier: Iterable[Row] = ()
) -> Row:
    """All figures of one ladder; what an earlier run did is taken from the folder."""
    root = folder / ladder.folder
    project = _project(exams, ladder, root, target)
    stamp = _stamp(project, target)
    kept = {row["id"]: row for row in earlier} | _kept(project, stamp)
    _write(root, kept, stamp)
    missing = [exam for exam in exams if exam.id not in kept]
    spans: dict[str, tuple[float, float]] = {}
    started = time.monotonic()
    try:
        if ladder.is_seed:
            _seed(project, missing, target, kept, stamp)
        else:
            _build(project, missing, spans)
    finally:
        (root / "wall").write_text(str(round(_wall(root) + time.monotonic() - started, 1)))
        if not ladder.is_seed:
            _keep(kept, missing, project, target, spans)
        _write(root, kept, stamp)
    _examine(exams, kept, project, target)
    _write(root, kept, stamp)
    rows = [kept[exam.id] for exam in exams if exam.id in kept]
    totals = {"settings": ladder.table, **VERSIONS, **figures(rows)}
    return {**totals, "wall_seconds": _wall(root), "tasks": [_published(row) for row in rows]}


def _published(row: Row) -> Row:
    """What may be handed on: figures, and of code and inputs no more than that there were any."""
    code = sha256(row["code"].encode()) if row["code"] else ""
    digest = row["code"] if re.fullmatch("[0-9a-f]{64}", row["code"]) else code
    return {**row, "code": digest, "ambiguity": bool(row.get("ambiguity"))}


def _earlier(path: Path | None, ladder: str, target: str) -> list[Row]:
    """The rows of an earlier result. Raises OSError, ValueError."""
    if path is None:
        return []
    whole = json.loads(path.read_text(encoding="utf-8"))
    known = whole["ladders"].get(ladder, {})
    same = whole["target"] == target and {name: known.get(name) for name in VERSIONS} == VERSIONS
    return list(known["tasks"]) if same else []


def _project(exams: Sequence[Exam], ladder: Ladder, root: Path, target: str) -> Project:
    specs = root / "specs"
    specs.mkdir(parents=True, exist_ok=True)
    for exam in exams:
        path = specs / f"{exam.name}.intent.md"
        text = exam.spec_text(target)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    table = {**ladder.table, "targets": {target: "out"}}
    text = "[tool.intent]\n" + "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())
    (root / "pyproject.toml").write_text(text + "\n", encoding="utf-8")
    return open_project(root)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _build(
    project: Project, missing: Sequence[Exam], spans: dict[str, tuple[float, float]]
) -> None:
    scope = [f"specs/{exam.name}.intent.md" for exam in missing]
    if not scope:
        return

    def listener(event: Event) -> None:
        if isinstance(event, (Drafting, Judged)):
            now = time.monotonic()
            spans[event.name] = (spans.get(event.name, (now, now))[0], now)
        _say(event)

    try:
        build(project, scope=scope, listener=listener)
    except CheckFailed as failed:  # some did not pass: their reports say so
        print(str(failed).count("\n"), "lines of failures", flush=True)
    except ProviderError as silence:  # who had no answer is tried again by the next run
        print(silence, flush=True)


def _say(event: Event) -> None:
    if isinstance(event, Drafting):
        print(f"  {event.name}  {event.model}  {event.step} ...", flush=True)
    elif isinstance(event, Judged):
        passed = "passed" if event.verdict and event.verdict.passed else "failed"
        print(f"  {event.name}  {passed}  {event.tokens} tok  {event.seconds:.1f} s", flush=True)


def _seed(
    project: Project, missing: Sequence[Exam], target: str, kept: dict[str, Row], stamp: str
) -> None:
    (provider,) = open_providers(project.settings, project.root)
    language = target_named(target)
    with Judge(project.settings.sandbox, project.settings.call_timeout) as judge:
        responses = KeptAnswers(project.cache_dir, read=True)
        loop = SeedLoop(provider, Thorough(judge), responses)

        def solve(exam: Exam) -> tuple[Exam, float, Candidate | None, list[Attempt]]:
            path = f"specs/{exam.name}.intent.md"
            spec = read_spec((project.root / path).read_bytes(), path)
            began = time.monotonic()
            candidate, attempts = loop.run(spec, language)
            return exam, time.monotonic() - began, candidate, attempts

        with ThreadPoolExecutor(project.settings.providers[0].concurrency) as crew:
            for exam, seconds, candidate, attempts in crew.map(solve, missing):
                print(f"  {exam.id}  {'passed' if candidate else 'failed'}", flush=True)
                kept[exam.id] = {
                    "id": exam.id,
                    "code": candidate.code if candidate else "",
                    "ships": candidate is not None,
                    "wall_seconds": round(seconds, 1),
                    "trust": "examples" if candidate else "",
                    "step": attempts[-1].step if candidate else "",
                    "model": candidate.model if candidate else "",
                    "attempts": [_attempt(each) for each in attempts],
                }
                _write(project.root, kept, stamp)
    provider.close()


def _attempt(attempt: Attempt) -> Row:
    return {
        "step": attempt.step,
        "model": attempt.model,
        "prompt_tokens": attempt.tokens.prompt,
        "cached_prompt_tokens": attempt.tokens.cached,
        "completion_tokens": attempt.tokens.completion,
        "seconds": round(attempt.seconds, 3),
    }


# ---- what is kept between runs


def _stamp(project: Project, target: str) -> str:
    """What rows depend on beside the task: those of other words, settings or judges are others."""
    settings = asdict(project.settings)
    # who answers, and how many at once, is no matter
    apart = ("base_url", "concurrency", "threads", "allow_remote", "api_key_env")
    providers = [
        {key: value for key, value in each.items() if key not in apart}
        for each in settings["providers"]
    ]
    what = [PROMPT_VERSION, JUDGE_VERSION, target, {**settings, "providers": providers}]
    return sha256(json.dumps(what, sort_keys=True, default=str).encode())


def _kept(project: Project, stamp: str) -> dict[str, Row]:
    """The rows of earlier runs; what was made under other settings is dropped."""
    path = project.root / "kept.json"
    whole = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if whole.get("of") != stamp:
        _forget(project)
        return {}
    rows: dict[str, Row] = whole["rows"]
    return rows


def _forget(project: Project) -> None:
    """Drop what was made; not the answers, which are kept by what was asked."""
    root = project.root
    for name in ("kept.json", "wall", LOCK_NAME):
        (root / name).unlink(missing_ok=True)
    folders = [root / "out", *(project.state / each for each in ("reports", "doubted"))]
    if project.cache_dir.is_relative_to(root):
        folders.append(project.cache_dir / "modules")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _write(root: Path, kept: dict[str, Row], stamp: str) -> None:
    text = json.dumps({"of": stamp, "rows": kept}, ensure_ascii=False, indent=1)
    (root / "kept.new").write_text(text, encoding="utf-8")
    (root / "kept.new").replace(root / "kept.json")


def _wall(root: Path) -> float:
    path = root / "wall"
    return float(path.read_text()) if path.is_file() else 0.0


def _keep(
    kept: dict[str, Row],
    missing: Iterable[Exam],
    project: Project,
    target: str,
    spans: Mapping[str, tuple[float, float]],
) -> None:
    """Take over what the pipeline reported, also of a run that was cut off.

    A task that nobody had an answer for is tried again by the next run.
    """
    lock = read_lock(project.lock_path, project.state)
    for exam in missing:
        part = read_report(project, exam.name).get("targets", {}).get(target)
        entry = lock.get(exam.name, target)
        if part is None or not (part["attempts"] or entry):
            continue
        first, last = spans.get(exam.name, (0.0, 0.0))
        kept[exam.id] = {
            "id": exam.id,
            "code": part["code"] if part["pass"] else "",
            "ships": entry is not None and entry.output_sha256 == sha256(part["code"].encode()),
            "wall_seconds": round(last - first, 1),
            "trust": entry.trust if entry else "",
            "step": part["step"],
            "model": entry.model if entry else "",
            "ambiguity": part["ambiguity"],
            "attempts": part["attempts"],
        }


def _examine(exams: Sequence[Exam], kept: dict[str, Row], project: Project, target: str) -> None:
    with Judge(project.settings.sandbox, project.settings.call_timeout) as judge:
        for exam in exams:
            row = kept.get(exam.id)
            if row is not None and "right" not in row:
                row["right"] = bool(row["code"]) and exam.right(judge, row["code"], target)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.solve")
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--ladder", action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, help="of each embedded engine")
    parser.add_argument("--served", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--target", choices=("py", "js"), default="py")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="RESULT.json")
    options = parser.parse_args()
    served = (each.partition("=") for each in options.served)
    urls = {whole_name(name): url for name, _, url in served}
    engines = Engines(options.threads, urls, options.concurrency)
    exams = read_exams(options.tasks)[: options.limit]
    folder = options.out.with_suffix(".work")
    results: dict[str, Row] = {}
    ladders = {text: ladder_of(text, engines) for text in options.ladder}
    asked = [
        entry["model"] for each in ladders.values() for entry in each.table.get("providers", ())
    ]
    if strangers := urls.keys() - asked:
        parser.error(f"no ladder asks {', '.join(sorted(strangers))}, which --served names")
    for text, ladder in ladders.items():
        try:
            earlier = _earlier(options.earlier, text, options.target)
            results[text] = run(exams, ladder, folder, options.target, earlier)
        except IntentError as error:
            print(f"{text}: {error}", file=sys.stderr)
            return 3
        whole = {"tasks": str(options.tasks.name), "target": options.target, "ladders": results}
        options.out.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\n{table(results)}\n\n{steps_table(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
