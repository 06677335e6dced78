"""Which made-up inputs are like those of the examples.

A signature says `number` where the author thinks of small whole ones, and `string` where every
text is a Roman numeral. On other inputs two right functions may well differ; on inputs like the
examples' they may not. An input is like them when no part of it has a trait that this part has in
no example: another sign, a fraction, a letter of another kind, nothing where there was always
something.

An input can also be bigger than all that the examples show: a number, a text or a list more than
twice as large. There a right function may need more time or memory than it is given.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass

from hatch_intent.spec.model import Json, Spec

_Path = tuple[str, ...]
_FAR = 2
"""So many times as large as any example's is bigger."""
FIXED = 3
"""So many lists of one length, and none of another, are taken for lists that have to be so long."""


@dataclass(frozen=True)
class Likeness:
    """The traits of a spec's example inputs, by the part that has them."""

    traits: dict[_Path, frozenset[object]]
    lengths: dict[_Path, int]
    """Of lists that always have one length."""
    sizes: dict[_Path, float]
    """The largest of each part: a number without its sign, the length of a text or a list."""

    @classmethod
    def of(cls, spec: Spec) -> Likeness:
        calls = [example.args for example in spec.examples]
        found: dict[_Path, list[int]] = {}
        for args in calls:
            for path, length in _lists(args):
                found.setdefault(path, []).append(length)
        lengths = {
            path: each[0]
            for path, each in found.items()
            if len(each) >= FIXED and len(set(each)) == 1
        }
        traits: dict[_Path, set[object]] = {}
        for args in calls:
            for path, trait in _traits(args, (), lengths):
                traits.setdefault(path, set()).add(trait)
        sizes: dict[_Path, float] = {}
        for args in calls:
            for path, size in _sizes(args):
                sizes[path] = max(size, sizes.get(path, 0))
        return cls({path: frozenset(each) for path, each in traits.items()}, lengths, sizes)

    def has(self, args: dict[str, Json]) -> bool:
        """Whether an input is like the examples'."""
        nothing: frozenset[object] = frozenset()
        known = self.traits
        return all(
            trait in known.get(path, nothing) for path, trait in _traits(args, (), self.lengths)
        )

    def beyond(self, args: dict[str, Json]) -> str:
        """How an input is beyond what the examples show: "bigger", else "unlike", else empty."""
        known = self.sizes
        if any(path in known and size > _FAR * known[path] for path, size in _sizes(args)):
            return "bigger"
        return "" if self.has(args) else "unlike"


def _parts(value: Json, path: _Path) -> Iterator[tuple[_Path, Json]]:
    """The value and all that is in it; items of a list have one path."""
    yield path, value
    if isinstance(value, list):
        for item in value:
            yield from _parts(item, (*path, "[]"))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(item, (*path, key))


def _lists(value: Json) -> Iterator[tuple[_Path, int]]:
    return ((path, len(part)) for path, part in _parts(value, ()) if isinstance(part, list))


def _sizes(value: Json) -> Iterator[tuple[_Path, float]]:
    for path, part in _parts(value, ()):
        if isinstance(part, (list, str)):
            yield path, len(part)
        elif isinstance(part, (int, float)) and not isinstance(part, bool):
            yield path, abs(part)


def _traits(value: Json, path: _Path, lengths: dict[_Path, int]) -> Iterator[tuple[_Path, object]]:
    if isinstance(value, list):
        fixed = lengths.get(path)
        yield path, f"{len(value)} items" if fixed is not None else "items" if value else "no items"
        for place, item in enumerate(value):
            inside = "[]" if fixed is None else f"[{place}]"
            yield from _traits(item, (*path, inside), lengths)
    elif isinstance(value, dict):
        if not value:
            yield path, "no keys"
        for key, item in value.items():
            yield from _traits(item, (*path, key), lengths)
    elif isinstance(value, str):
        yield from ((path, kind) for kind in {_kind(letter) for letter in value} or {"no text"})
    elif isinstance(value, bool) or value is None:
        yield path, value
    else:
        yield path, "whole" if isinstance(value, int) else "a fraction"
        yield path, "above zero" if value > 0 else "below zero" if value < 0 else "zero"


def _kind(letter: str) -> str:
    if letter in string.ascii_lowercase:
        return "lower case"
    if letter in string.ascii_uppercase:
        return "upper case"
    if letter in string.digits:
        return "digit"
    return letter if letter.isascii() else "beyond ASCII"
