"""Asking a provider, or the cache of answers it gave before."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from hatch_intent.cache import DiskCache, Keeper
from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.providers.base import (
    Completion,
    OnTokens,
    Prompt,
    Provider,
    Sampling,
    Tokens,
)


class Responses(Protocol):
    """Answers that said something, and those that were cut at their limit, by request key."""

    def get(self, key: str) -> Completion | None:
        """The answer kept under a key."""

    def put(self, key: str, completion: Completion) -> None:
        """Keep an answer."""


class KeptAnswers:
    """Completions in the response cache."""

    def __init__(self, folder: Path, keeper: Keeper, *, read: bool) -> None:
        self._cache = DiskCache(folder, "responses")
        self._keeper = keeper
        self._read = read

    def get(self, key: str) -> Completion | None:
        """The answer kept under a key; never one when everything is asked anew."""
        kept = self._cache.get(key) if self._read else None
        if kept is None:
            return None
        try:
            completion = Completion(**{**kept, "tokens": Tokens(**kept["tokens"])})
        except (KeyError, TypeError):  # another version's
            return None
        return completion if _is_sound(completion) else None

    def put(self, key: str, completion: Completion) -> None:
        """Keep an answer, if the cache can be written: it is judged in any case."""
        self._keeper.put(self._cache, key, asdict(completion))


def _is_sound(kept: Completion) -> bool:
    """Whether all is of its type: a cache may be written by others."""
    tokens = kept.tokens
    counts = (tokens.prompt, tokens.cached, tokens.completion, kept.seed)
    words = (kept.text, kept.model, kept.model_digest)
    return (
        all(type(each) is int for each in counts)
        and all(isinstance(each, str) for each in words)
        and kept.finish_reason in ("stop", "length")
        and isinstance(tokens.counted, bool)
    )


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

    def with_seed(self, seed: int) -> Request:
        """The same question, another draw."""
        return replace(self, sampling=replace(self.sampling, seed=seed))

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
    left: int = 0
    """How many answers to the same question are still under way."""

    @property
    def cut(self) -> bool:
        return self.completion.finish_reason == "length"

    @property
    def broken_off(self) -> bool:
        """Cut, and not by the limit that was asked for, as far as the server counts."""
        tokens, limit = self.completion.tokens, self.request.sampling.max_tokens
        return self.cut and tokens.counted and tokens.completion < limit


Worth = Callable[[Answer], bool]
"""Whether an answer that has come is to be kept; called in any thread."""


def request_key(
    model: str, pinned: str, prompt: Prompt, sampling: Sampling, prompt_version: int
) -> str:
    """Hex SHA-256 of what an answer depends on, over JSON with sorted keys."""
    drawn = asdict(sampling)
    if not sampling.further:
        del drawn["further"]  # answers kept before there was such a field stay found
    content = {
        "model": model,
        "pinned": pinned,
        "prompt": [[message.role, message.content] for message in prompt],
        "sampling": drawn,
        "prompt_version": prompt_version,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Telling:
    """Whom to tell: `asking` before a model is asked, `arriving` tokens and seconds so far."""

    asking: Callable[[], None]
    arriving: Callable[[int, float], None]


def answers(
    request: Request,
    provider: Provider,
    responses: Responses,
    telling: Telling,
    worth: Worth,
    *,
    patient: bool = True,
) -> Iterator[Answer]:
    """The answer; if it was cut, that one and then the answer to a request with more room.

    Not so when not `patient`. What the cache holds is taken from there, and what comes and is
    worth it is kept there. Raises `ProviderError`.
    """
    longer = request.with_room()
    for wanted in (request, longer):
        kept = responses.get(wanted.key)
        if kept is not None and kept.finish_reason == "stop":
            yield Answer(wanted, kept, asked=False, seconds=0.0)
            return
    answer = _kept_or_asked(request, provider, responses, telling, worth)
    yield answer
    if answer.cut and patient:
        yield _kept_or_asked(longer, provider, responses, telling, worth)


def _kept_or_asked(
    request: Request, provider: Provider, responses: Responses, telling: Telling, worth: Worth
) -> Answer:
    if (kept := responses.get(request.key)) is not None:
        return Answer(request, kept, asked=False, seconds=0.0)
    telling.asking()
    started = time.monotonic()
    completion = provider.complete(
        request.prompt,
        request.sampling,
        _arriving(telling, started),
    )
    answer = Answer(request, completion, asked=True, seconds=time.monotonic() - started)
    if worth(answer):
        responses.put(request.key, completion)
    return answer


def samples(
    request: Request,
    count: int,
    provider: Provider,
    responses: Responses,
    telling: Telling,
    worth: Worth,
) -> Generator[Answer, None, None]:
    """Up to `count` answers to one question, each as soon as it is there.

    Each has a request of its own, whose seed is the next one; the cache is asked first. What
    comes is kept before anybody looks at it, for a build may be killed while another answer is
    judged. Closing the iterator cancels what is under way. Raises `ProviderError`.
    """
    first = request.sampling.seed
    requests = {seed: request.with_seed(seed) for seed in range(first, first + count)}
    missing = []
    for seed, wanted in requests.items():
        kept = responses.get(wanted.key)
        if kept is None:
            missing.append(seed)
        else:
            yield Answer(wanted, kept, asked=False, seconds=0.0)
    if not missing:
        return
    telling.asking()
    came = _Came({seed: requests[seed] for seed in missing}, responses, worth)
    wanted = requests[missing[0]]
    drawn = provider.samples(
        wanted.prompt,
        wanted.sampling,
        missing[-1] - missing[0] + 1,
        _arriving(telling, came.started),
        came.keep,
        requests.keys() - set(missing),
    )
    with closing(drawn):
        for completion in drawn:
            yield came.answer(completion)


class _Came:
    """Answers to one question under several seeds, kept as they come."""

    def __init__(self, requests: Mapping[int, Request], responses: Responses, worth: Worth) -> None:
        self.started = time.monotonic()
        self._requests = requests
        self._responses = responses
        self._worth = worth
        self._unkept: list[Exception] = []
        self._left = len(requests)

    def answer(self, completion: Completion) -> Answer:
        """What it answers. Raises what kept one that came from being kept."""
        if self._unkept:
            raise self._unkept[0]
        self._left -= 1
        return replace(self._answer(completion), left=self._left)

    def keep(self, completion: Completion) -> None:
        """May be called in another thread, which has nobody to raise to."""
        answer = self._answer(completion)
        try:
            if self._worth(answer):
                self._responses.put(answer.request.key, completion)
        except Exception as error:  # noqa: BLE001 - raised where the answers are waited for
            self._unkept.append(error)

    def _answer(self, completion: Completion) -> Answer:
        # Under another's seed it would be drawn again, and bear itself out.
        wanted = self._requests[completion.seed]
        return Answer(wanted, completion, asked=True, seconds=completion.seconds)


def _arriving(telling: Telling, started: float) -> OnTokens:
    return lambda tokens: telling.arriving(tokens, time.monotonic() - started)
