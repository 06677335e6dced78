"""Whether candidates that all pass are the same function: a difference is a hole in the spec."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatch_intent.errors import CheckFailed
from hatch_intent.judge.compare import difference
from hatch_intent.judge.examples import Unsafe
from hatch_intent.judge.properties import DEAR, alike, made_up, obstacle, smallest_input
from hatch_intent.judge.session import Answer, Session
from hatch_intent.judge.strategies import Args
from hatch_intent.spec.digest import by_value
from hatch_intent.spec.model import Json, Spec

if TYPE_CHECKING:
    from hatch_intent.judge.check import Judge

_SHRINKS = 300
"""Calls that may go into making one input smaller."""


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

    For any two groups one of `differences` tells them apart, in as small an input as was
    found. `problem` says why nothing could be compared; there is then one group.
    """

    inputs: int
    groups: tuple[tuple[int, ...], ...]
    differences: tuple[Difference, ...] = ()
    problem: str = ""

    @property
    def agreed(self) -> int:
        """How many candidates are in the largest group."""
        return len(self.groups[0]) if self.groups else 0

    def between(self, one: int, other: int) -> Difference | None:
        """What tells two groups apart, by their places in `groups`."""
        telling = (each for each in self.differences if not each.said[one].is_as(each.said[other]))
        return next(telling, None)


def compare_behaviour(
    judge: Judge,
    spec: Spec,
    codes: Sequence[str],
    *,
    inputs: int = 100,
    uses: Mapping[str, str] | None = None,
) -> Behaviour:
    """Run candidates that have passed on the same made-up inputs, and group those alike.

    `uses` as of `Judge.check`. Raises `CheckFailed` when the sandbox doesn't hold.
    """
    everyone = tuple(range(len(codes)))
    problem = obstacle(spec, inputs)
    if problem:
        return Behaviour(0, (everyone,), (), problem)
    made = made_up(spec, inputs)
    try:
        with ExitStack() as open_sessions:
            sessions = [
                open_sessions.enter_context(judge.session(code, spec, uses)) for code in codes
            ]
            groups = _groups(sessions, made)
            speakers = [sessions[group[0]] for group in groups]
            return Behaviour(len(made), groups, _differences(spec, inputs, speakers))
    except Unsafe as unsafe:
        raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None


def _groups(sessions: list[Session], made: tuple[Args, ...]) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = []
    for place, session in enumerate(sessions):
        for group in groups:
            speaker = sessions[group[0]]
            if all(_agree(speaker, session, args) for args in made):
                group.append(place)
                break
        else:
            groups.append([place])
    return tuple(sorted(map(tuple, groups), key=lambda group: (-len(group), group)))


def _agree(one: Session, other: Session, args: Args) -> bool:
    first, second = one.answer(args), other.answer(args)
    return alike(first.result, second.result) and first.raised == second.raised


def _differences(spec: Spec, number: int, speakers: list[Session]) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for place, one in enumerate(speakers):
        for other in speakers[:place]:
            if all(_agree(one, other, each.args) for each in found):
                args = _smallest(spec, number, other, one)
                said = tuple(_said(speaker.answer(args)) for speaker in speakers)
                found.append(Difference(args, said))
    return tuple(found)


def _smallest(spec: Spec, number: int, one: Session, other: Session) -> Args:
    first = next(args for args in made_up(spec, number) if not _agree(one, other, args))
    if any(each.answer(first).result.status in DEAR for each in (one, other)):
        return first
    most = one.asked + _SHRINKS
    one.extend()
    other.extend()

    def differ(args: Args) -> bool:
        patient = one.asked < most and one.patient and other.patient
        return (patient or args == first) and not _agree(one, other, args)

    return smallest_input(spec, number, differ) or first


def _said(answer: Answer) -> Said:
    if answer.raised:
        return Said(raised=answer.raised)
    if answer.result.passed:
        return Said(value=by_value(answer.result.got))
    return Said(ended=answer.result.status)


def example_line(args: Args, said: Said) -> str:
    """The example that settles it, as a spec has it; empty when none can."""
    if said.ended:
        return ""
    outcome = f"raises: {said.raised}" if said.raised else f"out: {spaced(said.value)}"
    return f"- in: {spaced(args)} {outcome}"


def spaced(value: Json) -> str:
    """JSON on one line as people write it, with spaces inside of braces."""
    if isinstance(value, dict):
        pairs = (f"{spaced(key)}: {spaced(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(spaced, value))}]"
    # ASCII where it could not be seen, or would end the line
    return json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()))
