"""Ollama through its native API, which shows what its OpenAI-compatible one hides.

Facts from the server's source: an overlong chat loses its oldest messages without a word
unless `truncate` and `shift` are false, sampling keys count inside `options` only, a
request's `stop` replaces the model's own, and errors can come in the middle of a 200.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Collection, Generator
from dataclasses import replace
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
    Tokens,
)
from hatch_intent.providers.drawing import Run, drawn, wanted_seeds
from hatch_intent.providers.leash import Leash
from hatch_intent.providers.patience import Standing, TransientError, patiently
from hatch_intent.providers.sampling import answer_text, context_tokens, sampling_from
from hatch_intent.providers.transport import Server, StatusError, key_from, server_at
from hatch_intent.settings import ProviderSettings

DEFAULT_URL = "http://127.0.0.1:11434"
_START = "ollama serve"
_OURS = {"temperature", "seed", "num_predict", "max_tokens", "top_p", "stop", "num_ctx"}
_CHAT_ENDS = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>")
_TOO_LONG = re.compile(r"context (length|size|window)|prompt (is )?too long|exceed_context", re.I)


class Ollama:
    """One model of one Ollama server."""

    kind = "ollama"

    def __init__(self, settings: ProviderSettings, *, seed: int, timeout: float) -> None:
        self.settings = settings
        self.model = settings.model
        self._server = server_at(
            self.kind,
            settings.base_url or DEFAULT_URL,
            suffixes=("/v1", "/api"),
            allow_remote=settings.allow_remote,
            key=key_from(self.kind, settings.api_key_env),
        )
        self.address = self._server.root
        self._timeout = timeout
        self._pin = settings.pin
        self._n_ctx = context_tokens(settings.options)
        # What we don't know is Ollama's own, such as top_k or num_gpu.
        self._extra = {k: v for k, v in settings.options.items() if k not in _OURS}
        self._keep_alive = self._extra.pop("keep_alive", None)
        further = json.dumps(self._extra, sort_keys=True) if self._extra else ""
        self.sampling = replace(sampling_from(settings.options, seed), further=further)
        self._at_once = max(settings.concurrency, 1)
        self._turns = threading.BoundedSemaphore(self._at_once)
        self._digest = ""
        self._ends: tuple[str, ...] | None = None

    @property
    def pinned(self) -> str:
        """The model's digest where the settings pin it, `UNKNOWN` if it can't be found."""
        if not self._pin:
            return ""
        self._digest = self._digest or self._find_digest(time.monotonic() + 1.0)
        return self._digest or UNKNOWN

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        """Answer a prompt. Raises `ProviderError`; `ContextError` when the prompt is too long."""
        return self._asked(prompt, Run(sampling, 1, lambda _: None, on_tokens))

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Generator[Completion, None, None]:
        """So many answers, each in a request of its own, several in flight as far as allowed."""
        return drawn(
            lambda run: run.deliver(self._asked(prompt, run)),
            sampling,
            wanted_seeds(sampling, count, skip),
            width=1,
            at_once=self._at_once,
            on_tokens=on_tokens,
            on_answer=on_answer,
        )

    def _asked(self, prompt: Prompt, run: Run) -> Completion:
        with self._turns:
            run.leash.check()
            start = time.monotonic()
            deadline = start + self._timeout
            try:
                self._require_pinned(deadline)
                body = self._body(prompt, run.sampling, deadline)
                final = self._server.patiently(
                    lambda until: _chat(self._server, body, until, run.on_tokens, run.leash),
                    _left(deadline),
                    run.leash,
                )
                self._digest = self._digest or self._find_digest(time.monotonic() + 1.0)
            except ProviderError as error:
                raise self._explained(error) from error
            self._check_prompt_count(prompt, final)
            return self._completion(final, run.sampling.seed, time.monotonic() - start)

    def health(self) -> Health:
        """Server there, model there? One second at most."""
        deadline = time.monotonic() + 0.9
        version = ""
        try:
            version = str(self._server.json("GET", "/api/version", None, deadline)["version"])
            digest = find_digest(self._server, self.model, deadline)
        except ProviderError as error:
            return Health(False, str(error).removeprefix("ollama: "), error.remedy or _START)
        except KeyError:
            return Health(False, "another server than Ollama answers here")
        if not digest:
            return Health(False, f"no model {self.model}", f"ollama pull {self.model}", "", version)
        return Health(True, self.model, "", digest, version)

    def close(self) -> None:
        """Close the connections that are kept for the next call."""
        self._server.connections.close()

    def _body(self, prompt: Prompt, sampling: Sampling, deadline: float) -> dict[str, Any]:
        options = {
            **self._extra,
            "num_ctx": self._n_ctx,
            "num_predict": sampling.max_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
        }
        if sampling.top_p is not None:
            options["top_p"] = sampling.top_p
        if sampling.stop:
            ends = self._chat_ends(deadline)
            options["stop"] = list(dict.fromkeys((*sampling.stop, *ends)))
        body = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in prompt],
            "stream": True,
            "think": False,
            "truncate": False,
            "shift": False,
            "options": options,
        }
        if self._keep_alive is not None:
            body["keep_alive"] = self._keep_alive
        return body

    def _chat_ends(self, deadline: float) -> tuple[str, ...]:
        """The model's own stops, which ours would replace: from its parameters and template."""
        if self._ends is None:
            ask = {"model": self.model}
            # What it says of itself is no sign yet that it answers prompts.
            shown = patiently(
                Standing(),
                lambda until: self._server.json("POST", "/api/show", ask, until),
                _left(deadline),
            )
            own = re.findall(r'^stop\s+"?(.+?)"?\s*$', str(shown.get("parameters", "")), re.M)
            template = str(shown.get("template", ""))
            self._ends = (*own, *(end for end in _CHAT_ENDS if end in template))
        return self._ends

    def _find_digest(self, deadline: float) -> str:
        # The answer is here and good; that its model has no digest is no reason to lose it.
        with contextlib.suppress(ProviderError):
            return find_digest(self._server, self.model, deadline)
        return ""

    def _require_pinned(self, deadline: float) -> None:
        """Raise `ProviderError` where the settings pin a digest that can't be found."""
        if not self._pin or self._digest:
            return
        with contextlib.suppress(StatusError):
            self._digest = patiently(
                Standing(),
                lambda until: find_digest(self._server, self.model, until),
                _left(deadline),
            )
        if not self._digest:
            raise self._server.failed(
                f"pin = true, and the server doesn't say which weights {self.model} is",
                f"ollama pull {self.model}",
            )

    def _explained(self, error: ProviderError) -> ProviderError:
        if isinstance(error, StatusError) and error.status == 404:
            return self._server.failed(f"no model {self.model}", f"ollama pull {self.model}")
        if isinstance(error, StatusError | TransientError) and _TOO_LONG.search(str(error)):
            return ContextError(str(error), remedy="set a larger num_ctx in options")
        if not error.remedy and "connection" in str(error):
            error.remedy = _START
        return error

    def _check_prompt_count(self, prompt: Prompt, final: dict[str, Any]) -> None:
        """An old server truncates whatever we ask: its count of prompt tokens shows it.

        Code and prose come to 3 to 5 characters a token. Far from a full context only
        an impossible count is taken as a sign. A cut prompt still fills half of the context
        or more; a smaller count is that of a server which leaves out what it had read before,
        as those of before mid-2024 and the first 0.30 do. A third leaves room for rounding.
        """
        sent = sum(len(m.content) for m in prompt)
        counted = _count(final, "prompt_eval_count")
        densest = 5 if sent / 4 > self._n_ctx * 0.75 else 8
        if self._n_ctx / 3 <= counted < sent / densest:
            raise ContextError(
                f"ollama: the prompt was cut to {counted} tokens of about {sent // 4}",
                remedy="set a larger num_ctx in options",
            )

    def _completion(self, final: dict[str, Any], seed: int, seconds: float) -> Completion:
        return Completion(
            text=answer_text(final["text"]),
            finish_reason="length" if final.get("done_reason") == "length" else "stop",
            model=self.model,
            model_digest=self._digest,
            tokens=Tokens(
                prompt=_count(final, "prompt_eval_count"), completion=_count(final, "eval_count")
            ),
            seconds=seconds,
            seed=seed,
        )


