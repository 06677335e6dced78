"""The build: discover → freshness → generate → write → check → ship.

What runs when nothing is stale is the standard library alone; the rest is loaded when a
module has to be made.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hatch_intent import journal, settled
from hatch_intent.checking import Checked, check, levels
from hatch_intent.errors import CheckFailed, IntentError, UsageError
from hatch_intent.extras import REQUIREMENTS, require_generation
from hatch_intent.files import remember
from hatch_intent.freshness import read
from hatch_intent.generate.events import Held, Listener, Notice, Settled
from hatch_intent.lock import LOCK_NAME, Key
from hatch_intent.mirrors.plan import (
    mirror_files,
    mirrors_settled,
    refuse_edited_mirrors,
    unsettled_mirrors,
)
from hatch_intent.packages import outdated_packages, package_texts
from hatch_intent.project import Project, SpecFile, dependencies, discover, open_project
from hatch_intent.report import words
from hatch_intent.tree import Tree, look, refuse_edited
from hatch_intent.wrappers.plan import (
    refuse_edited_wrappers,
    wrapper_files,
    wrappers_due,
    wrappers_settled,
)

_REQUIRES = re.compile(rb"requires[ \t]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Build:
    """A build that may ship. Paths are relative to the root, with forward slashes."""

    sources: tuple[str, ...]
    """What an sdist needs to build again: specs, lock, configuration."""
    outputs: tuple[str, ...]
    """Every generated file: modules, their packages' `__init__.py`, wrappers, mirrors."""
    checked: tuple[Checked, ...]


def build(
    project: Project,
    *,
    scope: Sequence[str] = (),
    refresh: bool = False,
    jobs: int | None = None,
    listener: Listener,
) -> Build:
    """Bring the modules of a project up to date and check them all.

    `scope` limits it to some specs, files or folders relative to the root, what they are built on
    and what is built on them. Raises `SpecError`,
    `SettingsError` and `LockError` before anything is changed; `CheckFailed` when a module is
    stale while frozen, edited by hand, failed or regressed; `ProviderError` when no model
    answers, for some specs at least, and nothing else is amiss. What passed before such an error
    is kept.
    """
    started = time.monotonic()
    at_once = asked_jobs(jobs)
    tree = look(project)
    made: frozenset[Key] = frozenset()
    calls = 0
    if refresh or not tree.settled or journal.interrupted(project.state):
        if project.frozen:
            refuse_frozen(tree, scope)
        else:
            require_generation()
            with alone(project, listener):
                from hatch_intent.update import update

                journal.recover(project.root, project.state)
                made, calls = update(look(project), scope, refresh, at_once, listener)
                tree = look(project)
                refuse_changed(tree, scope)
    fresh = tree.concerned(scope)
    checked = check(project, fresh, at_once)
    for level in levels(checked):
        listener(Held(level))
    refuse_regressions(checked)
    refuse_untrusted(project, checked)
    stamped = sum(each.verdict is None for each in checked)
    listener(Settled(len(checked), stamped, len(made), calls, time.monotonic() - started))
    modules = (module.output for module in fresh)
    built = Build(
        (*(file.path for file in tree.files), LOCK_NAME, project.config),
        (
            *modules,
            *package_texts(project, tree.lock),
            *wrapper_files(project, tree.lock),
            *mirror_files(project, tree.lock),
        ),
        checked,
    )
    if not scope:
        _remember(tree, built)
    return built


def _remember(tree: Tree, built: Build) -> None:
    """Let the next build see at a glance that nothing has changed since this one."""
    project = tree.project
    root = str(project.root)
    if not tree.settled or not built.checked or settled.recall(root):
        return
    build = settled.Settled(len(built.checked), built.sources, built.outputs)
    memory = settled.memory_of(root, project.settings.specs, build)
    # The bytes of the memory have to be the ones that were checked.
    if look(open_project(project.root, frozen=project.frozen)) == tree:
        remember(project.state, settled.NAME, memory.encode())


def asked_jobs(jobs: int | None) -> int | None:
    """How many modules to judge at once: as asked, by `HATCH_INTENT_JOBS`, or as the judge does."""
    if jobs is None and (named := os.environ.get("HATCH_INTENT_JOBS")):
        if not (named.isascii() and named.isdecimal()) or int(named) < 1:
            message = f'HATCH_INTENT_JOBS is "{named}"; use a whole number from 1'
            raise UsageError(message)
        return int(named)
    return jobs


