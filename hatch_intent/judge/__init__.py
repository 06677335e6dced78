"""Runs generated code where it can do no harm, and says whether it keeps to its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatch_intent import JUDGE_VERSION

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge

__all__ = ["JUDGE_VERSION", "Judge"]


def __getattr__(name: str) -> Any:
    # A build whose modules all carry a stamp needs the version only, and no process.
    if name != "Judge":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hatch_intent.judge.check import Judge

    return Judge
