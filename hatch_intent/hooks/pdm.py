"""The PDM backend adapter: `[tool.intent]` alone makes a project's builds run it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatch_intent.hooks.adapter import (
    LACKING,
    Refused,
    bring_up_to_date,
    declares_intent,
    places,
)

if TYPE_CHECKING:
    from hatch_intent.pipeline import Build
    from hatch_intent.settled import Settled


class IntentBuildHook:
    """The entry point in the group `pdm.build.hook`."""

    def pdm_build_hook_enabled(self, context: Any) -> bool:
        """PDM asks it in every build of an environment that has hatch-intent."""
        return declares_intent(str(context.root))

    def pdm_build_update_files(self, context: Any, files: dict[str, Path]) -> None:
        """Build stale modules, check the others, and add what must ship.

        The step before this one runs for metadata too, where nobody expects a model at work.
        """
        built = _built(context.root)
        if context.target == "sdist":
            for path in [path for path in files if path.startswith(".intent/")]:
                del files[path]
            shipped = {path: path for path in (*built.sources, *built.outputs)}
        elif context.target == "wheel":
            shipped = places(built.outputs, _folders(context, files))
            if lacking := sorted({*built.outputs} - {*shipped}):
                _say(f"intent  {', '.join(lacking)}: {LACKING}")
        else:
            shipped = {}  # editable: the tree is all that it needs
        files.update({place: context.root / path for path, place in shipped.items()})


def _built(root: Path) -> Settled | Build:
    try:
        return bring_up_to_date(str(root), _say, _keep)
    except Refused as refused:
        # An exception of any other kind gets a traceback from the frontend.
        raise SystemExit(str(refused)) from refused


def _folders(context: Any, files: dict[str, Path]) -> dict[str, str]:
    """Folders of the tree that the wheel takes files from, and where those go."""
    source: str = context.config.build_config.package_dir
    return {source: ""} if source else {top: top for top in {name.split("/")[0] for name in files}}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - PDM has no way of its own


def _keep(text: str) -> None:
    """Details: PDM's backend has no verbosity to show them at."""
