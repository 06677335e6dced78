"""What every provider answers to, and the values that go in and come out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from typing import Literal, Protocol

from hatch_intent.errors import ProviderError
from hatch_intent.settings import ProviderSettings


class ContextError(ProviderError):
    """This prompt does not fit the model's context. The provider itself is well."""


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


Prompt = tuple[Message, ...]

UNKNOWN = f"unknown {secrets.token_hex(8)}"
"""Stands for a pinned model's digest that can't be found. No other run has the same, so that
nothing is found under it that was kept."""

OnTokens = Callable[[int], None]
"""Called while an answer arrives with the number of tokens so far."""


@dataclass(frozen=True)
class Sampling:
    """How to draw an answer. `max_tokens` caps one answer; `stop` strings end it."""

    temperature: float = 0.0
    seed: int = 1
    max_tokens: int = 1200
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    further: str = ""
    """What the provider sends beside these from its settings, as JSON with sorted keys."""


@dataclass(frozen=True)
class Tokens:
    """Counts as the server gives them; `cached` prompt tokens came from its prefix cache."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    counted: bool = True
    """False where the server did not count and `completion` is the pieces that it sent."""


@dataclass(frozen=True)
class Completion:
    """One whole answer. A cut one has `finish_reason` "length" and is never taken as code."""

    text: str
    finish_reason: Literal["stop", "length"]
    model: str
    model_digest: str
    """Hex SHA-256 that names the weights (or the server's manifest), or "" when unknown."""
    tokens: Tokens = Tokens()
    seconds: float = 0.0
    seed: int = 0
    """What it was drawn with."""


OnAnswer = Callable[[Completion], None]
"""Called with an answer as soon as it is whole."""


@dataclass(frozen=True)
class Health:
    """What a look at a provider found: `ok`, else `detail` says why and `remedy` what to do."""

    ok: bool
    detail: str
    remedy: str = ""
    model_digest: str = ""
    version: str = ""


class Provider(Protocol):
    """One server or engine with one model. Safe to call from several threads."""

    kind: str
    """`ollama`, `openai-compat` or `embedded`."""
    model: str
    """The name in the settings."""
    address: str
    """A URL, or the model file of the embedded engine."""
    settings: ProviderSettings
    """The table that it was made of."""
    sampling: Sampling
    """How this provider draws answers, from its settings; a caller may ask for other."""

    @property
    def pinned(self) -> str:
        """The model's digest where the settings have `pin = true`, else "".

        `UNKNOWN` where it can't be found: what is asked then raises `ProviderError`. Never raises.
        """
        ...

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        """Answer a prompt. Raises `ProviderError` when no whole HTTP answer came in time."""
        ...

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Generator[Completion, None, None]:
        """So many answers to one prompt, under the seeds from `sampling.seed` upwards.

        Those to `skip` are there already and count, but are not drawn.
        They are handed out as they come; `Completion.seed` tells which one it is. `on_tokens`
        counts the tokens of all; `on_answer` is told of each as soon as it is whole, maybe in
        another thread while nobody has asked for it yet, and must not raise. Closing the
        generator gives up what is under way, and whoever answers is free again; until then,
        nothing else may be asked in the same thread. Raises `ProviderError` as `complete` does.
        """
        ...

    def health(self) -> Health:
        """Look whether the provider could answer now; never raises, takes a second at most."""
        ...

    def close(self) -> None:
        """Give back what is held (connections, a child process); further calls are fine."""
        ...
