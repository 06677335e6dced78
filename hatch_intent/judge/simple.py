"""Made-up values of the simple types, and of any type."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator

from hatch_intent.judge.chance import Chance
from hatch_intent.spec.model import Json

Make = Callable[[Chance], Json]

ITEMS = 6
"""Of a list or a map, at most."""
ASCII = string.digits + string.ascii_letters + string.punctuation + " \t\n"
_SMALL, _MIDDLE, _LARGE = 10, 1000, 1_000_000
_TEXT = 16
_DEEP = 2
"""So many lists and records, at most, are around a value of any type."""
_POWERS = (10, 100, 1000)
# From every kind of script, none of them a surrogate; most of the others are no one's text.
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
_CHARACTERS = ASCII + "".join(
    chr(code) for first, end in _RANGES for code in range(first, end) if chr(code) not in ASCII
)


def more(chance: Chance, most: int, odds: int = 5) -> Iterator[None]:
    """At most so often, and `odds` - 1 times in `odds` once more."""
    while most and chance.below(odds):
        most -= 1
        yield


def text(alphabet: str) -> Callable[[Chance], str]:
    def make(chance: Chance) -> str:
        return "".join(chance.one(alphabet) for _ in more(chance, _TEXT, 6))

    return make


def _whole(most: int) -> Callable[[Chance], int]:
    """From -most to most."""

    def make(chance: Chance) -> int:
        number = chance.below(2 * most + 1)
        return number - most if number > most else -number

    return make


def decimal(chance: Chance) -> float:
    """Of few digits: a counterexample can be read, and no square is lost or overflows."""
    digits = _whole(_LARGE)(chance)
    return digits / chance.one(_POWERS)


def _any(chance: Chance, deep: int = 0) -> Json:
    kind = chance.one(_SIMPLE if deep == _DEEP else (*_SIMPLE, "list", "record"))
    if kind == "list":
        return [_any(chance, deep + 1) for _ in more(chance, ITEMS)]
    if kind == "record":
        key = PRIMITIVES["string"]
        return {chance.one(key)(chance): _any(chance, deep + 1) for _ in more(chance, ITEMS)}
    return chance.one(PRIMITIVES[kind])(chance)


_INTEGERS: list[Make] = [_whole(_SMALL), _whole(_MIDDLE), _whole(_LARGE)]
PRIMITIVES: dict[str, list[Make]] = {
    "null": [lambda _: None],
    "boolean": [lambda chance: bool(chance.below(2))],
    "number": [*_INTEGERS, decimal],
    "string": [text(ASCII), text(_CHARACTERS)],
    "integer": _INTEGERS,
    "any": [_any],
}
_SIMPLE = ("null", "boolean", "number", "string")
