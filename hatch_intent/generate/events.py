"""What a build tells whoever shows its progress.

Events are values; nothing in a build depends on what a listener does with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hatch_intent.judge.verdict import Verdict

if TYPE_CHECKING:
    from hatch_intent.spec.model import Spec

Step = Literal["draft", "sample", "repair", "revise"]


@dataclass(frozen=True)
class Planned:
    """Before anything is made: how many specs there are, and the stale modules with reasons."""

    specs: int
    stale: tuple[tuple[str, str, str], ...]
    """Name, target and why."""


@dataclass(frozen=True)
class Drafting:
    """A model is about to be asked. `round` counts from 1."""

    name: str
    target: str
    model: str
    round: int
    step: Step


@dataclass(frozen=True)
class Arriving:
    """An answer is under way: completion tokens so far, seconds since it was asked for."""

    name: str
    target: str
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Unanswered:
    """A question got no answer, or no more of them. A notice tells why."""

    name: str
    target: str


@dataclass(frozen=True)
class Judged:
    """An answer was looked at. Without a verdict there was nothing to judge; `problem` says why."""

    spec: Spec
    target: str
    model: str
    round: int
    step: Step
    verdict: Verdict | None
    tokens: int
    """Completion tokens."""
    seconds: float
    """0 for an answer from the cache."""
    problem: str = ""
    more: bool = False
    """Whether other answers to the same question are under way."""

    @property
    def name(self) -> str:
        return self.spec.name


@dataclass(frozen=True)
class Held:
    """How generated code is held while it is judged, in the judge's words."""

    level: str


@dataclass(frozen=True)
class Compared:
    """The modules of one spec in two languages were run on the same inputs, and agree.

    Or they couldn't be: then `problem` says why.
    """

    name: str
    targets: tuple[str, str]
    inputs: int
    apart: int
    """Inputs unlike the examples' on which they differ all the same."""
    problem: str = ""


@dataclass(frozen=True)
class Written:
    """A module was made, written and locked, with the lock's word on how far to trust it."""

    name: str
    target: str
    trust: str


@dataclass(frozen=True)
class Notice:
    """One line that a person should see."""

    text: str


@dataclass(frozen=True)
class Settled:
    """The end of a build: modules that are fresh now, and what it took."""

    fresh: int
    stamped: int
    """Those of the fresh ones that a stamp spoke for."""
    made: int
    calls: int
    seconds: float


Event = (
    Planned
    | Drafting
    | Arriving
    | Unanswered
    | Judged
    | Held
    | Compared
    | Written
    | Notice
    | Settled
)
Listener = Callable[[Event], None]
