"""`check`: what is locked still does what the specs say. Asks no model, needs no network."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence

from hatch_intent.checking import Checked, check
from hatch_intent.cli.place import project_of, scope_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed
from hatch_intent.freshness import Freshness
from hatch_intent.judge.verdict import Verdict
from hatch_intent.pipeline import jobs_or_default, refuse_frozen, refuse_regressions
from hatch_intent.report.words import checks, count
from hatch_intent.tree import covers, look


def run(args: Namespace, screen: Screen) -> int:
    """Judge every fresh module again; whatever is stale or edited fails the check too."""
    project = project_of(args, frozen=True, paths=args.paths)
    scope = scope_of(project, args.paths)
    tree = look(project)
    modules = [module for module in tree.assessment.modules if covers(scope, module)]
    fresh = [module for module in modules if module.state == "fresh"]
    obstacles = _obstacles(fresh)
    fresh = [module for module in fresh if module.spec_file.path not in obstacles]
    checked = check(project, fresh, jobs_or_default(args.jobs), again=True)
    wrong = [
        *obstacles.values(),
        *_refused(refuse_frozen, tree, scope),
        *_refused(refuse_regressions, checked),
        *_refused(_refuse_skipped, checked),
    ]
    if wrong:
        raise CheckFailed("\n".join(wrong))
    verdicts = [each.verdict for each in checked if each.verdict is not None]
    ran = checks(sum(each.passes for each in verdicts), sum(each.generated for each in verdicts))
    screen.say(f"intent  {count(len(checked), 'module')} checked, {ran}")
    return 0


def _obstacles(modules: Sequence[Freshness]) -> dict[str, str]:
    """Specs whose properties can't be tried, and why: skipped is not passed."""
    from hatch_intent.judge.thorough import Thorough

    found = {module.spec_file.path: Thorough.obstacle(module.read()) for module in modules}
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
