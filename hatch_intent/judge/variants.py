"""Values of a type: some made up, some varied from what the examples hold.

A made-up text is seldom a duration or a JSON pointer; a changed example often nearly is one.
Where chance always says 0, each way gives the simplest value that it can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from functools import partial

from hatch_intent.judge.chance import Chance
from hatch_intent.judge.likeness import FIXED
from hatch_intent.judge.simple import ASCII, ITEMS, PRIMITIVES, Make, decimal, more, text
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.digest import canonical_json
from hatch_intent.spec.model import Json, Parameter, Spec
from hatch_intent.spec.types import (
    INTEGER,
    NUMBER,
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

_AGAIN = 5
"""One part in so many is as one that there is already."""
_EXACT = 2**53
"""From here on no number has a part; much further on, a whole one can't be added to a decimal."""


@dataclass(frozen=True)
class Seen:
    """What stands in a spec's examples: whole calls, and every part by its type's spelling."""

    calls: tuple[dict[str, Json], ...]
    parts: dict[str, list[Json]]
    makes: dict[str, Make] = field(default_factory=dict)
    """What makes values of a type, by its spelling."""

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


def calls(spec: Spec, seen: Seen) -> Callable[[Chance], dict[str, Json]]:
    """Arguments by name, in the signature's order; optional ones may be missing."""
    parameters = spec.signature.parameters
    makes = [(each, values(each.type, seen)) for each in parameters]

    def fresh(chance: Chance) -> dict[str, Json]:
        return {
            each.name: make(chance) for each, make in makes if not each.optional or chance.below(2)
        }

    def changed(chance: Chance) -> dict[str, Json]:
        """Arguments that belong together, such as a text and a place in it, stay together."""
        call = chance.one(seen.calls)
        chance.keep(call)
        one = chance.below(len(makes))
        new = {
            each.name: make(chance)
            for place, (each, make) in enumerate(makes)
            if place == one or not chance.below(3)
        }
        return _in_order(parameters, {**call, **new})

    both = len(parameters) > 1 and bool(seen.calls)

    def make(chance: Chance) -> dict[str, Json]:
        chance.numbers.clear()
        chance.wholes.clear()
        chance.texts.clear()
        return changed(chance) if both and chance.below(2) else fresh(chance)

    return make


def _in_order(parameters: tuple[Parameter, ...], args: dict[str, Json]) -> dict[str, Json]:
    return {each.name: args[each.name] for each in parameters if each.name in args}


def values(type_: Type, seen: Seen) -> Make:
    """Makes values of the type, made up or varied where there is what to vary."""
    spelled = show(type_)
    if spelled not in seen.makes:  # each part is asked for more than once, and its parts again
        ways = _ways(type_, seen)
        one = ways[0] if len(ways) == 1 else lambda chance: chance.one(ways)(chance)
        seen.makes[spelled] = one
    return seen.makes[spelled]


def _ways(type_: Type, seen: Seen) -> list[Make]:
    if isinstance(type_, Union):
        return [way for option in type_.options for way in _ways(option, seen)]
    if isinstance(type_, Literal):
        return [lambda _: type_.value]
    known = seen.of(type_)
    ways = [*_fresh(type_, seen), *(_varied(type_, known, seen) if known else ())]
    if type_ == STRING:
        return [partial(_text_or_again, way) for way in ways]
    if type_ in (NUMBER, INTEGER):
        return [partial(_number_or_again, way, type_) for way in ways]
    return ways


def _text_or_again(way: Make, chance: Chance) -> str:
    text = chance.one(chance.texts) if _again(chance, chance.texts) else way(chance)
    chance.texts.append(text)
    return text


def _number_or_again(way: Make, type_: Type, chance: Chance) -> float:
    """Functions often change their ways where one number reaches another."""
    fitting = chance.numbers if type_ == NUMBER else chance.wholes
    if _again(chance, fitting):
        number = chance.one(fitting)
        number = _kept(number + chance.one((0, 0, 1, -1)), number)
    else:
        number = way(chance)
    chance.keep_number(number)
    return number


def _again(chance: Chance, made: Sequence[Json]) -> bool:
    return bool(made) and chance.below(_AGAIN) == _AGAIN - 1


def _fresh(type_: Type, seen: Seen) -> list[Make]:
    if isinstance(type_, Primitive):
        return PRIMITIVES[type_.name]
    if isinstance(type_, Array):
        item = values(type_.item, seen)
        return [lambda chance: _list(chance, item)]
    if isinstance(type_, Tuple):
        items = [values(each, seen) for each in type_.items]
        return [lambda chance: [item(chance) for item in items]]
    if isinstance(type_, Map):
        key, value = values(STRING, seen), values(type_.value, seen)
        return [lambda chance: {key(chance): value(chance) for _ in more(chance, ITEMS)}]
    if isinstance(type_, Object):
        fields = [(each, values(each.type, seen)) for each in type_.fields]
        return [
            lambda chance: {
                field.name: make(chance)
                for field, make in fields
                if not field.optional or chance.below(2)
            }
        ]
    raise TypeError(f"no values of {type_}")


