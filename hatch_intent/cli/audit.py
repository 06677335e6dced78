"""`audit`: what a model wrote in a built artifact, and whether it is as it was locked."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from hatch_intent.audit.bill import Written
from hatch_intent.audit.verify import Audit, audit, audit_installed, lock_at
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed, UsageError
from hatch_intent.report.words import checks, count

_HEADER = ("module", "model", "digest", "trust", "checks")


def run(args: Namespace, screen: Screen) -> int:
    """Show what was generated; exit 1 with every problem if there is one."""
    if (args.artifact is None) == (args.installed is None):
        raise UsageError("audit takes one wheel or sdist, or --installed NAME")
    lock = lock_at(Path(args.lock)) if args.lock is not None else None
    if args.installed is not None:
        found = audit_installed(args.installed, lock)
    else:
        found = audit(Path(args.artifact), lock)
    if args.json:
        screen.json({**asdict(found), "good": not found.problems})
        return 1 if found.problems else 0
    if found.modules:
        screen.table([_HEADER, *map(_row, found.modules)])
    if found.problems:
        raise CheckFailed("\n".join([_refused(found), *(f"  {each}" for each in found.problems)]))
    screen.say(f"intent  {found.name}  {_matches(found, locked=lock is not None)}")
    return 0


def _row(module: Written) -> tuple[str, ...]:
    model = module.model if module.author == "model" else "none: written by hand"
    checked = checks(module.examples, module.inputs)
    return module.place, model, module.sha256[:12], module.trust, checked


def _refused(found: Audit) -> str:
    return f"{found.name}  {count(len(found.problems), 'problem')}"


def _matches(found: Audit, *, locked: bool) -> str:
    own = "its lock" if found.kind == "sdist" else "its bill of materials and RECORD"
    others = " and the project's lock" if locked else ""
    verb = "matches" if len(found.modules) == 1 else "match"
    return f"{count(len(found.modules), 'module')} {verb} {own}{others}"
