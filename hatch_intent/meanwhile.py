"""What others change while a build runs: a pull brings tables of the lock, an editor a module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256
from hatch_intent.freshness import output_digest
from hatch_intent.generate.made import Made
from hatch_intent.lock import LOCK_NAME, Key, Lock, LockEntry, read_lock
from hatch_intent.project import Project
from hatch_intent.report import words


def as_it_stands(project: Project, known: Lock) -> Lock:
    """The lock in the tree; `known`, as it was last read or written, where it is still that.

    So too where there is no file: half a checkout takes nothing away. Raises `LockError`.
    """
    try:
        raw = project.lock_path.read_bytes()
    except FileNotFoundError:
        return known
    if sha256(raw) == known.digest:
        return known
    return read_lock(project.lock_path, project.state)


def joined(before: Lock, after: Lock, now: Lock) -> Lock:
    """What `now` says, with the tables that differ between `before` and `after` as in `after`.

    Raises `CheckFailed` where `now` has something else than either for one of these.
    """
    keys = {*before.entries, *after.entries}
    ours = {key for key in keys if before.get(*key) != after.get(*key)}
    refuse_overtaken(
        key for key in ours if now.get(*key) not in (before.get(*key), after.get(*key))
    )
    added = [entry for key in ours if (entry := after.get(*key))]
    return now.without(ours).with_entries(*added)


def refuse_overtaken(keys: Iterable[Key]) -> None:
    """Raise `CheckFailed` for modules of which the lock says something new by another's hand."""
    if places := ", ".join(f"[{name}.{target}]" for name, target in sorted(keys)):
        raise CheckFailed(
            f"{LOCK_NAME}  {places} was changed while the build ran, as by a pull; "
            "what came was kept and nothing written over it: build again"
        )


def differing(known: Lock, now: Lock) -> set[Key]:
    """The tables that aren't as the build has read or written them."""
    keys = {*known.entries, *now.entries}
    return {key for key in keys if known.get(*key) != now.get(*key)}


def is_touched(project: Project, made: Made) -> bool:
    """Whether somebody wrote a module's file since the build looked at it."""
    before = made.module.entry
    known = ("", before.output_sha256 if before else "")
    paths = {made.module.output, before.output if before else made.module.output}
    return any(output_digest(project, path) not in known for path in paths)


def refuse_by_hand(project: Project, gone: Sequence[LockEntry]) -> None:
    """Raise `CheckFailed` where a module is to go that a person wrote or edited."""
    if kept := [each for each in gone if _by_hand(project, each)]:
        raise CheckFailed(words.edited_orphans(kept))


def _by_hand(project: Project, entry: LockEntry) -> bool:
    """Whether an entry's file holds what no build could bring back."""
    digest = output_digest(project, entry.output)
    return bool(digest) and (entry.author == "hand" or digest != entry.output_sha256)
