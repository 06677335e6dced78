"""A module's answers to made-up calls, where nobody knows the right one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hatch_intent.judge import protocol, workers
from hatch_intent.judge.compare import tolerance_of
from hatch_intent.judge.examples import Calls, LoadFailed, Module, judge, line
from hatch_intent.judge.inputs import Args, identity
from hatch_intent.judge.likeness import Likeness
from hatch_intent.judge.verdict import EXHAUSTED, CallResult
from hatch_intent.judge.workers import Reply, Worker
from hatch_intent.spec.model import Example, Json
from hatch_intent.spec.names import exception_name

PATIENCE = 10
"""A session lasts as long as so many calls that each take all the time they may."""
_LOST_WORKERS = 3
_CLASSES = 20  # of an exception, as many as a worker names


@dataclass(frozen=True)
class Answer:
    """What came of a call: `result.passed` says that it is a value of the declared type.

    `raised` is the nearest builtin class of an exception; `foreseen` that an example has the
    function raise this, or what this is a kind of.
    """

    result: CallResult
    raised: str = ""
    foreseen: bool = False


class Session:
    """Calls one module in a worker of its own; each call once, in the order asked."""

    def __init__(
        self, module: Module, fork: Callable[[], Worker], call_timeout: float, memory: int
    ) -> None:
        # the worker's processor time is reckoned by examples
        room = (Example(0, {}),) * (3 * PATIENCE)
        roomy = replace(module, spec=replace(module.spec, examples=room))
        self.spec = module.spec
        self.tolerance = tolerance_of(module.spec)
        self._module = module
        self._calls = Calls(roomy, fork, call_timeout, memory)
        self._timeout = call_timeout
        self._answers: dict[str, Answer] = {}
        self._lost = 0
        self._likeness = Likeness.of(module.spec)
        self._spent: dict[str, CallResult] = {}
        self._until = time.monotonic() + PATIENCE * call_timeout
        self.reached = 0
        """How many inputs it came to in `reach`."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._calls.drop()

    @property
    def asked(self) -> int:
        """Calls so far."""
        return len(self._answers)

    @property
    def patient(self) -> bool:
        """There is time left for more calls."""
        return time.monotonic() < self._until

    def takes(self, args: Args) -> bool:
        """The module's language can be given these arguments."""
        return self._module.takes(args)

    def extend(self) -> None:
        """Give it its time once more."""
        self._until = time.monotonic() + PATIENCE * self._timeout

    def reach(self, inputs: Sequence[Args]) -> None:
        """Ask for these, as many as there is time for; the first in any case."""
        self.extend()
        for args in inputs:
            self.answer(args)
            self.reached += 1
            if not self.patient:
                return

    def answer(self, args: Args) -> Answer:
        """The answer to these arguments, by parameter's name."""
        key = identity(args)
        if key not in self._answers:
            self._answers[key] = self._answer(args)
        return self._answers[key]

    def gives_up(self, args: Args) -> bool:
        """Whether it needs too much time or memory for an input beyond the examples.

        That is no fault where no property says how far the function has to reach (the prime with
        the number 1,047,430). One input that is bigger, and one that is unlike, are enough: for
        others the function isn't called any more, which would cost as much each time.
        """
        return bool(self._excuse(self.answer(args).result))

    def _excuse(self, result: CallResult) -> str:
        """How the input of a call that needed too much is beyond the examples; empty for others."""
        exhausted = result.status in EXHAUSTED and not self.spec.properties
        return self._likeness.beyond(result.example.args) if exhausted else ""

    def _answer(self, args: Args) -> Answer:
        spent = self._spent.get(self._likeness.beyond(args)) if self._spent else None
        if spent is not None:
            error = f"not called: {spent.error} for another input beyond the examples"
            return Answer(replace(spent, example=Example(0, args), error=error))
        answer = self._ask(Example(0, args))
        excuse = self._excuse(answer.result)
        if excuse and answer.result.status != "large":  # which has cost nothing
            self._spent[excuse] = answer.result
        return answer

    def _ask(self, example: Example) -> Answer:
        if self._lost >= _LOST_WORKERS:
            error = "not called: earlier calls ended the process"
            return Answer(CallResult(example, "died", error=error, made_up=True))
        try:
            worker = self._calls.load()
        except LoadFailed as failure:
            result = CallResult(example, failure.status, error=str(failure), made_up=True)
            return Answer(result)
        reply = self._module.ask(worker, self._module.question(example), self._timeout)
        if reply.kind in (workers.TIMEOUT, workers.DIED, workers.BROKEN):
            return Answer(self._ended(reply, example))
        return self._judged(reply, example)

    def _ended(self, reply: Reply, example: Example) -> CallResult:
        how = self._calls.end(reply)
        self._lost += 1
        if reply.kind == workers.BROKEN:
            error = f"wrote to the judge's pipe: {reply.value}"
            return CallResult(example, "protocol", error=error, made_up=True)
        if reply.kind == workers.TIMEOUT:
            error = f"no answer within {self._timeout:g} s"
            return CallResult(example, "timeout", error=error, made_up=True)
        status, error = self._module.death(how)
        return CallResult(example, status, error=error, made_up=True)

    def _judged(self, reply: Reply, example: Example) -> Answer:
        # what came is taken for what was expected, so that all other gates have their say
        found = judge(reply, replace(example, out=_value(reply)), self._module)
        result = replace(found, example=example, made_up=True)
        if result.status != "raised":
            return Answer(result)
        raises = {each.raises for each in self.spec.examples if each.raises is not None}
        foreseen = any(
            judge(reply, replace(example, raises=name), self._module).passed for name in raises
        )
        return Answer(result, _builtin(reply), foreseen)


def _value(reply: Reply) -> Json:
    if reply.kind in (protocol.ANSWER, protocol.MUTATED) and type(reply.value) is dict:
        return reply.value.get("value")
    return None


def _builtin(reply: Reply) -> str:
    """The first builtin among the classes that the worker names."""
    named = reply.value.get("classes") if type(reply.value) is dict else None
    for name in named[:_CLASSES] if type(named) is list else ():
        found = exception_name(line(name))
        if found:
            return found
    return "Exception"
