"""Whom a climb relies on: what judges, and what answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from hatch_intent.errors import ProviderError
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import Provider
from hatch_intent.spec.model import Spec


class Judges(Protocol):
    """Whoever can tell whether code does what its spec says."""

    def check(self, code: str, spec: Spec, target: str, uses: Mapping[str, str] | None) -> Verdict:
        """The verdict on a module; `target` is the target's name, `uses` as in `generate`."""

    def compare(
        self, codes: Sequence[str], spec: Spec, target: str, uses: Mapping[str, str] | None
    ) -> Behaviour:
        """How modules that have passed behave on the same made-up inputs."""


class Rungs(Protocol):
    """The configured providers, small to big, and which of them still answer."""

    def order(self, rung: int) -> Iterator[Provider]:
        """Usable providers from that rung upwards, then lower ones."""

    def failed(self, provider: Provider, error: ProviderError) -> None:
        """Note that it had no answer; unless that may pass, never offer it again."""

    def exhausted(self, said: Sequence[tuple[Provider, ProviderError]]) -> ProviderError:
        """The error that says what was tried, and what was just said to it."""
