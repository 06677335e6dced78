"""A module's answers to the examples, one call at a time, each compared in the builder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hatch_intent.judge import protocol, workers
from hatch_intent.judge.compare import difference, show
from hatch_intent.judge.protocol import encode
from hatch_intent.judge.verdict import CallResult, Status
from hatch_intent.judge.workers import Reply, Worker
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.model import Example, Spec

_LOST_WORKERS = 2
"""So many calls may end their worker; the rest is then not called."""
_FRAMES = 20
_LINE = 300


class LoadFailed(Exception):  # noqa: N818 - a finding about a module
    """The module can't be imported: one line, and a status that tells the kind."""

    def __init__(self, status: Status, message: str) -> None:
        self.status = status
        super().__init__(message)


class Unsafe(Exception):  # noqa: N818 - the worker refused to run the module
    """A layer of the sandbox that is required does not hold in a worker."""


@dataclass(frozen=True)
class Module:
    """Checked source, ready to be loaded by a worker."""

    spec: Spec
    source: str
    preload: tuple[tuple[str, tuple[str, ...]], ...]
    """Module name, and the folders beyond the standard library to find it in."""
    uses: tuple[tuple[str, str], ...]
    """Name and source of every module it imports from, dependencies first."""

    @property
    def target(self) -> str:
        """The language that it is in."""
        return "py"

    @property
    def file(self) -> str:
        return f"<{self.spec.name}>"

    @property
    def packages(self) -> bool:
        """Whether it, or what it uses, may import more than the standard library."""
        return bool(self.spec.requires) or any(folders for _, folders in self.preload)

    def question(self, example: Example) -> bytes:
        """What a worker is asked for one call."""
        return _question(example, self.spec)

    def ask(self, worker: Worker, body: bytes, seconds: float) -> Reply:
        """A worker's reply, in the words of Python's workers."""
        return worker.ask(body, seconds)

    def takes(self, args: dict[str, Any]) -> bool:  # noqa: ARG002 - of other languages
        """Whether the language can be given these arguments."""
        return True

    def death(self, how: str) -> tuple[Status, str]:
        """What it means that a worker has ended like this."""
        return _death(how)

    def job(self, call_timeout: float, memory: int) -> bytes:
        seconds = (len(self.spec.examples) + 1) * call_timeout
        return encode(
            {
                "probe": False,
                "name": self.spec.name,
                "source": self.source,
                "file": self.file,
                "preload": self.preload,
                "uses": self.uses,
                "cpu_seconds": math.ceil(seconds) + 1,
                "memory": memory,
            }
        )


