"""JSON, and what JSON can't hold.

`{"$": "NaN"}`, "Infinity", "-Infinity", "-0", and whole numbers beyond 2**53 as
`{"$": "9007199254740993"}`. A record with a key "$" travels as `{"$": {…}}`.
"""

from __future__ import annotations

import json
import math

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

MAX_DEPTH = 200
SAFE = 2**53 - 1
_PLAIN = {str, bool, type(None)}
_encode = json.JSONEncoder(check_circular=False, allow_nan=False, separators=(",", ":")).encode


def pack(value: Any) -> str:
    """A value as JSON text, ASCII alone. Raises TypeError, ValueError for what is no JSON value."""
    return _encode(_carried(value, 0))


def unpack(text: str) -> Any:
    """The value of a text that `pack` wrote, here or in JavaScript."""
    value = json.loads(text)
    return _restored(value) if '"$"' in text else value


def _carried(value: Any, depth: int) -> Any:
    """The value itself where JSON can carry it, else a copy that it can."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$": _SPECIAL_NAMES[str(value)]}
    if kind is int:
        return value if -SAFE <= value <= SAFE else {"$": str(value)}
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, (list, tuple)):
        return _items(value, depth + 1)
    if isinstance(value, dict):
        return _fields(value, depth + 1)
    for base, plainly in _BASES.items():
        if isinstance(value, base):
            return _carried(plainly(value), depth)
    raise TypeError(f"{kind.__name__} is no JSON value")


def _items(values: Any, depth: int) -> Any:
    kinds = set(map(type, values))
    if kinds <= _PLAIN or (kinds == {float} and all(map(math.isfinite, values))):
        return values
    return [_carried(item, depth) for item in values]


def _fields(record: Any, depth: int) -> Any:
    for key in record:
        if not isinstance(key, str):
            raise TypeError(f"a key is {type(key).__name__}, not a string")
    copy = {str.__str__(key): _carried(value, depth) for key, value in record.items()}
    return {"$": copy} if "$" in copy else copy


def _restored(value: Any) -> Any:
    if type(value) is list:
        return [_restored(item) for item in value]
    if type(value) is not dict:
        return value
    if len(value) == 1 and "$" in value:
        held = value["$"]
        if type(held) is str:
            return _SPECIAL[held] if held in _SPECIAL else int(held)
        value = held
    return {key: _restored(item) for key, item in value.items()}


_BASES: dict[type, Any] = {str: str.__str__, float: float.__float__, int: int.__int__}
_SPECIAL = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "-0": -0.0,
}
_SPECIAL_NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
