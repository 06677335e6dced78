"""What a build has made, into the tree: modules, packages, lock and stamps, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hatch_intent import journal
from hatch_intent.checking import stamp
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.generate.events import Listener, Notice, Written
from hatch_intent.generate.made import Made
from hatch_intent.lock import LOCK_NAME, Key, Lock, LockEntry, dump_lock
from hatch_intent.meanwhile import as_it_stands, differing, is_touched, joined
from hatch_intent.mirrors.plan import keep_mirrors, left_mirrors
from hatch_intent.packages import left_packages, outdated_packages
from hatch_intent.project import Project
from hatch_intent.report import words
from hatch_intent.report.json import differences, holes, write_report
from hatch_intent.wrappers.plan import keep_wrappers, left_wrappers


@dataclass
class Course:
    """What came of one build's modules so far. `lock` is as it was last read or written."""

    project: Project
    lock: Lock
    listener: Listener
    left: set[Key]
    """Of those that are due, the ones that nothing has come of yet."""
    made: list[Key] = field(default_factory=list)
    failed: list[Made] = field(default_factory=list)
    edited: list[Freshness] = field(default_factory=list)
    """Those whose file somebody wrote meanwhile."""
    overtaken: list[Key] = field(default_factory=list)
    """Those of which the lock says something new by another's hand."""
    calls: int = 0
    _came: set[Key] = field(default_factory=set)

    def take(self, batch: Sequence[Made]) -> None:
        """Write the modules of one spec that passed, and note the others."""
        self.left -= {each.module.key for each in batch}
        self._report(batch)
        passed = self._ours([each for each in batch if each.entry is not None])
        self.lock = _write(self.project, self.lock, passed)
        _tell(passed, self.listener)
        self.failed += [each for each in batch if each.entry is None]
        self.made += [each.module.key for each in passed if not each.locked]
        self.calls += sum(each.calls for each in batch)

    def _report(self, batch: Sequence[Made]) -> None:
        for each in batch:
            if not each.locked:
                write_report(self.project, each)
        for lines in _holes(batch):
            self.listener(Notice("\n".join(lines)))

    def _ours(self, passed: Sequence[Made]) -> list[Made]:
        """Those that nobody else has touched since the build looked at them."""
        now = as_it_stands(self.project, self.lock)
        self._came |= differing(self.lock, now)
        self.lock = now
        self.overtaken += [each.module.key for each in passed if each.module.key in self._came]
        rest = [each for each in passed if each.module.key not in self._came]
        touched = [each.module for each in rest if is_touched(self.project, each)]
        why = "was edited while the build ran"
        self.edited += [replace(each, why=why) for each in touched]
        return [each for each in rest if each.module not in touched]


def _write(project: Project, lock: Lock, passed: Sequence[Made]) -> Lock:
    """Write modules that passed, their packages and the lock, all or none, then their stamps."""
    entries = [_entry(lock, each, each.entry) for each in passed if each.entry is not None]
    if not entries:
        return lock
    written = [
        (each.module, each.entry, each.text)
        for each in passed
        if each.entry is not None and not each.locked
    ]
    after = keep_wrappers(lock, lock.with_entries(*entries))
    after = keep_mirrors(lock, after)
    moved = [
        module.entry.output
        for module, entry, _ in written
        if module.entry is not None and module.entry.output != entry.output
    ]
    files: dict[str, str | None] = dict.fromkeys(moved)
    files.update({entry.output: text for _, entry, text in written})
    after = commit(project, lock, after, files)
    for each in passed:
        if each.entry is not None and not each.locked:
            stamp(project, each.entry, each.beneath)
    return after


def _entry(lock: Lock, made: Made, entry: LockEntry) -> LockEntry:
    """What the lock is to say: of a module that stays as it was locked, little else than it did."""
    known = lock.get(*made.module.key) if made.locked else None
    return entry if known is None else replace(known, agrees=entry.agrees, trust=entry.trust)


def commit(project: Project, before: Lock, after: Lock, files: Mapping[str, str | None]) -> Lock:
    """Write files and what follows from the lock's change; the lock as it is written.

    Raises `CheckFailed` where somebody else has changed the same tables; nothing is written then.
    """
    now = as_it_stands(project, before)
    after = joined(before, after, now)
    left: dict[str, str | None] = dict.fromkeys(left_packages(project, now, after))
    left |= dict.fromkeys(left_wrappers(project, now, after))
    left |= dict.fromkeys(left_mirrors(project, now, after))
    packages = outdated_packages(project, after, files)
    text = dump_lock(after)
    journal.commit(project.root, project.state, {**files, **left, **packages, LOCK_NAME: text})
    return replace(after, digest=sha256(text.encode()))


def _tell(written: Sequence[Made], listener: Listener) -> None:
    """What was written, and where it does without what it was to call."""
    for each in written:
        if each.entry is not None and not each.locked:
            listener(Written(each.spec.name, each.module.target, each.entry.trust))
            if each.by_itself:
                listener(Notice(words.by_itself(each.spec, each.module.target)))


def _holes(batch: Sequence[Made]) -> Iterator[list[str]]:
    """What authors should settle; a difference between languages once, and not for each."""
    told: list[list[str]] = []
    for each in batch:
        if each.entry is not None:
            for lines in (holes(each), differences(each)):
                if lines and lines not in told:
                    told.append(lines)
    yield from told
