"""Gates beyond the examples: what must hold for every input, tried on made-up ones.

For each input: the answer has the declared type, no argument was changed, and every property
holds; a sample of them gets the same answers in a fresh process with another hash seed. An
exception is let pass when an example foresees its class, or when the spec states nothing
about such inputs: neither a property nor what it raises. Where a `requires` says which inputs
the function is for, no exception is let pass. Without properties, an input beyond the examples
that takes too much time or memory is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hatch_intent.judge.compare import difference, show
from hatch_intent.judge.expressions import Ask, holds
from hatch_intent.judge.inputs import Args, TooNarrow, identity, inputs, smallest
from hatch_intent.judge.operations import Unsettled
from hatch_intent.judge.session import Session
from hatch_intent.judge.verdict import CallResult, show_call
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.expression import ANSWER, Statement
from hatch_intent.spec.model import Example, Json, Property, Spec
from hatch_intent.spec.properties import about_inputs, parse_property

_SAMPLE = 20
_SHRINKS = 400
"""Calls that may go into making a counterexample smaller."""
DEAR = ("timeout", "memory", "died", "protocol")
"""What ends a worker, or may, so that inputs aren't made smaller by trying again."""

VALUES = 4
"""So many inputs beyond the examples have to have a value, where so many were made up."""

OpenSession = Callable[[int], Session]
"""A session under the first or the second hash seed."""


@dataclass(frozen=True)
class Claims:
    """A spec's properties, read: which inputs they are about, and what must hold."""

    requires: tuple[Statement, ...]
    statements: tuple[tuple[Property, Statement], ...]

    @classmethod
    def of(cls, spec: Spec) -> Claims:
        read = [
            (each, parse_property(each.text, spec.name, spec.signature)) for each in spec.properties
        ]
        return cls(
            tuple(statement for _, statement in read if statement.requires is not None),
            tuple(pair for pair in read if pair[1].requires is None),
        )


@dataclass(frozen=True)
class Trial:
    """What came of the made-up inputs; `problem` when the fault isn't the module's."""

    inputs: int = 0
    properties: int = 0
    raised: int = 0
    failure: CallResult | None = None
    problem: str = ""


def obstacle(spec: Spec, number: int) -> str:
    """Why this spec can't be tried on so many made-up inputs, whatever the module; or empty.

    `requires` refuses nearly all of them. One line.
    """
    try:
        made_up(spec, number)
    except TooNarrow as narrow:
        rules = [each for each in spec.properties if about_inputs(each.text)]
        place = f"{spec.path}:{rules[0].line}" if rules else spec.path
        return f'{place}  "requires" is too narrow: {narrow}; widen it, or add examples within it'
    return ""


def made_up(spec: Spec, number: int) -> tuple[Args, ...]:
    """The spec's inputs, always the same ones; raises `TooNarrow`."""
    return inputs(spec, number, _fits(spec))


def smallest_input(spec: Spec, number: int, fails: Callable[[Args], bool]) -> Args | None:
    """The smallest of the spec's inputs for which `fails`, as far as it can be found."""
    return smallest(spec, number, _fits(spec), fails)


def try_inputs(spec: Spec, number: int, open_session: OpenSession) -> Trial:
    """Try the module on so many made-up inputs, or until one fails."""
    problem = obstacle(spec, number)
    if problem:
        return Trial(problem=problem)
    claims = Claims.of(spec)
    with open_session(0) as session:
        made = tuple(args for args in made_up(spec, number) if session.takes(args))
        tried: list[Args] = []
        left_out = 0
        failure = None
        for args in made:
            if not session.patient:
                break
            if session.gives_up(args):
                left_out += 1
                continue
            tried.append(args)
            failure = fault(session, claims, args)
            if failure:
                session.extend()
                failure = _smaller(session, claims, number, failure)
                break
        failure = failure or _too_slow(made, len(tried), left_out)
        raised = sum(bool(session.answer(args).raised) for args in tried)
        if failure is None:
            with open_session(1) as other:
                failure = _unstable(session, other, tried)
    silent = says_nothing(spec, tried, lambda args: session.answer(args).result.passed)
    return Trial(len(tried), 0 if silent else len(claims.statements), raised, failure)


