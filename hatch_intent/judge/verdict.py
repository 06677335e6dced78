"""What the judge says of a module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hatch_intent.spec.model import Example, Json, Property, Spec

Status = Literal[
    "passed",
    "wrong",  # another value than expected
    "raised",  # an exception where a value was expected, or another exception
    "timeout",
    "memory",
    "large",  # an answer too large to be looked at
    "forbidden",  # tried something the sandbox refuses
    "mutated",  # changed an argument
    "unstable",  # another answer in reverse order, in a fresh worker or under another hash seed
    "type",  # the answer isn't of the declared type
    "died",  # the process ended without an answer
    "protocol",  # wrote to the judge's pipe
    "property",  # a property doesn't hold for a made-up input
]


EXHAUSTED = ("timeout", "memory", "large")
"""What comes of a call that needs more than it is given."""


@dataclass(frozen=True)
class CallResult:
    """What one call came to: an example's, or one with a made-up input.

    `got` is the answer as a decoded JSON value where there is one. `error` is one line for
    people and for the repair prompt: the exception with its message, or what was refused;
    `frames` are the traceback's lines inside the module, as "line N: source".

    `made_up` says that no one expects a value: `example` then holds the arguments alone, and
    `error` says what is wrong with what came. `broken` is the property that doesn't hold.
    """

    example: Example
    status: Status
    got: Json = None
    error: str = ""
    frames: tuple[str, ...] = ()
    made_up: bool = False
    broken: Property | None = None

    @property
    def passed(self) -> bool:
        return self.status == "passed"


@dataclass(frozen=True)
class Verdict:
    """The judge's word on one module.

    `problem` is empty or one line on a gate before the examples: the source doesn't parse,
    the signature differs, an import isn't allowed, or importing it failed. `results` has one
    entry per example, in the spec's order, whenever the module could be called at all.
    """

    passed: bool
    problem: str = ""
    results: tuple[CallResult, ...] = ()
    level: str = ""
    """The isolation that was reached, as `doctor` shows it."""
    generated: int = 0
    """Made-up inputs that were tried."""
    properties: int = 0
    """Statements that were looked at for them; 0 where hardly one was answered with a value."""
    raised: int = 0
    """Made-up inputs for which the function raised and the spec doesn't say that it mustn't."""
    counterexample: CallResult | None = None
    """The smallest made-up input that fails, as far as it could be made smaller."""

    @property
    def answered(self) -> int:
        """Made-up inputs that it had an answer to."""
        return self.generated - self.raised

    @property
    def passes(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def failures(self) -> tuple[CallResult, ...]:
        """The examples that fail; the counterexample when they all pass."""
        found = tuple(result for result in self.results if not result.passed)
        return found if found or self.counterexample is None else (self.counterexample,)


def show_call(spec: Spec, example: Example) -> str:
    """The call as a person would type it: `slugify("Ünï")`.

    Arguments by position in the signature's order; by name after an optional one that is
    left out.
    """
    shown: list[str] = []
    gap = False
    for parameter in spec.signature.parameters:
        if parameter.name not in example.args:
            gap = True
            continue
        value = show_value(example.args[parameter.name])
        shown.append(f"{parameter.name}={value}" if gap else value)
    return f"{spec.name}({', '.join(shown)})"


def show_value(value: Json) -> str:
    """A JSON value in Python's spelling, strings in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(show_value, value))}]"
    if isinstance(value, dict):
        pairs = (f"{show_value(key)}: {show_value(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)
