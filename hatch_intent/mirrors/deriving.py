"""Derive mirrors and hold them to their specs, before any of them is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hatch_intent.beneath import sources
from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.judge import Judge
from hatch_intent.lock import Lock
from hatch_intent.mirrors import hy, strict
from hatch_intent.mirrors.plan import Mirror, mirrors_due
from hatch_intent.mirrors.task import Derived, Task
from hatch_intent.project import Project
from hatch_intent.report import words
from hatch_intent.tree import Tree

_Derive = Callable[[Path, Sequence[Task]], list[Derived]]
_BY: dict[str, _Derive] = {"lisp": hy.derive, "ts": strict.derive}
_REMEDY = (
    "  The modules are locked and good; no mirror was written. Have a module written anew "
    "(hatch-intent build --refresh SPEC), or change it and adopt it"
)


def derived(tree: Tree) -> tuple[Lock, dict[str, str]]:
    """The lock with what is due recorded in it, and the files to write, by path.

    Modules that are ahead of the lock keep the mirror that they have. Raises `CheckFailed`, with
    every construct that can't be expressed or every example that fails; nothing is written then.
    """
    project = tree.project
    fresh = {each.key: each for each in tree.assessment.modules if each.state == "fresh"}
    tasks = [
        _task(project, each, module)
        for each in mirrors_due(project, tree.lock)
        if (module := fresh.get((each.entry.name, each.entry.target)))
    ]
    done: list[Derived] = []
    for language, derive in _BY.items():
        if own := [each for each in tasks if each.mirror.language == language]:
            done += _derived(derive, project.root, own)
    _refuse_failing(project, done)
    entries = [
        replace(
            each.task.mirror.entry,
            mirror=each.task.mirror.path,
            mirror_of=each.task.mirror.entry.output_sha256,
            mirror_sha256=sha256(each.text.encode()),
            mirror_tool=each.tool,
        )
        for each in done
    ]
    return tree.lock.with_entries(*entries), {each.task.mirror.path: each.text for each in done}


def _derived(derive: _Derive, root: Path, tasks: Sequence[Task]) -> list[Derived]:
    try:
        return derive(root, tasks)
    except CheckFailed as error:
        raise CheckFailed(f"{error}\n{_REMEDY}") from None


def _task(project: Project, mirror: Mirror, module: Freshness) -> Task:
    entry = mirror.entry
    raw = (project.root / entry.output).read_bytes()
    if sha256(raw) != entry.output_sha256:
        raise CheckFailed(f"{entry.output} changed while it was being mirrored; build again")
    return Task(mirror, module, module.read(), raw.decode(), sources(project, module))


def _refuse_failing(project: Project, done: Sequence[Derived]) -> None:
    """Raise `CheckFailed` for mirrors that fail the examples of their specs."""
    if not done:
        return
    settings = project.settings
    failed: list[str] = []
    with Judge(settings.sandbox, settings.call_timeout) as judge:
        for each in done:
            task = each.task
            verdict = judge.check(each.code, task.spec, task.module.target, task.uses)
            if not verdict.passed:
                failed.append(f"{task.mirror.path} would not do what its spec says; not written")
                failed += words.failures(task.spec, verdict)
    if failed:
        raise CheckFailed("\n".join(failed))
