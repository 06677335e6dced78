"""What a spec says, once read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hatch_intent.spec.types import Type

Json = Any
"""None, bool, int, float, str, or a list or str-keyed dict of these."""


@dataclass(frozen=True)
class Parameter:
    """One argument of the function; an optional one may be left out of a call."""

    name: str
    type: Type
    optional: bool = False
    default: Json = None
    """What an optional one is when it is left out."""


@dataclass(frozen=True)
class Signature:
    parameters: tuple[Parameter, ...]
    returns: Type


@dataclass(frozen=True)
class Example:
    """One call and what must come of it: a value, or an exception's class.

    `args` maps parameter names to values in the signature's order; optional parameters may
    be missing. `raises` is the name of a builtin exception, or None when a value is expected.
    `tolerance` is relative and absolute at once, for numbers anywhere in the answer; None
    means the default of 1e-9 relative.
    """

    line: int
    args: dict[str, Json]
    out: Json = None
    raises: str | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Property:
    """A statement about every call, as the author wrote it; `line` counts from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class Spec:
    """A spec file that has no problem left.

    `path` is relative to the project's root, with forward slashes. `intent_digest` covers
    description, signature, constraints, uses, requires and name; `checks_digest` covers
    examples and properties; both are hex SHA-256 of the canonical content.
    """

    path: str
    name: str
    targets: tuple[str, ...]
    description: str
    signature: Signature
    constraints: tuple[str, ...]
    examples: tuple[Example, ...]
    properties: tuple[Property, ...]
    uses: tuple[str, ...]
    requires: tuple[str, ...]
    model: str | None
    intent_digest: str
    checks_digest: str
