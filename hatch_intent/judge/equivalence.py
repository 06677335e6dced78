"""Whether the modules of one spec in several languages are the same function.

Both have passed everything; now they get the same made-up inputs. Where they differ, a side that
breaks a property, the declared type or the rule about exceptions is wrong. Else a difference
counts as one between candidates of one language does: on inputs like the examples'. It is made
small; the majority speaks, where other candidates that pass are at hand. Else it is a hole in the
spec.

Across languages an integer beyond 2**53 is compared as the nearest number that JavaScript has,
within the tolerance for floats, and exceptions by the JavaScript error that stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import difference, show
from hatch_intent.judge.differential import (
    ENOUGH,
    SHRINKS,
    UNANSWERED,
    Difference,
    anybodys_guess,
    both_answer,
    few_told,
    said_of,
    says_what_raises,
    too_few,
    which_count,
)
from hatch_intent.judge.examples import Unsafe
from hatch_intent.judge.inputs import Args
from hatch_intent.judge.properties import (
    DEAR,
    Claims,
    fault,
    made_up,
    obstacle,
    says_nothing,
    smallest_input,
)
from hatch_intent.judge.session import Answer, Session
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
    """How two sides compare.

    `difference` is None when they agree wherever they have to; its `said` has the first's answer
    and the second's. `wrong` is the target that something speaks against, and `why` the result
    for its repair prompt; empty and None when nothing does, which makes it a hole in the spec.
    `problem` says why nothing could be compared.
    """

    inputs: int = 0
    """Made-up inputs that both were given."""
    apart: int = 0
    """Those on which they differ and may: they are unlike the examples', or the spec is silent."""
    difference: Difference | None = None
    wrong: str = ""
    why: CallResult | None = None
    votes: tuple[int, int] = (1, 1)
    """How many of the modules that pass answer as the first does, and as the second does."""
    problem: str = ""
    silent: bool = False
    """They only raise alike, as functions for few inputs do: it tells nothing."""

    @property
    def agreed(self) -> bool:
        """Whether they were compared and are the same function."""
        return not self.problem and self.difference is None

    @property
    def undecided(self) -> bool:
        """Whether they differ and nothing says which is right: one is wrong for certain."""
        return self.difference is not None and not self.wrong

    @property
    def at_fault(self) -> bool:
        """Whether `wrong` breaks a rule of the spec, and isn't merely outvoted."""
        return self.why is not None and self.why.made_up


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
        return Equivalence(problem=problem)
    try:
        with ExitStack() as opened:
            sessions = [
                opened.enter_context(judge.session(side.code, spec, side.uses, side.target))
                for side in (one, other, *voters)
            ]
            return _compared(_Pair(spec, inputs, *sessions[:2]), (one, other), sessions)
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None


@dataclass(frozen=True)
class _Pair:
    """Two modules and the spec that both are held to."""

    spec: Spec
    number: int
    first: Session
    second: Session

    @property
    def sessions(self) -> tuple[Session, Session]:
        return self.first, self.second

    @property
    def patient(self) -> bool:
        return self.first.patient and self.second.patient

    def take(self, args: Args) -> bool:
        return self.first.takes(args) and self.second.takes(args)

    def gives_up(self, args: Args) -> bool:
        """Whether one of them needs too much for an input beyond the examples."""
        return any(each.gives_up(args) for each in self.sessions)

    def agree(self, args: Args) -> bool:
        return _agree(self.first, self.second, args)

    def statuses(self, args: Args) -> set[str]:
        return {each.answer(args).result.status for each in self.sessions}

    def guilty(self, args: Args) -> list[int]:
        """The places of those whose answers break a rule of the spec."""
        claims = Claims.of(self.spec)
        faults = (fault(each, claims, args) for each in self.sessions)
        return [place for place, found in enumerate(faults) if found is not None]

    def blamed(self, args: Args) -> bool:
        """Whether one of them, and not the other, breaks a rule."""
        return len(self.guilty(args)) == 1


