"""Any server that speaks OpenAI's chat dialect: llama.cpp, LM Studio, vLLM, gateways.

The body is the portable one; what only some servers know is sent to those alone.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import (
    Completion,
    ContextError,
    Health,
    OnTokens,
    Prompt,
    Sampling,
    Tokens,
    one_by_one,
)
from hatch_intent.providers.identity import Served, named, recognise
from hatch_intent.providers.patience import Standing, TransientError, patiently
from hatch_intent.providers.sampling import answer_text, sampling_from
from hatch_intent.providers.transport import (
    Server,
    StatusError,
    Streamed,
    key_from,
    server_at,
)
from hatch_intent.settings import ProviderSettings

DEFAULT_URL = "http://127.0.0.1:1234"
"""LM Studio's usual port."""
_LOCAL_KEY = "sk-local"  # servers without keys ignore it, some clients' gateways want any
_START = "start LM Studio's or llama.cpp's server"
_TOO_LONG = re.compile(r"context (length|size|window)|exceed_context|too many tokens", re.I)


class OpenAICompat:
    """One model of one server."""

    kind = "openai-compat"

    def __init__(self, settings: ProviderSettings, *, seed: int, timeout: float) -> None:
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
        self._timeout = timeout
        self._pin = settings.pin
        self._identity = named(settings.identity) if settings.identity else ""
        self._turns = threading.BoundedSemaphore(max(settings.concurrency, 1))
        self._served: Served | None = None
        self._recognising = threading.Lock()

    @property
    def pinned(self) -> str:
        """The model's digest where the settings pin it, if it can be found."""
        if not self._pin:
            return ""
        try:
            return self._identity or self._recognised(1.0).digest
        except ProviderError:
            return ""

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        """Answer a prompt. Raises `ProviderError`; `ContextError` when the prompt is too long."""
        with self._turns:
            start = time.monotonic()
            try:
                served = self._recognised(self._timeout)
                body = self._body(prompt, sampling, served)
                left = max(start + self._timeout - time.monotonic(), 0.001)
                answer = self._server.patiently(
                    lambda deadline: _chat(self._server, body, deadline, on_tokens), left
                )
            except ProviderError as error:
                raise self._explained(error) from error
            self._check_silence(served, answer)
            return Completion(
                text=answer_text(answer.text),
                finish_reason="stop" if answer.reason == "stop" else "length",
                model=self.model,
                model_digest=self._identity or served.digest,
                tokens=answer.tokens,
                seconds=time.monotonic() - start,
            )

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
    ) -> Generator[Completion, None, None]:
        """So many answers, one after the other. Raises `ProviderError` as `complete`."""
        return one_by_one(self, prompt, sampling, count, on_tokens)

    def health(self) -> Health:
        """Server there, model listed? One second at most."""
        try:
            served = recognise(self._server, self.model, time.monotonic() + 0.9, read=False)
        except StatusError as error:
            # A gateway without a list of models may still answer.
            return Health(error.status == 404, str(error).removeprefix(f"{self.kind}: "))
        except ProviderError as error:
            return Health(False, str(error).removeprefix(f"{self.kind}: "), remedy=_START)
        version = f"{served.software} {served.version}".strip()
        if not served.listed:
            return Health(False, f"does not list {self.model}", "load it there", "", version)
        return Health(True, self.model, "", self._identity or served.digest, version)

    def close(self) -> None:
        """Close the connections that are kept for the next call."""
        self._server.connections.close()

    def _recognised(self, timeout: float) -> Served:
        with self._recognising:  # the first of many asks for all
            if self._served is None:
                try:
                    # What it says of itself is no sign yet that it answers prompts.
                    self._served = patiently(
                        Standing(),
                        lambda deadline: recognise(self._server, self.model, deadline),
                        timeout,
                    )
                except StatusError as error:
                    if error.status in (401, 403):
                        raise
                    self._served = Served()  # no list of models: an unknown server
            return self._served

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
            if error.status == 400 and _TOO_LONG.search(f"{error.error_type} {error.reason}"):
                return ContextError(str(error), remedy="give the server a larger context")
            if error.status in (401, 403):
                error.remedy = "name the variable that holds the key: api-key-env"
            if error.status == 404:
                error.remedy = f"check base-url, and load {self.model} there"
        elif not error.remedy and "connection" in str(error):
            error.remedy = _START
        return error

    def _check_silence(self, served: Served, answer: _Answer) -> None:
        """LM Studio answers a prompt beyond its context with 200 and nothing."""
        if served.software == "LM Studio" and answer.reason == "stop" and not answer.text:
            raise ContextError(
                f"{self.kind}: answered nothing; the prompt may not fit its context",
                remedy="load the model with a larger context",
            )


