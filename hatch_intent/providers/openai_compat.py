"""Any server that speaks OpenAI's chat dialect: llama.cpp, LM Studio, vLLM, gateways.

The body is the portable one; what only some servers know is sent to those alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Generator
from dataclasses import dataclass, replace
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import (
    UNKNOWN,
    Completion,
    ContextError,
    Health,
    OnAnswer,
    OnTokens,
    Prompt,
    Sampling,
)
from hatch_intent.providers.drawing import Run, drawn, wanted_seeds
from hatch_intent.providers.identity import Served, named, recognise
from hatch_intent.providers.openai_stream import Answer, chat, too_long
from hatch_intent.providers.patience import Standing, patiently
from hatch_intent.providers.sampling import answer_text, sampling_from
from hatch_intent.providers.transport import StatusError, key_from, server_at
from hatch_intent.settings import ProviderSettings

DEFAULT_URL = "http://127.0.0.1:1234"
"""LM Studio's usual port."""
_LOCAL_KEY = "sk-local"  # servers without keys ignore it, some clients' gateways want any
_START = "start LM Studio's or llama.cpp's server"


@dataclass(frozen=True)
class _Unrecognised:
    """Why a server didn't say what it is, when that was clear, and in how many seconds."""

    error: ProviderError
    at: float
    timeout: float


