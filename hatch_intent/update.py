"""Make what is stale and write it: module, package, lock and stamp together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace

from hatch_intent import journal
from hatch_intent.checking import stamp
from hatch_intent.errors import CheckFailed
from hatch_intent.freshness import Freshness, output_digest
from hatch_intent.generate.events import Listener, Notice, Planned
from hatch_intent.generate.making import Made, Workshop
from hatch_intent.lock import LOCK_NAME, Lock, LockEntry, dump_lock
from hatch_intent.packages import outdated_packages
from hatch_intent.project import Project
from hatch_intent.report import words
from hatch_intent.report.json import holes, write_report
from hatch_intent.tree import Tree, covers, refuse_edited


def update(
    tree: Tree, scope: Sequence[str], refresh: bool, jobs: int, listener: Listener
) -> tuple[int, int]:
    """Bring a tree up to date; tells how many modules were written and calls were made.

    Every module is written as soon as it has passed. Raises `CheckFailed` in the end when some
    did not, `ProviderError` when nobody answers any more.
    """
    project = tree.project
    modules = [module for module in tree.assessment.modules if covers(scope, module)]
    refuse_edited([module for module in modules if module.state == "edited"])
    stale = [module for module in modules if refresh or module.state == "stale"]
    listener(Planned(len(modules), tuple((each.name, each.target, each.why) for each in stale)))
    lock = _tidy(tree, modules, whole=not scope)
    failed: list[Made] = []
    made = calls = 0
    for batch in _make(project, stale, jobs, refresh, listener) if stale else ():
        for each in batch:
            write_report(project, each)
            if each.entry is not None and (lines := holes(each)):
                listener(Notice("\n".join(lines)))
        passed = [each for each in batch if each.entry is not None]
        lock = _write(project, lock, passed)
        failed += [each for each in batch if each.entry is None]
        made += len(passed)
        calls += sum(each.calls for each in batch)
    if failed:
        failed.sort(key=lambda each: (each.spec.name, each.module.target))
        raise CheckFailed("\n".join(map(_failed, failed)))
    return made, calls


def _make(
    project: Project, stale: Sequence[Freshness], jobs: int, refresh: bool, listener: Listener
) -> Iterator[list[Made]]:
    """Make modules, several at once, and hand on those that are done.

    Writing takes longer the more modules there are; what is done meanwhile comes in one batch.
    """
    at_once = max(sum(each.concurrency for each in project.settings.ladder), 1)
    with Workshop(project, jobs=jobs, refresh=refresh, listener=listener) as workshop:
        pool = ThreadPoolExecutor(at_once)
        waiting = {pool.submit(workshop.make, each) for each in stale}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                good = [each.result() for each in done if each.exception() is None]
                if good:
                    yield good
                for each in done:
                    each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _write(project: Project, lock: Lock, passed: Sequence[Made]) -> Lock:
    """Write modules that passed, their packages and the lock, all or none, then their stamps."""
    written = [(each.module, each.entry, each.text) for each in passed if each.entry is not None]
    if not written:
        return lock
    lock = lock.with_entries(*(entry for _, entry, _ in written))
    moved = [
        module.entry.output
        for module, entry, _ in written
        if module.entry is not None and module.entry.output != entry.output
    ]
    files: dict[str, str | None] = dict.fromkeys(moved)
    files.update({entry.output: text for _, entry, text in written})
    _commit(project, lock, files)
    for _, entry, _ in written:
        stamp(project, entry)
    return lock


def _commit(project: Project, lock: Lock, files: dict[str, str | None]) -> None:
    packages = outdated_packages(project, lock)
    journal.commit(project.root, project.state, {**files, **packages, LOCK_NAME: dump_lock(lock)})


def _tidy(tree: Tree, modules: Sequence[Freshness], *, whole: bool) -> Lock:
    """Take over specs that changed in form only, and let go of modules whose spec is gone."""
    project, lock = tree.project, tree.lock
    same = [
        replace(each.entry, spec_sha256=each.spec_file.digest, targets=",".join(each.spec.targets))
        for each in modules
        if each.state == "fresh" and each.spec is not None and each.entry is not None
    ]
    gone = tree.assessment.orphans if whole else ()
    if edited := [each for each in gone if _edited(project, each)]:
        raise CheckFailed(words.edited_orphans(edited))
    lock = lock.with_entries(*same).without((each.name, each.target) for each in gone)
    removed: dict[str, str | None] = {each.output: None for each in gone}
    if lock != tree.lock or outdated_packages(project, lock):
        _commit(project, lock, removed)
    return lock


def _edited(project: Project, entry: LockEntry) -> bool:
    return output_digest(project, entry.output) not in ("", entry.output_sha256)


def _failed(made: Made) -> str:
    if lines := holes(made):
        return "\n".join([*lines, '  Nothing was taken: tool.intent.ambiguity is "error"'])
    reason = made.attempts[-1].problem if made.attempts else ""
    return words.failed(made.spec, made.module.target, len(made.attempts), made.verdict, reason)
