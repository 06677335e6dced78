"""The one type model behind TypeScript-like and Python-like signatures.

All values are JSON values; a type says which ones. Types are frozen and compare by value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import Union as Either

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


Type = Either[Primitive, Literal, Array, Tuple, Map, Object, Union]

NUMBER, INTEGER, STRING = Primitive("number"), Primitive("integer"), Primitive("string")
BOOLEAN, NULL, ANY = Primitive("boolean"), Primitive("null"), Primitive("any")