def _list(chance: Chance, item: Make) -> list[Json]:
    made: list[Json] = []
    for _ in more(chance, ITEMS):
        made.append(chance.one(made) if _again(chance, made) else item(chance))
    return made


def _varied(type_: Type, known: list[Json], seen: Seen) -> list[Make]:
    if type_ == STRING:
        return _texts(known)
    if isinstance(type_, Primitive) and type_.name in ("number", "integer"):
        return _numbers(known, type_.name)
    if isinstance(type_, (Array, Tuple)) and any(known):
        return _lists(type_, known, seen)
    if isinstance(type_, Map):
        return [
            lambda chance: chance.one(known),
            lambda chance: chance.one(known) | chance.one(known),
            lambda chance: _without(chance, chance.one(known)),
        ]
    if isinstance(type_, Object):
        (fresh,) = _fresh(type_, seen)
        return [lambda chance: chance.one(known), lambda chance: _mixed(chance, known, fresh)]
    return [lambda chance: chance.one(known)]


def _mixed(chance: Chance, known: list[Json], fresh: Make) -> Json:
    one, other = chance.one(known), fresh(chance)
    return {key: other.get(key, value) for key, value in one.items()}


_STEPS = (1, -1, 2, -2, 10)


def _place(chance: Chance, value: Sized) -> int:
    """Before one of its parts, or at its end."""
    return chance.below(len(value) + 1)


def _texts(known: list[str]) -> list[Make]:
    letters = "".join(sorted(set("".join(known)))) or " "
    some = letters + ASCII

    def spliced(chance: Chance) -> str:
        one, other = chance.one(known), chance.one(known)
        at = _place(chance, one)
        return one[:at] + other[at:]

    def cut(chance: Chance) -> str:
        one = chance.one(known)
        at = _place(chance, one)
        return one[:at] + one[at + 1 + chance.below(4) :]

    def with_letter(chance: Chance, instead: int) -> str:
        one = chance.one(known)
        at = _place(chance, one)
        return one[:at] + chance.one(some) + one[at + instead :]

    return [
        lambda chance: chance.one(known),
        text(letters),
        lambda chance: chance.one(known) + chance.one(known),
        spliced,
        cut,
        lambda chance: with_letter(chance, 0),
        lambda chance: with_letter(chance, 1),
    ]


def _numbers(known: list[float], name: str) -> list[Make]:
    def stepped(chance: Chance) -> float:
        one = chance.one(known)
        return _kept(one + chance.one(_STEPS), one)

    def scaled(chance: Chance) -> float:
        one = chance.one(known)
        return _kept(one * chance.one(_STEPS), one)

    def between(chance: Chance) -> float:
        one, part = chance.one(known), decimal(chance)
        return _kept(one + part, one) if abs(one) < _EXACT else one

    ways: list[Make] = [lambda chance: chance.one(known), stepped, scaled]
    return [*ways, between] if name == "number" else ways


def _kept(value: float, otherwise: float) -> float:
    """The value, unless it is beyond what JSON can hold."""
    if type(value) is float and not math.isfinite(value):
        return otherwise
    return value


def _lists(type_: Array | Tuple, known: list[list[Json]], seen: Seen) -> list[Make]:
    if isinstance(type_, Tuple):
        (fresh,) = _fresh(type_, seen)

        def joined(chance: Chance) -> list[Json]:
            one, other = chance.one(known), fresh(chance)
            at = _place(chance, one)
            return [*one[:at], *other[at:]]

        return [lambda chance: chance.one(known), joined]
    item = values(type_.item, seen)

    def added(chance: Chance) -> list[Json]:
        one = chance.one(known)
        at = _place(chance, one)
        return [*one[:at], item(chance), *one[at:]]

    def replaced(chance: Chance) -> list[Json]:
        one = list(chance.one(known))
        if one:
            one[chance.below(len(one))] = item(chance)
        return one

    def cut(chance: Chance) -> list[Json]:
        one = list(chance.one(known))
        if one:
            del one[chance.below(len(one))]
        return one

    ways: list[Make] = [
        lambda chance: chance.one(known),
        lambda chance: _shuffled(chance, chance.one(known)),
        cut,
        lambda chance: [*chance.one(known), *chance.one(known)],
        added,
        replaced,
    ]
    length = len(known[0])
    if len(known) >= FIXED and all(len(each) == length for each in known):
        ways += [  # as long as all that the examples have
            lambda chance: [item(chance) for _ in range(length)],
            replaced,
        ]
    return ways


def _shuffled(chance: Chance, items: Sequence[Json]) -> list[Json]:
    left = list(items)
    return [left.pop(chance.below(len(left))) for _ in items]


def _without(chance: Chance, value: dict[str, Json]) -> dict[str, Json]:
    """Without one of its keys."""
    left = list(value.items())
    if left:
        del left[chance.below(len(left))]
    return dict(left)
