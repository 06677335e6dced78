"""Whether the modules of one spec in several languages are the same function.

Both have passed everything; now they get the same made-up inputs. A side that breaks a property,
the declared type or the rule about exceptions on any of them is wrong, and so are both where both
do. Else a difference counts as one between candidates of one language does: on inputs like the
examples'. It is made small; the majority speaks, where other candidates that pass are at hand.
Else it is a hole in the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import show
from hatch_intent.judge.differential import (
    ENOUGH,
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
from hatch_intent.judge.pair import Pair, agree
from hatch_intent.judge.properties import (
    DEAR,
    Claims,
    fault,
    made_up,
    obstacle,
    says_nothing,
)
from hatch_intent.judge.session import Session
from hatch_intent.judge.verdict import CallResult
from hatch_intent.spec.model import Spec

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge

INPUTS = 500


@dataclass(frozen=True)
class Side:
    """A module that has passed. `uses` has the sources it imports from, dependencies first."""

    target: str
    code: str
    uses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Equivalence:
    """How two sides compare.

    `difference` is None when they agree wherever they have to and break no rule; its `said` has
    the first's answer and the second's. `wrong` is the target that something speaks against, and
    `why` the result for its repair prompt; empty and None when nothing does, which makes it a
    hole in the spec. `problem` says why nothing could be compared.
    """

    inputs: int = 0
    """Made-up inputs that both were given."""
    apart: int = 0
    """Those on which they differ and may: they are unlike the examples', or the spec is silent."""
    difference: Difference | None = None
    wrong: str = ""
    why: CallResult | None = None
    too: CallResult | None = None
    """What the other side breaks, where it breaks a rule as well: on this input or another."""
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

    @property
    def neither_right(self) -> bool:
        """Whether both break a rule on the very input that tells of the wrong one."""
        if self.difference is None or self.too is None:
            return False
        return self.too.example.args == self.difference.args

    def breach(self, target: str) -> CallResult | None:
        """What the module in this language breaks, where it breaks a rule of the spec."""
        if not self.at_fault:
            return None
        return self.why if target == self.wrong else self.too


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
            return _compared(
                Pair(spec, Claims.of(spec), inputs, *sessions[:2]), (one, other), sessions
            )
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None


def _compared(pair: Pair, sides: tuple[Side, Side], sessions: list[Session]) -> Equivalence:
    made = tuple(filter(pair.take, made_up(pair.spec, pair.number)))
    if not made:
        return Equivalence(problem="no input was made up that both languages have")
    tried, differing, left_out = _differing(pair, made)
    found = Equivalence(len(tried))
    breaches = _breaches(pair, tried, differing)
    if breaches:
        return _blamed(found, pair, sides, breaches)
    counts = _which_count(pair, made, tried, differing, strict=left_out > 0)
    telling = list(filter(counts, differing))
    if not telling:
        few = too_few(pair.spec, len(tried), len(made))
        silent = says_nothing(pair.spec, tried, both_answer(pair.first, pair.second))
        problem = few_told(len(tried), len(made)) if few else UNANSWERED if silent else ""
        return replace(found, apart=len(differing), problem=problem, silent=silent and not few)
    answers = both_answer(pair.first, pair.second)
    first = next(filter(answers, telling), telling[0])
    args = pair.smallest(
        first,
        lambda each: not pair.agree(each) and counts(each) and answers(each) >= answers(first),
    )
    if pair.guilty(args):  # which is smaller than all that were tried
        return _blamed(found, pair, sides, [args])
    return _voted(_told(found, pair, args), pair, sides, sessions, args)


def _breaches(pair: Pair, tried: Sequence[Args], differing: Sequence[Args]) -> list[Args]:
    """The inputs on which a rule is broken; those first on which the other's answer is right.

    Where both answer alike that counts too: else one breach would bear out the other.
    """
    found = [args for args in differing if pair.guilty(args)]
    found += [args for args in tried if pair.patient and pair.guilty(args)]
    return sorted(found, key=lambda args: len(pair.guilty(args)))


def _blamed(
    found: Equivalence, pair: Pair, sides: tuple[Side, Side], breaches: Sequence[Args]
) -> Equivalence:
    guilty = pair.guilty(breaches[0])
    wrong, other = guilty[0], 1 - guilty[0]
    args = pair.smallest(breaches[0], lambda each: pair.guilty(each) == guilty)
    why = fault(pair.sessions[wrong], pair.claims, args)
    theirs = (fault(pair.sessions[other], pair.claims, each) for each in (args, *breaches))
    too = next((each for each in theirs if each is not None), None)
    return replace(_told(found, pair, args), wrong=sides[wrong].target, why=why, too=too)


def _differing(pair: Pair, made: Sequence[Args]) -> tuple[list[Args], list[Args], int]:
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
    pair: Pair,
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


def _told(found: Equivalence, pair: Pair, args: Args) -> Equivalence:
    said = (said_of(pair.first.answer(args)), said_of(pair.second.answer(args)))
    return replace(found, difference=Difference(args, said))


def _voted(
    found: Equivalence,
    pair: Pair,
    sides: tuple[Side, Side],
    sessions: list[Session],
    args: Args,
) -> Equivalence:
    voters = [
        each for each in sessions[2:] if each.takes(args) and fault(each, pair.claims, args) is None
    ]
    heard = (*pair.sessions, *voters)
    votes = [sum(agree(each, voter, args) for voter in heard) for each in pair.sessions]
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
