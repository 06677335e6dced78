"""JavaScript modules: ES modules with their types in JSDoc, the same bytes for the same code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hatch_intent.spec.model import Example, Json, Spec
from hatch_intent.spec.shown import one_line
from hatch_intent.targets.base import CodeError, Origin
from hatch_intent.targets.javascript_errors import javascript_error
from hatch_intent.targets.javascript_own import HEADER, Own, function_name, own
from hatch_intent.targets.javascript_scan import statements, tidy
from hatch_intent.targets.javascript_types import TYPE, index
from hatch_intent.targets.typescript import TypeScript


@dataclass(frozen=True)
class Javascript:
    """The `js` target."""

    name: str = "js"
    suffix: str = ".js"
    language: str = "JavaScript"
    fence: str = "javascript"
    opening: str = "export function"
    allowed: str = (
        "Use only what the language itself has: no require, and no import that isn't given."
    )
    documentation: str = "its JSDoc comment"
    openers: tuple[str, ...] = ("export ", "function ", "const ", "import ", "let ", "class ")

    def def_line(self, spec: Spec) -> str:
        names = ", ".join(each.name for each in spec.signature.parameters)
        return f"export function {spec.name}({names}) {{"

    def exports(self, spec: Spec) -> tuple[str, ...]:
        return (spec.name,)

    def sketch(self, spec: Spec, text: str) -> str:
        imports = "".join(_import(name) + "\n" for name in sorted(spec.uses))
        types = TypeScript()
        lines = text.strip().split("\n") if text else []
        lines += [
            f"@param {{{types.show(each.type)}}} {f'[{each.name}]' if each.optional else each.name}"
            for each in spec.signature.parameters
        ]
        lines.append(f"@returns {{{types.show(spec.signature.returns)}}}")
        lines += [f"@throws {{{javascript_error(name)}}} for {name}" for name in _raised(spec)]
        head = imports + "\n" if imports else ""
        return f"{head}{_comment(lines)}{self.def_line(spec)}\n  // ...\n}}\n"

    def call(self, spec: Spec, example: Example) -> str:
        given = [each.name in example.args for each in spec.signature.parameters]
        count = len(given) - given[::-1].index(True) if any(given) else 0
        arguments = (
            self.literal(example.args[each.name]) if each.name in example.args else "undefined"
            for each in spec.signature.parameters[:count]
        )
        return f"{spec.name}({', '.join(arguments)})"

    def claim(self, spec: Spec, example: Example) -> str:
        call = self.call(spec, example)
        if example.raises is not None:
            return f"assert.throws(() => {call}, {javascript_error(example.raises)});"
        if example.tolerance is not None and isinstance(example.out, (int, float)):
            wanted = self.literal(example.out)
            return f"assert(Math.abs({call} - {wanted}) <= {example.tolerance!r});"
        return f"assert.deepStrictEqual({call}, {self.literal(example.out)});"

    def raising(self, error: str) -> str:
        name = javascript_error(error)
        return f"throw {'an' if name[0] in 'AEIOU' else 'a'} {name}"

    def literal(self, value: Json) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(self.literal, value))}]"
        if isinstance(value, dict):
            pairs = (f"{_key(key)}: {self.literal(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        return one_line(value).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

    def parses(self, code: str) -> bool:
        try:
            return any(map(function_name, statements(tidy(code))))
        except CodeError:
            return False

    def defines(self, spec: Spec, code: str) -> bool:
        try:
            return spec.name in map(function_name, statements(tidy(code)))
        except CodeError:
            return False

    def bare(self, spec: Spec, code: str) -> str:
        try:
            parts = own(spec, code)
        except CodeError:
            return code.strip("\n") + "\n"
        return _stacked(_imports(spec, parts), parts, f"export {parts.function}")

    def render(self, spec: Spec, code: str, origin: Origin) -> str:
        parts = own(spec, code)
        lines = spec.description.strip().split("\n") if spec.description.strip() else []
        lines += [""] * bool(lines)
        comment = _comment(lines, f"{TYPE}{function_type(spec)}}}")
        head = (
            f"{HEADER}{origin.spec_path}\n"
            "// Edit the spec, not this file.\n"
            f"// intent: {origin.intent_digest}\n"
            f"// checks: {origin.checks_digest}\n"
            f"// author: {origin.author}\n\n"
        )
        return head + _stacked(_imports(spec, parts), parts, f"{comment}export {parts.function}")

    def package_init(self, names: Mapping[str, Sequence[str]]) -> str:
        return index(names)


def function_type(spec: Spec) -> str:
    """The function's type: `(x: number, y?: string) => number`."""
    given, answered = TypeScript(readonly=True), TypeScript()
    parameters = spec.signature.parameters
    shown = []
    for place, each in enumerate(parameters):
        kind = given.show(each.type)
        last = all(later.optional for later in parameters[place:])
        mark = "?" if each.optional and last else ""
        shown.append(f"{each.name}{mark}: {kind}{' | undefined' * (each.optional and not last)}")
    return f"({', '.join(shown)}) => {answered.show(spec.signature.returns)}"


def _raised(spec: Spec) -> list[str]:
    """Python's errors that the spec speaks of, where they have another name here."""
    text = "\n".join([spec.description, *spec.constraints])
    named = {each.raises for each in spec.examples} | {*re.findall(r"\b[A-Z]\w+Error\b", text)}
    return sorted(name for name in named if name and javascript_error(name) != name)


def _key(key: str) -> str:
    """A key of an object literal, where `__proto__` would set what it inherits from."""
    return '["__proto__"]' if key == "__proto__" else Javascript().literal(key)


def _imports(spec: Spec, parts: Own) -> str:
    code = "\n".join([*parts.before, parts.function, *parts.after])
    names = [name for name in sorted(spec.uses) if re.search(rf"\b{name}\b", code)]
    return "\n".join(map(_import, names))


def _stacked(imports: str, parts: Own, function: str) -> str:
    sections = [imports, "\n".join(parts.before), function, "\n".join(parts.after)]
    return "\n\n".join(filter(None, sections)) + "\n"


def _comment(lines: Sequence[str], last: str = "") -> str:
    texts = [f" * {line.strip()}".rstrip().replace("*/", "*\\/") for line in lines]
    return "\n".join(["/**", *texts, *[last] * bool(last), " */", ""])


def _import(name: str) -> str:
    return f'import {{ {name} }} from "./{name}.js";'
