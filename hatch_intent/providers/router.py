"""The ladder of providers, small to big: who is asked next, and what failed so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import (
    UNKNOWN,
    Completion,
    ContextError,
    Health,
    OnAnswer,
    OnTokens,
    Prompt,
    Provider,
    Sampling,
)
from hatch_intent.providers.sampling import OPTIONS, sampling_from
from hatch_intent.settings import ProviderSettings, Settings, is_local


def make_provider(
    settings: ProviderSettings, *, seed: int, timeout: float, root: Path = Path()
) -> Provider:
    """The provider of one table. `timeout` seconds for one answer, all told; a path of weights is
    relative to `root`, the project's.

    Nothing is asked yet. Raises `ProviderError` for what the table can't mean: another
    machine without `allow-remote = true`, an option of a wrong type, a key that isn't set.
    """
    # Each server's module is loaded when somebody uses it.
    if settings.type == "ollama":
        from hatch_intent.providers.ollama import Ollama

        return Ollama(settings, seed=seed, timeout=timeout)
    if settings.type == "openai-compat":
        from hatch_intent.providers.openai_compat import OpenAICompat

        return OpenAICompat(settings, seed=seed, timeout=timeout)
    from hatch_intent.providers.embedded import Embedded

    return Embedded(settings, seed=seed, timeout=timeout, root=root)


def open_providers(settings: Settings, root: Path = Path()) -> tuple[Provider, ...]:
    """The ladder of the project at `root`, small to big; the default provider when it names none.

    One that can't be asked, because its key isn't set for instance, fails when its turn comes, so
    that the others are asked.
    """
    return tuple(_opened(settings, table, root) for table in settings.ladder)


def _opened(settings: Settings, table: ProviderSettings, root: Path) -> Provider:
    try:
        return make_provider(table, seed=settings.seed, timeout=settings.timeout, root=root)
    except ProviderError as error:
        return _Unusable(table, settings.seed, error)


class _Unusable:
    """Fails with the same error whatever it is asked."""

    def __init__(self, settings: ProviderSettings, seed: int, error: ProviderError) -> None:
        self.kind: str = settings.type
        self.settings = settings
        self.model = settings.model
        self.address = settings.base_url or settings.model
        # What is sent beside is its own provider's to say: nothing kept is to be found without it.
        further = UNKNOWN if settings.options.keys() - set(OPTIONS) else ""
        self.sampling = replace(sampling_from(settings.options, seed), further=further)
        self.pinned = UNKNOWN if settings.pin else ""
        self._error = error

    def complete(
        self,
        prompt: Prompt,  # noqa: ARG002 - of no use here, as below
        sampling: Sampling,  # noqa: ARG002
        on_tokens: OnTokens | None = None,  # noqa: ARG002
    ) -> Completion:
        raise ProviderError(str(self._error), remedy=self._error.remedy) from self._error

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,  # noqa: ARG002
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,  # noqa: ARG002
        skip: Collection[int] = (),  # noqa: ARG002
    ) -> Generator[Completion, None, None]:
        yield self.complete(prompt, sampling, on_tokens)

    def health(self) -> Health:
        return Health(False, str(self._error), self._error.remedy)

    def close(self) -> None:
        """Nothing is held."""


def machine_of(provider: Provider) -> str:
    """The host whose memory and processors it takes; empty for this machine."""
    host = "" if provider.kind == "embedded" else urlsplit(provider.address).hostname or ""
    return "" if not host or is_local(host) else host


class Failures:
    """Who failed in this run, and why the first time. Thread-safe."""

    def __init__(self) -> None:
        self._errors: dict[int, ProviderError] = {}
        self.passing: dict[int, ProviderError] = {}
        """What was said last of those that are still asked."""
        self._lock = Lock()

    def of(self, provider: Provider) -> ProviderError | None:
        return self._errors.get(id(provider))

    def last(self, provider: Provider) -> ProviderError | None:
        return self.of(provider) or self.passing.get(id(provider))

    def add(self, provider: Provider, error: ProviderError) -> bool:
        """Whether this is news."""
        with self._lock:
            news = id(provider) not in self._errors
            self._errors.setdefault(id(provider), error)
            return news


class Router:
    """Goes over the providers; remembers for one run who can't answer. Thread-safe."""

    def __init__(
        self,
        providers: Sequence[Provider],
        notify: Callable[[str], None] = lambda _: None,
        *,
        known: Failures | None = None,
    ) -> None:
        self._providers = tuple(providers)
        self._notify = notify
        self._known = Failures() if known is None else known

    def only(self, model: str) -> Router:
        """The rungs with this model. What one of the two routers learns, the other knows."""
        wanted = [provider for provider in self._providers if provider.model == model]
        return Router(wanted, self._notify, known=self._known)

    def pinned(self, model: str) -> str:
        """The model's digest where the settings pin it, `UNKNOWN` if it can't be found, else ""."""
        unknown = ""
        for provider in self._providers:
            pinned = provider.pinned if provider.model == model else ""
            if pinned not in ("", UNKNOWN):
                return pinned
            unknown = unknown or pinned
        return unknown

    @property
    def rungs(self) -> int:
        """Height of the ladder, usable or not."""
        return len(self._providers)

    def order(self, rung: int) -> Iterator[Provider]:
        """Who to ask from that rung (from 0): upwards, then the lower ones, nearest first.

        Leaves out who failed before its turn came.
        """
        upwards = range(max(rung, 0), self.rungs)
        downwards = range(min(rung, self.rungs) - 1, -1, -1)
        for index in (*upwards, *downwards):
            if not self._known.of(self._providers[index]):
                yield self._providers[index]

    def failed(self, provider: Provider, error: ProviderError) -> None:
        """Leave the provider out for the rest of the run, and say so once.

        A prompt that is too long for it says nothing about the next one, nor does a failure
        that passes.
        """
        if isinstance(error, ContextError) or error.passing:
            self._known.passing[id(provider)] = error
            self._tell(provider, error, "")
        elif self._known.add(provider, error):
            self._tell(provider, error, "; not asked again")

    def _tell(self, provider: Provider, error: ProviderError, end: str) -> None:
        line = f"{provider.kind} {_place(provider)}: {_what(provider, error)}{end}"
        self._notify(f"{line} ({error.remedy})" if error.remedy else line)

    def exhausted(self, said: Sequence[tuple[Provider, ProviderError]] = ()) -> ProviderError:
        """One error over all that was tried: kind, address, what happened, how to start it.

        What was `said` to one question counts before what was said to others.
        """
        told = {id(provider): error for provider, error in said}
        rows = [
            _row(provider, told.get(id(provider)) or self._known.last(provider))
            for provider in self._providers
        ]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        lines = [
            "  " + "   ".join((*map(str.ljust, row[:3], widths), row[3])).rstrip() for row in rows
        ]
        error = ProviderError("\n".join(("no provider answered", *lines)))
        error.__cause__ = next(filter(None, map(self._known.of, self._providers)), None)
        return error

    def close(self) -> None:
        """Close every provider."""
        for provider in self._providers:
            provider.close()


def _place(provider: Provider) -> str:
    return provider.model if provider.kind == "embedded" else provider.address


def _what(provider: Provider, error: ProviderError | None) -> str:
    if error is None:
        return "gave no usable answer"
    return " ".join(str(error).removeprefix(f"{provider.kind}: ").split())


def _row(provider: Provider, error: ProviderError | None) -> tuple[str, str, str, str]:
    remedy = error.remedy if error else ""
    return provider.kind, _place(provider), _what(provider, error), remedy
