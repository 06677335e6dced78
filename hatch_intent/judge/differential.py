"""Whether candidates that all pass are the same function: a difference is a hole in the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import difference
from hatch_intent.judge.examples import Unsafe
from hatch_intent.judge.inputs import Args, identity
from hatch_intent.judge.likeness import Likeness
from hatch_intent.judge.properties import (
    DEAR,
    Claims,
    alike,
    made_up,
    obstacle,
    says_nothing,
    smallest_input,
)
from hatch_intent.judge.session import Answer, Session
from hatch_intent.spec.digest import by_value
from hatch_intent.spec.model import Json, Spec

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge

SHRINKS = 300
"""Calls that may go into making one input smaller."""
TRIED = 200
"""Inputs that are made up: as many as where modules are checked, so that they are there already."""
_TOLD = 200
"""Inputs beyond those, at most, that are looked through for what is worth telling."""
_FEW = 20
"""Inputs like the examples', below which all inputs are compared on."""
UNANSWERED = "they raise on nearly all made-up inputs beyond the examples"
ENOUGH = 4
"""One in so many inputs has to have the same answer from candidates that are alike."""


@dataclass(frozen=True)
class Said:
    """What one group answers: a value, a builtin exception's name, or how else it ended."""

    value: Json = None
    raised: str = ""
    ended: str = ""
    """Such as "timeout"; then no example can say so."""

    def is_as(self, other: Said) -> bool:
        """The same by the judge's comparison, for which true isn't 1."""
        if (self.raised, self.ended) != (other.raised, other.ended):
            return False
        return difference(self.value, other.value) is None


@dataclass(frozen=True)
class Difference:
    """An input that tells groups apart; `said` has one answer for each group, in order."""

    args: Args
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Behaviour:
    """`groups` hold the candidates' places, each group alike on all inputs, largest first.

    All inputs are those that two candidates both came to in time. For any two groups one of
    `differences` tells them apart, in as small an input as was found; none does where one gave
    up on what the others differ on. `problem` says why candidates could not be compared: any at
    all, and there is one group; or those that are alone, and there are several. The largest
    group is `silent` where hardly an input gets a value from two of it: raising alike bears
    nobody out.
    """

    inputs: int
    groups: tuple[tuple[int, ...], ...]
    differences: tuple[Difference, ...] = ()
    problem: str = ""
    silent: bool = False
    beyond: Difference | None = None
    """Where all behave alike on what counts: what two of them answer otherwise to, among inputs
    unlike the examples'. `said` has one answer for each candidate of the group, in order."""

    @property
    def agreed(self) -> int:
        """How many candidates are in the largest group."""
        return len(self.groups[0]) if self.groups else 0

    @property
    def majority(self) -> bool:
        """Whether two or more behave alike, and most do."""
        total = sum(map(len, self.groups))
        return not self.hopeless and self.agreed > 1 and 2 * self.agreed > total

    @property
    def settled(self) -> bool:
        """Whether the majority's word counts: they answer, and don't only raise alike."""
        return self.majority and not self.silent

    @property
    def hopeless(self) -> bool:
        """Whether no further candidate could be compared either."""
        return bool(self.problem) and len(self.groups) == 1 and not self.silent

    def between(self, one: int, other: int) -> Difference | None:
        """What tells two groups apart, by their places in `groups`."""
        telling = (each for each in self.differences if not each.said[one].is_as(each.said[other]))
        return next(telling, None)


