"""`report`: what was tried for each spec in the last builds."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from hatch_intent.cli.place import project_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import UsageError
from hatch_intent.project import Project
from hatch_intent.report.json import read_report
from hatch_intent.report.words import shown

_SUFFIX = ".report.json"
DAMAGED = "is damaged; delete it, the next build of that module writes it anew"
_HEADER = ("spec", "target", "passed", "model", "attempts", "calls", "tokens", "seconds")


def run(args: Namespace, screen: Screen) -> int:
    """One report in full, or a line on each."""
    project = project_of(args)
    reports, damaged = _reports(project)
    for path in damaged:
        screen.complain(f"{path}  {DAMAGED}")
    if args.name is not None:
        known = [each["name"] for each in reports]
        if args.name not in known:
            there = f"known are {', '.join(known)}" if known else "there are none yet"
            raise UsageError(f'no report on "{args.name}"; {there}')
        reports = [reports[known.index(args.name)]]
    if args.json:
        screen.json(reports if args.name is None else reports[0])
    elif not reports:
        screen.answer("no reports yet; a build writes one for every module it makes")
    else:
        screen.table([_HEADER, *(row for each in reports for row in _rows(each))])
        if args.name is not None:
            for line in attempts(reports[0]):
                screen.answer(line)
    return 0


def _reports(project: Project) -> tuple[list[dict[str, Any]], list[str]]:
    """Those that can be read, and the paths of the others."""
    folder = project.state / "reports"
    names = [path.name.removesuffix(_SUFFIX) for path in sorted(folder.glob(f"*{_SUFFIX}"))]
    read = {name: read_report(project, name) for name in names}
    damaged = [f".intent/reports/{name}{_SUFFIX}" for name in names if not read[name]]
    return [report for report in read.values() if report], damaged


def _rows(report: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for target, part in sorted(report["targets"].items()):
        results = part["results"]
        passed = f"{sum(each['ok'] for each in results)} of {len(results)}"
        withheld = ", withheld" if part.get("trust") == "" else ""
        yield (
            report["name"],
            target,
            passed + (withheld if part["pass"] else ", failed"),
            part["model"],
            str(len(part["attempts"])),
            str(part["calls"]),
            str(part["tokens"]),
            f"{part['seconds']:.1f}",
        )


def attempts(report: dict[str, Any]) -> Iterator[str]:
    """A line on each answer that was looked at, and on the first call that failed."""
    for target, part in sorted(report["targets"].items()):
        if part["problem"] and not part["attempts"]:
            yield f"  {target}  {part['problem']}"
        for each in part["attempts"]:
            source = "cached" if each["cached"] else f"{each['seconds']:.1f} s"
            said = each["problem"] or _failed(each) or f"passed {each['passes']}"
            count = f"{each['completion_tokens']} tokens"
            yield f"  {target}  round {each['round']}  {each['model']}  {count}  {source}  {said}"
        if failed := next((each for each in part["results"] if not each["ok"]), None):
            yield f"  {target}  first failure: {failure(failed)}"
        if part.get("counterexample"):
            yield f"  {target}  counterexample: {failure(part['counterexample'])}"
        for line in part["ambiguity"]:
            yield f"  {target}  {line}"
        if part["sandbox"]:
            yield f"  {target}  sandbox {part['sandbox']}"


def _failed(attempt: dict[str, Any]) -> str:
    return f"failed {attempt['failure']}" if attempt.get("failure") else ""


def failure(call: dict[str, Any]) -> str:
    """A failed call of a report on one line."""
    said = f"{call['status']}: {call['error'] or shown(call['got'])}"
    if frames := call.get("frames"):
        said += f" at {frames[-1]}"
    wanted = f"{call['raises']} raised" if "raises" in call else ""
    if "expected" in call and call["status"] != "wrong":  # its own words hold what was expected
        wanted = shown(call["expected"])
    return f"in {shown(call['in'])}  " + (f"expected {wanted}  {said}" if wanted else said)
