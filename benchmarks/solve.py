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
what stands in an earlier RESULT.json of the same ladder, tasks, settings, prompts and judge; the
time that it took isn't added. The exit code is 1 where a task lacks an answer of a model.

right: passes the hidden cases too. escaped: passed everything that was shown, shipped, and is
wrong. withheld: passed, but differs from others that did, or is trusted less than asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import figures, steps_table, table
from benchmarks.kept import VERSIONS, Book, Row, published, stamp_of
from benchmarks.ladders import Engines, Ladder, ladder_of, whole_name
from benchmarks.seed_loop import SeedLoop
from benchmarks.tasks import Exam, read_exams
from hatch_intent.cache import Keeper
from hatch_intent.errors import CheckFailed, IntentError, ProviderError
from hatch_intent.files import sha256
from hatch_intent.generate.candidates import Attempt, Candidate
from hatch_intent.generate.events import Drafting, Event, Judged, Notice
from hatch_intent.generate.requests import KeptAnswers
from hatch_intent.judge import Judge
from hatch_intent.judge.thorough import Thorough
from hatch_intent.lock import read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import Project, open_project
from hatch_intent.providers.router import open_providers
from hatch_intent.report.json import read_report
from hatch_intent.spec import read_spec
from hatch_intent.targets import target_named

# ---- one ladder on all tasks


def run(
    exams: Sequence[Exam], ladder: Ladder, folder: Path, target: str, earlier: Path | None = None
) -> Row:
    """All figures of one ladder; what an earlier run did is taken from the folder.

    Raises OSError, ValueError, `IntentError`.
    """
    project = _project(exams, ladder, folder / ladder.folder, target)
    digests = {exam.id: exam.digest(target) for exam in exams}
    book = Book(project, stamp_of(project, target), digests)
    book.open(earlier, ladder.name)
    missing = [exam for exam in exams if exam.id not in book.rows]
    if ladder.is_seed:
        _seed(project, missing, target, book)
    else:
        _build(project, missing, target, book)
    _examine(exams, book, project, target)
    book.write()
    rows = [book.rows[exam.id] for exam in exams if exam.id in book.rows]
    totals = {"of": book.stamp, "settings": ladder.table, **VERSIONS, **figures(rows)}
    lacking = {"without_an_answer": len(exams) - len(rows), "wall_seconds": book.wall}
    return {**totals, **lacking, "tasks": [published(row) for row in rows]}


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


def _build(project: Project, missing: Sequence[Exam], target: str, book: Book) -> None:
    scope = [f"specs/{exam.name}.intent.md" for exam in missing]
    if not scope:
        return
    spans: dict[str, tuple[float, float]] = {}

    def listener(event: Event) -> None:
        if isinstance(event, (Drafting, Judged)):
            now = time.monotonic()
            spans[event.name] = (spans.get(event.name, (now, now))[0], now)
            book.write()  # for the time that it took, should this be killed
        _say(event)

    try:
        build(project, scope=scope, listener=listener)
    except CheckFailed as failed:  # some did not pass: their reports say so
        print(str(failed).count("\n"), "lines of failures", flush=True)
    except ProviderError as silence:  # who had no answer is tried again by the next run
        print(silence, flush=True)
    finally:
        _keep(missing, project, target, spans, book)


def _say(event: Event) -> None:
    if isinstance(event, Drafting):
        print(f"  {event.name}  {event.model}  {event.step} ...", flush=True)
    elif isinstance(event, Notice):
        print(f"  {event.text}", flush=True)
    elif isinstance(event, Judged):
        passed = "passed" if event.verdict and event.verdict.passed else "failed"
        print(f"  {event.name}  {passed}  {event.tokens} tok  {event.seconds:.1f} s", flush=True)


def _seed(project: Project, missing: Sequence[Exam], target: str, book: Book) -> None:
    (provider,) = open_providers(project.settings, project.root)
    language = target_named(target)
    with Judge(project.settings.sandbox, project.settings.call_timeout) as judge:
        responses = KeptAnswers(project.cache_dir, Keeper(print), read=True)
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
                book.add(
                    {
                        "id": exam.id,
                        "code": candidate.code if candidate else "",
                        "ships": candidate is not None,
                        "wall_seconds": round(seconds, 1),
                        "trust": "examples" if candidate else "",
                        "step": attempts[-1].step if candidate else "",
                        "model": candidate.model if candidate else "",
                        "attempts": [_attempt(each) for each in attempts],
                    }
                )
                book.write()
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


def _keep(
    missing: Iterable[Exam],
    project: Project,
    target: str,
    spans: Mapping[str, tuple[float, float]],
    book: Book,
) -> None:
    """Take over what the pipeline reported, also of a run that was cut off.

    A task that a model of the ladder had no answer for is made anew by the next run.
    """
    lock = read_lock(project.lock_path, project.state)
    models = {each.model for each in project.settings.ladder}
    for exam in missing:
        part = read_report(project, exam.name).get("targets", {}).get(target)
        entry = lock.get(exam.name, target)
        if part is None or not _is_whole(part, models):
            if entry is not None:
                (project.root / entry.output).unlink(missing_ok=True)
            continue
        first, last = spans.get(exam.name, (0.0, 0.0))
        book.add(
            {
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
        )
    book.write()


def _is_whole(part: Row, models: Collection[str]) -> bool:
    """Whether all models were heard, or those that were settled it before the others' turn."""
    asked = {each["model"] for each in part["attempts"]}
    sampled = any(each["step"] == "sample" for each in part["attempts"])
    return asked >= set(models) or bool(asked and part["pass"] and not sampled)


def _examine(exams: Sequence[Exam], book: Book, project: Project, target: str) -> None:
    with Judge(project.settings.sandbox, project.settings.call_timeout) as judge:
        for exam in exams:
            row = book.rows.get(exam.id)
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
    for name in ("MODE", "CACHE", "JOBS"):
        os.environ.pop(f"HATCH_INTENT_{name}", None)  # of other projects, not of a benchmark
    try:
        exams = read_exams(options.tasks)[: options.limit]
        ladders = {text: ladder_of(text, engines) for text in options.ladder}
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"{type(error).__name__}: {error}")
    if any("cache" in each.table for each in ladders.values()):
        parser.error("a ladder has no cache of its own: what is counted would come from there")
    folder = options.out.with_suffix(".work")
    results: dict[str, Row] = {}
    asked = [
        entry["model"] for each in ladders.values() for entry in each.table.get("providers", ())
    ]
    if strangers := urls.keys() - asked:
        parser.error(f"no ladder asks {', '.join(sorted(strangers))}, which --served names")
    for text, ladder in ladders.items():
        try:
            results[text] = run(exams, ladder, folder, options.target, options.earlier)
        except (IntentError, OSError, ValueError) as error:
            print(f"{text}: {error}", file=sys.stderr)
            return 3
        whole = {"tasks": str(options.tasks.name), "target": options.target, "ladders": results}
        options.out.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\n{table(results)}\n\n{steps_table(results)}")
    lacking = {text: row["without_an_answer"] for text, row in results.items()}
    for text, count in lacking.items():
        if count:
            print(f"{text}: {count} of {len(exams)} tasks lack an answer of some model; run again")
    return 1 if any(lacking.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
