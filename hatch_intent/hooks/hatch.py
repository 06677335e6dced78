"""The Hatch build hook: build before hatchling collects files, then say what to ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from pathspec import GitIgnoreSpec

from hatch_intent.errors import IntentError
from hatch_intent.pipeline import Build, build, extra_requirements
from hatch_intent.project import open_project
from hatch_intent.report.terminal import Lines


class IntentBuildHook(BuildHookInterface):  # type: ignore[type-arg] # subscripting fails before 1.33
    """`[tool.hatch.build.hooks.intent]`; all settings are in `[tool.intent]`."""

    PLUGIN_NAME = "intent"

    def dependencies(self) -> list[str]:
        """What a build of the tree as it stands needs beyond hatch-intent itself."""
        return extra_requirements(Path(self.root))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Build stale modules, check the others, and hand hatchling the files to ship."""
        lines = Lines(self.app.display_info, self.app.display_debug)
        try:
            built = build(open_project(Path(self.root)), listener=lines)
        except IntentError as error:
            self.app.abort(f"intent  {error}", error.exit_code)
        except OSError as error:
            self.app.abort(f"intent  {error.filename or ''}  {error.strerror or error}")
        else:
            self._ship(built, build_data)

    def _ship(self, built: Build, build_data: dict[str, Any]) -> None:
        # Always, also when nothing was stale: VCS-ignored modules get lost otherwise.
        build_data["artifacts"] += [f"/{path}" for path in built.outputs]
        # The state folder is nobody's business. Build data can't exclude, the configuration can.
        excluded = self.build_config.exclude_spec or GitIgnoreSpec.from_lines([])
        vars(self.build_config)["exclude_spec"] = excluded + GitIgnoreSpec.from_lines(["/.intent/"])
        if self.target_name == "sdist":
            # Forced, so that a selection of files by the user can't leave half of them out.
            root = Path(self.root)
            build_data["force_include"].update(
                {str(root / path): path for path in (*built.sources, *built.outputs)}
            )
