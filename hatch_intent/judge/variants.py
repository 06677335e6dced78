"""Strategies for values of a type: some made up, some varied from what the examples hold.

A made-up text is seldom a duration or a JSON pointer; a changed example often nearly is one.
Loaded only where hypothesis is there.
"""

from __future__ import annotations

import math
import operator
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hatch_intent.judge.likeness import FIXED
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.digest import canonical_json
from hatch_intent.spec.model import Json, Parameter, Spec
from hatch_intent.spec.types import (
    STRING,
    Array,
    Literal,
    Map,
    Object,
    Primitive,
    Tuple,
    Type,
    Union,
    show,
)

_SMALL, _MIDDLE, _LARGE = 10, 1000, 1_000_000
_TEXT = 16
_ITEMS = 6
_ASCII = string.digits + string.ascii_letters + string.punctuation + " \t\n"

Values = SearchStrategy[Any]


@dataclass(frozen=True)
class Seen:
    """What stands in a spec's examples: whole calls, and every part by its type's spelling."""

    calls: tuple[dict[str, Json], ...]
    parts: dict[str, list[Json]]

    @classmethod
    def in_examples(cls, spec: Spec) -> Seen:
        parts: dict[str, dict[str, Json]] = {}
        for example in spec.examples:
            for parameter in spec.signature.parameters:
                if parameter.name in example.args:
                    _collect(example.args[parameter.name], parameter.type, parts)
            if example.raises is None:
                _collect(example.out, spec.signature.returns, parts)
        return cls(
            tuple(example.args for example in spec.examples),
            {name: list(values.values()) for name, values in parts.items()},
        )

    def of(self, type_: Type) -> list[Json]:
        return self.parts.get(show(type_), [])


def _collect(value: Json, type_: Type, parts: dict[str, dict[str, Json]]) -> None:
    if isinstance(type_, Union):
        for option in type_.options:
            if misfit(value, option) is None:
                _collect(value, option, parts)
        return
    parts.setdefault(show(type_), {})[canonical_json(value)] = value
    for part, part_type in _parts(value, type_):
        _collect(part, part_type, parts)


def _parts(value: Json, type_: Type) -> Iterator[tuple[Json, Type]]:
    if isinstance(type_, Array):
        yield from ((item, type_.item) for item in value)
    elif isinstance(type_, Tuple):
        yield from zip(value, type_.items, strict=True)
    elif isinstance(type_, Map):
        yield from ((key, STRING) for key in value)
        yield from ((item, type_.value) for item in value.values())
    elif isinstance(type_, Object):
        yield from ((value[each.name], each.type) for each in type_.fields if each.name in value)


def calls(spec: Spec, seen: Seen) -> SearchStrategy[dict[str, Json]]:
    """Arguments by name, in the signature's order; optional ones may be missing."""
    parameters = spec.signature.parameters
    drawn = {parameter.name: values(parameter.type, seen) for parameter in parameters}
    fresh = st.fixed_dictionaries(
        {each.name: drawn[each.name] for each in parameters if not each.optional},
        optional={each.name: drawn[each.name] for each in parameters if each.optional},
    )
    fresh = fresh.map(lambda args: _in_order(parameters, args))
    if len(parameters) < 2 or not seen.calls:
        return fresh
    # arguments that belong together, such as a text and a place in it, stay together
    changed = st.builds(
        lambda call, new: _in_order(parameters, {**call, **new}),
        st.sampled_from(seen.calls),
        st.fixed_dictionaries({}, optional=drawn),
    )
    return st.one_of(fresh, changed)


def _in_order(parameters: tuple[Parameter, ...], args: dict[str, Json]) -> dict[str, Json]:
    return {each.name: args[each.name] for each in parameters if each.name in args}


def values(type_: Type, seen: Seen) -> Values:
    """Values of the type, in equal parts made up and varied where there is what to vary."""
    if isinstance(type_, Union):
        return st.one_of(*(values(option, seen) for option in type_.options))
    if isinstance(type_, Literal):
        return st.just(type_.value)
    known = seen.of(type_)
    fresh = _fresh(type_, seen)
    return st.one_of(fresh, _varied(type_, known, fresh, seen)) if known else fresh


def _fresh(type_: Type, seen: Seen) -> Values:
    if isinstance(type_, Primitive):
        return _PRIMITIVES[type_.name]
    if isinstance(type_, Array):
        return st.lists(values(type_.item, seen), max_size=_ITEMS)
    if isinstance(type_, Tuple):
        return st.tuples(*(values(item, seen) for item in type_.items)).map(list)
    if isinstance(type_, Map):
        return st.dictionaries(values(STRING, seen), values(type_.value, seen), max_size=_ITEMS)
    if isinstance(type_, Object):
        fields = {field.name: values(field.type, seen) for field in type_.fields}
        optional = {field.name for field in type_.fields if field.optional}
        return st.fixed_dictionaries(
            {name: value for name, value in fields.items() if name not in optional},
            optional={name: fields[name] for name in fields if name in optional},
        )
    raise TypeError(f"no values of {type_}")


def _varied(type_: Type, known: list[Json], fresh: Values, seen: Seen) -> Values:
    one = st.sampled_from(known)
    if type_ == STRING:
        return _texts(known)
    if isinstance(type_, Primitive) and type_.name in ("number", "integer"):
        return _numbers(one, type_.name)
    if isinstance(type_, (Array, Tuple)) and any(known):
        lists = _lists(type_, one, seen)
        length = len(known[0])
        fixed = len(known) >= FIXED and all(len(each) == length for each in known)
        if isinstance(type_, Array) and fixed:
            return st.one_of(lists, _of_length(length, one, values(type_.item, seen)))
        return lists
    if isinstance(type_, Map):
        return st.one_of(one, st.builds(operator.or_, one, one), st.builds(_without, one, _PLACE))
    if isinstance(type_, Object):
        return st.one_of(one, st.builds(lambda a, b: {k: b.get(k, a[k]) for k in a}, one, fresh))
    return one


