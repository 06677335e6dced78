"""One mirror to derive, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hatch_intent.freshness import Freshness
from hatch_intent.mirrors.plan import Mirror
from hatch_intent.spec.model import Spec


@dataclass(frozen=True)
class Task:
    """A mirror that is due, and all that it follows from."""

    mirror: Mirror
    module: Freshness
    spec: Spec
    code: str
    """The locked module's."""
    uses: Mapping[str, str]
    """Name to code of what the module is built on."""


@dataclass(frozen=True)
class Derived:
    """A mirror's text, what it was derived with, and code in the module's language that it is."""

    task: Task
    text: str
    tool: str
    code: str
