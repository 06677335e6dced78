"""The languages a spec can be built for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatch_intent.targets.base import CodeError, Origin, Target

__all__ = ["CodeError", "Origin", "Target", "target_named"]


def target_named(name: str) -> Target:
    """The target a spec calls `name`. Raises `UsageError` for a language nobody wrote yet."""
    from hatch_intent.errors import UsageError
    from hatch_intent.targets.javascript import Javascript
    from hatch_intent.targets.python import Python

    targets: dict[str, Target] = {"js": Javascript(), "py": Python()}
    if name not in targets:
        known = ", ".join(sorted(targets))
        raise UsageError(f'unknown target "{name}"; known: {known}')
    return targets[name]


def __getattr__(name: str) -> Any:
    # A build with nothing to make looks at package files and needs no language.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("hatch_intent.targets.base"), name)
