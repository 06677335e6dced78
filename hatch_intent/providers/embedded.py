"""The embedded engine: llama.cpp in a child process, no server to install or start."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers import engine
from hatch_intent.providers.base import (
    UNKNOWN,
    Completion,
    Health,
    OnAnswer,
    OnTokens,
    Prompt,
    Sampling,
    Tokens,
)
from hatch_intent.providers.catalogue import CATALOGUE, models_dir, path_of
from hatch_intent.providers.drawing import unbroken, wanted_seeds
from hatch_intent.providers.embedded_child import CHOICES
from hatch_intent.providers.engine_process import EngineKey
from hatch_intent.providers.sampling import answer_text, context_tokens, sampling_from
from hatch_intent.providers.weights import digest_of, known_digest
from hatch_intent.settings import ProviderSettings

_MOST_AT_ONCE = 256 // CHOICES
"""llama.cpp holds 256 sequences."""
_DENSE = 2.5
"""Characters in a token, at the least: code and prose have 3 to 5."""
_INSTALL = 'pip install "hatch-intent[embedded]"'


class Embedded:
    """Answers with weights on this disk; `concurrency` prompts at once, whoever asks."""

    kind = "embedded"

    def __init__(
        self, settings: ProviderSettings, *, seed: int, timeout: float, root: Path = Path()
    ) -> None:
        self.settings = settings
        self.model = settings.model
        self._root = root
        self.address = str(path_of(self.model, root) or self._missing_path())
        self.sampling = sampling_from(settings.options, seed)
        self._timeout = timeout
        self._pin = settings.pin
        self._n_ctx = context_tokens(settings.options)
        self._threads = settings.threads or physical_cores()
        self._at_once = min(max(settings.concurrency, 1), _MOST_AT_ONCE)
        self._engine: engine.Engine | None = None

    @property
    def pinned(self) -> str:
        """The model's digest where the settings pin it, `UNKNOWN` if it can't be found."""
        if not self._pin:
            return ""
        try:
            return self._weights()[1]
        except ProviderError:
            return UNKNOWN

    def complete(
        self, prompt: Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        """Answer a prompt. Raises `ProviderError`: weights missing or altered, crash, too late."""
        (completion,) = self._answers(prompt, sampling, 1, on_tokens)
        return completion

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Generator[Completion, None, None]:
        """So many answers, a few of them side by side from one reading of the prompt."""
        before = 0
        seeds = wanted_seeds(sampling, count, skip)
        for first, width in unbroken(seeds, self._width(prompt, sampling)):
            one = replace(sampling, seed=first)
            told = (lambda tokens, before=before: on_tokens(before + tokens)) if on_tokens else None
            with closing(self._answers(prompt, one, width, told, on_answer)) as answers:
                for completion in answers:
                    before += completion.tokens.completion
                    yield completion

    def _width(self, prompt: Prompt, sampling: Sampling) -> int:
        """Number of the answers drawn at once: no more than there is room for."""
        read = sum(len(message.content) for message in prompt) / _DENSE
        fitting = int((self._n_ctx - read) // sampling.max_tokens)
        return max(min(fitting, CHOICES), 1)

    def _answers(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None,
        on_answer: OnAnswer | None = None,
    ) -> Generator[Completion, None, None]:
        path, digest = self._weights()
        _require_engine()
        key = EngineKey(path, self._n_ctx, self._threads, self._at_once)
        self._engine = engine.shared(key)
        start = time.monotonic()
        body = self._body(prompt, sampling)
        if count > 1:
            body["n"] = count

        def completion(answer: dict[str, Any]) -> Completion:
            # All but the first grow out of copies of its prompt.
            read = answer["prompt"]
            cached = answer["cached"] if answer["place"] == 0 else read
            return Completion(
                text=answer_text(answer["text"]),
                finish_reason=answer["finish_reason"],
                model=self.model,
                model_digest=digest,
                tokens=Tokens(read, cached, answer["completion"]),
                seconds=time.monotonic() - start,
                seed=sampling.seed + answer["place"],
            )

        told = (lambda answer: on_answer(completion(answer))) if on_answer else None
        asked = self._engine.ask(self, body, count * self._timeout, on_tokens, told)
        with closing(asked) as answers:
            yield from map(completion, answers)

    def health(self) -> Health:
        """Weights and engine at hand? Reads no weights: an unverified file says so."""
        try:
            _require_engine()
            path = self._path()
            digest = known_digest(path)
            self._check(path, digest or None)
        except ProviderError as error:
            return Health(ok=False, detail=str(error), remedy=error.remedy)
        except OSError as error:
            return Health(ok=False, detail=f"{self.address}: {error.strerror}")
        size = f"{path.stat().st_size / 1e9:.1f} GB"
        detail = size if digest else f"{size}, not verified yet"
        return Health(ok=True, detail=detail, model_digest=digest, version=_engine_version())

    def close(self) -> None:
        """Leave the child; it ends with its last user."""
        if self._engine:
            self._engine.release(self)

    def _body(self, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in prompt],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "cache_prompt": True,
        }
        if sampling.top_p is not None:
            body["top_p"] = sampling.top_p
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        return body

    def _weights(self) -> tuple[Path, str]:
        path = self._path()
        try:
            digest = digest_of(path)
        except OSError as error:
            raise ProviderError(f"embedded: can't read {path}: {error.strerror}") from error
        self._check(path, digest)
        return path, digest

    def _path(self) -> Path:
        path = path_of(self.model, self._root)
        if path:
            return path
        if self.model in CATALOGUE:
            raise ProviderError(
                f"embedded: weights of {self.model} not here",
                remedy=f"hatch-intent model pull {self.model}",
            )
        if self.model.endswith(".gguf"):
            raise ProviderError(f"embedded: no file {self.model}")
        raise ProviderError(
            f'embedded: unknown model "{self.model}"; known are {", ".join(CATALOGUE)} '
            "and paths that end in .gguf"
        )

    def _check(self, path: Path, digest: str | None) -> None:
        """What is downloaded is trusted by its digest only. `digest` None: look at the size."""
        model = CATALOGUE.get(self.model)
        if not model:
            return
        if path.stat().st_size != model.size or digest not in (None, model.sha256):
            raise ProviderError(
                f"embedded: {path} is not {self.model}: its size or digest is another; not run",
                remedy=f"delete it, then: hatch-intent model pull {self.model}",
            )

    def _missing_path(self) -> Path:
        model = CATALOGUE.get(self.model)
        return models_dir() / model.file if model else Path(self.model)


def physical_cores() -> int:
    """Cores this process may use, hyper-threads counted once; -1 leaves it to llama.cpp.

    Two hyper-threads of one core slow each other down in matrix products.
    """
    if sys.platform != "linux":
        return -1
    cores = set()
    for cpu in os.sched_getaffinity(0):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            cores.add(siblings.read_text("ascii"))
        except OSError:
            return -1
    return len(cores)


def _require_engine() -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        raise ProviderError("embedded: xllamacpp is not installed", remedy=_INSTALL)


def _engine_version() -> str:
    try:
        return version("xllamacpp")
    except PackageNotFoundError:
        return ""  # on the path without having been installed
