"""What a climb brings: candidates, the answers that they came from, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hatch_intent.generate.events import Step
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import Tokens
from hatch_intent.settings import ProviderSettings


@dataclass(frozen=True)
class Candidate:
    """Code of a model with the judge's word on it.

    `code` is the module as it would ship; where none could be made of the answer, the code as
    it came, and the verdict's problem says why.
    """

    code: str
    verdict: Verdict
    model: str
    model_digest: str
    round: int
    step: Step
    table: ProviderSettings | None = None
    """The settings of who was asked: one model may be in several tables, with other options.

    None where nobody would write the same today; then only its word counts."""

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Bigger is better: passed at all, examples passed, could be called."""
        return (self.verdict.passed, self.verdict.passes, not self.verdict.problem)

    def builds_on(self, names: Iterable[str]) -> int:
        return builds_on(self.code, names)

    @property
    def symptoms(self) -> tuple[object, ...]:
        """What failed and how: alike for code that is wrong in the same way."""
        failures = (
            (repr(failure.example.args), failure.status, repr(failure.got), failure.error)
            for failure in self.verdict.failures
        )
        return (self.verdict.problem, *failures)


def builds_on(code: str, names: Iterable[str]) -> int:
    """How many of these specs' functions code imports, as rendered modules do."""
    said = ((f"from .{name} import {name}", f'"./{name}.js"') for name in names)
    return sum(any(each in code for each in words) for words in said)


@dataclass(frozen=True)
class Attempt:
    """One answer and what came of it. Without a verdict, `problem` says what was wrong with it."""

    round: int
    step: Step
    model: str
    model_digest: str
    asked: bool
    """False when the answer came from the cache."""
    tokens: Tokens
    seconds: float
    verdict: Verdict | None
    problem: str = ""


@dataclass(frozen=True)
class Generation:
    """What a climb came to. `best` is what passed, else what passed the most examples.

    Of those that behave alike it is the one that imports the most of what its spec uses, then
    the one that had an answer to the most made-up inputs, the first where several had.
    """

    best: Candidate | None
    attempts: tuple[Attempt, ...]
    passed: tuple[Candidate, ...] = ()
    """All that passed, in the order they came."""
    behaviour: Behaviour | None = None
    """How those behave, when there are several; `best` is of the largest group."""
