"""What of a `[[tool.intent.providers]]` table has the right type and still can't be used.

Loaded where settings are validated, not where they were before: it asks the providers' own reading
of `options`, so that no build finds out later.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from hatch_intent.errors import ProviderError
from hatch_intent.providers.sampling import context_tokens, sampling_from
from hatch_intent.settings import ProviderSettings, is_local, nearest, unknown_home

OPTIONS = ("temperature", "top_p", "seed", "num_ctx", "num_predict", "max_tokens", "stop")
"""What `options` may hold for every provider. Ollama gets all others as they are."""

Found = Iterator[tuple[tuple[str, ...], str]]
"""Keys below the table, and what is wrong there."""


def unusable_provider(provider: ProviderSettings) -> Found:
    """Every problem of one table."""
    if not provider.model.strip():
        yield ("model",), "is empty; name the model to ask"
    elif provider.model.endswith(".gguf") and (reason := unknown_home(provider.model)):
        yield ("model",), reason
    for key in ("concurrency", "threads"):
        number = getattr(provider, key)
        if number is not None and number < 1:
            yield (key,), f"{number} is not at least 1"
    yield from _unusable_options(provider)
    if provider.base_url is not None and (reason := _unusable_url(provider, provider.base_url)):
        yield ("base-url",), reason


def _unusable_options(provider: ProviderSettings) -> Found:
    for key, value in provider.options.items():
        if key not in OPTIONS:
            if provider.type != "ollama":
                yield ("options", key), nearest(key, OPTIONS)
            continue
        try:
            context_tokens({key: value})
            sampling_from({key: value}, seed=1)
        except ProviderError as error:
            yield ("options", key), str(error).partition(": ")[2]


def _unusable_url(provider: ProviderSettings, stated: str) -> str:
    if provider.type == "embedded":
        return "the embedded engine has no server; remove the key"
    if "@" in stated.partition("://")[2].partition("/")[0]:  # before any message quotes it
        return "holds a password; name an environment variable in api-key-env instead"
    try:
        url = urlsplit(stated)
        host, _ = url.hostname, url.port
    except ValueError as error:
        return f'"{stated}" is not a URL like http://127.0.0.1:1234/v1: {error}'
    if url.scheme not in ("http", "https") or not host or url.query or url.fragment:
        return f'"{stated}" is not a URL like http://127.0.0.1:1234/v1'
    if not provider.allow_remote and not is_local(host):
        remedy = "say  allow-remote = true  if prompts may leave this machine"
        return f"{host} is not this machine; {remedy}"
    return ""
