"""Where a check's cases go besides the terminal: files and annotations for CI systems."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hatch_intent.cli.screen import Screen
from hatch_intent.errors import UsageError
from hatch_intent.files import write_atomic
from hatch_intent.report.annotations import code_quality, detected, marks, workspaces
from hatch_intent.report.cases import Case
from hatch_intent.report.junit import junit

CODE_QUALITY = "gl-code-quality-report.json"
"""The name that GitLab's documentation gives to such a report."""


@dataclass(frozen=True)
class Outlets:
    """What was asked for, and what the environment lets expect.

    `system` is one of `annotations.SYSTEMS`, "none", or "auto": what the environment names.
    `place` goes before the paths of cases, which are relative to the project's root.
    """

    junit: str | None = None
    system: str = "auto"
    quality: str | None = None
    place: str = ""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.quality is not None and self.system != "gitlab":
            raise UsageError("--annotations-file is for  --annotations gitlab")

    def of(self, root: Path) -> Outlets:
        """With paths from the repository's top, as CI systems want them."""
        for top in (*workspaces(self.environ), os.getcwd()):  # noqa: PTH109 - for realpath below
            relative = os.path.relpath(os.path.realpath(root), os.path.realpath(top))
            if relative != os.curdir and not relative.startswith(os.pardir):
                return replace(self, place=relative.replace(os.sep, "/") + "/")
            if relative == os.curdir:
                break
        return self

    def show(self, cases: Sequence[Case], screen: Screen, seconds: float) -> None:
        """Write and print it all, whether the check passed or not. Raises OSError."""
        system = detected(self.environ) if self.system == "auto" else self.system
        if system in ("github", "azure"):
            for line in marks(system, cases, self.place):
                screen.command(line)
        if system == "gitlab":
            path = Path(self.quality or CODE_QUALITY)
            write_atomic(path, code_quality(cases, self.place).encode())
        if self.junit is not None:
            write_atomic(Path(self.junit), junit(cases, self.place, seconds))