class _Answer:
    """What came of a stream so far."""

    def __init__(self) -> None:
        self.text = ""
        self.reason = ""
        self.tokens = Tokens()
        self.done = False
        self.choices = 0

    def add(self, server: Server, chunk: dict[str, Any]) -> None:
        """Take one chunk in, or a whole answer of a server that doesn't stream."""
        if chunk.get("error"):
            error = chunk["error"]
            words = error.get("message", "") if isinstance(error, dict) else error
            kind = error.get("type", "") if isinstance(error, dict) else ""
            raise _stream_error(server, str(words), str(kind))
        for choice in chunk.get("choices") or ():
            part = choice.get("delta") or choice.get("message") or {}
            content = part.get("content") or ""
            if not isinstance(content, str):
                raise TypeError("content")
            self.choices += 1
            self.text += content
            self.reason = choice.get("finish_reason") or self.reason
        if isinstance(usage := chunk.get("usage"), dict):
            details = usage.get("prompt_tokens_details") or {}
            self.tokens = Tokens(
                int(usage.get("prompt_tokens") or 0),
                int(details.get("cached_tokens") or 0),
                int(usage.get("completion_tokens") or 0),
            )


def _chat(
    server: Server, body: dict[str, Any], deadline: float, on_tokens: OnTokens | None
) -> _Answer:
    answer = _Answer()
    with server.stream("POST", "/v1/chat/completions", body, deadline) as streamed:
        for chunk in _chunks(streamed):
            if chunk is None:
                answer.done = True
                streamed.finish()
                break
            try:
                answer.add(server, chunk)
            except (AttributeError, TypeError, ValueError) as error:
                raise server.failed("answered with JSON of another shape than OpenAI's") from error
            if on_tokens and answer.choices:
                on_tokens(answer.choices)
    if not answer.choices and (answer.done or streamed.is_json):
        raise server.odd("answered without any choice", "")
    # A stream may end without its mark, but then it must have said why it stopped.
    if not (answer.reason or answer.done):
        raise TransientError(f"{server.kind}: its answer broke off before the end")
    answer.reason = answer.reason or "stop"
    if answer.tokens == Tokens():
        answer.tokens = Tokens(completion=answer.choices)
    return answer


def _chunks(streamed: Streamed) -> Any:
    """Each object of a stream of server-sent events, None for its end mark."""
    if streamed.is_json:
        yield streamed.whole()
        return
    for line in streamed.lines():
        field, _, data = line.partition(b":")
        if field == b"data":
            yield None if data.strip() == b"[DONE]" else streamed.parsed(data)
        elif field == b"error":
            yield {"error": streamed.parsed(data)}
        elif field not in (b"", b"event", b"id", b"retry"):
            streamed.parsed(line)  # a web page or worse: says so
            raise TransientError("openai-compat: its answer is not a stream of events")


def _stream_error(server: Server, words: str, kind: str) -> ProviderError:
    if _TOO_LONG.search(f"{kind} {words}"):
        return ContextError(
            f"{server.kind}: {server.clean(words)}", remedy="give the server a larger context"
        )
    return TransientError(f"{server.kind}: {server.clean(words)}")
