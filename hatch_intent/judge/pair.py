"""Two modules of one spec, whose answers are held against each other and against the spec.

Across languages an integer beyond 2**53 is compared as the nearest number that JavaScript has,
within the tolerance for floats, and exceptions by the JavaScript error that stands for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hatch_intent.judge.compare import difference
from hatch_intent.judge.differential import SHRINKS
from hatch_intent.judge.inputs import Args
from hatch_intent.judge.properties import DEAR, Claims, fault, smallest_input
from hatch_intent.judge.session import Answer, Session
from hatch_intent.spec.model import Json, Spec
from hatch_intent.targets.javascript_errors import javascript_error

_EXACT = 2**53


@dataclass(frozen=True)
class Pair:
    """Two modules and the spec that both are held to."""

    spec: Spec
    claims: Claims
    number: int
    first: Session
    second: Session

    @property
    def sessions(self) -> tuple[Session, Session]:
        return self.first, self.second

    @property
    def patient(self) -> bool:
        return self.first.patient and self.second.patient

    def extend(self) -> None:
        """Give both their time once more."""
        self.first.extend()
        self.second.extend()

    def take(self, args: Args) -> bool:
        return self.first.takes(args) and self.second.takes(args)

    def gives_up(self, args: Args) -> bool:
        """Whether one of them needs too much for an input beyond the examples."""
        return any(each.gives_up(args) for each in self.sessions)

    def agree(self, args: Args) -> bool:
        return agree(self.first, self.second, args)

    def statuses(self, args: Args) -> set[str]:
        return {each.answer(args).result.status for each in self.sessions}

    def guilty(self, args: Args) -> tuple[int, ...]:
        """The places of those whose answers break a rule of the spec."""
        if self.gives_up(args):
            return ()
        faults = (fault(each, self.claims, args) for each in self.sessions)
        return tuple(place for place, found in enumerate(faults) if found is not None)

    def smallest(self, args: Args, fits: Callable[[Args], bool]) -> Args:
        """The smallest input that `fits`, as these arguments do, as far as it is found in time."""
        if self.statuses(args) & set(DEAR):
            return args
        most = self.first.asked + SHRINKS
        self.extend()

        def wanted(tried: Args) -> bool:
            if tried != args and not (self.first.asked < most and self.patient):
                return False
            return self.take(tried) and fits(tried)

        return smallest_input(self.spec, self.number, wanted) or args


def agree(one: Session, other: Session, args: Args) -> bool:
    return _same(one.answer(args), other.answer(args), one.tolerance)


def _same(one: Answer, other: Answer, tolerance: float | None) -> bool:
    if one.result.status != other.result.status:
        return False
    if one.raised or other.raised:
        return javascript_error(one.raised) == javascript_error(other.raised)
    if not one.result.passed:
        return True
    return difference(across(one.result.got), across(other.result.got), tolerance) is None


def across(value: Json) -> Json:
    """The value in the numbers that every language has."""
    if type(value) is list:
        return [across(item) for item in value]
    if type(value) is dict:
        return {key: across(item) for key, item in value.items()}
    if type(value) is int and abs(value) > _EXACT:
        try:
            return float(value)
        except OverflowError:  # beyond every float: then only the same integer will do
            return value
    return value
