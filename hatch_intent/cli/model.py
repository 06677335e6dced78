"""`model list`, `model path`, `model pull`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from hatch_intent.cli.screen import Screen
from hatch_intent.errors import UsageError
from hatch_intent.providers.catalogue import CATALOGUE, path_of
from hatch_intent.report.table import size


def list_models(args: Namespace, screen: Screen) -> int:
    """The catalogue, and what of it is on this disk."""
    rows: list[dict[str, Any]] = [
        {
            "name": model.name,
            "quantisation": model.quantisation,
            "licence": model.licence,
            "size": model.size,
            "sha256": model.sha256,
            "path": str(path_of(model.name) or ""),
        }
        for model in CATALOGUE.values()
    ]
    if args.json:
        screen.json(rows)
        return 0
    cells = [
        (row["name"], row["quantisation"], row["licence"], size(row["size"]), row["path"] or "-")
        for row in rows
    ]
    screen.table([("name", "form", "licence", "size", "here"), *cells])
    return 0


def path(args: Namespace, screen: Screen) -> int:
    """Where the weights lie; 1 when they are not here."""
    _require_known(args.name)
    found = path_of(args.name)
    if found is None:
        screen.complain(
            f"hatch-intent: {args.name} is not here: hatch-intent model pull {args.name}"
        )
        return 1
    screen.answer(str(found))
    return 0


def pull(args: Namespace, screen: Screen) -> int:
    """Fetch the weights. Raises `ProviderError` where there is no way to."""
    _require_known(args.name)
    from hatch_intent.providers.pull import pull as fetch

    say = screen.say
    progress = on_terminal(screen) if sys.stdout.isatty() else by_tenths(say)
    found = fetch(args.name, progress=progress, notify=say)
    screen.answer(str(found))
    return 0


def _require_known(name: str) -> None:
    if name not in CATALOGUE:
        known = ", ".join(CATALOGUE)
        raise UsageError(f'no model "{name}" in the catalogue; known are {known}')


def by_tenths(say: Callable[[str], None]) -> Callable[[int, int], None]:
    """A line for every tenth that is here."""
    told = -1

    def progress(here: int, total: int) -> None:
        nonlocal told
        tenth = 10 * here // total
        if tenth > told:
            told = tenth
            say(f"{10 * tenth:3} %  {size(here)} of {size(total)}")

    return progress


def on_terminal(screen: Screen) -> Callable[[int, int], None]:
    """One line that is written over and over."""
    shown = ""

    def progress(here: int, total: int) -> None:
        nonlocal shown
        text = f"{100 * here // total:3} %  {size(here)} of {size(total)}"
        if text != shown and not screen.quiet:
            shown = text
            sys.stdout.write(f"\r{text:<40}" + "\n" * (here >= total))
            sys.stdout.flush()

    return progress
