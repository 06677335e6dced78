"""JSON as RFC 8259 has it, with a place for every complaint.

The standard library's parser takes duplicate keys, NaN and lone surrogates and can't say
where they stand, so the strict reading is done here; integers are exact and -0.0 is kept.
"""

from __future__ import annotations

import math
import re
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # public, but not in the stubs

from hatch_intent.spec.model import Json
from hatch_intent.spec.source import FlawError, quote

MAX_DEPTH = 100
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
MAX_DIGITS = 640  # what int() takes under every limit that Python can be set to
_WORD = re.compile(r'"[^"\n]*"|[^\s,:{}\[\]"]+|\S')
_SURROGATE = re.compile("[\ud800-\udfff]")
# what the standard library's parser would take, or can't be trusted with
_SUSPICIOUS = re.compile(r"[0-9]{300}|[0-9][eE]\+?[0-9]{3}|\\u[dD]|NaN|Infinity")
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}
_ALIKE = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_NOT_FINITE = {"NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"}

Spots = dict["str | int", tuple[int, int]]
"""For each key or index of the outermost object or array: where key and value begin."""


def skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def read_json(text: str, offset: int) -> tuple[Json, int]:
    """The value that begins at `offset`, and where it ends.

    Raises `FlawError` with the offset of what isn't JSON.
    """
    start = skip_space(text, offset)
    if text.count("[") + text.count("{") <= MAX_DEPTH and not _SUSPICIOUS.search(text):
        try:  # ten times as quick, but doesn't say where it fails
            value, end = _QUICK.raw_decode(text, start)
        except ValueError:
            return _Reader(text).value(start, 0)
        return value, int(end)
    return _Reader(text).value(start, 0)


def spots(text: str, offset: int) -> Spots:
    """Where the parts of the good value begin that begins at `offset`."""
    reader = _Reader(text)
    reader.value(skip_space(text, offset), 0)
    return reader.spots


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_QUICK = JSONDecoder(object_pairs_hook=_unique)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.spots: Spots = {}

    def value(self, at: int, depth: int) -> tuple[Json, int]:
        if depth > MAX_DEPTH:
            raise FlawError(at, f"nested deeper than {MAX_DEPTH}")
        opening = self.text[at : at + 1]
        if opening == "{":
            return self.object(at, depth)
        if opening == "[":
            return self.array(at, depth)
        if opening == '"':
            return self.string(at)
        return self.number(at) or self.constant(at)

    def object(self, at: int, depth: int) -> tuple[dict[str, Json], int]:
        found: dict[str, Json] = {}
        at = self.space(at + 1)
        if self.text.startswith("}", at):
            return found, at + 1
        while True:
            at = self.member(self.space(at), depth, found)
            if self.text.startswith("}", at):
                return found, at + 1
            at = self.expect(at, ",", '"," or "}"')

    def member(self, at: int, depth: int, found: dict[str, Json]) -> int:
        if not self.text.startswith('"', at):
            raise FlawError(at, f"expected a key in double quotes, got {self.seen(at)}")
        key, end = self.string(at)
        if key in found:
            raise FlawError(at, f"the key {quote(key)} stands twice in one object")
        value_at = self.space(self.expect(self.space(end), ":", '":"'))
        if depth == 0:
            self.spots[key] = (at, value_at)
        found[key], end = self.value(value_at, depth + 1)
        return self.space(end)

    def array(self, at: int, depth: int) -> tuple[list[Json], int]:
        found: list[Json] = []
        at = self.space(at + 1)
        if self.text.startswith("]", at):
            return found, at + 1
        while True:
            at = self.space(at)
            if depth == 0:
                self.spots[len(found)] = (at, at)
            value, end = self.value(at, depth + 1)
            found.append(value)
            at = self.space(end)
            if self.text.startswith("]", at):
                return found, at + 1
            at = self.expect(at, ",", '"," or "]"')

    def string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self.text, at + 1, True)
        except JSONDecodeError as error:
            raise FlawError(error.pos, _string_fault(error.msg)) from None
        if _SURROGATE.search(value):
            raise FlawError(at, "a lone surrogate isn't text; write both halves of the pair")
        return value, end

    def number(self, at: int) -> tuple[int | float, int] | None:
        match = _NUMBER.match(self.text, at)
        if not match:
            return None
        if not (match[1] or match[2]):
            return self.integer(match[0], at), match.end()
        value = float(match[0])
        if math.isinf(value):
            raise FlawError(at, f"{quote(match[0])} is beyond what a float can hold")
        return value, match.end()

    def integer(self, digits: str, at: int) -> int:
        if len(digits) > MAX_DIGITS:
            message = f"a number of {len(digits)} digits; a number has at most {MAX_DIGITS}"
            raise FlawError(at, message)
        return int(digits)

    def constant(self, at: int) -> tuple[Json, int]:
        match = _WORD.match(self.text, at)
        word = match[0] if match else ""
        if word in _CONSTANTS:
            return _CONSTANTS[word], at + len(word)
        if word in _NOT_FINITE:
            raise FlawError(at, f"{word} isn't JSON; JSON has neither NaN nor infinity")
        hint = f'; JSON writes "{_ALIKE[word]}"' if word in _ALIKE else ""
        hint = "; JSON has double quotes" if word.startswith("'") else hint
        raise FlawError(at, f"expected a JSON value, got {self.seen(at)}{hint}")

    def space(self, at: int) -> int:
        return skip_space(self.text, at)

    def expect(self, at: int, mark: str, wanted: str) -> int:
        if self.text.startswith(mark, at):
            return at + 1
        raise FlawError(at, f"expected {wanted}, got {self.seen(at)}")

    def seen(self, at: int) -> str:
        return seen(self.text, at)


def _string_fault(message: str) -> str:
    if message.startswith("Unterminated"):
        return "the string is never closed; close it with a double quote"
    if message.startswith("Invalid control"):
        return r"a string stays on one line; write \n for a line end, \t for a tab"
    return r"JSON doesn't know this escape; write \\ for a backslash"


def seen(text: str, at: int) -> str:
    """The word at `at`, quoted, for "expected …, got …"."""
    match = _WORD.match(text, skip_space(text, at))
    return quote(match[0], 30) if match else "the end"
