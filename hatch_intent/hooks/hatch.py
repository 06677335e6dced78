"""The Hatch build hook: build before hatchling collects files, then say what to ship."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from pathspec import GitIgnoreSpec

from hatch_intent.hooks.adapter import (
    Refused,
    bring_up_to_date,
    further_requirements,
    is_javascript,
    lacking_line,
    may_stay,
    refusal,
)

if TYPE_CHECKING:
    from hatch_intent.pipeline import Build
    from hatch_intent.settled import Settled


class IntentBuildHook(BuildHookInterface):  # type: ignore[type-arg] # subscripting fails before 1.33
    """`[tool.hatch.build.hooks.intent]`; all settings are in `[tool.intent]`."""

    PLUGIN_NAME = "intent"
    _outputs: tuple[str, ...] = ()

    def dependencies(self) -> list[str]:
        """What a build of the tree as it stands needs beyond hatch-intent itself."""
        return further_requirements(self.root)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Build stale modules, check the others, and hand hatchling the files to ship."""
        try:
            built = bring_up_to_date(self.root, self.app.display_info, self.app.display_debug)
            self._ship(built, build_data)
        except (Refused, OSError) as error:
            refused = refusal(error)
            self.app.abort(str(refused), refused.exit_code)
            raise

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Refuse a wheel that lacks modules: hatchling looks into the wheel's packages alone.

        Only now is it known what it and all hooks have put there.
        """
        if self.target_name != "wheel" or version != "standard":
            return
        with ZipFile(artifact_path) as wheel:
            names = set(wheel.namelist())
        lacking = [path for path in self._outputs if self._lacks(path, names)]
        if not lacking:
            return
        line = f"intent  {lacking_line(lacking)}"
        if self._may_lack():
            self.app.display_warning(line)
            return
        os.unlink(artifact_path)  # noqa: PTH108 - a broken wheel that somebody would upload
        self.app.abort(line, 1)

    def _ship(self, built: Settled | Build, build_data: dict[str, Any]) -> None:
        # Always, also when nothing was stale: VCS-ignored modules get lost otherwise.
        self._outputs = built.outputs
        # Before those of other hooks, which are to win.
        build_data["artifacts"][:0] = _patterns(self.root, built.outputs)
        # The state folder is nobody's business. Build data can't exclude, the configuration can.
        # hatchling looks for the wheel's packages here: later, artifacts being set, it would not
        # mind that there are none, and ship modules below `src/`.
        excluded = self.build_config.exclude_spec or GitIgnoreSpec.from_lines([])
        vars(self.build_config)["exclude_spec"] = excluded + GitIgnoreSpec.from_lines(["/.intent/"])
        if self.target_name == "sdist":
            # Forced, so that a selection of files by the user can't leave half of them out.
            build_data["force_include"].update(
                {f"{self.root}{os.sep}{path}": path for path in (*built.sources, *built.outputs)}
            )
        elif self.target_name == "wheel" and (places := self._places(build_data)):
            from hatch_intent.sbom import sbom_file

            # What wrote each module, for `.dist-info/sboms/` (PEP 770).
            bill = sbom_file(self.root, places, self.metadata.core.name, self.metadata.version)
            build_data.setdefault("sbom_files", []).append(bill)

    def _lacks(self, path: str, names: Collection[str]) -> bool:
        """Whether a wheel with these names lacks an output."""
        place = self._place(path)
        if place in names:
            return False
        top = f"{place.partition('/')[0]}/"
        return not may_stay(self.root, path) or any(name.startswith(top) for name in names)

    def _may_lack(self) -> bool:
        table = self.metadata.config.get("tool", {}).get("intent", {})
        return bool(table.get("outside") == "report")

    def _places(self, build_data: dict[str, Any]) -> dict[str, str]:
        """Where in the wheel each module goes, but for those that may be left out and are."""
        places = {path: self._place(path) for path in self._outputs}
        if not self._may_lack() and not any(map(is_javascript, places)):
            return places
        with self.build_config.set_build_data(build_data):  # a walk, so only where it matters
            found = self.build_config.builder.recurse_included_files()
            names = {each.distribution_path.replace(os.sep, "/") for each in found}
        return {path: place for path, place in places.items() if place in names}

    def _place(self, path: str) -> str:
        """Where a file of the tree lies in the artifact."""
        source = f"{self.root}{os.sep}{path.replace('/', os.sep)}"
        for forced, target in self.build_config.force_include.items():
            if source == forced or source.startswith(f"{forced}{os.sep}"):
                path = f"{target}{source[len(forced) :]}"
        place: str = self.build_config.get_distribution_path(path)
        return place.replace(os.sep, "/")


def _patterns(root: str, outputs: Sequence[str]) -> Iterator[str]:
    """Ignore-file patterns that match the outputs and no other file.

    One per folder, and one for each stranger in it: hatchling tries every pattern on every file,
    so that a pattern per output takes a second with a thousand of them.
    """
    folders: dict[str, set[str]] = {}
    for path in outputs:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    for folder, names in sorted(folders.items()):
        for suffix in sorted({name[name.rindex(".") :] for name in names}):
            yield f"/{_escaped(folder)}/*{suffix}"
            there = {name for name in os.listdir(f"{root}/{folder}") if name.endswith(suffix)}  # noqa: PTH208 - names alone
            yield from (f"!/{_escaped(folder)}/{_escaped(name)}" for name in sorted(there - names))


def _escaped(path: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\*?[]!# " else letter for letter in path)