def compare_behaviour(
    judge: Judge,
    spec: Spec,
    codes: Sequence[str],
    *,
    inputs: int = TRIED,
    target: str = "py",
    uses: Mapping[str, str] | None = None,
) -> Behaviour:
    """Run candidates that have passed on the same made-up inputs, and group those alike.

    Of `inputs` made up, those count that are like the examples' inputs.
    `target` and `uses` as of `Judge.check`. Raises `CheckFailed` when the sandbox doesn't hold.
    """
    everyone = tuple(range(len(codes)))
    problem = obstacle(spec, inputs)
    if problem:
        return Behaviour(0, (everyone,), (), problem)
    made = compared_on(spec, inputs)
    try:
        with ExitStack() as open_sessions:
            sessions = [
                open_sessions.enter_context(judge.session(code, spec, uses, target))
                for code in codes
            ]
            for each in sessions:
                each.reach(made)
            groups = _groups(sessions, made)
            speakers = [sessions[group[0]] for group in groups]
            differences = _differences(spec, inputs, made, speakers)
            reached = min(sessions[place].reached for place in groups[0])
            silent = _silent([sessions[place] for place in groups[0]], made[:reached])
            problem = UNANSWERED if silent else ""
            if len(groups) > 1:
                problem = "" if differences else _slow(sessions, made)
            beyond = None
            if len(groups) == 1 and not silent and len(set(codes)) > 1:
                beyond = _beyond(spec, inputs, sessions, made)
            return Behaviour(reached, groups, differences, problem, silent, beyond)
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None


def _silent(group: Sequence[Session], made: Sequence[Args]) -> bool:
    """Whether hardly an input has a value from two of those alike."""

    def valued(args: Args) -> bool:
        return sum(each.answer(args).result.passed for each in group) > 1

    return len(group) > 1 and says_nothing(group[0].spec, made, valued)


def _beyond(
    spec: Spec, number: int, sessions: Sequence[Session], counted: Sequence[Args]
) -> Difference | None:
    """An input that doesn't count, as small as can be, to which two give different values."""
    known = set(map(identity, counted))
    for each in sessions:
        each.extend()
    most = sessions[0].asked + _TOLD

    def split(args: Args) -> bool:
        if sessions[0].asked >= most or not all(each.patient for each in sessions):
            return False
        values = [each.answer(args).result for each in sessions]
        first, *others = [each for each in values if each.passed] or values[:1]
        return any(not alike(first, other, sessions[0].tolerance) for other in others)

    rest = (args for args in made_up(spec, number) if identity(args) not in known)
    found = next(filter(split, rest), None)
    if found is None:
        return None
    most += SHRINKS
    args = smallest_input(spec, number, split) or found
    return Difference(args, tuple(said_of(each.answer(args)) for each in sessions))


def _slow(sessions: Sequence[Session], made: Sequence[Args]) -> str:
    tried = made[: min(each.reached for each in sessions)]
    told = sum(not any(each.gives_up(args) for each in sessions) for args in tried)
    return few_told(told, len(made))


def few_told(told: int, made: int) -> str:
    """Why modules that answer so few inputs can't be compared."""
    return f"only {told} of {made} made-up inputs are answered in time"


def too_few(spec: Spec, told: int, made: int) -> bool:
    """Whether so few of the inputs that were made up say nothing."""
    return told < min(made, len(spec.examples) + ENOUGH)


def compared_on(spec: Spec, number: int) -> tuple[Args, ...]:
    """The made-up inputs on which candidates are compared."""
    made = made_up(spec, number)
    return tuple(filter(which_count(spec, made), made))


def which_count(spec: Spec, made: Sequence[Args]) -> Callable[[Args], bool]:
    """On which inputs right functions may not differ: those like the examples', if enough are."""
    likeness = Likeness.of(spec)
    few = sum(map(likeness.has, made)) < _FEW
    return lambda args: few or likeness.has(args)


def _groups(sessions: list[Session], made: tuple[Args, ...]) -> tuple[tuple[int, ...], ...]:
    """Those alike, largest group first.

    Who joins a group is like all of it. Who answers most comes first, so that nobody joins two
    who differ by having no answer where they do; who is like several groups is taken for none of
    them.
    """

    def alike(group: list[int], place: int) -> bool:
        return all(_alike(sessions[each], sessions[place], made) for each in group)

    gaps = [
        -sum(each.answer(args).result.passed for args in made[: each.reached]) for each in sessions
    ]
    groups: list[list[int]] = []
    for place in sorted(range(len(sessions)), key=gaps.__getitem__):
        like = [each for each in groups if alike(each, place)]
        if len(like) == 1:
            like[0].append(place)
        else:
            groups.append([place])
    return tuple(sorted(map(tuple, groups), key=lambda group: (-len(group), group)))


