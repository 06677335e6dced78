"""What the builder and a worker say to each other: frames of JSON, one question at a time.

A frame is a header (length of the body, the question's nonce, one byte for its kind) and a
body of JSON. The builder decodes as if every byte came from an attacker: strict UTF-8, no
duplicate key, no non-finite number, a cap on size, on depth and on the digits of an integer.
"""

from __future__ import annotations

import json
import math
import re
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

HEADER = struct.Struct("=I16sB")
NONCE_SIZE = 16
MAX_FRAME = 1 << 20
MAX_DEPTH = 100
MAX_DIGITS = 4300  # CPython's own limit between int and str, since the patch releases of 2022
TOO_LARGE = "too large: "
"""How the text of an unfit answer begins that is no more than that; the JavaScript worker's too."""

# Kinds of an answer. A worker can forge any of them; that only equals doing what it says.
LOADED, ANSWER, RAISED, MUTATED, UNFIT, UNSAFE = range(6)

# What the builder asks of a zygote, and its answer: a worker's id and how it ended
REQUEST = struct.Struct("=BBi")
REPLY = struct.Struct("=ii")
FORK, END, DROP = 1, 2, 3
READY = b"ready"

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

encode_text = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
"""ASCII only, keys in the order given: the same value always gives the same text."""


class FrameError(ValueError):
    """Bytes that aren't a well-formed frame; the message says what was wrong."""


def encode(value: Any) -> bytes:
    """The body for a JSON value; ValueError on a non-finite number."""
    return encode_text(value).encode("ascii")


def decode(body: bytes) -> Any:
    """The JSON value of a body from an untrusted process, or FrameError."""
    if _depth(body) > MAX_DEPTH:
        raise FrameError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return _decoder.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"not strict JSON: {error}") from None


def _depth(body: bytes) -> int:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FrameError("a key twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise FrameError(f"an integer of more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise FrameError(f"{digits[:40]} is out of a float's range")
    return number


def _constant(name: str) -> None:
    raise FrameError(f"{name} is not JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
