"""Specs as pytest collects and runs them: one item for each example and property."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hatch_intent.checking import check
from hatch_intent.errors import IntentError
from hatch_intent.freshness import Freshness
from hatch_intent.judge.thorough import Thorough
from hatch_intent.project import SPEC_SUFFIX, find_root, open_project
from hatch_intent.report.cases import Case, module_cases
from hatch_intent.report.words import unsettled
from hatch_intent.tree import Tree, look

_BEFORE = ("module", "inputs")
"""Cases that keep others from being told: no item of a module passes where one fails."""


class SpecFailure(Exception):  # noqa: N818 - it is a test's failure, not an error of ours
    """What a reader needs to see of a case that fails."""


@dataclass
class Collecting:
    """The plugin of one run: the projects it met, and the modules it judged."""

    in_process: bool
    trees: dict[Path, Tree] = field(default_factory=dict)
    told: dict[tuple[Path, str, str], dict[str, Case]] = field(default_factory=dict)

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> SpecCollector | None:
        """Every `*.intent.md` that pytest comes by, but for hidden ones."""
        if not file_path.name.endswith(SPEC_SUFFIX) or file_path.name.startswith("."):
            return None
        collector: SpecCollector = SpecCollector.from_parent(parent, path=file_path)
        collector.plugin = self
        return collector

    def tree(self, path: Path) -> Tree:
        """The project that a spec belongs to, read once. Raises `IntentError`."""
        root = find_root(path.parent)
        if root not in self.trees:
            self.trees[root] = look(open_project(root, frozen=True))
        return self.trees[root]

    def cases(self, tree: Tree, module: Freshness) -> dict[str, Case]:
        """What the judge says of a module, asked once, at the first item that wants to know."""
        key = (tree.project.root, module.name, module.target)
        if key not in self.told:
            self.told[key] = {case.name: case for case in _judged(tree, module)}
        return self.told[key]


def _judged(tree: Tree, module: Freshness) -> tuple[Case, ...]:
    if module.state != "fresh":
        return module_cases(module, None, "")
    if obstacle := unsettled(module) or Thorough.obstacle(module.read()):
        return module_cases(module, None, obstacle)
    (checked,) = check(tree.project, [module], 1, again=True)
    return module_cases(module, checked.verdict, "")


class SpecCollector(pytest.File):
    """One `*.intent.md`."""

    plugin: Collecting

    def collect(self) -> Iterator[SpecItem]:
        """An item for each example and property, for each target if there are several."""
        try:
            tree = self.plugin.tree(self.path)
        except IntentError as error:
            raise self.CollectError(str(error)) from None
        path = self.path.resolve()
        modules = [
            each
            for each in tree.assessment.modules
            if (tree.project.root / each.spec_file.path).resolve() == path
        ]
        if not modules:
            folders = ", ".join(tree.project.settings.specs)
            message = f"{self.path.name} is not below the project's folders of specs ({folders})"
            raise self.CollectError(message)
        for module in modules:
            yield from self._items(tree, module, several=len(modules) > 1)

    def _items(self, tree: Tree, module: Freshness, *, several: bool) -> Iterator[SpecItem]:
        spec = module.read()
        behind = f"[{module.target}]" if several else ""
        lines = {f"example-{number}": each.line for number, each in enumerate(spec.examples, 1)}
        lines |= {f"property-{number}": each.line for number, each in enumerate(spec.properties, 1)}
        for case, line in lines.items():
            item: SpecItem = SpecItem.from_parent(self, name=f"{case}{behind}")
            item.asks(tree, module, case, line)
            yield item


class SpecItem(pytest.Item):
    """One example or property of one module."""

    parent: SpecCollector

    def asks(self, tree: Tree, module: Freshness, case: str, line: int) -> None:
        """What this item is about."""
        self.tree, self.module, self.case, self.line = tree, module, case, line

    def runtest(self) -> None:
        """Raise `SpecFailure` unless the judge passed it, and every gate before it."""
        plugin = self.parent.plugin
        try:
            cases = plugin.cases(self.tree, self.module)
        except IntentError as error:
            raise SpecFailure(str(error)) from None
        case = cases[self.case]
        if case.outcome != "passed":
            first = next((cases[name] for name in _BEFORE if name in cases), None)
            raise SpecFailure((first if first and case.outcome == "skipped" else case).message)
        if plugin.in_process and self.case.startswith("example-"):
            self._in_process()

    def _in_process(self) -> None:
        from hatch_intent.hooks.in_process import rerun

        # Importing one module imports its package, and that all of its modules.
        for other in self.tree.assessment.modules:
            cases = self.parent.plugin.cases(self.tree, other).values()
            if other.target == "py" and any(case.outcome != "passed" for case in cases):
                message = f"not run in this process, for {other.output} does not pass"
                raise SpecFailure(message)
        number = int(self.case.rpartition("-")[2])
        if wrong := rerun(self.tree.project, self.module, number):
            raise SpecFailure(wrong)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """Without a traceback of ours: there is nothing in it for the reader."""
        if not isinstance(excinfo.value, SpecFailure):
            return str(super().repr_failure(excinfo))
        place = f"{self.module.spec_file.path}:{self.line}"
        return f"{excinfo.value}\n{place}\n{self.module.output}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the spec says it."""
        return self.path, self.line - 1, f"{self.path.name}::{self.name}"
