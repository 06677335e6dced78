"""The words of a signature, and a reader that takes them one by one."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from hatch_intent.spec.model import Json
from hatch_intent.spec.source import Flaw, FlawError, quote

MAX_DEPTH = 20
_LOOK_AHEAD = 2
_TOKEN = re.compile(
    r"""\s+
    |(?P<name>(?:[^\W\d]|\$)[\w$]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?!\w))
    |(?P<mark>->|=>|\.\.\.|\*\*|[(){}\[\]<>,;:?|=*/&.])
    """,
    re.VERBOSE,
)
_SINGLE_QUOTED = re.compile(r"\\'|\\.|\"")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


class Token(NamedTuple):
    kind: str
    """name, string, number, mark, or end for the one after the last."""
    text: str
    offset: int


def tokens(text: str, base: int) -> list[Token]:
    """All tokens, `base` added to their offsets; raises `FlawError` at what isn't one."""
    found = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise FlawError(base + at, f"{quote(text[at])} has no meaning in a signature")
        if match.lastgroup:
            found.append(Token(match.lastgroup, match[0], base + at))
        at = match.end()
    return [*found, Token("end", "", base + len(text.rstrip()))]


class TokenReader:
    """Walks over tokens; what is wrong but lets reading go on is kept in `flaws`."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found + found[-1:] * _LOOK_AHEAD
        self._index = 0
        self._depth = 0
        self.flaws: list[Flaw] = []

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[self._index + ahead]

    def take(self) -> Token:
        token = self.peek()
        self._index += token.kind != "end"
        return token

    def at(self, *marks: str) -> bool:
        token = self._tokens[self._index]
        return token.kind == "mark" and token.text in marks

    def at_word(self, *words: str) -> bool:
        return self.peek().kind == "name" and self.peek().text in words

    def accept(self, *marks: str) -> bool:
        if not self.at(*marks):
            return False
        self.take()
        return True

    def expect(self, mark: str, purpose: str) -> Token:
        if not self.at(mark):
            self.stop(f'expected "{mark}" {purpose}, got {self.seen()}')
        return self.take()

    def seen(self) -> str:
        return quote(self.peek().text) if self.peek().text else "the end"

    def refuse(self, token: Token, message: str) -> None:
        self.flaws.append(Flaw(token.offset, message))

    def stop(self, message: str, token: Token | None = None) -> None:
        raise FlawError((token or self.peek()).offset, message)

    def deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.stop(f"nested deeper than {MAX_DEPTH}")

    def shallower(self) -> None:
        self._depth -= 1

    def skip_group(self) -> None:
        """Past the bracket that closes the one at hand, or to the end."""
        waiting: list[str] = []
        while self.peek().kind != "end":
            token = self.take()
            if token.kind == "mark" and token.text in _PAIRS:
                waiting.append(_PAIRS[token.text])
            elif waiting and token.text == waiting[-1]:
                waiting.pop()
            if not waiting:
                return

    def string(self, token: Token) -> str:
        """What a quoted token means, in either kind of quotes."""
        text = token.text
        if text.startswith("'"):
            text = f'"{_SINGLE_QUOTED.sub(_requote, text[1:-1])}"'
        try:
            value = str(json.loads(text))
            value.encode()
        except ValueError:
            self.refuse(token, f"{token.text} has an escape that JSON doesn't know")
            return ""
        return value

    def number(self, token: Token) -> int | float:
        """What a number token means; a float when it has a point or an exponent."""
        try:
            value: int | float = json.loads(token.text)
            json.dumps(value, allow_nan=False)
        except ValueError:
            self.refuse(token, f"{quote(token.text)} is beyond what a number can hold")
            return 0
        return value

    def literal(self) -> Json:
        """A default's value, written as JSON or as Python."""
        self.deeper()
        token = self.take()
        if token.kind == "string":
            value: Json = self.string(token)
        elif token.kind == "number":
            value = self.number(token)
        elif token.text in _CONSTANTS:
            value = _CONSTANTS[token.text]
        elif token.text == "[":
            value = self._list()
        elif token.text == "{":
            value = self._dict()
        else:
            self.stop(f"a default is a JSON value, got {quote(token.text)}", token)
        self.shallower()
        return value

    def _list(self) -> list[Json]:
        items = []
        while not self.accept("]"):
            items.append(self.literal())
            if not self.at("]"):
                self.expect(",", "in a list")
        return items

    def _dict(self) -> dict[str, Json]:
        items: dict[str, Json] = {}
        while not self.accept("}"):
            if self.peek().kind != "string":
                self.stop(f"a key is a string, got {self.seen()}")
            key = self.string(self.take())
            self.expect(":", "after a key")
            items[key] = self.literal()
            if not self.at("}"):
                self.expect(",", "in an object")
        return items


_CONSTANTS: dict[str, Json] = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
    "undefined": None,
}


def _requote(match: re.Match[str]) -> str:
    return {"\\'": "'", '"': '\\"'}.get(match[0], match[0])
