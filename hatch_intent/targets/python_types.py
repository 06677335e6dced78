"""JSON types as Python annotations; records as `TypedDict` classes.

All of it runs on Python 3.10: optional keys are inherited from a `total=False` class, since
`NotRequired` came with 3.11.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hatch_intent.spec.model import Json, Parameter, Signature
from hatch_intent.spec.types import (
    Array,
    Field,
    Literal,
    Map,
    Object,
    Primitive,
    Tuple,
    Type,
    Union,
)

_PRIMITIVES = {
    "number": "float",
    "integer": "int",
    "string": "str",
    "boolean": "bool",
    "null": "None",
    "any": "Any",
}
_TYPING = ("Any", "Literal", "TypedDict")
_TYPE_WORDS = {*_PRIMITIVES.values(), *_TYPING, "list", "tuple", "dict"}


@dataclass(frozen=True)
class Interface:
    """A signature in Python's words.

    `parameters` are texts such as `y: float | None = None`, `classes` the source of the record
    types, inner ones first, `names` those of them that a caller may want, `typing` what has to
    be imported from there.
    """

    parameters: tuple[str, ...]
    returns: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    typing: tuple[str, ...]


def interface(name: str, signature: Signature) -> Interface:
    """Write the types of the function `name`."""
    writer = _Writer()
    prefix = _camel(name)
    parameters = tuple(
        _parameter(parameter, writer.annotation(parameter.type, prefix + _camel(parameter.name)))
        for parameter in signature.parameters
    )
    returns = writer.annotation(signature.returns, prefix + "Result")
    classes = tuple(writer.classes)
    words = set(re.findall(r"\w+", " ".join((*parameters, returns, *classes))))
    used = tuple(word for word in _TYPING if word in words)
    return Interface(parameters, returns, classes, tuple(sorted(writer.names.values())), used)


def literal(value: Json) -> str:
    """A JSON value as a Python expression, strings in double quotes where that is shorter."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        pairs = (f"{_string(key)}: {literal(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value)


def _string(text: str) -> str:
    quoted = repr(text)
    if quoted[0] == "'" and '"' not in text:
        return f'"{quoted[1:-1]}"'
    return quoted


def _parameter(parameter: Parameter, annotation: str) -> str:
    if not parameter.optional:
        return f"{parameter.name}: {annotation}"
    if parameter.default is None and not _takes_none(parameter.type):
        annotation += " | None"
    default = literal(parameter.default)
    if isinstance(parameter.type, Tuple) and parameter.default:
        default = f"({default[1:-1]},)" if len(parameter.default) == 1 else f"({default[1:-1]})"
    return f"{parameter.name}: {annotation} = {default}"


def _takes_none(kind: Type) -> bool:
    if isinstance(kind, Union):
        return any(map(_takes_none, kind.options))
    return isinstance(kind, Primitive) and kind.name in ("null", "any")


def _camel(text: str) -> str:
    words = re.findall(r"[^\W_]+", text)
    return "".join(word[0].upper() + word[1:] for word in words) or "Field"


@dataclass
class _Writer:
    """Collects classes while it walks over a signature."""

    classes: list[str] = field(default_factory=list)
    names: dict[Object, str] = field(default_factory=dict)

    def annotation(self, kind: Type, place: str) -> str:
        """The annotation; records below it are named after `place`."""
        if isinstance(kind, Primitive):
            return _PRIMITIVES[kind.name]
        if isinstance(kind, Literal):
            return _choice([kind])
        if isinstance(kind, Array):
            return f"list[{self.annotation(kind.item, place + 'Item')}]"
        if isinstance(kind, Tuple):
            return self.tuple(kind, place)
        if isinstance(kind, Map):
            return f"dict[str, {self.annotation(kind.value, place + 'Value')}]"
        if isinstance(kind, Object):
            return self.record(kind, place)
        return self.union(kind, place)

    def tuple(self, kind: Tuple, place: str) -> str:
        items = [
            self.annotation(item, f"{place}Item{number}")
            for number, item in enumerate(kind.items, 1)
        ]
        return f"tuple[{', '.join(items) or '()'}]"

    def union(self, kind: Union, place: str) -> str:
        several = sum(not isinstance(option, (Primitive, Literal)) for option in kind.options) > 1
        choices = [option for option in kind.options if isinstance(option, Literal)]
        words: list[str] = []
        for number, option in enumerate(kind.options, 1):
            if isinstance(option, Literal):
                word = _choice(choices)
            else:
                word = self.annotation(option, f"{place}Option{number}" if several else place)
            words.append(word)
        return " | ".join(dict.fromkeys(words))

    def record(self, kind: Object, place: str) -> str:
        if not kind.fields:
            return "dict[str, Any]"
        if kind not in self.names:
            fields = {
                part.name: self.annotation(part.type, place + _camel(part.name))
                for part in kind.fields
            }
            name = _untaken(place, [*self.names.values(), *_TYPING])
            self.names[kind] = name
            self.classes.extend(_record(name, kind.fields, fields))
        return self.names[kind]


def _choice(options: Sequence[Literal]) -> str:
    """`Literal[...]`; Python has no literal floats, so those widen to `float`."""
    exact = [option.value for option in options if not isinstance(option.value, float)]
    words = [f"Literal[{', '.join(map(literal, exact))}]"] if exact else []
    if len(exact) < len(options):
        words.append("float")
    return " | ".join(words)


def _untaken(name: str, taken: Iterable[str]) -> str:
    names = set(taken)
    if name not in names:
        return name
    number = 2
    while f"{name}{number}" in names:
        number += 1
    return f"{name}{number}"


def _record(name: str, fields: Sequence[Field], annotations: dict[str, str]) -> list[str]:
    required = {part.name: annotations[part.name] for part in fields if not part.optional}
    optional = {part.name: annotations[part.name] for part in fields if part.optional}
    if not optional:
        return [_typed_dict(name, "TypedDict", required)]
    if not required:
        return [_typed_dict(name, "TypedDict", optional, total=False)]
    first = _typed_dict(f"_{name}Required", "TypedDict", required)
    if all(map(_plain, optional)):
        return [first, _typed_dict(name, f"_{name}Required", optional, total=False)]
    second = _typed_dict(f"_{name}Optional", "TypedDict", optional, total=False)
    return [first, second, f"class {name}(_{name}Required, _{name}Optional):\n    pass"]


def _typed_dict(name: str, base: str, keys: dict[str, str], *, total: bool = True) -> str:
    ending = "" if total else ", total=False"
    if all(map(_plain, keys)):
        lines = [f"    {key}: {annotation}" for key, annotation in keys.items()]
        return "\n".join([f"class {name}({base}{ending}):", *lines])
    pairs = ", ".join(f"{_string(key)}: {annotation}" for key, annotation in keys.items())
    return f'{name} = TypedDict("{name}", {{{pairs}}}{ending})'


def _plain(key: str) -> bool:
    """Whether a class body can have the key.

    There `__x` would be mangled, a ligature would lose its form, and a key `float` would hide
    the type of that name from the keys behind it.
    """
    return (
        key.isidentifier()
        and not keyword.iskeyword(key)
        and not key.startswith("__")
        and unicodedata.normalize("NFKC", key) == key
        and key not in _TYPE_WORDS
    )
