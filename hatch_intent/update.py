"""Make what is stale and write it: module, package, lock and stamp together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from hatch_intent.course import Course, commit
from hatch_intent.errors import CheckFailed, ProviderError
from hatch_intent.freshness import Freshness, output_digest, require_models
from hatch_intent.generate.events import Listener, Planned
from hatch_intent.generate.languages import Siblings
from hatch_intent.generate.made import Made
from hatch_intent.generate.making import Workshop
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import Key, Lock, LockEntry
from hatch_intent.meanwhile import as_it_stands, refuse_by_hand, refuse_overtaken
from hatch_intent.memory import share_arenas
from hatch_intent.mirrors.plan import mirror_lock, mirrors_due, refuse_edited_mirrors
from hatch_intent.packages import outdated_packages
from hatch_intent.phases import Phases
from hatch_intent.project import Project, discover
from hatch_intent.providers.base import Provider
from hatch_intent.report import words
from hatch_intent.report.json import differences, holes
from hatch_intent.tree import Tree, covers, look, refuse_edited
from hatch_intent.turns import Turns
from hatch_intent.wrappers.plan import refuse_edited_wrappers, wrapper_lock, wrappers_due


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
    course = Course(project, lock, listener, {each.key for each in stale})
    siblings = Siblings(tree.assessment.modules, stale)
    silence: ProviderError | None = None
    try:
        for batch in _make(project, siblings, stale, jobs, refresh, listener) if stale else ():
            course.take(batch)
    except ProviderError as error:
        silence = error
    said = words.silence(len(course.left), str(silence)) if silence else ""
    _refuse_failed(course.failed, silence, said, project.settings.ambiguity)
    refuse_overtaken(course.overtaken)
    refuse_edited(course.edited)
    lock = _let_go(project, course.lock, gone)
    _wrap(project, lock)
    _mirror(project, lock)
    return frozenset(course.made), course.calls


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


def _take_over(tree: Tree, modules: Sequence[Freshness]) -> Lock:
    """Note specs that changed in form only, and mend package files."""
    same = [
        replace(each.entry, spec_sha256=each.spec_file.digest, targets=",".join(each.spec.targets))
        for each in modules
        if each.state == "fresh" and each.spec is not None and each.entry is not None
    ]
    if not same and not outdated_packages(tree.project, tree.lock):
        return tree.lock
    return commit(tree.project, tree.lock, tree.lock.with_entries(*same), {})


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
    return commit(project, lock, after, files)


def _wrap(project: Project, lock: Lock) -> None:
    """Write the wrappers of modules that are as their specs say; the others' turn will come."""
    refuse_edited_wrappers(project, lock)
    after = wrapper_lock(project, lock)
    if after is lock and not wrappers_due(project, lock):
        return
    from hatch_intent.wrappers.text import wrapper_texts

    commit(project, lock, after, wrapper_texts(project, lock, discover(project)))


def _mirror(project: Project, lock: Lock) -> None:
    """Derive the mirrors of modules as they have just been locked; drop what nobody wants now."""
    if mirror_lock(project, lock) is lock and not mirrors_due(project, lock):
        return
    from hatch_intent.mirrors.deriving import derived

    tree = look(project)
    refuse_edited_mirrors(project, tree.lock)
    after, texts = derived(tree)
    commit(project, tree.lock, mirror_lock(project, after), texts)


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
