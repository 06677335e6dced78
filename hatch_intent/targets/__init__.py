"""The languages a spec can be built for."""

from __future__ import annotations

from hatch_intent.errors import UsageError
from hatch_intent.targets.base import CodeError, Origin, Target
from hatch_intent.targets.python import Python

__all__ = ["CodeError", "Origin", "Target", "target_named"]

_TARGETS: dict[str, Target] = {"py": Python()}


def target_named(name: str) -> Target:
    """The target a spec calls `name`. Raises `UsageError` for a language nobody wrote yet."""
    if name not in _TARGETS:
        known = ", ".join(sorted(_TARGETS))
        raise UsageError(f'unknown target "{name}"; known: {known}')
    return _TARGETS[name]
