"""`status`: every module's state, from spec, lock and bytes alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatch_intent.cli.screen import Screen
from hatch_intent.lock import LOCK_NAME, LockEntry, read_lock
from hatch_intent.settled import recall

if TYPE_CHECKING:
    from hatch_intent.freshness import Freshness

_HEADER = ("spec", "target", "state", "why", "model", "checks", "trust")


def run(args: Namespace, screen: Screen) -> int:
    """Show the table; 0 when everything is fresh."""
    if settled := _settled(args):
        return _say(args, screen, [_row(each, "fresh", "") for each in settled], [])
    from hatch_intent.cli.place import project_of
    from hatch_intent.mirrors.plan import unsettled_mirrors
    from hatch_intent.packages import outdated_packages
    from hatch_intent.tree import look
    from hatch_intent.wrappers.plan import unsettled_wrappers

    tree = look(project_of(args))
    outdated = sorted(outdated_packages(tree.project, tree.lock))
    outdated += unsettled_wrappers(tree.project, tree.lock)
    outdated += unsettled_mirrors(tree.project, tree.lock)
    rows = [_module(each) for each in tree.assessment.modules]
    orphans = [_row(each, "orphan", "no spec stands for it") for each in tree.assessment.orphans]
    if not rows and not orphans and not args.json:
        from hatch_intent.report.words import no_specs

        screen.answer(no_specs(tree.project.settings.specs))
        return 0
    return _say(args, screen, rows, orphans, outdated)


def _settled(args: Namespace) -> list[LockEntry]:
    """The lock's entries where the last build settled them all and nothing has changed since.

    Reading settings and specs takes twice as long as all the rest of this command.
    """
    start = Path(args.root or ".").resolve()
    above = [] if args.root else start.parents
    # A project inside of this one is told by its own file, whatever that declares.
    root = next((each for each in (start, *above) if (each / "pyproject.toml").is_file()), start)
    if recall(str(root)) is None:
        return []
    entries = read_lock(root / LOCK_NAME, root / ".intent").entries.values()
    return sorted(entries, key=lambda entry: (entry.spec, entry.target))


def _say(
    args: Namespace,
    screen: Screen,
    rows: list[dict[str, Any]],
    orphans: list[dict[str, Any]],
    outdated: Sequence[str] = (),
) -> int:
    fresh = not outdated and not orphans and all(row["state"] == "fresh" for row in rows)
    if args.json:
        screen.json({"fresh": fresh, "modules": rows, "orphans": orphans, "packages": outdated})
    else:
        screen.table([_HEADER, *map(_cells, [*rows, *orphans])])
        for path in outdated:
            screen.answer(f"{path} does not fit the lock")
    return 0 if fresh else 1


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    inputs = f" + {row['inputs']}" if row["inputs"] else ""
    checks = "" if row["examples"] is None else f"{row['examples']}{inputs}"
    return (row["name"], *(row[key] for key in _HEADER[1:5]), checks, row["trust"])


def _module(module: Freshness) -> dict[str, Any]:
    return {
        "name": module.name,
        "target": module.target,
        "spec": module.spec_file.path,
        "output": module.output,
        "state": module.state,
        "why": module.why,
        **_locked(module.entry),
    }


def _row(entry: LockEntry, state: str, why: str) -> dict[str, Any]:
    return {
        "name": entry.name,
        "target": entry.target,
        "spec": entry.spec,
        "output": entry.output,
        "state": state,
        "why": why,
        **_locked(entry),
    }


def _locked(entry: LockEntry | None) -> dict[str, Any]:
    return {
        "author": entry.author if entry else "",
        "model": entry.model if entry else "",
        "examples": entry.examples if entry else None,
        "inputs": entry.inputs if entry else None,
        "trust": entry.trust if entry else "",
    }
