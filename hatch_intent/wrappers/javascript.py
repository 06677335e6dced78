"""JavaScript and its types for the functions of Python modules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hatch_intent.spec.model import Parameter, Spec
from hatch_intent.spec.names import JS_RESERVED
from hatch_intent.spec.types import Array, Map, Object, Primitive, Tuple, Type, Union
from hatch_intent.targets.typescript import TypeScript

_GIVEN = TypeScript(readonly=True, integer="number | bigint")
_ANSWERED = TypeScript(integer="number | bigint")
_BRIDGE = "'./_bridge.mjs'"
_SHARED = ("batch", "close", "configure", "PythonError", "WrapperError")

Place = tuple[str | int | None, ...]
"""Keys on the way into a value; None stands for each of an array's or map's."""


def module(spec: Spec) -> str:
    """The function, as an ES module."""
    words = _words(spec)
    given = ", ".join(_given(name, word) for name, word in words.items())
    arguments = f"{{ {given} }}" if given else "{}"
    places = sorted(double_places(spec.signature.returns), key=str)
    further = f", {json.dumps(places)}" if places else ""
    return (
        f"import {{ $call }} from {_BRIDGE};\n\n"
        f"{comment(spec)}"
        f"export function {spec.name}({', '.join(words.values())}) {{\n"
        f"  return $call('{spec.name}', {arguments}{further});\n"
        "}\n"
    )


def types(spec: Spec) -> str:
    """The function's declaration."""
    words = _words(spec)
    parameters = ", ".join(
        f"{words[each.name]}{_mark(spec.signature.parameters[number:])}: {_GIVEN.show(each.type)}"
        f"{_undefined(each, spec.signature.parameters[number:])}"
        for number, each in enumerate(spec.signature.parameters)
    )
    answer = _ANSWERED.show(spec.signature.returns)
    return f"{comment(spec)}export declare function {spec.name}({parameters}): Promise<{answer}>;\n"


def index(names: Sequence[str]) -> str:
    """Everything of the folder."""
    lines = [f"export {{ {name} }} from './{name}.mjs';" for name in names]
    return "\n".join([*lines, f"export {{ {', '.join(_SHARED)} }} from {_BRIDGE};", ""])


def index_types(names: Sequence[str]) -> str:
    """The declarations of everything of the folder."""
    kind = f"export type {{ Options }} from {_BRIDGE};\n"
    return index(names) + kind


def comment(spec: Spec) -> str:
    """The description, as documentation."""
    lines = spec.description.strip().replace("*/", "*\\/").split("\n")
    return "/**\n" + "".join(f" * {line.strip()}".rstrip() + "\n" for line in lines) + " */\n"


def double_places(kind: Type) -> set[Place]:
    """Where in an answer a whole number of any size is to become a double."""
    numbers, whole = set(_places(kind, "number")), set(_places(kind, "integer"))
    return numbers - whole - set(_places(kind, "any"))


def _places(kind: Type, name: str) -> Iterator[Place]:
    if isinstance(kind, Primitive):
        if kind.name == name:
            yield ()
    elif isinstance(kind, Union):
        for option in kind.options:
            yield from _places(option, name)
    else:
        for key, part in _parts(kind):
            yield from ((key, *place) for place in _places(part, name))


def _parts(kind: Type) -> Iterator[tuple[str | int | None, Type]]:
    if isinstance(kind, Array):
        yield None, kind.item
    elif isinstance(kind, Map):
        yield None, kind.value
    elif isinstance(kind, Tuple):
        yield from enumerate(kind.items)
    elif isinstance(kind, Object):
        yield from ((field.name, field.type) for field in kind.fields)


def _words(spec: Spec) -> dict[str, str]:
    """Parameter to the word that stands for it; words that JavaScript keeps get a line below."""
    names = [each.name for each in spec.signature.parameters]
    words: dict[str, str] = {}
    for name in names:
        word = name
        while word in JS_RESERVED or word in words.values() or (word != name and word in names):
            word += "_"
        words[name] = word
    return words


def _given(name: str, word: str) -> str:
    return name if name == word else f"{name}: {word}"


def _mark(following: Sequence[Parameter]) -> str:
    """`?` where this one and all behind it may be left out."""
    return "?" if all(each.optional for each in following) else ""


def _undefined(parameter: Parameter, following: Sequence[Parameter]) -> str:
    return " | undefined" if parameter.optional and not _mark(following) else ""
