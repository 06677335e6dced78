"""A project's specs and lock, read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hatch_intent.errors import CheckFailed
from hatch_intent.freshness import Assessment, Freshness, assess
from hatch_intent.lock import Lock, read_lock
from hatch_intent.mirrors.plan import mirrors_settled
from hatch_intent.packages import outdated_packages, refuse_misnamed
from hatch_intent.project import Project, SpecFile, discover
from hatch_intent.wrappers.plan import refuse_unwrappable, wrappers_settled


@dataclass(frozen=True)
class Tree:
    """A project as it stands: its specs, its lock, and how they compare."""

    project: Project
    files: tuple[SpecFile, ...]
    lock: Lock
    assessment: Assessment

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do but to check."""
        return (
            all(each.state == "fresh" and each.spec is None for each in self.assessment.modules)
            and not self.assessment.orphans
            and not outdated_packages(self.project, self.lock)
            and wrappers_settled(self.project, self.lock)
            and mirrors_settled(self.project, self.lock)
        )

    def chosen(self, scope: Sequence[str]) -> list[Freshness]:
        """The modules that the scope covers, and whatever those are built on."""
        if not scope:
            return [*self.assessment.modules]
        covered = [module for module in self.assessment.modules if covers(scope, module)]
        keys = {each.key for module in covered for each in (module, *module.below)}
        return [module for module in self.assessment.modules if module.key in keys]

    def concerned(self, scope: Sequence[str]) -> list[Freshness]:
        """The chosen modules, and those built on them of which nothing is stale or edited."""
        if not scope:
            return [*self.assessment.modules]
        chosen = {module.key for module in self.chosen(scope)}
        return [
            module
            for module in self.assessment.modules
            if module.key in chosen
            or (
                any(each.key in chosen for each in module.below)
                and all(each.state == "fresh" for each in (module, *module.below))
            )
        ]


def look(project: Project) -> Tree:
    """Read specs and lock and compare them. Raises `SpecError`, `SettingsError`, `LockError`."""
    files = discover(project)
    lock = read_lock(project.lock_path, project.state)
    assessment = assess(project, files, lock)
    refuse_misnamed(assessment.modules)
    refuse_unwrappable(project, assessment.modules)
    return Tree(project, files, lock, assessment)


def covers(scope: Sequence[str], module: Freshness) -> bool:
    """Whether a module's spec is one of the files, or below one of the folders, asked for."""
    path = module.spec_file.path
    return not scope or any(each in (path, ".") or path.startswith(f"{each}/") for each in scope)


def refuse_edited(edited: Sequence[Freshness]) -> None:
    """Raise `CheckFailed` when a person changed a module: it is not ours to keep or to drop."""
    if edited:
        from hatch_intent.report import words

        raise CheckFailed(words.edited(edited))