def refuse_frozen(tree: Tree, scope: Sequence[str]) -> None:
    """Raise `CheckFailed` for whatever a frozen build must not put right."""
    modules = tree.chosen(scope)
    refuse_edited([module for module in modules if module.state == "edited"])
    if stale := [module for module in modules if module.state == "stale"]:
        raise CheckFailed(words.stale_while_frozen(stale, len(modules)))
    if not scope and tree.assessment.orphans:
        raise CheckFailed(words.spec_gone(tree.assessment.orphans))
    if outdated := outdated_packages(tree.project, tree.lock):
        raise CheckFailed(words.packages_outdated(sorted(outdated)))
    refuse_edited_wrappers(tree.project, tree.lock)
    if not wrappers_settled(tree.project, tree.lock):
        due = [each.path for each in wrappers_due(tree.project, tree.lock)]
        raise CheckFailed(words.wrappers_outdated(due))
    refuse_edited_mirrors(tree.project, tree.lock)
    if not mirrors_settled(tree.project, tree.lock):
        raise CheckFailed(words.mirrors_outdated(unsettled_mirrors(tree.project, tree.lock)))


def refuse_changed(tree: Tree, scope: Sequence[str]) -> None:
    """Raise `CheckFailed` when somebody changed a spec or a module while the build ran."""
    modules = tree.chosen(scope)
    refuse_edited([module for module in modules if module.state == "edited"])
    if changed := [module for module in modules if module.state != "fresh"]:
        raise CheckFailed(words.changed_meanwhile(changed))


def refuse_regressions(checked: Sequence[Checked]) -> None:
    """Raise `CheckFailed` when a locked module no longer passes."""
    lines = [
        words.regression(
            each.entry, each.module.read(), each.verdict, each.passed_under, each.rewritten
        )
        for each in checked
        if each.verdict is not None and not each.verdict.passed
    ]
    if lines:
        raise CheckFailed("\n".join(lines))


def refuse_untrusted(
    project: Project, checked: Sequence[Checked], asked: str | None = None
) -> None:
    """Raise `CheckFailed` when a module was checked less than `require` asks for, or taken among
    candidates that differ where `ambiguity = "error"`.

    `asked` is what the command line requires in place of the settings.
    """
    wanted = project.settings.require
    lines = []
    if untrusted := [each.entry for each in checked if not trusted(each.entry.trust, wanted)]:
        lines.append(words.untrusted(untrusted, wanted, asked=bool(asked)))
    doubtful = [each.entry for each in checked if each.entry.disagree]
    if doubtful and project.settings.ambiguity == "error":
        lines.append(words.doubtful(doubtful))
    if lines:
        raise CheckFailed("\n".join(lines))


def trusted(trust: str, wanted: str) -> bool:
    """Whether a lock entry's `trust` is enough for the setting `require`.

    A module that a person adopted is that person's to answer for.
    """
    ranks = ["examples", "agreed", "properties", "hand"]
    return ranks.index(trust.split()[0]) >= ranks.index(wanted)


@contextmanager
def alone(project: Project, listener: Listener) -> Iterator[None]:
    """Let one build at a time change the tree; the kernel's lock dies with its holder."""
    from filelock import FileLock, Timeout

    if project.state.exists() and not project.state.is_dir():
        message = ".intent  is a file; remove it: the state of builds is kept in a folder there"
        raise CheckFailed(message)
    remember(project.state, "stamps/.keep", b"")
    lock = FileLock(project.state / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        listener(Notice("another build of this project is running; waiting for it"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def extra_requirements(root: Path) -> list[str]:
    """What a build of the tree as it stands needs beyond hatch-intent's own dependencies.

    What the code of Python modules may import, because it is run; and when something is stale,
    what makes modules, and the embedded engine if it may be asked. Never raises: what is wrong
    with the project is said by the build itself.
    """
    try:
        project = open_project(root)
        if project.frozen:
            return _imported(root, discover(project))
        tree = look(project)
        imported = _imported(root, tree.files)
        if tree.settled:
            return imported
    except (IntentError, OSError):
        return []
    embedded = any(each.type == "embedded" for each in project.settings.ladder)
    lisp = "lisp" in project.settings.mirrors
    wanted = ("generate", *["embedded"] * embedded, *["lisp"] * lisp)
    return [*imported, *(each for extra in wanted for each in REQUIREMENTS[extra])]


def _imported(root: Path, files: Sequence[SpecFile]) -> list[str]:
    """The project's own dependencies that specs for Python name under `requires`, sorted.

    As the project states them, with their versions. What it doesn't depend on is not asked for: a
    name may be that of an import, and on an index anybody's. Raises `SpecError`, `SettingsError`.

    The lock doesn't have what specs name, and reading them all would take longer than a build with
    nothing to do: only those that may have the heading are read.
    """
    specs = (read(file) for file in files if _REQUIRES.search(file.raw))
    named = {each for spec in specs if "py" in spec.targets for each in spec.requires}
    if not named:
        return []
    stated = {_distribution(each): each for each in dependencies(root)}
    return sorted({stated[name] for name in map(_distribution, named) if name in stated})


def _distribution(requirement: str) -> str:
    """The name of what a requirement asks for, as indexes compare it."""
    name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
