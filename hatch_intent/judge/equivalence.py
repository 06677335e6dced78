"""Whether the modules of one spec in several languages are the same function.

Both have passed everything; now they get the same made-up inputs. A difference is made small
and laid before the judge once more: a side that breaks a property, the declared type or the
rule about exceptions there is wrong. Else the majority speaks, where other candidates that
pass are at hand. Else it is a hole in the spec.

Across languages an integer beyond 2**53 is compared as the nearest number that JavaScript has,
within the tolerance for floats, and exceptions by the JavaScript error that stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import difference, show
from hatch_intent.judge.differential import SHRINKS, Difference, said_of
from hatch_intent.judge.examples import Unsafe
from hatch_intent.judge.properties import DEAR, Claims, fault, made_up, obstacle, smallest_input
from hatch_intent.judge.session import Answer, Session
from hatch_intent.judge.strategies import Args
from hatch_intent.judge.verdict import CallResult
from hatch_intent.spec.model import Json, Spec
from hatch_intent.targets.javascript_errors import javascript_error

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge

INPUTS = 500
_EXACT = 2**53


@dataclass(frozen=True)
class Side:
    """A module that has passed. `uses` has the sources it imports from, dependencies first."""

    target: str
    code: str
    uses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Equivalence:
    """`difference` is None when two sides agree on all inputs; its `said` has the first's answer
    and the second's. `wrong` is the target that something speaks against, and `why` the result
    for its repair prompt; empty and None when nothing does, which makes it a hole in the spec.
    `problem` says why nothing could be compared."""

    inputs: int
    difference: Difference | None = None
    wrong: str = ""
    why: CallResult | None = None
    problem: str = ""


def compare_targets(
    judge: Judge,
    spec: Spec,
    one: Side,
    other: Side,
    *,
    voters: Sequence[Side] = (),
    inputs: int = INPUTS,
) -> Equivalence:
    """Run two sides on the same inputs. `voters` are further candidates that have passed.

    Raises `CheckFailed` when the sandbox doesn't hold.
    """
    problem = obstacle(spec, inputs)
    if problem:
        return Equivalence(0, problem=problem)
    try:
        with ExitStack() as opened:
            sessions = [
                opened.enter_context(judge.session(side.code, spec, side.uses, side.target))
                for side in (one, other, *voters)
            ]
            return _compared(spec, (one, other), sessions, inputs)
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None


def _compared(
    spec: Spec, sides: tuple[Side, Side], sessions: list[Session], number: int
) -> Equivalence:
    first, second = sessions[:2]
    tried = 0
    for args in made_up(spec, number):
        if not (first.takes(args) and second.takes(args)):
            continue
        if not (first.patient and second.patient):
            break
        tried += 1
        if not _agree(first, second, args):
            smallest = _smallest(spec, number, first, second, args)
            return _settled(Equivalence(tried), sides, sessions, smallest)
    return Equivalence(tried)


def _smallest(spec: Spec, number: int, first: Session, second: Session, args: Args) -> Args:
    if any(each.answer(args).result.status in DEAR for each in (first, second)):
        return args
    most = first.asked + SHRINKS
    first.extend()
    second.extend()

    def differ(tried: Args) -> bool:
        if tried != args and not (first.asked < most and first.patient and second.patient):
            return False
        takes = first.takes(tried) and second.takes(tried)
        return takes and not _agree(first, second, tried)

    return smallest_input(spec, number, differ) or args


def _agree(one: Session, other: Session, args: Args) -> bool:
    return _same(one.answer(args), other.answer(args))


def _same(one: Answer, other: Answer) -> bool:
    if one.result.status != other.result.status:
        return False
    if one.raised or other.raised:
        return javascript_error(one.raised) == javascript_error(other.raised)
    if not one.result.passed:
        return True
    return difference(_across(one.result.got), _across(other.result.got)) is None


def _across(value: Json) -> Json:
    """The value in the numbers that every language has."""
    if type(value) is list:
        return [_across(item) for item in value]
    if type(value) is dict:
        return {key: _across(item) for key, item in value.items()}
    if type(value) is int and abs(value) > _EXACT:
        try:
            return float(value)
        except OverflowError:  # beyond every float: then only the same integer will do
            return value
    return value


def _settled(
    found: Equivalence, sides: tuple[Side, Side], sessions: list[Session], args: Args
) -> Equivalence:
    first, second = sessions[:2]
    told = Difference(args, (said_of(first.answer(args)), said_of(second.answer(args))))
    found = replace(found, difference=told)
    claims = Claims.of(first.spec)
    faults = [fault(session, claims, args) for session in (first, second)]
    guilty = [place for place, result in enumerate(faults) if result is not None]
    if len(guilty) == 1:
        return replace(found, wrong=sides[guilty[0]].target, why=faults[guilty[0]])
    votes = [
        sum(session.takes(args) and _agree(each, session, args) for session in sessions)
        for each in (first, second)
    ]
    if votes[0] == votes[1] or max(votes) * 2 <= len(sessions):
        return found
    loser = 0 if votes[0] < votes[1] else 1
    return replace(found, wrong=sides[loser].target, why=_outvoted(sessions, loser, args, votes))


def _outvoted(sessions: list[Session], loser: int, args: Args, votes: list[int]) -> CallResult:
    answer, right = (sessions[place].answer(args) for place in (loser, 1 - loser))
    got = show(answer.result.got) if answer.result.passed else answer.result.error
    wanted = show(right.result.got) if right.result.passed else right.raised or right.result.error
    error = f"{max(votes)} of {len(sessions)} modules that pass say {wanted}, this one {got}"
    example = replace(answer.result.example, out=right.result.got, raises=right.raised or None)
    return replace(answer.result, example=example, status="wrong", error=error)