class OpenAICompat:
    """One model of one server."""

    kind = "openai-compat"

    def __init__(self, settings: ProviderSettings, *, seed: int, timeout: float) -> None:
        self.settings = settings
        self.model = settings.model
        self.sampling = sampling_from(settings.options, seed)
        self._server = server_at(
            self.kind,
            settings.base_url or DEFAULT_URL,
            suffixes=("/chat/completions", "/v1"),
            allow_remote=settings.allow_remote,
            key=key_from(self.kind, settings.api_key_env) or _LOCAL_KEY,
        )
        self.address = self._server.root
        self._key_env = settings.api_key_env
        self._timeout = timeout
        self._pin = settings.pin
        self._identity = named(settings.identity) if settings.identity else ""
        self._at_once = max(settings.concurrency, 1)
        self._turns = threading.BoundedSemaphore(self._at_once)
        self._singly = False
        """Whether each answer takes a request of its own."""
        self._served: Served | None = None
        self._recognising = threading.Lock()
        self._unrecognised: _Unrecognised | None = None

    @property
    def pinned(self) -> str:
        """The model's digest where the settings pin it, `UNKNOWN` if it can't be found."""
        if not self._pin:
            return ""
        try:
            return self._identity or self._recognised(1.0).digest or UNKNOWN
        except ProviderError:
            return UNKNOWN

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        """Answer a prompt. Raises `ProviderError`; `ContextError` when the prompt is too long."""
        got: list[Completion] = []
        self._draw(prompt, Run(sampling, 1, got.append, on_tokens))
        return got[0]

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Generator[Completion, None, None]:
        """So many answers: of llama.cpp's server in one request, which reads the prompt once.

        Others get a request for each, several in flight as far as the settings allow.
        """
        try:
            served = self._recognised(self._timeout)
        except ProviderError as error:
            raise self._explained(error) from error
        yield from drawn(
            lambda run: self._draw(prompt, run),
            sampling,
            wanted_seeds(sampling, count, skip),
            width=1 if self._singly else served.slots,
            at_once=self._at_once,
            on_tokens=on_tokens,
            on_answer=on_answer,
        )

    def _draw(self, prompt: Prompt, run: Run) -> None:
        since = time.monotonic()
        with self._turns:
            run.leash.check()
            start = time.monotonic()
            missing = [run.sampling.seed + place for place in range(run.count)]
            try:
                served = self._recognised(self._timeout, since)
                self._require_pinned(served)
                while missing:
                    left = start + run.count * self._timeout - time.monotonic()
                    self._server.patiently(
                        lambda deadline: self._ask(prompt, run, served, missing, start, deadline),
                        max(left, 0.001),
                        run.leash,
                    )
            except ProviderError as error:
                raise self._explained(error) from error

    def _ask(
        self,
        prompt: Prompt,
        run: Run,
        served: Served,
        missing: list[int],
        start: float,
        deadline: float,
    ) -> None:
        """Ask for the first of the missing seeds, and those that follow it as far as possible."""
        seeds = [seed for place, seed in enumerate(missing) if seed == missing[0] + place]
        seeds = seeds[: 1 if self._singly else served.slots]

        def came(place: int, answer: Answer) -> None:
            self._check_silence(served, answer)
            missing.remove(seeds[place])
            run.deliver(self._completion(served, answer, seeds[place], place, start))

        body = self._body(prompt, replace(run.sampling, seed=seeds[0]), served)
        if len(seeds) > 1:
            body["n"] = len(seeds)
        try:
            chat(self._server, body, deadline, run, came)
        except StatusError as error:
            if len(seeds) == 1 or error.status != 400 or too_long(error):
                raise
            self._singly = True  # an older server, which takes no `n`

    def _completion(
        self, served: Served, answer: Answer, seed: int, place: int, start: float
    ) -> Completion:
        tokens = answer.tokens
        if place > 0:  # it grew out of a copy of the first one's prompt
            tokens = replace(tokens, cached=tokens.prompt)
        return Completion(
            text=answer_text(answer.text),
            finish_reason="stop" if answer.reason == "stop" else "length",
            model=self.model,
            model_digest=self._identity or served.digest,
            tokens=tokens,
            seconds=time.monotonic() - start,
            seed=seed,
        )

    def health(self) -> Health:
        """Server there, model listed? One second at most."""
        try:
            served = recognise(self._server, self.model, time.monotonic() + 0.9, read=False)
        except StatusError as error:
            # A gateway without a list of models may still answer.
            detail = str(error).removeprefix(f"{self.kind}: ")
            if error.status == 404:
                return Health(True, detail)
            return Health(False, detail, self._explained(error).remedy)
        except ProviderError as error:
            return Health(False, str(error).removeprefix(f"{self.kind}: "), error.remedy or _START)
        version = f"{served.software} {served.version}".strip()
        if not served.listed:
            return Health(False, f"does not list {self.model}", "load it there", "", version)
        return Health(True, self.model, "", self._identity or served.digest, version)

    def close(self) -> None:
        """Close the connections that are kept for the next call."""
        self._server.connections.close()

    def _require_pinned(self, served: Served) -> None:
        """Raise `ProviderError` where the settings pin a digest that can't be found."""
        if self._pin and not (self._identity or served.digest):
            raise self._server.failed(
                f"pin = true, and the server doesn't say which weights {self.model} is",
                "name them in the settings:  identity",
            )

    def _recognised(self, timeout: float, since: float | None = None) -> Served:
        """What the server is. Of all who want to know at once one asks, also where that fails.

        `since` is when they began to want it, now unless given.
        """
        since = time.monotonic() if since is None else since
        with self._recognising:
            if self._served is None:
                failed = self._unrecognised
                # One that had less time for it doesn't speak for us.
                if failed and failed.at > since and failed.timeout >= timeout:
                    raise failed.error
                try:
                    self._served = self._recognise(timeout)
                except ProviderError as error:
                    self._unrecognised = _Unrecognised(error, time.monotonic(), timeout)
                    raise
            return self._served

    def _recognise(self, timeout: float) -> Served:
        try:
            # What it says of itself is no sign yet that it answers prompts.
            return patiently(
                Standing(),
                lambda deadline: recognise(self._server, self.model, deadline),
                timeout,
            )
        except StatusError as error:
            if error.status in (401, 403):
                raise
            return Served()  # no list of models: an unknown server

    def _body(self, prompt: Prompt, sampling: Sampling, served: Served) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in prompt],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "stream": True,
        }
        if sampling.top_p is not None:
            body["top_p"] = sampling.top_p
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if served.software:
            body["stream_options"] = {"include_usage": True}
        return body

    def _explained(self, error: ProviderError) -> ProviderError:
        if isinstance(error, StatusError):
            if error.status == 400 and too_long(error):
                return ContextError(str(error), remedy="give the server a larger context")
            if error.status in (401, 403):
                error.remedy = "name the variable that holds the key: api-key-env"
                if self._key_env:
                    error.remedy = f"the key in {self._key_env} was refused"
            if error.status == 404:
                error.remedy = f"check base-url, and load {self.model} there"
        elif not error.remedy and "connection" in str(error):
            error.remedy = _START
        return error

    def _check_silence(self, served: Served, answer: Answer) -> None:
        """LM Studio answers a prompt beyond its context with 200 and nothing."""
        if served.software == "LM Studio" and answer.reason == "stop" and not answer.text:
            raise ContextError(
                f"{self.kind}: answered nothing; the prompt may not fit its context",
                remedy="load the model with a larger context",
            )