class Calls:
    """Calls one module in a worker, and in another one when the first is lost."""

    def __init__(
        self, module: Module, fork: Callable[[], Worker], call_timeout: float, memory: int
    ) -> None:
        self._module = module
        self._fork = fork
        self._timeout = call_timeout
        self._job = module.job(call_timeout, memory)
        self._worker: Worker | None = None
        self._lost = 0

    def results(self, examples: Iterable[Example]) -> Iterator[CallResult]:
        """One result per example, in the order given. LoadFailed when it can't be loaded."""
        try:
            for example in examples:
                yield self._result(example)
        finally:
            self.drop()

    def load(self) -> Worker:
        """The worker that has loaded the module; LoadFailed when none can."""
        if self._worker is not None:
            return self._worker
        worker = self._worker = self._fork()
        patience = self._timeout + (_REQUIRES_SECONDS if self._module.packages else 0)
        reply = self._module.ask(worker, self._job, patience)
        problem = _load_problem(reply, self._module.source)
        if problem is None:
            return worker
        how = self.end(reply)
        if problem.status == "died":
            status, message = self._module.death(how)
            raise LoadFailed(status, f"importing it: {message}")
        raise problem

    def end(self, reply: Reply) -> str:
        """End the worker that gave this reply; how it ended by itself, if it did."""
        worker, self._worker = self._worker, None
        return worker.end(dying=reply.kind == workers.DIED) if worker is not None else ""

    def drop(self) -> None:
        """End the worker without asking how it fared."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.drop()

    def _result(self, example: Example) -> CallResult:
        if self._lost >= _LOST_WORKERS:
            return CallResult(example, "died", error="not called: earlier calls ended the process")
        module = self._module
        reply = module.ask(self.load(), module.question(example), self._timeout)
        if reply.kind not in (workers.TIMEOUT, workers.DIED, workers.BROKEN):
            return judge(reply, example, self._module)
        how = self.end(reply)
        self._lost += 1
        if reply.kind == workers.BROKEN:
            return CallResult(
                example, "protocol", error=f"wrote to the judge's pipe: {reply.value}"
            )
        if reply.kind == workers.TIMEOUT:
            return CallResult(example, "timeout", error=f"no answer within {self._timeout:g} s")
        status, error = self._module.death(how)
        return CallResult(example, status, error=error)


_REQUIRES_SECONDS = 60.0
"""More patience for loading a module that imports a package: numpy needs seconds."""


def _question(example: Example, spec: Spec) -> bytes:
    by_position: list[Any] = []
    by_name: dict[str, Any] = {}
    for parameter in spec.signature.parameters:
        if parameter.name not in example.args:
            continue
        value = example.args[parameter.name]
        if len(by_position) + len(by_name) == _place(parameter.name, spec) and not by_name:
            by_position.append(value)
        else:
            by_name[parameter.name] = value
    return encode({"by_position": by_position, "by_name": by_name})


def _place(name: str, spec: Spec) -> int:
    return [parameter.name for parameter in spec.signature.parameters].index(name)


def judge(reply: Reply, example: Example, module: Module) -> CallResult:
    """What one answer comes to, beside the expected one."""
    if reply.kind == protocol.RAISED:
        return _raised(reply.value, example, module)
    if reply.kind == protocol.UNFIT:
        problem = line(reply.value)
        status: Status = "large" if problem.startswith(protocol.TOO_LARGE) else "type"
        return CallResult(example, status, error=f"the answer: {problem}")
    if reply.kind not in (protocol.ANSWER, protocol.MUTATED) or not _is_answer(reply.value):
        return CallResult(example, "protocol", error="wrote to the judge's pipe: no answer")
    got, tried = reply.value["value"], line(reply.value["tried"])
    if tried:
        return CallResult(example, "forbidden", got, f"tried to {tried}")
    if example.raises is not None:
        return CallResult(example, "wrong", got, f"expected {example.raises}, got {show(got)}")
    found = difference(example.out, got, example.tolerance)
    if found:
        return CallResult(example, "wrong", got, found)
    unfit = misfit(got, module.spec.signature.returns)
    if unfit:
        return CallResult(example, "type", got, f"not of the declared type: {unfit}")
    if reply.kind == protocol.MUTATED:
        return CallResult(example, "mutated", got, "changed an argument; work on a copy")
    return CallResult(example, "passed", got)


def _is_answer(value: Any) -> bool:
    return type(value) is dict and value.keys() == {"value", "tried"}


@dataclass(frozen=True)
class _Exception:
    """An exception as a worker reports it, made harmless."""

    classes: tuple[str, ...]
    text: str
    frames: tuple[str, ...]
    tried: str
    refused: bool


def _raised(value: Any, example: Example, module: Module) -> CallResult:
    error = _exception(value, module.source)
    if error.tried or error.refused:
        return CallResult(example, "forbidden", None, _refusal(error), error.frames)
    if example.raises is not None and example.raises in error.classes:
        return CallResult(example, "passed")
    status: Status = "memory" if "MemoryError" in error.classes else "raised"
    text = error.text
    if example.raises is not None:
        text = f"expected {example.raises}, got {text}"
    return CallResult(example, status, None, text, error.frames)


def _refusal(error: _Exception) -> str:
    return f"tried to {error.tried}" if error.tried else f"was refused by the sandbox: {error.text}"


def _exception(value: Any, source: str) -> _Exception:
    fields = value if type(value) is dict else {}
    named = fields.get("classes")
    classes = tuple(line(name) for name in named[:_FRAMES]) if type(named) is list else ()
    name = classes[0].rpartition(".")[2] if classes else "an exception"
    message = line(fields.get("message", ""))
    return _Exception(
        classes,
        f"{name}: {message}" if message else name,
        _frames(fields.get("lines"), source),
        line(fields.get("tried", "")),
        fields.get("refused") is True,
    )


def _frames(numbers: Any, source: str) -> tuple[str, ...]:
    lines = source.splitlines()
    return tuple(
        f"line {number}: {lines[number - 1].strip()}"
        for number in (numbers[:_FRAMES] if type(numbers) is list else ())
        if type(number) is int and 0 < number <= len(lines)
    )


def line(text: Any) -> str:
    """Text from a worker on one line, without a control character, cut when long."""
    if type(text) is not str:
        return ""
    text = text[: _LINE + 1]  # a hostile worker can send a million of them
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= _LINE else shown[: _LINE - 1] + "…"


def _load_problem(reply: Reply, source: str) -> LoadFailed | None:
    if reply.kind == protocol.LOADED:
        tried = line(reply.value.get("tried")) if type(reply.value) is dict else ""
        return LoadFailed("forbidden", f"importing it tried to {tried}") if tried else None
    if reply.kind == protocol.UNSAFE:
        raise Unsafe(line(reply.value))
    if reply.kind == protocol.UNFIT:
        return LoadFailed("raised", line(reply.value))
    if reply.kind == protocol.RAISED:
        return _import_raised(_exception(reply.value, source))
    if reply.kind == workers.TIMEOUT:
        return LoadFailed("timeout", "importing it took too long")
    if reply.kind == workers.DIED:
        return LoadFailed("died", "importing it ended the process")
    return LoadFailed("protocol", "wrote to the judge's pipe while it was imported")


def _import_raised(error: _Exception) -> LoadFailed:
    where = f" at {error.frames[-1]}" if error.frames else ""
    if error.tried or error.refused:
        return LoadFailed("forbidden", f"importing it {_refusal(error)}{where}")
    status: Status = "memory" if "MemoryError" in error.classes else "raised"
    return LoadFailed(status, f"importing it raised {error.text}{where}")


def _death(how: str) -> tuple[Status, str]:
    if how == "SIGXCPU":
        return "timeout", "used up its processor time"
    if how == "SIGKILL":
        return "memory", "the system ended the process, most likely for its memory"
    if how == "SIGSEGV":
        return "died", "the process crashed (SIGSEGV), most likely by endless recursion"
    return "died", f"the process ended without an answer ({how or 'cause unknown'})"
