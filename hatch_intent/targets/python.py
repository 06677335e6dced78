"""Python modules: typed, formatted, the same bytes for the same spec and code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hatch_intent.spec.model import Example, Json, Spec
from hatch_intent.targets.base import CodeError, Origin
from hatch_intent.targets.python_layout import docstring, parse, tidy
from hatch_intent.targets.python_names import bound
from hatch_intent.targets.python_package import TOOLS, WIDTH, all_line, bracketed, package_init
from hatch_intent.targets.python_parts import Import, Parts, Piece, take_apart
from hatch_intent.targets.python_types import Interface, interface, literal


@dataclass(frozen=True)
class Python:
    """The `py` target."""

    name: str = "py"
    suffix: str = ".py"
    language: str = "Python"
    fence: str = "python"
    opening: str = "def"
    allowed: str = (
        "Use only the standard library, and only modules that compute, such as math, re, json, "
        "datetime, decimal, itertools and collections."
    )
    documentation: str = "a docstring"
    openers: tuple[str, ...] = ("def ", "import ", "from ", "class ", "@", "async def ")

    def def_line(self, spec: Spec) -> str:
        types = interface(spec.name, spec.signature)
        return f"def {spec.name}({', '.join(types.parameters)}) -> {types.returns}:"

    def exports(self, spec: Spec) -> tuple[str, ...]:
        return tuple(sorted((spec.name, *interface(spec.name, spec.signature).names)))

    def sketch(self, spec: Spec, text: str) -> str:
        types = interface(spec.name, spec.signature)
        lines = [f"from typing import {', '.join(types.typing)}"] if types.typing else []
        lines += [f"from .{name} import {name}" for name in sorted(spec.uses)]
        imports = "\n".join([*lines, "", ""]) if lines else ""
        classes = "".join(f"{source}\n\n" for source in types.classes)
        body = docstring(text, "    ") if text else "    ..."
        return f"{imports}{classes}{self.def_line(spec)}\n{body}\n"

    def call(self, spec: Spec, example: Example) -> str:
        return f"{spec.name}({', '.join(_arguments(spec, example))})"

    def claim(self, spec: Spec, example: Example) -> str:
        call = self.call(spec, example)
        if example.raises is not None:
            return f"with pytest.raises({example.raises}):\n    {call}"
        if example.out is None or isinstance(example.out, bool):
            return f"assert {call} is {literal(example.out)}"
        if example.tolerance is not None and isinstance(example.out, (int, float)):
            return f"assert {call} == pytest.approx({literal(example.out)}, {example.tolerance!r})"
        return f"assert {call} == {literal(example.out)}"

    def raising(self, error: str) -> str:
        return f"raise {error}"

    def literal(self, value: Json) -> str:
        return literal(value)

    def parses(self, code: str) -> bool:
        try:
            return bool(parse(tidy(code)).body)
        except CodeError:
            return False

    def defines(self, spec: Spec, code: str) -> bool:
        if not self.parses(code):
            return False
        functions = (
            node for node in ast.walk(parse(tidy(code))) if isinstance(node, ast.FunctionDef)
        )
        return any(node.name == spec.name for node in functions)

    def bare(self, spec: Spec, code: str) -> str:
        try:
            parts = _taken_apart(spec, code)
        except CodeError:
            return code.strip("\n") + "\n"
        body = parts.body or "    pass\n"
        sections = [
            "\n".join(_imports(parts.imports)),
            _stacked(parts.pieces),
            f"{self.def_line(spec)}\n{body}",
        ]
        return _joined(sections)

    def render(self, spec: Spec, code: str, origin: Origin) -> str:
        types = interface(spec.name, spec.signature)
        parts = _taken_apart(spec, code)
        imports: list[Import] = [
            *parts.imports,
            *(ast.ImportFrom("typing", [ast.alias(word)], 0) for word in types.typing),
        ]
        head = [
            _header(origin) + docstring(_first_line(spec)),
            "\n".join(["from __future__ import annotations", "", *_imports(imports)]).strip(),
            all_line(self.exports(spec)),
        ]
        function = _wrapped_def(self.def_line(spec), types) + _inside(spec, parts.body)
        return _joined(["\n\n".join(head), *types.classes, _stacked(parts.pieces), function])

    def package_init(self, names: Mapping[str, Sequence[str]]) -> str:
        return package_init(names)


def _arguments(spec: Spec, example: Example) -> Iterable[str]:
    """By position as long as nothing was left out, by name behind a gap."""
    gap = False
    for parameter in spec.signature.parameters:
        if parameter.name not in example.args:
            gap = True
            continue
        value = literal(example.args[parameter.name])
        yield f"{parameter.name}={value}" if gap else value


def _taken_apart(spec: Spec, code: str) -> Parts:
    classes = interface(spec.name, spec.signature).classes
    try:
        return take_apart(spec, code, [name for source in classes for name in _names(source)])
    except CodeError:
        raise
    except RecursionError:
        raise CodeError("the code is nested too deep") from None
    except (ValueError, SyntaxError) as error:
        # Not every tree can be written as source, least of all before 3.12, and a tree spells names
        # in their normal form, which may be a keyword or shorter than what stands in the source.
        raise CodeError(f"the code can't be taken apart: {error}") from None


def _names(source: str) -> set[str]:
    return {name for node in parse(source).body for name in bound(node)}


def _header(origin: Origin) -> str:
    return (
        f"# Generated by hatch-intent from {origin.spec_path}\n"
        "# Edit the spec, not this file.\n"
        f"# intent: {origin.intent_digest}\n"
        f"# checks: {origin.checks_digest}\n"
        f"# author: {origin.author}\n"
        f"{TOOLS}"
    )


def _first_line(spec: Spec) -> str:
    return next((line.strip() for line in spec.description.split("\n") if line.strip()), spec.name)


def _imports(nodes: Sequence[Import]) -> list[str]:
    """Import lines: the standard library's block, then the others', each sorted."""
    plain = {
        (ast.unparse(node), node.names[0].name) for node in nodes if isinstance(node, ast.Import)
    }
    members: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            members.setdefault(module, set()).update(map(ast.unparse, node.names))
    lines = [(name, 0, text) for text, name in plain]
    for module, names in members.items():
        lines.append((module, 1, bracketed(f"from {module} import ", sorted(names), ("(", ")"))))
    blocks: dict[bool, list[str]] = {False: [], True: []}
    for module, _, text in sorted(lines, key=lambda line: (line[1], line[0], line[2])):
        blocks[module.split(".")[0] not in sys.stdlib_module_names].append(text)
    between = [""] if blocks[False] and blocks[True] else []
    return [*blocks[False], *between, *blocks[True]]


def _wrapped_def(line: str, types: Interface) -> str:
    if len(line) <= WIDTH or not types.parameters:
        return line + "\n"
    name = line.split("(")[0]
    parameters = "".join(f"    {parameter},\n" for parameter in types.parameters)
    return f"{name}(\n{parameters}) -> {types.returns}:\n"


def _inside(spec: Spec, body: str) -> str:
    text = docstring(spec.description, "    ") + "\n" if spec.description.strip() else ""
    return text + body if text or _does(body) else "    pass\n"


def _does(body: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in body.split("\n"))


def _stacked(pieces: Sequence[Piece]) -> str:
    text = ""
    before = ""
    for piece in pieces:
        kinds = {before, piece.kind}
        gap = 3 if "definition" in kinds else 2 if "block" in kinds else 1
        text += "\n" * gap * bool(text) + piece.source
        before = piece.kind
    return text


def _joined(sections: Iterable[str]) -> str:
    """Sections with two blank lines between them."""
    return "\n\n\n".join(part for section in sections if (part := section.strip("\n"))) + "\n"
