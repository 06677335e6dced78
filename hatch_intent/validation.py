"""Whether a `[tool.intent]` table can be used: its types by pydantic, and then its sense.

Loaded where settings are validated, not where they were before: it asks the providers' own reading
of `options`, so that no build finds out later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from hatch_intent.errors import Problem, ProviderError, SettingsError
from hatch_intent.providers.sampling import OPTIONS, context_tokens, sampling_from
from hatch_intent.settings import (
    MIRRORED,
    RANGES,
    TARGETS,
    WRAPPED,
    ProviderSettings,
    Settings,
    dashed,
    find_line,
    host_in,
    is_local,
    nearest,
    toml_path,
    unknown_home,
    unknown_key,
    unqueried,
)

Found = Iterator[tuple[tuple[str, ...], str]]
"""Keys below the table, and what is wrong there."""


def validate(table: Mapping[str, Any], path: str, text: str) -> Settings:
    """Check a `[tool.intent]` table: all types at once, then all values.

    `text` is the file it came from, for line numbers. Raises `SettingsError` with one problem
    per wrong, missing or unknown key, each named by its whole TOML path; those of values only
    where the types are right.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        # JSON's strict mode takes a list for a tuple and an integer for a float, and nothing else.
        settings = TypeAdapter(Settings).validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        raise SettingsError(
            [
                Problem(path, find_line(text, item["loc"]), 0, _say(item))
                for item in error.errors(include_url=False)
            ]
        ) from None
    problems = [
        Problem(path, find_line(text, place), 0, f"{toml_path(place)}: {message}")
        for place, message in unusable(settings)
    ]
    if problems:
        raise SettingsError(problems)
    return settings


def _say(item: Mapping[str, Any]) -> str:
    place, message = item["loc"], item["msg"]
    if item["type"] == "unexpected_keyword_argument":
        return f"{toml_path(place)}: {unknown_key(place)}"
    return f"{toml_path(place)}: {message[:1].lower()}{message[1:]}"


def unusable(settings: Settings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """What has the right type and still can't be used: (place, message) pairs."""
    if not settings.specs:
        yield ("specs",), "name at least one folder"
    for index, folder in enumerate(settings.specs):
        if reason := _outside(folder):
            yield ("specs", index), reason
    yield from _unusable_targets(settings.targets)
    yield from _unusable_wrappers(settings)
    yield from _unusable_mirrors(settings)
    if settings.cache is not None and (reason := unknown_home(settings.cache)):
        yield ("cache",), reason
    for key, (low, high) in RANGES.items():
        if not low <= getattr(settings, key) <= high:
            yield (dashed(key),), f"{getattr(settings, key)} is not between {low} and {high}"
    for index, provider in enumerate(settings.providers):
        for place, message in _unusable_provider(provider):
            yield ("providers", index, *place), message


def _unusable_targets(targets: Mapping[str, str]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if not targets:
        yield ("targets",), 'no folder for the modules; add for example  py = "src/example/auto"'
    for name, folder in targets.items():
        if name not in TARGETS:
            yield ("targets", name), f"unknown target; known are {', '.join(TARGETS)}"
        elif reason := _outside(folder):
            yield ("targets", name), reason


def _unusable_wrappers(settings: Settings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for name, folder in settings.wrappers.items():
        place = ("wrappers", name)
        if name not in WRAPPED:
            yield place, f"unknown language; known are {', '.join(WRAPPED)}"
        elif reason := _outside(folder):
            yield place, reason
        elif WRAPPED[name] not in settings.targets:
            yield place, f"wraps the modules of targets.{WRAPPED[name]}, which has no folder"
        elif folder.rstrip("/") == settings.targets.get(name, "").rstrip("/"):
            yield place, f'"{folder}" holds the modules of targets.{name}; name another folder'


def _unusable_mirrors(settings: Settings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    taken = [("targets", *each) for each in settings.targets.items()]
    taken += [("wrappers", *each) for each in settings.wrappers.items()]
    for name, folder in settings.mirrors.items():
        place = ("mirrors", name)
        within = [
            f"{kind}.{language}"
            for kind, language, other in taken
            if f"{folder.rstrip('/')}/".startswith(f"{other.rstrip('/')}/")
        ]
        if name not in MIRRORED:
            yield place, f"unknown language; known are {', '.join(MIRRORED)}"
        elif reason := _outside(folder):
            yield place, reason
        elif MIRRORED[name] not in settings.targets:
            yield place, f"mirrors the modules of targets.{MIRRORED[name]}, which has no folder"
        elif within:
            yield place, f'"{folder}" lies in the folder of {within[0]}; name one outside of it'


def _outside(folder: str) -> str:
    parts = PurePosixPath(folder).parts
    if folder and not parts:
        return f'"{folder}" is the project\'s own folder; name one inside of it'
    if not parts or PurePosixPath(folder).is_absolute() or ".." in parts or ":" in folder:
        return f'"{folder}" is not a folder inside the project; write a relative path without ".."'
    if str(PurePosixPath(folder)) != folder.rstrip("/"):
        return f'"{folder}": write it plainly, as "{PurePosixPath(folder)}"'
    if "\\" in folder or "\0" in folder:
        return f'"{folder!r}": write the path with forward slashes'
    return ""


def _unusable_provider(provider: ProviderSettings) -> Found:
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
    bare = unqueried(stated)
    if bare != stated:  # it may hold a key: not to be quoted either
        remedy = "a key belongs in the variable that api-key-env names"
        return f'leave out what stands behind "{bare}"; {remedy}'
    try:
        url, host = urlsplit(stated), host_in(stated)
    except ValueError as error:
        return f'"{stated}" is not a URL like http://127.0.0.1:1234/v1: {error}'
    if url.scheme not in ("http", "https") or not host:
        return f'"{stated}" is not a URL like http://127.0.0.1:1234/v1'
    if not provider.allow_remote and not is_local(host):
        remedy = "say  allow-remote = true  if prompts may leave this machine"
        return f"{host} is not this machine; {remedy}"
    return ""
