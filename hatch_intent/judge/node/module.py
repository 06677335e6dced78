"""A JavaScript module as the judge's gates see it: what node is asked, and what it says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from hatch_intent.judge import protocol
from hatch_intent.judge.examples import Module, line
from hatch_intent.judge.node.parameters import parameter_problem
from hatch_intent.judge.protocol import encode
from hatch_intent.judge.verdict import Status
from hatch_intent.judge.workers import Reply, Worker
from hatch_intent.spec.model import Example, Json
from hatch_intent.targets.javascript_errors import python_errors

_LARGEST = 2**53 - 1
_HEAD = 4000  # characters of a function's text, as many as a worker sends
_CLASSES = 20  # of an error, same
_CRASHES = ("SIGABRT", "SIGILL", "SIGSEGV", "SIGTRAP", "SIGBUS")


@dataclass(frozen=True)
class JavascriptModule(Module):
    """Source of an ES module that exports the spec's function."""

    @property
    def target(self) -> str:
        return "js"

    def job(self, call_timeout: float, memory: int) -> bytes:  # noqa: ARG002 - set from outside
        return encode(
            {
                "name": self.spec.name,
                "source": self.source,
                "file": self.file,
                "uses": self.uses,
                "allowed": self.spec.uses,
            }
        )

    def question(self, example: Example) -> bytes:
        names = [parameter.name for parameter in self.spec.signature.parameters]
        while names and names[-1] not in example.args:
            names.pop()
        args = [example.args.get(name) for name in names]
        missing = [place for place, name in enumerate(names) if name not in example.args]
        return encode({"args": args, "missing": missing})

    def ask(self, worker: Worker, body: bytes, seconds: float) -> Reply:
        reply = worker.ask(body, seconds)
        fields = reply.value if type(reply.value) is dict else {}
        if reply.kind == protocol.RAISED:
            return Reply(reply.kind, {**fields, **self._in_python(fields)})
        if reply.kind == protocol.LOADED:
            kind, head = line(fields.get("kind")), fields.get("head")
            problem = parameter_problem(self.spec, kind, head[:_HEAD] if type(head) is str else "")
            return Reply(protocol.UNFIT, problem) if problem else reply
        return reply

    def takes(self, args: dict[str, Json]) -> bool:
        """Every number in the arguments is the same number in JavaScript."""
        return inexact(args) is None

    def death(self, how: str) -> tuple[Status, str]:
        if how in _CRASHES:
            return "memory", "node gave up, most likely for its memory"
        return super().death(how)

    def _in_python(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The class names with Python's for them, and the lines of the module in the stack."""
        named = fields.get("classes")
        classes = (
            [name for name in named if type(name) is str][:_CLASSES] if type(named) is list else []
        )
        wanted = {each.raises for each in self.spec.examples if each.raises}
        message = line(fields.get("message"))
        stack = fields.get("stack")
        found = re.findall(
            rf"{re.escape(self.file)}:(\d{{1,7}})", stack if type(stack) is str else ""
        )
        return {
            "classes": [*classes, *python_errors(classes, message, sorted(wanted))],
            "lines": [int(number) for number in reversed(found)],
        }


def inexact(value: Json) -> int | None:
    """An integer in the value that JavaScript would round, if there is one."""
    if type(value) is int and abs(value) > _LARGEST:
        return None if _is_double(value) else value
    parts = value.values() if type(value) is dict else value if type(value) is list else ()
    return next((found for part in parts if (found := inexact(part)) is not None), None)


def _is_double(value: int) -> bool:
    try:
        number = float(value)
    except OverflowError:
        return False
    return math.isfinite(number) and int(number) == value
