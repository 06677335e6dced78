"""Types as TypeScript or Python writes them, read into the one type model.

One grammar takes both spellings: no word means one thing here and another there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hatch_intent.spec.source import quote
from hatch_intent.spec.tokens import Token, TokenReader
from hatch_intent.spec.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Array,
    Field,
    Literal,
    Map,
    Object,
    Tuple,
    Type,
    union,
)

T = TypeVar("T")

_PLAIN: dict[str, Type] = {
    **dict.fromkeys(("number", "float"), NUMBER),
    **dict.fromkeys(("integer", "int"), INTEGER),
    **dict.fromkeys(("string", "str"), STRING),
    **dict.fromkeys(("boolean", "bool"), BOOLEAN),
    **dict.fromkeys(("null", "None", "undefined", "void"), NULL),
    **dict.fromkeys(("any", "Any", "unknown"), ANY),
    **dict.fromkeys(("true", "True"), Literal(value=True)),
    **dict.fromkeys(("false", "False"), Literal(value=False)),
}
_LISTS = ("Array", "ReadonlyArray", "list", "List")
_TUPLES = ("tuple", "Tuple")
_MAPS = ("Record", "dict", "Dict")
_ASYNC = "Promise PromiseLike Awaitable Coroutine AsyncIterator AsyncIterable AsyncGenerator Future"
_REFUSED: dict[str, str] = {
    **dict.fromkeys(
        _ASYNC.split(),
        "functions are plain and synchronous; write the type of the value itself",
    ),
    **dict.fromkeys(
        ("Function", "Callable", "function"), "a function isn't a JSON value; pass its result"
    ),
    **dict.fromkeys(
        ("Date", "datetime", "date", "time", "timedelta"),
        "a date isn't a JSON value; write string (ISO 8601) or number (seconds)",
    ),
    **dict.fromkeys(
        ("Set", "set", "frozenset", "FrozenSet", "WeakSet"),
        "a set isn't a JSON value; write an array",
    ),
    **dict.fromkeys(("Map", "WeakMap"), "it isn't a JSON value; write Record<string, T>"),
    **dict.fromkeys(
        ("bytes", "bytearray", "Buffer", "Uint8Array", "ArrayBuffer", "memoryview"),
        "bytes aren't a JSON value; write string (base64) or integer[]",
    ),
    **dict.fromkeys(
        ("complex", "Decimal", "Fraction", "bigint", "symbol"),
        "it isn't a JSON value; write number, integer or string",
    ),
    **dict.fromkeys(
        ("object", "Object"), "it says too little; write Record<string, T> or { key: T }"
    ),
    **dict.fromkeys(
        ("Iterator", "Iterable", "Generator", "Sequence", "Collection"),
        "values are JSON values; write T[]",
    ),
    **dict.fromkeys(("Mapping", "MutableMapping"), "values are JSON values; write dict[str, T]"),
    "class": "classes and instances aren't JSON values; write a record { key: T }",
}
_FUNCTION_TYPE = "a function isn't a JSON value; a signature takes and returns JSON values only"
_MAX_SUFFIXES = 5


class TypeReader(TokenReader):
    """Reads one type at a time from the tokens."""

    def type(self) -> Type:
        self.deeper()
        self.accept("|")  # TypeScript's style for a union over several lines
        options = [self._suffixed()]
        while self.accept("|"):
            options.append(self._suffixed())
        if self.at("&"):
            self.stop('intersections ("&") are refused; write one record with all keys')
        self.shallower()
        return union(options)

    def _suffixed(self) -> Type:
        found = self._atom()
        for _ in range(_MAX_SUFFIXES):
            if not (self.at("[") and self.peek(1).text == "]"):
                return found
            self.take()
            self.take()
            found = Array(found)
        return self._too_many() if self.at("[") else found

    def _too_many(self) -> Type:
        self.stop(f"more than {_MAX_SUFFIXES} times []; write fewer dimensions")
        return ANY

    def _atom(self) -> Type:
        token = self.peek()
        if token.kind == "name":
            return self._named()
        if token.kind == "string":
            return Literal(self.string(self.take()))
        if token.kind == "number":
            return Literal(self.number(self.take()))
        if self.accept("("):
            return self._parenthesised(token)
        if self.accept("["):
            return Tuple(tuple(self._until("]", self.type)))
        if self.accept("{"):
            return self._record()
        self.stop(f"expected a type, got {self.seen()}")
        return ANY

    def _parenthesised(self, opening: Token) -> Type:
        after_name = self.peek(1).text if self.peek().kind == "name" else ""
        if self.at(")", "...") or after_name in (":", "?", ","):
            self.stop(_FUNCTION_TYPE, opening)
        inner = self.type()
        self.expect(")", "after the type")
        if self.at("=>"):
            self.stop(_FUNCTION_TYPE, opening)
        return inner

    def _named(self) -> Type:
        token = self.take()
        name = self._dotted(token)
        if name in _PLAIN:
            return _PLAIN[name]
        if name in _LISTS:
            items = self._arguments(token, 1)
            return Array(items[0] if items else ANY)
        if name in _TUPLES:
            return self._tuple()
        if name in _MAPS:
            return self._map(token)
        if name == "Optional":
            return union([*self._arguments(token, 1), NULL])
        if name == "Union":
            return union(self._arguments(token, None) or [ANY])
        if name == "Literal":
            return self._literal(token)
        return self._refused(token, name)

    def _dotted(self, token: Token) -> str:
        name = token.text
        while self.at(".") and self.peek(1).kind == "name":
            self.take()
            name += f".{self.take().text}"
        return name.removeprefix("typing.")

    def _refused(self, token: Token, name: str) -> Type:
        why = _REFUSED.get(name) or _REFUSED.get(name.rsplit(".", 1)[-1])
        if why:
            self.refuse(token, f"the type {quote(name)} is refused: {why}")
        else:
            known = 'number, integer, string, boolean, null, any, T[], { key: T }, "a" | "b"'
            message = f"unknown type {quote(name)}; classes and generics are refused, write {known}"
            self.refuse(token, message)
        if self.at("<") or (self.at("[") and self.peek(1).text != "]"):
            self.skip_group()
        return ANY

    def _arguments(self, token: Token, count: int | None) -> list[Type]:
        """The types in `<…>` or `[…]`; none when a bare name such as `list` stands there."""
        bare = not self.at("<") and not (self.at("[") and self.peek(1).text != "]")
        if bare and token.text in (*_LISTS, *_MAPS):
            return []
        if bare:
            self.stop(f"expected a type in brackets after {quote(token.text)}, got {self.seen()}")
        closing = ">" if self.take().text == "<" else "]"
        found = self._until(closing, self.type)
        if count is not None and len(found) != count:
            self.refuse(token, f"{quote(token.text)} takes {count} types, not {len(found)}")
            return found[:count] + [ANY] * (count - len(found))
        return found

    def _tuple(self) -> Type:
        """`tuple[A, B]`, or `tuple[T, ...]` and bare `tuple`, which are arrays in JSON."""
        if not (self.at("[") and self.peek(1).text != "]"):
            return Array(ANY)
        self.take()
        if self.at("(") and self.peek(1).text == ")":
            self.take()
            self.take()
            self.expect("]", "after ()")
            return Tuple(())
        first = self.type()
        if self.at(",") and self.peek(1).text == "...":
            self.take()
            self.take()
            self.expect("]", 'after "..."')
            return Array(first)
        self.accept(",")
        return Tuple((first, *self._until("]", self.type)))

    def _map(self, token: Token) -> Type:
        key = self.peek(1)
        found = self._arguments(token, 2)
        if not found:
            return Map(ANY)
        if found[0] != STRING:
            message = f"JSON has string keys only; {quote(token.text)} takes string, not "
            self.refuse(key, message + quote(key.text))
        return Map(found[1])

    def _literal(self, token: Token) -> Type:
        if not self.at("["):
            self.stop(f'expected values in brackets after "Literal", got {self.seen()}', token)
        self.take()
        return union(self._until("]", self._literal_value) or [ANY])

    def _literal_value(self) -> Type:
        token = self.peek()
        value = self.literal()
        if value is None:
            return NULL
        if isinstance(value, (list, dict)):
            self.stop("a literal is a string, a number, true or false", token)
        return Literal(value)

    def _record(self) -> Type:
        if self.at("[") and self.peek(2).text == ":":
            return self._index_signature()
        fields: list[Field] = []
        while not self.accept("}"):
            self._field(fields)
            if not self.at("}") and not self.accept(",", ";"):
                self.stop(f'expected "," or "}}" after a field, got {self.seen()}')
        return Object(tuple(fields))

    def _index_signature(self) -> Type:
        self.take()
        self.take()
        self.take()
        key = self.peek()
        if self.type() != STRING:
            message = f"JSON has string keys only; write [key: string], not {quote(key.text)}"
            self.refuse(key, message)
        self.expect("]", "after the key's type")
        self.expect(":", 'after "[key: string]"')
        value = self.type()
        self.accept(",", ";")
        self.expect("}", "after the map's type")
        return Map(value)

    def _field(self, fields: list[Field]) -> None:
        token = self.peek()
        if token.kind not in ("name", "string"):
            self.stop(f"expected a field's name, got {self.seen()}")
        self.take()
        name = self.string(token) if token.kind == "string" else token.text
        optional = self.accept("?")
        if self.at("("):
            self.stop(_FUNCTION_TYPE)
        self.expect(":", f"and a type after the field {quote(name)}")
        if any(field.name == name for field in fields):
            self.refuse(token, f"the field {quote(name)} stands twice in one record")
        fields.append(Field(name, self.type(), optional))

    def _until(self, closing: str, item: Callable[[], T]) -> list[T]:
        found = []
        while not self.accept(closing):
            found.append(item())
            if not self.at(closing):
                self.expect(",", f'or "{closing}"')
        return found
