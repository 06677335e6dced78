"""`[tool.intent]` checked without pydantic, where no module is made.

Enough to check and to ship what is locked: the settings were validated when it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hatch_intent.errors import Problem, SettingsError
from hatch_intent.settings import (
    ProviderSettings,
    Settings,
    dashed,
    find_line,
    toml_path,
    trust,
    unknown_key,
    unusable,
)

_Place = tuple[int | str, ...]


def look_over(table: Mapping[str, Any], path: str, text: str) -> Settings:
    """Check the keys, the choices, and what can't be used.

    Arguments as of `settings.validate`. Raises `SettingsError`; a value of a wrong type is found
    only where it is in the way, and not named.
    """
    problems = [(place, unknown_key(place)) for place in _unknown_keys(table)]
    if not problems:
        settings = trust(table, path)
        try:
            problems = [*unusable(settings), *_unknown_choices(settings)]
        except (TypeError, AttributeError, ValueError) as error:
            message = f"a value of [tool.intent] can't be used: {error}"
            raise SettingsError(Problem(path, 0, 0, message)) from error
    if problems:
        raise SettingsError(
            [
                Problem(path, find_line(text, place), 0, f"{toml_path(place)}: {message}")
                for place, message in problems
            ]
        )
    return settings


def _unknown_keys(table: Mapping[str, Any]) -> Iterator[_Place]:
    yield from ((key,) for key in table if key not in _known(Settings))
    entries = table.get("providers")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from (
            ("providers", index, key) for key in entry if key not in _known(ProviderSettings)
        )


def _known(cls: type) -> set[str]:
    return {dashed(each.name) for each in fields(cls)}


def _unknown_choices(settings: Settings) -> Iterator[tuple[_Place, str]]:
    tables: list[tuple[_Place, object]] = [((), settings)]
    tables += [(("providers", index), each) for index, each in enumerate(settings.providers)]
    for place, each in tables:
        for name, kind in get_type_hints(type(each)).items():
            if get_origin(kind) is Literal and getattr(each, name) not in get_args(kind):
                choices = ", ".join(map(repr, get_args(kind)))
                yield (*place, dashed(name)), f"should be one of {choices}"
