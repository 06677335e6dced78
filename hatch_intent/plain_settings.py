"""`[tool.intent]` checked without pydantic, where no module is made.

The settings were validated when what is locked was made; this finds in the same words what has
been done to them since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hatch_intent.errors import Problem, SettingsError
from hatch_intent.settings import (
    Settings,
    dashed,
    find_line,
    toml_path,
    trust,
    unknown_key,
)
from hatch_intent.validation import unusable

_Place = tuple[int | str, ...]
_Found = Iterator[tuple[_Place, str]]
_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def look_over(table: Mapping[str, Any], path: str, text: str) -> Settings:
    """Check the keys, the types, the choices, and what can't be used.

    Arguments and errors as of `validation.validate`.
    """
    problems = [*_table(table, Settings, ())]
    if not problems:
        settings = trust(table, path)
        problems = [*unusable(settings)]
    if problems:
        raise SettingsError(
            [
                Problem(path, find_line(text, place), 0, f"{toml_path(place)}: {message}")
                for place, message in problems
            ]
        )
    return settings


def _table(table: object, cls: type, place: _Place) -> _Found:
    if not isinstance(table, Mapping):
        yield place, "input should be an object"
        return
    hints = get_type_hints(cls)
    kinds = {dashed(name): hints[name] for name in hints}
    for key, value in table.items():
        if key not in kinds:
            yield (*place, key), unknown_key((*place, key))
        else:
            yield from _misfits(value, kinds[key], (*place, key))
    for each in fields(cls):
        required = each.default is each.default_factory is MISSING
        if required and dashed(each.name) not in table:
            yield (*place, dashed(each.name)), "field required"


def _misfits(value: object, kind: Any, place: _Place) -> _Found:
    """Where a value is not of the type that a field has."""
    if is_dataclass(kind):
        yield from _table(value, kind, place)  # type: ignore[arg-type] # a class
    elif get_origin(kind) is Literal:
        *others, last = map(repr, get_args(kind))
        if value not in get_args(kind):
            yield place, f"input should be {', '.join(others)} or {last}"
    elif get_origin(kind) is tuple:
        yield from _array(value, get_args(kind)[0], place)
    elif get_origin(kind) is dict:
        yield from _object(value, get_args(kind)[1], place)
    elif kind is not Any and not (value is None and type(None) in get_args(kind)):
        # `str | None`: only a JSON file can say null
        stated = next(each for each in (kind, *get_args(kind)) if each in _WORDS)
        yield from _plain(value, stated, place)


def _array(value: object, kind: Any, place: _Place) -> _Found:
    if not isinstance(value, list):
        yield place, "input should be a valid array"
        return
    for index, each in enumerate(value):
        yield from _misfits(each, kind, (*place, index))


def _object(value: object, kind: Any, place: _Place) -> _Found:
    if not isinstance(value, dict):
        yield place, "input should be an object"
        return
    for key, each in value.items():
        yield from _misfits(each, kind, (*place, key))


def _plain(value: object, kind: type, place: _Place) -> _Found:
    # A boolean is a number to Python, but not to TOML; a whole number does for any other.
    if type(value) not in ((int, float) if kind is float else (kind,)):
        yield place, f"input should be a valid {_WORDS[kind]}"