_PLACE = st.integers(0, _TEXT)
_SIGNS = st.sampled_from((1, -1, 2, -2, 10))


def _texts(known: list[str]) -> SearchStrategy[str]:
    one = st.sampled_from(known)
    letters = "".join(sorted(set("".join(known)))) or " "
    letter = st.sampled_from(letters + _ASCII)
    return st.one_of(
        one,
        st.text(letters, max_size=_TEXT),
        st.builds(operator.add, one, one),
        st.builds(lambda a, b, at: a[:at] + b[at:], one, one, _PLACE),
        st.builds(lambda a, at, size: a[:at] + a[at + size :], one, _PLACE, st.integers(1, 4)),
        st.builds(lambda a, at, c: a[:at] + c + a[at:], one, _PLACE, letter),
        st.builds(lambda a, at, c: a[:at] + c + a[at + 1 :], one, _PLACE, letter),
    )


def _numbers(one: SearchStrategy[float], name: str) -> SearchStrategy[float]:
    ways = [
        one,
        st.builds(lambda a, step: _kept(a + step, a), one, _SIGNS),
        st.builds(lambda a, factor: _kept(a * factor, a), one, _SIGNS),
    ]
    if name == "number":
        ways.append(st.builds(lambda a, part: _kept(a + part, a), one, _DECIMALS))
    return st.one_of(ways)


def _kept(value: float, otherwise: float) -> float:
    """The value, unless it is beyond what JSON can hold."""
    if type(value) is float and not math.isfinite(value):
        return otherwise
    return value


def _lists(type_: Array | Tuple, one: SearchStrategy[list[Json]], seen: Seen) -> Values:
    if isinstance(type_, Tuple):
        fresh = _fresh(type_, seen)
        return st.one_of(one, st.builds(lambda a, b, at: a[:at] + b[at:], one, fresh, _PLACE))
    item = values(type_.item, seen)
    return st.one_of(
        one,
        one.flatmap(st.permutations),
        st.builds(_cut, one, _PLACE),
        st.builds(operator.add, one, one),
        st.builds(lambda a, at, b: [*a[:at], b, *a[at:]], one, _PLACE, item),
        st.builds(lambda a, at, b: [*a[:at], b, *a[at + 1 :]], one, _PLACE, item),
    )


def _of_length(length: int, one: SearchStrategy[list[Json]], item: Values) -> Values:
    """Lists as long as all that the examples have."""
    place = st.integers(0, length - 1)
    return st.one_of(
        st.lists(item, min_size=length, max_size=length),
        st.builds(lambda a, at, b: [*a[:at], b, *a[at + 1 :]], one, place, item),
    )


def _cut(value: list[Json], at: int) -> list[Json]:
    return value[:at] + value[at + 1 :]


def _without(value: dict[str, Json], at: int) -> dict[str, Json]:
    return {key: item for index, (key, item) in enumerate(value.items()) if index != at}


# From every kind of script, none of them a surrogate. A fixed list, because hypothesis keeps
# its own table of all characters in a folder, and most of those are no one's text.
_RANGES = (
    (0x00, 0x180),  # Latin with its accents, control characters
    (0x300, 0x330),  # combining marks
    (0x370, 0x400),  # Greek
    (0x410, 0x450),  # Cyrillic
    (0x5D0, 0x5EB),  # Hebrew, from right to left
    (0x660, 0x66A),  # digits that aren't 0-9
    (0x2000, 0x2070),  # spaces, marks of width zero, dashes, line separators
    (0x2150, 0x2190),  # numbers in one character
    (0x3040, 0x3060),  # Hiragana
    (0x4E00, 0x4E20),  # Han
    (0xFB00, 0xFB07),  # ligatures
    (0xFE00, 0xFE10),  # variation selectors
    (0xFF10, 0xFF3B),  # full width
    (0x1F600, 0x1F620),  # beyond 16 bits
)
_CHARACTERS = _ASCII + "".join(
    chr(code) for first, end in _RANGES for code in range(first, end) if chr(code) not in _ASCII
)
_INTEGERS = st.one_of(
    st.integers(-_SMALL, _SMALL), st.integers(-_MIDDLE, _MIDDLE), st.integers(-_LARGE, _LARGE)
)
# of few digits, so that a counterexample can be read and no square is lost or overflows
_DECIMALS = st.builds(
    lambda digits, places: digits / 10**places, st.integers(-_LARGE, _LARGE), st.integers(1, 3)
)
_NUMBERS = st.one_of(_INTEGERS, _DECIMALS)
_STRINGS = st.one_of(
    st.text(_ASCII, max_size=_TEXT),
    st.text(_CHARACTERS, max_size=_TEXT),
)
_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _STRINGS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=_ITEMS), st.dictionaries(_STRINGS, inner, max_size=_ITEMS)
    ),
    max_leaves=8,
)
_PRIMITIVES: dict[str, Values] = {
    "number": _NUMBERS,
    "integer": _INTEGERS,
    "string": _STRINGS,
    "boolean": st.booleans(),
    "null": st.none(),
    "any": _ANY,
}
