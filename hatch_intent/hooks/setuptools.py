"""The setuptools adapter: `[tool.intent]` alone makes a project's builds run `build_intent`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from setuptools import Distribution, build_meta

from hatch_intent.hooks.adapter import declares_intent, further_requirements

EXTENDED = ("build", "sdist", "bdist_wheel")


def finalize_distribution_options(dist: Distribution) -> None:
    """Setuptools' entry point; runs in every build of an environment that has hatch-intent."""
    root = dist.src_root or os.getcwd()  # noqa: PTH109 - pathlib costs
    if not declares_intent(root):
        return
    # Not `dist.cmdclass`: a project's own table of commands would replace it later on.
    vars(dist)["get_command_class"] = _extended(dist.get_command_class)
    # This class hands requirements to the frontend; any other would install them here and now.
    if isinstance(dist, build_meta.Distribution) and (wanted := further_requirements(root)):
        dist.fetch_build_eggs(wanted)


def _extended(known: Callable[[str], Any]) -> Callable[[str], Any]:
    from hatch_intent.hooks import setuptools_commands as commands

    made: dict[str, Any] = {"build_intent": commands.BuildIntent}

    def get_command_class(name: str) -> Any:
        if name not in made:
            base = known(name)
            extension = getattr(commands, name)(base) if name in EXTENDED else {}
            made[name] = type(base)(name, (base,), extension) if extension else base
        return made[name]

    return get_command_class
