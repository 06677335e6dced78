"""Which mirrors a lock calls for, and whether they are as they were recorded.

From the lock, the settings and the files' bytes alone: no spec is read, no tool is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hatch_intent.errors import CheckFailed
from hatch_intent.freshness import output_digest
from hatch_intent.lock import Lock, LockEntry
from hatch_intent.project import Project
from hatch_intent.settings import MIRRORED

SUFFIXES = {"lisp": ".hy", "ts": ".ts"}


@dataclass(frozen=True)
class Mirror:
    """One file of a mirror, where the settings want it now, and the module that it follows."""

    path: str
    """Relative to the root, with forward slashes."""
    language: str
    entry: LockEntry


def mirror_files(project: Project, lock: Lock) -> dict[str, Mirror]:
    """The files that settings and lock call for, by path."""
    return {each.path: each for each in _wanted(project, lock)}


def mirrors_due(project: Project, lock: Lock) -> list[Mirror]:
    """The files that have to be derived: new, moved, missing, or of other code than now."""
    return [each for each in _wanted(project, lock) if _due(project, each)]


def mirrors_settled(project: Project, lock: Lock) -> bool:
    """Whether there is nothing to derive, to remove or to refuse."""
    return mirror_lock(project, lock) is lock and not unsettled_mirrors(project, lock)


def unsettled_mirrors(project: Project, lock: Lock) -> list[str]:
    """The files to derive or to refuse."""
    due = {each.path for each in mirrors_due(project, lock)}
    return sorted(due | {*_edited(project, lock)})


def mirror_lock(project: Project, lock: Lock) -> Lock:
    """The lock without the mirrors that the settings don't ask for any more."""
    wanted = {(each.entry.name, each.entry.target) for each in _wanted(project, lock)}
    dropped = [
        replace(entry, mirror="", mirror_of="", mirror_sha256="", mirror_tool="")
        for key, entry in lock.entries.items()
        if entry.mirror and key not in wanted
    ]
    return lock.with_entries(*dropped) if dropped else lock


def keep_mirrors(before: Lock, after: Lock) -> Lock:
    """The later lock with what the earlier one records of mirrors of the same modules."""
    kept = [
        replace(
            entry,
            mirror=known.mirror,
            mirror_of=known.mirror_of,
            mirror_sha256=known.mirror_sha256,
            mirror_tool=known.mirror_tool,
        )
        for key, entry in after.entries.items()
        if (known := before.entries.get(key)) and known.mirror and not entry.mirror
    ]
    return after.with_entries(*kept) if kept else after


def left_mirrors(project: Project, before: Lock, after: Lock) -> list[str]:
    """Files that the earlier lock records and the later one doesn't, if nobody edited them."""
    kept = {entry.mirror for entry in after.entries.values()}
    return sorted(
        entry.mirror
        for entry in before.entries.values()
        if entry.mirror
        and entry.mirror not in kept
        and output_digest(project, entry.mirror) == entry.mirror_sha256
    )


def refuse_edited_mirrors(project: Project, lock: Lock) -> None:
    """Raise `CheckFailed` when a person changed a mirror, or has their own file in its place."""
    lines = []
    for path, entry in sorted(_edited(project, lock).items()):
        lines += [
            f"{path} was edited by hand or isn't ours; not shipped, not overwritten",
            f"  It mirrors {entry.output}, and nothing goes back from it: change the spec, or",
            f"  that module and  hatch-intent adopt {entry.name} ; then delete this file and build",
        ]
    if lines:
        raise CheckFailed("\n".join(lines))


def _wanted(project: Project, lock: Lock) -> Iterator[Mirror]:
    for language, folder in sorted(project.settings.mirrors.items()):
        for _, entry in sorted(lock.entries.items()):
            if entry.target == MIRRORED[language]:
                path = f"{folder.rstrip('/')}/{entry.name}{SUFFIXES[language]}"
                yield Mirror(path, language, entry)


def _due(project: Project, mirror: Mirror) -> bool:
    entry = mirror.entry
    return (
        entry.mirror != mirror.path
        or entry.mirror_of != entry.output_sha256
        or not output_digest(project, mirror.path)
    )


def _edited(project: Project, lock: Lock) -> dict[str, LockEntry]:
    """Path to entry of files that stand where a mirror does and are not as they were recorded."""
    recorded = {entry.mirror: entry for entry in lock.entries.values() if entry.mirror}
    places = {**{each.path: each.entry for each in _wanted(project, lock)}, **recorded}
    return {
        path: entry
        for path, entry in places.items()
        if (digest := output_digest(project, path))
        and (path not in recorded or digest != entry.mirror_sha256)
    }
