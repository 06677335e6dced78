"""Make what is stale and write it: module, package, lock and stamp together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from hatch_intent import journal
from hatch_intent.checking import stamp
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness, output_digest, require_models
from hatch_intent.generate.events import Listener, Notice, Planned, Written
from hatch_intent.generate.languages import Siblings
from hatch_intent.generate.made import Made
from hatch_intent.generate.making import Workshop
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import LOCK_NAME, Key, Lock, LockEntry, dump_lock
from hatch_intent.meanwhile import (
    as_it_stands,
    differing,
    is_touched,
    joined,
    refuse_by_hand,
    refuse_overtaken,
)
from hatch_intent.memory import share_arenas
from hatch_intent.mirrors.plan import (
    keep_mirrors,
    left_mirrors,
    mirror_lock,
    mirrors_due,
    refuse_edited_mirrors,
)
from hatch_intent.packages import left_packages, outdated_packages
from hatch_intent.phases import Phases
from hatch_intent.project import Project, discover
from hatch_intent.providers.base import Provider
from hatch_intent.report import words
from hatch_intent.report.json import differences, holes, write_report
from hatch_intent.tree import Tree, covers, look, refuse_edited
from hatch_intent.turns import Turns
from hatch_intent.wrappers.plan import (
    keep_wrappers,
    left_wrappers,
    refuse_edited_wrappers,
    wrapper_lock,
    wrappers_due,
)


def update(
    tree: Tree, scope: Sequence[str], refresh: bool, jobs: int | None, listener: Listener
) -> tuple[frozenset[Key], int]:
    """Bring a tree up to date; tells which modules were written and how many calls were made.

    Every module is written as soon as it has passed. Raises `CheckFailed` in the end when some
    did not, `ProviderError` when nobody answers any more or all that is amiss is that for some
    specs nobody had an answer.
    """
    project = tree.project
    modules = tree.chosen(scope)
    refuse_edited([module for module in modules if module.state == "edited"])
    refuse_edited_wrappers(project, tree.lock)
    refuse_edited_mirrors(project, tree.lock)
    gone = () if scope else tree.assessment.orphans
    refuse_by_hand(project, gone)
    stale = [each for each in modules if _due(each, refresh and covers(scope, each))]
    if adopted := [each for each in stale if _needs_its_author(project, each)]:
        raise CheckFailed(words.hand_stale(adopted))
    require_models(project, (each.read() for each in stale))
    listener(Planned(len(modules), tuple((each.name, each.target, each.why) for each in stale)))
    lock = _take_over(tree, modules)
    failed: list[Made] = []
    changed: list[Freshness] = []
    came: set[Key] = set()
    overtaken: list[Key] = []
    made: list[Key] = []
    calls = 0
    siblings = Siblings(tree.assessment.modules, stale)
    silence: ProviderError | None = None
    left = {each.key for each in stale}
    try:
        for batch in _make(project, siblings, stale, jobs, refresh, listener) if stale else ():
            left -= {each.module.key for each in batch}
            for each in batch:
                if not each.locked:
                    write_report(project, each)
            for lines in _holes(batch):
                listener(Notice("\n".join(lines)))
            now = as_it_stands(project, lock)
            came |= differing(lock, now)
            lock = now
            passed = [each for each in batch if each.entry is not None]
            overtaken += [each.module.key for each in passed if each.module.key in came]
            passed = [each for each in passed if each.module.key not in came]
            changed += [each.module for each in passed if is_touched(project, each)]
            passed = [each for each in passed if each.module not in changed]
            lock = _write(project, lock, passed)
            _tell(passed, listener)
            failed += [each for each in batch if each.entry is None]
            made += [each.module.key for each in passed if not each.locked]
            calls += sum(each.calls for each in batch)
    except ProviderError as error:
        silence = error
    said = words.silence(len(left), str(silence)) if silence else ""
    _refuse_failed(failed, silence, said, project.settings.ambiguity)
    refuse_overtaken(overtaken)
    refuse_edited([replace(each, why="was edited while the build ran") for each in changed])
    lock = _let_go(project, lock, gone)
    _wrap(project, lock)
    _mirror(project, lock)
    return frozenset(made), calls


def _tell(written: Sequence[Made], listener: Listener) -> None:
    """What was written, and where it does without what it was to call."""
    for each in written:
        if each.entry is not None and not each.locked:
            listener(Written(each.spec.name, each.module.target, each.entry.trust))
            if each.by_itself:
                listener(Notice(words.by_itself(each.spec, each.module.target)))


def _refuse_failed(
    failed: list[Made], gone: ProviderError | None, silence: str, ambiguity: str
) -> None:
    """Raise `CheckFailed` for what was made and may not be written, `ProviderError` for the rest.

    All of it is told, and in the end why nobody answers any more where that is so: `silence`.
    """
    failed.sort(key=lambda each: (each.spec.name, each.module.target))
    told = [*dict.fromkeys(_failed(each, ambiguity) for each in failed)]
    told += [silence] if silence else []
    if not all(each.unanswered for each in failed):
        raise CheckFailed("\n".join(told)) from gone
    if told:
        raise ProviderError("\n".join(told), remedy=gone.remedy if gone else "") from gone


def _due(module: Freshness, refresh: bool) -> bool:
    hand = module.entry is not None and module.entry.author == "hand"
    return module.state == "stale" or (refresh and not hand)


def _needs_its_author(project: Project, module: Freshness) -> bool:
    """Whether a person's code stands where the spec now asks for something else."""
    entry = module.entry
    return (
        entry is not None
        and entry.author == "hand"
        and not module.recheck
        and bool(output_digest(project, entry.output))
    )