def find_digest(server: Server, model: str, deadline: float) -> str:
    """The manifest's digest: it changes with template and parameters too. "" when not listed.

    Only `/api/tags` and `/api/ps` carry it; `/api/show` does not.
    """
    wanted = model if ":" in model.rpartition("/")[2] else f"{model}:latest"
    listed = server.json("GET", "/api/tags", None, deadline).get("models")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and wanted in (entry.get("name"), entry.get("model")):
            return str(entry.get("digest", "")).removeprefix("sha256:")
    return ""


def _chat(
    server: Server,
    body: dict[str, Any],
    deadline: float,
    on_tokens: OnTokens | None,
    leash: Leash,
) -> dict[str, Any]:
    """The last line of the answer, with all of its text under `text`."""
    text, tokens = [], 0
    with server.stream("POST", "/api/chat", body, deadline, leash) as answer:
        for line in answer.lines():
            chunk = answer.parsed(line)
            if "error" in chunk:
                raise TransientError(f"ollama: {server.clean(str(chunk['error']))}")
            message = chunk.get("message")
            content = message.get("content", "") if isinstance(message, dict) else None
            if not isinstance(content, str):
                raise server.failed("answered with JSON of another shape than Ollama's")
            text.append(content)
            if chunk.get("done"):
                answer.finish()
                return {**chunk, "text": "".join(text)}
            tokens += 1
            if on_tokens:
                on_tokens(tokens)
    raise TransientError("ollama: its answer broke off before the end")


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


def _count(final: dict[str, Any], name: str) -> int:
    value = final.get(name, 0)
    return value if isinstance(value, int) else 0
