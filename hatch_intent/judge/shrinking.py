"""Values a step simpler than another one, of the same type.

The counterexample that a person gets to see should have nothing in it that does not matter.
Each step leaves something out, or brings a number or a letter nearer to 0 and to `a`, so that
no way leads back. The larger steps come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from hatch_intent.spec.conform import misfit
from hatch_intent.spec.model import Json, Spec
from hatch_intent.spec.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Array,
    Literal,
    Map,
    Object,
    Tuple,
    Type,
    Union,
)

_PLAIN = "a0"
"""What other letters are replaced by."""
_EXACT = 2**53
"""From here on decimals are written shorter than the whole numbers that equal them."""
_DIGITS = 3
"""After the point, of decimals."""


def simpler_args(spec: Spec, args: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Arguments by name, without an optional one or with a simpler value."""
    for each in spec.signature.parameters:
        if each.optional and each.name in args:
            yield {name: value for name, value in args.items() if name != each.name}
    for each in spec.signature.parameters:
        if each.name in args:
            for value in simpler(args[each.name], each.type):
                yield {**args, each.name: value}


def simpler(value: Json, type_: Type) -> Iterator[Json]:
    """Simpler values of the type, which the value has."""
    if isinstance(type_, Union):
        yield from _of_union(value, type_)
    elif type_ == ANY:
        if value is not None:
            yield None
            yield from simpler(value, _kind(value))
    elif isinstance(value, list):
        yield from _lists(value, type_)
    elif isinstance(value, dict):
        yield from _records(value, type_)
    elif isinstance(value, str) and not isinstance(type_, Literal):
        yield from _texts(value)
    elif value and not isinstance(type_, Literal):
        yield from (False,) if value is True else _numbers(value)


def _of_union(value: Json, type_: Union) -> Iterator[Json]:
    for option in type_.options:
        if misfit(value, option) is None:
            yield from simpler(value, option)
            return
        # of those before the one that it has
        if isinstance(option, Literal):
            yield option.value
        elif option == NULL:
            yield None


def _kind(value: Json) -> Type:
    if isinstance(value, list):
        return Array(ANY)
    if isinstance(value, dict):
        return Map(ANY)
    if isinstance(value, str):
        return STRING
    if isinstance(value, bool):
        return BOOLEAN
    return INTEGER if isinstance(value, int) else NUMBER


def _lists(value: list[Json], type_: Type) -> Iterator[list[Json]]:
    if isinstance(type_, Tuple):
        yield from _inside(value, enumerate(type_.items))
    elif isinstance(type_, Array):
        yield from _without(value)
        yield from _inside(value, ((place, type_.item) for place in range(len(value))))


def _records(value: dict[str, Json], type_: Type) -> Iterator[dict[str, Json]]:
    if isinstance(type_, Object):
        fields = [each for each in type_.fields if each.name in value]
        for field in fields:
            if field.optional:
                yield {key: item for key, item in value.items() if key != field.name}
        yield from _inside(value, ((each.name, each.type) for each in fields))
    elif isinstance(type_, Map):
        yield from map(dict, _without(list(value.items())))
        yield from _inside(value, ((key, type_.value) for key in value))
        for key in value:
            for other in _texts(key):
                if other not in value:
                    yield {other if each == key else each: item for each, item in value.items()}


T = TypeVar("T", str, list[Any])


def _without(items: T) -> Iterator[T]:
    """Without all, the second half, the first half and so on, at last without one."""
    size = len(items)
    while size:
        for at in range(len(items) - size, -1, -size):
            yield items[:at] + items[at + size :]
        size //= 2


def _inside(value: Json, parts: Iterable[tuple[int | str, Type]]) -> Iterator[Json]:
    """With one part that is simpler."""
    for place, type_ in parts:
        for part in simpler(value[place], type_):
            changed = value.copy()
            changed[place] = part
            yield changed


def _texts(text: str) -> Iterator[str]:
    yield from _without(text)
    for place, letter in enumerate(text):
        simple = _PLAIN.find(letter) if letter in _PLAIN else len(_PLAIN)
        for plain in _PLAIN[:simple]:
            yield text[:place] + plain + text[place + 1 :]


def _numbers(number: float) -> Iterator[float]:
    yield 0
    if number < 0:
        yield -number
    if isinstance(number, float):
        if abs(number) < _EXACT:
            yield int(number)
        yield from (
            rounded for digits in range(1, _DIGITS) if (rounded := round(number, digits)) != number
        )
        return
    step = abs(number) // 2
    while step:
        yield number - step if number > 0 else number + step
        step //= 2
