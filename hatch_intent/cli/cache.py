"""`cache stats`, `cache gc`, `cache verify`."""

from __future__ import annotations

from argparse import Namespace

from hatch_intent import cache
from hatch_intent.cli.place import project_of
from hatch_intent.cli.screen import Screen
from hatch_intent.report.table import size


def stats(args: Namespace, screen: Screen) -> int:
    """How many entries of each kind, and their size."""
    folder = project_of(args).cache_dir
    kept = cache.stats(folder)
    if args.json:
        screen.json({"folder": str(folder), "entries": kept.entries, "bytes": kept.size})
        return 0
    rows = [(kind, str(number)) for kind, number in kept.entries.items()]
    screen.table([("kind", "entries"), *rows])
    screen.answer(f"{size(kept.size)} in {folder}")
    return 0


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def gc(args: Namespace, screen: Screen) -> int:
    """Remove what was not written for some days."""
    removed = cache.collect(project_of(args).cache_dir, older_than=args.days * 86_400)
    screen.say(f"{_entries(removed)} removed, not written for {args.days:g} days")
    return 0


def verify(args: Namespace, screen: Screen) -> int:
    """Remove damaged entries; 1 when there were any."""
    folder = project_of(args).cache_dir
    whole = sum(cache.stats(folder).entries.values())
    broken = cache.remove_broken(folder)
    for name in broken:
        screen.complain(f"{name}  was damaged; removed")
    screen.say(f"{_entries(whole)} read, {len(broken)} damaged")
    return 1 if broken else 0