def says_nothing(spec: Spec, tried: Sequence[Args], valued: Callable[[Args], bool]) -> bool:
    """Whether hardly an input beyond the examples is `valued`.

    What raises wherever no example tells the answer keeps every rule, and is like all others
    that do: a table of the examples is such a function.
    """
    known = {identity(each.args) for each in spec.examples}
    beyond = [args for args in tried if identity(args) not in known]
    return sum(map(valued, beyond)) < min(VALUES, len(beyond))


def _too_slow(made: tuple[Args, ...], tried: int, left_out: int) -> CallResult | None:
    """A failure where hardly an input could be tried in time: else whoever is slow on what no
    example shows would be held to nothing."""
    if tried >= min(len(made) - left_out, _SAMPLE):
        return None
    error = f"so slow that only {tried} of {len(made)} made-up inputs could be tried"
    return CallResult(Example(0, made[tried + left_out]), "timeout", error=error, made_up=True)


def fault(session: Session, claims: Claims, args: Args) -> CallResult | None:
    """What is wrong with the module's answer to these arguments, or None."""
    answer = session.answer(args)
    result = answer.result
    if answer.raised and _may_raise(session.spec, claims, foreseen=answer.foreseen):
        return None
    if not result.passed:
        return result
    names = {**_filled(session.spec, args), ANSWER: result.got}
    for property_, statement in claims.statements:
        wrong = _wrong(statement, names, _asking(session))
        if wrong:
            example = replace(result.example, line=property_.line)
            error = f"{property_.text} {wrong}"
            return replace(
                result, example=example, status="property", error=error, broken=property_
            )
    return None


def _may_raise(spec: Spec, claims: Claims, *, foreseen: bool) -> bool:
    if claims.requires:
        return False
    silent = not claims.statements and all(each.raises is None for each in spec.examples)
    return foreseen or silent


def _wrong(statement: Statement, names: dict[str, Json], ask: Ask) -> str:
    try:
        return "" if holds(statement, names, ask) else "does not hold"
    except Unsettled as unsettled:
        return f"can't be worked out: {unsettled}"


def _asking(session: Session) -> Ask:
    def ask(args: Args) -> Json:
        call = show_call(session.spec, Example(0, args))
        for parameter in session.spec.signature.parameters:
            unfit = misfit(args.get(parameter.name), parameter.type)
            if parameter.name in args and unfit:
                raise Unsettled(f"{call} doesn't fit the signature: {parameter.name}: {unfit}")
        result = session.answer(args).result
        if not result.passed:
            raise Unsettled(f"{call} gives no answer: {result.error or result.status}")
        return result.got

    return ask


def _fits(spec: Spec) -> Callable[[Args], bool]:
    claims = Claims.of(spec)

    def fits(args: Args) -> bool:
        names = _filled(spec, args)
        try:
            return all(holds(statement, names) for statement in claims.requires)
        except Unsettled:
            return False

    return fits


def _filled(spec: Spec, args: Args) -> dict[str, Json]:
    """Every parameter's value, with the defaults of those that are left out."""
    return {each.name: each.default for each in spec.signature.parameters} | args


def _smaller(session: Session, claims: Claims, number: int, failure: CallResult) -> CallResult:
    """A failure of the same kind with the smallest input that is found in time."""
    if failure.status in DEAR:
        return failure
    most = session.asked + _SHRINKS

    def fails(args: Args) -> bool:
        if (session.asked >= most or not session.patient) and args != failure.example.args:
            return False
        found = fault(session, claims, args) if session.takes(args) else None
        return found is not None and _kind(found) == _kind(failure)

    args = smallest_input(session.spec, number, fails)
    return fault(session, claims, args) or failure if args is not None else failure


def _kind(failure: CallResult) -> tuple[str, Property | None]:
    return failure.status, failure.broken


def _unstable(session: Session, other: Session, made: Sequence[Args]) -> CallResult | None:
    step = max(1, len(made) // _SAMPLE)
    for args in reversed(made[::step]):
        if not other.patient:
            return None
        if other.gives_up(args):  # just within its time in one process, not quite in the other
            continue
        first, second = session.answer(args), other.answer(args)
        if not alike(first.result, second.result) or first.raised != second.raised:
            said = show(second.result.got) if second.result.passed else second.result.error
            error = f"then, in a fresh process with another hash seed: {said}"
            return replace(first.result, status="unstable", error=error)
    return None


def alike(first: CallResult, second: CallResult, tolerance: float | None = None) -> bool:
    """The same answer, or no answer of the same kind."""
    if first.status != second.status:
        return False
    return not first.passed or difference(first.got, second.got, tolerance) is None
