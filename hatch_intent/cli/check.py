"""`check`: what is locked still does what the specs say. Asks no model, needs no network."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatch_intent.checking import Checked, check, levels
from hatch_intent.cli.outlets import Outlets
from hatch_intent.cli.place import project_of, requiring, scope_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed, IntentError
from hatch_intent.freshness import Freshness
from hatch_intent.generate.events import Held
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import LOCK_NAME
from hatch_intent.pipeline import (
    asked_jobs,
    refuse_frozen,
    refuse_regressions,
    refuse_untrusted,
)
from hatch_intent.project import Project
from hatch_intent.report.cases import (
    Case,
    error_cases,
    language_case,
    module_cases,
    rule_case,
)
from hatch_intent.report.terminal import Lines
from hatch_intent.report.words import (
    checks,
    count,
    differing_rule,
    unsettled,
)
from hatch_intent.tree import look

if TYPE_CHECKING:
    from hatch_intent.languages import Pair


@dataclass(frozen=True)
class _Gate:
    """What a check came to: its cases, and in words what is wrong."""

    checked: tuple[Checked, ...]
    cases: tuple[Case, ...]
    wrong: tuple[str, ...]
    notes: tuple[str, ...]
    """What an author should know, and what fails no check."""
    agreeing: int
    """Specs whose languages agree."""


def run(args: Namespace, screen: Screen) -> int:
    """Judge every fresh module again; whatever is stale or edited fails the check too."""
    outlets = Outlets(args.junit, args.annotations, args.annotations_file)
    started = time.monotonic()
    try:
        project = project_of(args, frozen=True, paths=args.paths)
        outlets = outlets.of(project.root)
        gate = _gate(requiring(project, args.require), args)
    except (IntentError, OSError) as error:
        outlets.show(error_cases(error), screen, time.monotonic() - started)
        raise
    outlets.show(gate.cases, screen, time.monotonic() - started)
    lines = Lines(screen.say, screen.say if screen.verbose else lambda _: None)
    for level in levels(gate.checked):
        lines(Held(level))
    for note in gate.notes:
        screen.say(f"intent  {note}")
    if gate.wrong:
        raise CheckFailed("\n".join(gate.wrong))
    verdicts = [each.verdict for each in gate.checked if each.verdict is not None]
    ran = checks(
        sum(each.passes for each in verdicts),
        sum(each.generated for each in verdicts),
        sum(each.raised for each in verdicts),
    )
    agree = f", languages of {count(gate.agreeing, 'spec')} agree" if gate.agreeing else ""
    screen.say(f"intent  {count(len(gate.checked), 'module')} checked, {ran}{agree}")
    return 0


def _gate(project: Project, args: Namespace) -> _Gate:
    scope = scope_of(project, args.paths)
    tree = look(project)
    modules = tree.chosen(scope)
    fresh = [module for module in modules if module.state == "fresh"]
    obstacles = _obstacles(fresh)
    fresh = [module for module in fresh if module.spec_file.path not in obstacles]
    checked = check(project, fresh, asked_jobs(args.jobs), again=True)
    verdicts = {(each.entry.name, each.entry.target): each.verdict for each in checked}
    stale = _refused(refuse_frozen, tree, scope)
    untrusted = _refused(refuse_untrusted, project, checked, args.require)
    pairs = _pairs(project, checked, asked_jobs(args.jobs))
    differing, notes = _differences(project, pairs)
    wrong = [
        *obstacles.values(),
        *stale,
        *_refused(refuse_regressions, checked),
        *_refused(_refuse_skipped, checked),
        *untrusted,
        *differing,
    ]
    cases = [
        case
        for module in modules
        for case in module_cases(
            module,
            verdicts.get((module.name, module.target)),
            obstacles.get(module.spec_file.path, ""),
        )
    ]
    # What is stale or edited has its case already; what is left is about no single module.
    rules = untrusted if any(each.state != "fresh" for each in modules) else [*stale, *untrusted]
    cases += [rule_case(text, LOCK_NAME) for text in rules]
    cases += [language_case(each, strict=_strict(project)) for each in pairs]
    agreeing = sum(each.found.agreed for each in pairs)
    return _Gate(checked, tuple(cases), tuple(wrong), tuple(notes), agreeing)


def _pairs(project: Project, checked: Sequence[Checked], jobs: int | None) -> tuple[Pair, ...]:
    """The specs of which modules in two languages have passed, and how those compare."""
    passed = [each.module for each in checked if each.verdict is not None and each.verdict.passed]
    if len({module.name for module in passed}) == len(passed):
        return ()
    from hatch_intent.languages import compare_pairs

    return compare_pairs(project, passed, jobs)


def _differences(project: Project, pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    """What fails the check, and what is only told."""
    if not pairs:
        return [], []
    from hatch_intent.languages import difference_lines

    wrong: list[str] = []
    notes: list[str] = []
    for each in pairs:
        wrong += [
            differing_rule(module.output, module.read(), each.found, module.target)
            for module in each.wrong
        ]
        if lines := difference_lines(each):
            fails = _strict(project) and not each.found.problem
            (wrong if fails else notes).append("\n".join(lines))
    return wrong, notes


def _strict(project: Project) -> bool:
    return project.settings.ambiguity == "error"


def _obstacles(modules: Sequence[Freshness]) -> dict[str, str]:
    """Specs whose modules can't be judged, and why: skipped is not passed."""
    from hatch_intent.judge.thorough import Thorough

    found = {
        module.spec_file.path: unsettled(module) or Thorough.obstacle(module.read())
        for module in modules
    }
    return {path: problem for path, problem in found.items() if problem}


def _refused(refuse: Callable[..., None], *what: object) -> list[str]:
    """What a rule has against it, so that all rules are heard."""
    try:
        refuse(*what)
    except CheckFailed as error:
        return [str(error)]
    return []


def _ran(verdict: Verdict) -> bool:
    return bool(verdict.results or verdict.properties)


def _refuse_skipped(checked: Sequence[Checked]) -> None:
    """Raise `CheckFailed` for modules of which not every example was run, or none: no pass."""
    lines = [
        f"{each.entry.output}: {len(each.verdict.results)} of "
        f"{count(each.entry.examples, 'example')} were run"
        for each in checked
        if each.verdict is not None
        and each.verdict.passed
        and (len(each.verdict.results) != each.entry.examples or not _ran(each.verdict))
    ]
    if lines:
        raise CheckFailed("\n".join(lines))
