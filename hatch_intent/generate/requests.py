"""Asking a provider, or the cache of answers it gave before."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.providers.base import Completion, Prompt, Provider, Sampling


class Responses(Protocol):
    """Whole answers that carried code, by request key."""

    def get(self, key: str) -> Completion | None:
        """The answer kept under a key."""

    def put(self, key: str, completion: Completion) -> None:
        """Keep an answer."""


@dataclass(frozen=True)
class Request:
    """One question. `pinned` is the digest that the settings pin the model to, or ""."""

    model: str
    pinned: str
    prompt: Prompt
    sampling: Sampling

    @property
    def key(self) -> str:
        return request_key(self.model, self.pinned, self.prompt, self.sampling, PROMPT_VERSION)

    def with_room(self) -> Request:
        """The same question with twice the tokens for its answer."""
        longer = replace(self.sampling, max_tokens=2 * self.sampling.max_tokens)
        return replace(self, sampling=longer)


@dataclass(frozen=True)
class Answer:
    """A completion, the request that got it, and whether the model was asked just now."""

    request: Request
    completion: Completion
    asked: bool
    seconds: float

    @property
    def cut(self) -> bool:
        return self.completion.finish_reason == "length"


def request_key(
    model: str, pinned: str, prompt: Prompt, sampling: Sampling, prompt_version: int
) -> str:
    """Hex SHA-256 of what an answer depends on, over JSON with sorted keys."""
    content = {
        "model": model,
        "pinned": pinned,
        "prompt": [[message.role, message.content] for message in prompt],
        "sampling": asdict(sampling),
        "prompt_version": prompt_version,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def answers(
    request: Request,
    provider: Provider,
    responses: Responses,
    asking: Callable[[], None],
    arriving: Callable[[int, float], None],
) -> Iterator[Answer]:
    """The answer; if it was cut, that one and then the answer to a request with more room.

    What the cache holds is taken from there; else `asking` is called, then `arriving` with
    tokens and seconds so far. Raises `ProviderError`.
    """
    longer = request.with_room()
    for wanted in (request, longer):
        kept = responses.get(wanted.key)
        if kept is not None and kept.finish_reason == "stop":
            yield Answer(wanted, kept, asked=False, seconds=0.0)
            return
    asking()
    answer = _ask(request, provider, arriving)
    yield answer
    if answer.cut:
        yield _ask(longer, provider, arriving)


def _ask(request: Request, provider: Provider, arriving: Callable[[int, float], None]) -> Answer:
    started = time.monotonic()
    completion = provider.complete(
        request.prompt,
        request.sampling,
        lambda tokens: arriving(tokens, time.monotonic() - started),
    )
    return Answer(request, completion, asked=True, seconds=time.monotonic() - started)
