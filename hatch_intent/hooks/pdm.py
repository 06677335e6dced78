"""The PDM backend adapter: `[tool.intent]` alone makes a project's builds run it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatch_intent.hooks.adapter import (
    Refused,
    bring_up_to_date,
    declares_intent,
    lacking,
    lacking_line,
    may_lack,
    places,
    refusal,
)
from hatch_intent.sbom import SBOM_NAME, sbom_file

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
        found = [place for place, path in files.items() if path.exists()]
        built = _built(context.root)
        for place in [place for place in found if not files[place].exists()]:
            del files[place]  # a module whose spec is gone: PDM has looked before
        if context.target == "sdist":
            for path in [path for path in files if path.startswith(".intent/")]:
                del files[path]
            shipped = {path: path for path in (*built.sources, *built.outputs)}
        else:
            shipped = places(built.outputs, _folders(context))
            if missing := lacking(str(context.root), built.outputs, shipped):
                _tell(context, lacking_line(missing))
            if shipped:
                files[f"{context.builder.dist_info_name}/sboms/{SBOM_NAME}"] = _bill(
                    context, shipped
                )
        if context.target != "editable":  # for that, the modules are where they should be
            files.update({place: context.root / path for path, place in shipped.items()})


def _bill(context: Any, shipped: dict[str, str]) -> Path:
    """What wrote each module, as a file (PEP 770)."""
    metadata = context.config.metadata
    try:
        return Path(sbom_file(str(context.root), shipped, metadata["name"], metadata["version"]))
    except OSError as error:
        raise SystemExit(str(refusal(error))) from error


def _tell(context: Any, line: str) -> None:
    if context.target == "wheel" and not may_lack(str(context.root)):
        raise SystemExit(str(Refused(line, 1)))
    _say(f"intent  {line}")


def _built(root: Path) -> Settled | Build:
    try:
        return bring_up_to_date(str(root), _say, _keep)
    except Refused as refused:
        # An exception of any other kind gets a traceback from the frontend.
        raise SystemExit(str(refused)) from refused


def _folders(context: Any) -> dict[str, str]:
    """Folders of the tree that the wheel takes files from, and where those go."""
    source: str = context.config.build_config.package_dir
    packages: list[str] = context.config.convert_package_paths()["packages"]
    folders = [name.replace(".", "/") for name in packages]
    if source:
        return {source: "", **{f"{source}/{folder}": folder for folder in folders}}
    return {folder: folder for folder in folders}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - PDM has no way of its own


def _keep(text: str) -> None:
    """Details: PDM's backend has no verbosity to show them at."""