def _alike(one: Session, other: Session, made: tuple[Args, ...]) -> bool:
    """The same answer wherever the spec asks for one, and often enough.

    What is to come of an input that the spec says nothing about (a length beyond the end, two
    lists that should be as long as each other) is anybody's guess, so that one may raise where
    the other answers, or something else than the other does; but a function that mostly gives
    up is like no other. Inputs beyond the examples that either needs too much for tell nothing;
    where there are any, the rest has to be the same without exception.
    """
    tried = _tried(one, other, made)
    told = [args for args in tried if not _gives_up(one, other, args)]
    if too_few(one.spec, len(told), len(made)):
        return False
    differing = [args for args in told if not _agree(one, other, args)]
    if differing and (says_what_raises(one.spec) or len(told) < len(tried)):
        return False
    if not all(anybodys_guess(one.answer(args), other.answer(args)) for args in differing):
        return False
    return (len(told) - len(differing)) * ENOUGH >= len(told)


def _tried(one: Session, other: Session, made: tuple[Args, ...]) -> tuple[Args, ...]:
    """What both came to in their time; a third that is slower keeps nothing from them."""
    return made[: min(one.reached, other.reached)]


def anybodys_guess(one: Answer, other: Answer) -> bool:
    """Whether an exception makes the difference, which counts only where the spec says so."""
    return {"raised"} <= {one.result.status, other.result.status} <= {"passed", "raised"}


def says_what_raises(spec: Spec) -> bool:
    """Whether the spec tells which inputs the function is for, or what it raises."""
    return bool(Claims.of(spec).requires) or any(each.raises for each in spec.examples)


def _agree(one: Session, other: Session, args: Args) -> bool:
    first, second = one.answer(args), other.answer(args)
    same = alike(first.result, second.result, one.tolerance)
    return same and first.raised == second.raised


def _gives_up(one: Session, other: Session, args: Args) -> bool:
    return one.gives_up(args) or other.gives_up(args)


def _apart(one: Session, other: Session, args: Args) -> bool:
    return not _gives_up(one, other, args) and not _agree(one, other, args)


def _differences(
    spec: Spec, number: int, made: tuple[Args, ...], speakers: list[Session]
) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for place, one in enumerate(speakers):
        for other in speakers[:place]:
            if any(_apart(one, other, each.args) for each in found):
                continue
            args = _smallest(spec, number, made, other, one)
            if args is not None:
                said = tuple(said_of(speaker.answer(args)) for speaker in speakers)
                found.append(Difference(args, said))
    return tuple(found)


def _smallest(
    spec: Spec, number: int, made: tuple[Args, ...], one: Session, other: Session
) -> Args | None:
    """The smallest input that tells them apart; None where one is like both that differ."""
    differing = [args for args in _tried(one, other, made) if _apart(one, other, args)]
    if not differing:
        return None
    first = next(filter(both_answer(one, other), differing), differing[0])
    if any(each.answer(first).result.status in DEAR for each in (one, other)):
        return first
    most = one.asked + SHRINKS
    one.extend()
    other.extend()
    likeness = Likeness.of(spec)
    like, answering = likeness.has(first), both_answer(one, other)

    def differ(args: Args) -> bool:
        patient = one.asked < most and one.patient and other.patient
        if args != first and not (patient and likeness.has(args) >= like):
            return False
        return _apart(one, other, args) and answering(args) >= answering(first)

    return smallest_input(spec, number, differ) or first


def both_answer(one: Session, other: Session) -> Callable[[Args], bool]:
    """Tells whether neither raises nor ends in another way."""
    return lambda args: one.answer(args).result.passed and other.answer(args).result.passed


def said_of(answer: Answer) -> Said:
    if answer.raised:
        return Said(raised=answer.raised)
    if answer.result.passed:
        return Said(value=by_value(answer.result.got))
    return Said(ended=answer.result.status)
