"""Where hatchling finds the hook. Imports nothing but hatchling's own marker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatchling.plugin import hookimpl

if TYPE_CHECKING:
    from hatch_intent.hooks.hatch import IntentBuildHook


@hookimpl
def hatch_register_build_hook() -> type[IntentBuildHook]:
    """Hatchling's entry point; the class is loaded when a project uses the hook."""
    from hatch_intent.hooks.hatch import IntentBuildHook

    return IntentBuildHook
