"""How a module is checked where it is locked, and by `hatch-intent check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hatch_intent.judge.check import Judge
from hatch_intent.judge.differential import Behaviour, compare_behaviour
from hatch_intent.judge.equivalence import Equivalence, Side, compare_targets
from hatch_intent.judge.properties import obstacle
from hatch_intent.judge.questions import telling_example
from hatch_intent.judge.verdict import Verdict
from hatch_intent.spec.model import Spec

INPUTS = 200
"""Made-up inputs for each module."""


@dataclass(frozen=True)
class Thorough:
    """A judge that tries made-up inputs as well."""

    judge: Judge

    @staticmethod
    def obstacle(spec: Spec) -> str:
        """Why no module could pass, whatever it does; empty when one could.

        One line that names the spec: `requires` leaves hardly any input.
        """
        return obstacle(spec, INPUTS)

    def check(
        self, code: str, spec: Spec, target: str = "py", uses: Mapping[str, str] | None = None
    ) -> Verdict:
        """The verdict on one module, see `Judge.check`."""
        return self.judge.check(code, spec, target, uses, INPUTS)

    def compare(
        self,
        codes: Sequence[str],
        spec: Spec,
        target: str = "py",
        uses: Mapping[str, str] | None = None,
    ) -> Behaviour:
        """How modules that have passed behave on the same inputs, see `compare_behaviour`."""
        return compare_behaviour(self.judge, spec, codes, target=target, uses=uses)

    def compare_languages(
        self, spec: Spec, one: Side, other: Side, voters: Sequence[Side] = ()
    ) -> Equivalence:
        """Whether modules in two languages are the same function, see `compare_targets`."""
        return compare_targets(self.judge, spec, one, other, voters=voters)

    def telling_example(
        self, code: str, spec: Spec, target: str, uses: Mapping[str, str] | None
    ) -> str:
        """What to ask the author about a module that stands alone, see `telling_example`."""
        return telling_example(self.judge, spec, code, target=target, uses=uses)
