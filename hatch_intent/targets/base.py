"""What a language has to know how to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hatch_intent.spec.model import Example, Json, Spec


class CodeError(ValueError):
    """Code that no module can be made of; the message is one line."""


@dataclass(frozen=True)
class Origin:
    """Where a module comes from: what its header says.

    `author` is "model NAME" or "hand". The digests are the spec's own.
    """

    spec_path: str
    intent_digest: str
    checks_digest: str
    author: str


class Target(Protocol):
    """One language. All methods are pure: the same arguments give the same text."""

    @property
    def name(self) -> str:
        """What specs and settings call it: `py`."""

    @property
    def suffix(self) -> str:
        """Of its files: `.py`."""

    @property
    def language(self) -> str:
        """For people and prompts: `Python`."""

    @property
    def fence(self) -> str:
        """The word behind the opening fence of a code block: `python`."""

    @property
    def opening(self) -> str:
        """The words that a function's first line begins with: `def`."""

    @property
    def allowed(self) -> str:
        """A sentence for prompts: what code may build on."""

    @property
    def documentation(self) -> str:
        """What code is asked to go without, in prompts: `a docstring`."""

    @property
    def openers(self) -> tuple[str, ...]:
        """How a line may begin that starts a piece of code amid prose."""

    def def_line(self, spec: Spec) -> str:
        """The one line that opens the function, with all types."""

    def exports(self, spec: Spec) -> tuple[str, ...]:
        """What other modules may import, sorted: the function and its record types."""

    def sketch(self, spec: Spec, text: str) -> str:
        """Record types and the function without a body; `text` is its documentation, if any."""

    def call(self, spec: Spec, example: Example) -> str:
        """An example's call as an expression."""

    def claim(self, spec: Spec, example: Example) -> str:
        """An example as a test in the language's own words."""

    def raising(self, error: str) -> str:
        """What a call does that ends in a builtin exception of Python's: `raise ValueError`."""

    def literal(self, value: Json) -> str:
        """A JSON value as an expression."""

    def parses(self, code: str) -> bool:
        """Whether the code has no syntax error and defines anything at all."""

    def defines(self, spec: Spec, code: str) -> bool:
        """Whether the code parses and holds the spec's function under its very name."""

    def bare(self, spec: Spec, code: str) -> str:
        """The code without what `render` adds, for a prompt: mended, nothing that isn't needed."""

    def render(self, spec: Spec, code: str, origin: Origin) -> str:
        """The module as shipped. Raises `CodeError`. Rendering its own output changes nothing."""

    def package_init(self, names: Mapping[str, Sequence[str]]) -> str:
        """The package file that re-exports `names`: module name to exported names."""