def _compared(pair: _Pair, sides: tuple[Side, Side], sessions: list[Session]) -> Equivalence:
    made = tuple(filter(pair.take, made_up(pair.spec, pair.number)))
    if not made:
        return Equivalence(problem="no input was made up that both languages have")
    tried, differing, left_out = _differing(pair, made)
    found = Equivalence(len(tried))
    blamed = next(filter(pair.blamed, differing), None)
    if blamed is not None:
        guilty = pair.guilty(blamed)
        args = _smallest(pair, blamed, lambda each: pair.guilty(each) == guilty)
        why = fault(sessions[guilty[0]], Claims.of(pair.spec), args)
        return replace(_told(found, pair, args), wrong=sides[guilty[0]].target, why=why)
    counts = _which_count(pair, made, tried, differing, strict=left_out > 0)
    telling = list(filter(counts, differing))
    if not telling:
        few = too_few(pair.spec, len(tried), len(made))
        silent = says_nothing(pair.spec, tried, both_answer(pair.first, pair.second))
        problem = few_told(len(tried), len(made)) if few else UNANSWERED if silent else ""
        return replace(found, apart=len(differing), problem=problem, silent=silent and not few)
    answers = both_answer(pair.first, pair.second)
    first = next(filter(answers, telling), telling[0])
    args = _smallest(pair, first, lambda each: counts(each) and answers(each) >= answers(first))
    return _voted(_told(found, pair, args), sides, sessions, args)


def _differing(pair: _Pair, made: Sequence[Args]) -> tuple[list[Args], list[Args], int]:
    """The inputs that both answered, those of them on which they differ, how many were left out."""
    tried: list[Args] = []
    differing: list[Args] = []
    left_out = 0
    for args in made:
        if not pair.patient:
            break
        if pair.gives_up(args):
            left_out += 1
            continue
        tried.append(args)
        if not pair.agree(args):
            differing.append(args)
            if pair.statuses(args) & set(DEAR):  # the next answer might never come
                break
    return tried, differing, left_out


def _which_count(
    pair: _Pair,
    made: Sequence[Args],
    tried: Sequence[Args],
    differing: Sequence[Args],
    *,
    strict: bool,
) -> Callable[[Args], bool]:
    """On which inputs a difference counts, by the rules for candidates in one language."""
    like = which_count(pair.spec, made)

    def strictly(args: Args) -> bool:
        return like(args) and not anybodys_guess(pair.first.answer(args), pair.second.answer(args))

    given_up = sum(like(args) and not strictly(args) for args in differing)
    total = sum(map(like, tried))
    lenient = not strict and not says_what_raises(pair.spec)
    return strictly if lenient and (total - given_up) * ENOUGH >= total else like


def _smallest(pair: _Pair, args: Args, fits: Callable[[Args], bool]) -> Args:
    """The smallest input that tells them apart and `fits`, as far as it is found in time."""
    if pair.statuses(args) & set(DEAR):
        return args
    most = pair.first.asked + SHRINKS
    pair.first.extend()
    pair.second.extend()

    def differ(tried: Args) -> bool:
        if tried != args and not (pair.first.asked < most and pair.patient):
            return False
        return pair.take(tried) and not pair.agree(tried) and fits(tried)

    return smallest_input(pair.spec, pair.number, differ) or args


def _told(found: Equivalence, pair: _Pair, args: Args) -> Equivalence:
    said = (said_of(pair.first.answer(args)), said_of(pair.second.answer(args)))
    return replace(found, difference=Difference(args, said))


def _agree(one: Session, other: Session, args: Args) -> bool:
    return _same(one.answer(args), other.answer(args), one.tolerance)


def _same(one: Answer, other: Answer, tolerance: float | None) -> bool:
    if one.result.status != other.result.status:
        return False
    if one.raised or other.raised:
        return javascript_error(one.raised) == javascript_error(other.raised)
    if not one.result.passed:
        return True
    return difference(_across(one.result.got), _across(other.result.got), tolerance) is None


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


def _voted(
    found: Equivalence, sides: tuple[Side, Side], sessions: list[Session], args: Args
) -> Equivalence:
    votes = [
        sum(session.takes(args) and _agree(each, session, args) for session in sessions)
        for each in sessions[:2]
    ]
    found = replace(found, votes=(votes[0], votes[1]))
    if votes[0] == votes[1] or max(votes) * 2 <= len(sessions):
        return found
    loser = 0 if votes[0] < votes[1] else 1
    return replace(found, wrong=sides[loser].target, why=_outvoted(sessions, loser, args, votes))


def _outvoted(sessions: list[Session], loser: int, args: Args, votes: list[int]) -> CallResult:
    answer, right = (sessions[place].answer(args) for place in (loser, 1 - loser))
    example = replace(answer.result.example, out=right.result.got, raises=right.raised or None)
    found = replace(answer.result, example=example, made_up=False)
    if not found.passed:
        return found
    wanted = show(right.result.got) if right.result.passed else right.raised or right.result.error
    most = f"{max(votes)} of {len(sessions)} modules that pass say {wanted}"
    return replace(found, status="wrong", error=f"{most}, this one {show(found.got)}")
