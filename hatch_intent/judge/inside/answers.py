"""From what a function returned to plain JSON values, without running any of its code.

Only exact types decide: a subclass of str, int, float, list, tuple or dict is read by the
base class's own methods, so nobody's `__eq__`, `__iter__` or `__str__` has a say.
"""

from __future__ import annotations

import math

from hatch_intent.judge.protocol import MAX_DEPTH, MAX_DIGITS, TOO_LARGE

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

_MAX_PARTS = 600_000  # more can't fit into a frame
_MAX_BITS = int(MAX_DIGITS * math.log2(10))
_NEEDS_LIST = "a set has no order; return a list"
_MODULE, _QUALNAME = type.__dict__["__module__"], type.__dict__["__qualname__"]


class Unfit(Exception):  # noqa: N818 - a finding about an answer, not an error of ours
    """The answer isn't a JSON value; the message says why."""


class _Count:
    def __init__(self) -> None:
        self.parts = 0


def plain(value: Any) -> Any:
    """The value rebuilt of exact None, bool, int, float, str, list and dict, or Unfit.

    Tuples become lists. A NaN or an infinity, a key that isn't a string, a set, bytes or any
    other object is unfit.
    """
    return _plain(value, 0, _Count())


def _plain(value: Any, depth: int, count: _Count) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    count.parts += 1
    if depth > MAX_DEPTH:
        raise Unfit(f"nested deeper than {MAX_DEPTH} levels")
    if count.parts > _MAX_PARTS:
        raise Unfit(f"{TOO_LARGE}more than {_MAX_PARTS} parts")
    if issubclass(kind, float):
        return _finite(float.__float__(value))
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return _printable(int.__int__(value))
    if issubclass(kind, list):
        return [_plain(item, depth + 1, count) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return [_plain(item, depth + 1, count) for item in tuple.__iter__(value)]
    if issubclass(kind, dict):
        return _record(value, depth, count)
    raise Unfit(_NEEDS_LIST if issubclass(kind, (set, frozenset)) else _not_json(kind))


def _record(value: dict[Any, Any], depth: int, count: _Count) -> dict[str, Any]:
    found = {_key(key): _plain(item, depth + 1, count) for key, item in dict.items(value)}
    if len(found) != dict.__len__(value):  # strings that claim to differ
        raise Unfit("two keys of a dictionary are the same text")
    return found


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise Unfit(f"{number} is not a JSON number")
    return number


def _printable(number: int) -> int:
    if number.bit_length() > _MAX_BITS:
        raise Unfit(f"{TOO_LARGE}an integer of more than {MAX_DIGITS} digits")
    return number


def _key(key: Any) -> str:
    if not issubclass(type(key), str):
        raise Unfit(f"a dictionary key is {type(key).__name__}, not a string")
    return str.__str__(key)


def _not_json(kind: type) -> str:
    # by type's own descriptors: a metaclass can have its own, which lie or raise
    module, name = _MODULE.__get__(kind), str.__str__(_QUALNAME.__get__(kind))
    prefix = f"{module}." if type(module) is str and module != "builtins" else ""
    return f"{prefix}{name} is not a JSON value"
