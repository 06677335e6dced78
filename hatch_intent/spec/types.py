"""The one type model behind TypeScript-like and Python-like signatures.

All values are JSON values; a type says which ones. Types are frozen and compare by value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal as OneOf

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)

PrimitiveName = OneOf["number", "integer", "string", "boolean", "null", "any"]


@dataclass(frozen=True)
class Primitive:
    """`number` takes integers and floats, `integer` only whole numbers, `any` every JSON value."""

    name: PrimitiveName


@dataclass(frozen=True)
class Literal:
    """Exactly one value: `"a"`, `3`, `true`."""

    value: str | int | float | bool


@dataclass(frozen=True)
class Array:
    """`T[]`, `Array<T>`, `list[T]`."""

    item: Type


@dataclass(frozen=True)
class Tuple:
    """`[A, B]`, `tuple[A, B]`: a JSON array of fixed length."""

    items: tuple[Type, ...]


@dataclass(frozen=True)
class Map:
    """`Record<string, T>`, `dict[str, T]`: any string keys, one type of value."""

    value: Type


@dataclass(frozen=True)
class Field:
    """A key of an `Object`; an optional one may be missing."""

    name: str
    type: Type
    optional: bool = False


@dataclass(frozen=True)
class Object:
    """`{ a: T, b?: T }`: exactly these keys."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Union:
    """`A | B`, `Optional[A]`: two or more different options, none of them a `Union`."""

    options: tuple[Type, ...]


Type = Primitive | Literal | Array | Tuple | Map | Object | Union

NUMBER, INTEGER, STRING = Primitive("number"), Primitive("integer"), Primitive("string")
BOOLEAN, NULL, ANY = Primitive("boolean"), Primitive("null"), Primitive("any")


def show(type_: Type) -> str:
    """The type as TypeScript writes it; reading that back gives an equal type."""
    if isinstance(type_, Primitive):
        return type_.name
    if isinstance(type_, Literal):
        return json.dumps(type_.value, ensure_ascii=False)
    if isinstance(type_, Array):
        item = show(type_.item)
        return f"({item})[]" if isinstance(type_.item, Union) else f"{item}[]"
    if isinstance(type_, Tuple):
        return f"[{', '.join(map(show, type_.items))}]"
    if isinstance(type_, Map):
        return f"Record<string, {show(type_.value)}>"
    if isinstance(type_, Union):
        return " | ".join(map(show, type_.options))
    return f"{{ {', '.join(map(_show_field, type_.fields))} }}" if type_.fields else "{ }"


def _show_field(field: Field) -> str:
    name = field.name if _IDENTIFIER.fullmatch(field.name) else json.dumps(field.name)
    return f"{name}{'?' if field.optional else ''}: {show(field.type)}"


def union(options: list[Type]) -> Type:
    """The flat union of the options, each kept once; the option itself when there is one."""
    flat: dict[str, Type] = {}
    for option in options:
        for single in option.options if isinstance(option, Union) else (option,):
            # by spelling, because Literal(1) == Literal(True) in Python
            flat.setdefault(show(single), single)
    kept = tuple(flat.values())
    return kept[0] if len(kept) == 1 else Union(kept)
