"""`status`: every module's state, from spec, lock and bytes alone."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from hatch_intent.cli.place import project_of
from hatch_intent.cli.screen import Screen
from hatch_intent.freshness import Freshness
from hatch_intent.lock import LockEntry
from hatch_intent.packages import outdated_packages
from hatch_intent.tree import Tree, look

_HEADER = ("spec", "target", "state", "why", "model", "checks", "trust")


def run(args: Namespace, screen: Screen) -> int:
    """Show the table; 0 when everything is fresh."""
    tree = look(project_of(args))
    outdated = sorted(outdated_packages(tree.project, tree.lock))
    rows = [_module(each) for each in tree.assessment.modules]
    orphans = [_orphan(each) for each in tree.assessment.orphans]
    fresh = not outdated and not orphans and all(row["state"] == "fresh" for row in rows)
    if args.json:
        screen.json({"fresh": fresh, "modules": rows, "orphans": orphans, "packages": outdated})
    else:
        _show(tree, [*rows, *orphans], outdated, screen)
    return 0 if fresh else 1


def _show(tree: Tree, rows: list[dict[str, Any]], outdated: list[str], screen: Screen) -> None:
    if not rows:
        screen.answer(
            f"no specs in {', '.join(tree.project.settings.specs)}; hatch-intent new NAME"
        )
        return
    screen.table([_HEADER, *map(_cells, rows)])
    for path in outdated:
        screen.answer(f"{path} does not fit the lock")


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


def _orphan(entry: LockEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "target": entry.target,
        "spec": entry.spec,
        "output": entry.output,
        "state": "orphan",
        "why": "no spec stands for it",
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