def _make(
    project: Project,
    siblings: Siblings,
    stale: Sequence[Freshness],
    jobs: int | None,
    refresh: bool,
    listener: Listener,
) -> Iterator[list[Made]]:
    """Make modules, several at once, and hand on those that are done.

    Writing takes longer the more modules there are; what is done meanwhile comes in one batch.
    A module is made once what it is built on has been made; where that fails, it isn't. The two
    languages of a spec come in one batch. All that one model is asked comes before the turn
    of the next one on the same machine (`Phases`).
    """
    at_once = max(sum(each.concurrency for each in project.settings.ladder), 1)
    share_arenas(2 * at_once)  # before and at their models
    with Workshop(project, siblings, jobs=jobs, refresh=refresh, listener=listener) as workshop:
        phases: Phases[Provider, list[Made]] = Phases(workshop.places, workshop.turn_to)
        turns = Turns(stale)
        unanswered: set[Key] = set()
        phases.start(map(workshop.make, turns.ready()))
        try:
            while phases.busy or workshop.holding:
                done, errors = phases.finished()
                good = [made for each in done for made in each]
                if errors or not done:
                    good += workshop.release()
                if good:
                    yield good
                for error in errors:
                    raise error
                unanswered |= {each.module.key for each in good if each.unanswered}
                passed = [each.module for each in good if each.entry and not each.locked]
                phases.start(map(workshop.make, turns.ready(passed)))
        finally:
            phases.stop()
        if left := turns.left():
            yield [_not_made(module, failed, unanswered) for module, failed in left]


def _not_made(module: Freshness, failed: Sequence[str], unanswered: Collection[Key]) -> Made:
    spec = module.read()
    problem = f"{spec.path}  not made: {', '.join(failed)} could not be made, which it is built on"
    answered = [name for name in failed if (name, module.target) not in unanswered]
    return Made(
        module,
        spec,
        verdict=Verdict(passed=False, problem=problem),
        unanswered="" if answered else problem,
    )


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
    after = _commit(project, lock, after, files)
    for each in passed:
        if each.entry is not None and not each.locked:
            stamp(project, each.entry, each.beneath)
    return after


def _entry(lock: Lock, made: Made, entry: LockEntry) -> LockEntry:
    """What the lock is to say: of a module that stays as it was locked, little else than it did."""
    known = lock.get(*made.module.key) if made.locked else None
    return entry if known is None else replace(known, agrees=entry.agrees, trust=entry.trust)


def _commit(project: Project, before: Lock, after: Lock, files: Mapping[str, str | None]) -> Lock:
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


def _take_over(tree: Tree, modules: Sequence[Freshness]) -> Lock:
    """Note specs that changed in form only, and mend package files."""
    same = [
        replace(each.entry, spec_sha256=each.spec_file.digest, targets=",".join(each.spec.targets))
        for each in modules
        if each.state == "fresh" and each.spec is not None and each.entry is not None
    ]
    if not same and not outdated_packages(tree.project, tree.lock):
        return tree.lock
    return _commit(tree.project, tree.lock, tree.lock.with_entries(*same), {})


def _let_go(project: Project, lock: Lock, gone: Sequence[LockEntry]) -> Lock:
    """Remove modules whose spec is gone, once all that is to be made has been made."""
    if not gone:
        return lock
    # Once more, for models may have taken hours.
    lock = as_it_stands(project, lock)
    known = {(each.name, each.target): each for each in gone}
    refuse_overtaken(key for key, each in known.items() if lock.get(*key) not in (each, None))
    refuse_by_hand(project, gone)
    after = lock.without(known)
    kept = {each.output for each in after.entries.values()}
    files: dict[str, str | None] = {each.output: None for each in gone if each.output not in kept}
    return _commit(project, lock, after, files)


def _wrap(project: Project, lock: Lock) -> None:
    """Write the wrappers of modules that are as their specs say; the others' turn will come."""
    refuse_edited_wrappers(project, lock)
    after = wrapper_lock(project, lock)
    if after is lock and not wrappers_due(project, lock):
        return
    from hatch_intent.wrappers.text import wrapper_texts

    _commit(project, lock, after, wrapper_texts(project, lock, discover(project)))


def _mirror(project: Project, lock: Lock) -> None:
    """Derive the mirrors of modules as they have just been locked; drop what nobody wants now."""
    if mirror_lock(project, lock) is lock and not mirrors_due(project, lock):
        return
    from hatch_intent.mirrors.deriving import derived

    tree = look(project)
    refuse_edited_mirrors(project, tree.lock)
    after, texts = derived(tree)
    _commit(project, tree.lock, mirror_lock(project, after), texts)


def _holes(batch: Sequence[Made]) -> Iterator[list[str]]:
    """What authors should settle; a difference between languages once, and not for each."""
    told: list[list[str]] = []
    for each in batch:
        if each.entry is not None:
            for lines in (holes(each), differences(each)):
                if lines and lines not in told:
                    told.append(lines)
    yield from told


def _failed(made: Made, ambiguity: str) -> str:
    name = f"{made.spec.name}  {made.module.target}"
    found = made.found
    if found is not None and found.breach(made.module.target) is not None:
        return words.differing_rule(name, made.spec, found, made.module.target)
    lines = [*holes(made), *differences(made)]
    if made.incomparable:
        lines.append(f"{name}  candidates could not be compared: {made.incomparable}")
    if found is not None and found.problem:
        lines.append(f"{made.spec.name}  {words.agreement(made.pair, 0, 0, found.problem)}")
    if lines:
        return "\n".join([*lines, f'  Nothing was taken: tool.intent.ambiguity is "{ambiguity}"'])
    reason = made.attempts[-1].problem if made.attempts else made.unanswered
    return words.failed(made.spec, made.module.target, len(made.attempts), made.verdict, reason)
