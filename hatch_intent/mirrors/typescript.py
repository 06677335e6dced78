"""TypeScript of a JavaScript module: its own text with annotations put in, and nothing else.

The function has the types of its signature. What is inside has those that the compiler infers;
where it can't, or finds too narrow a type, the variable or parameter is declared as `any`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hatch_intent.errors import CheckFailed
from hatch_intent.mirrors.compiler import Complaint
from hatch_intent.spec.model import Spec
from hatch_intent.targets.base import CodeError
from hatch_intent.targets.javascript import function_type
from hatch_intent.targets.javascript_own import HEADER
from hatch_intent.targets.javascript_scan import enclosing, until_closed
from hatch_intent.targets.typescript import TypeScript

_TYPE_LINES = re.compile(r"(?: \*\n)? \* @type \{.*\}\n(?= \*/\nexport )")
_EMPTY = re.compile(r"/\*\*\n \*/\n(?=export )")
_EDIT = "Edit the spec, not this file."
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_PARAMETER, _BOUND, _REST = 7006, 7031, 7019
_SYNTAX = range(1000, 2000)


@dataclass(frozen=True)
class Draft:
    """A mirror's text, and how to find its lines in the module."""

    text: str
    at: int
    """The line from which on the module has further lines."""
    further: int

    def line_in_module(self, line: int) -> int:
        """The module's line for one of the mirror's."""
        return line if line < self.at else line + self.further


def draft(spec: Spec, module: str, path: str) -> Draft:
    """The module at `path` with its signature's types. Raises `CheckFailed`."""
    bare, at = module, 1
    for lines in (_TYPE_LINES, _EMPTY):
        if found := lines.search(bare):
            at = bare.count("\n", 0, found.start()) + 1
            bare = bare[: found.start()] + bare[found.end() :]
    try:
        text = _typed(spec, bare, path)
    except CodeError as error:
        raise CheckFailed(f"{path}  can't be read: {error}") from None
    said = f"// Mirrors {path}. {_EDIT}\n"
    if f"\n// {_EDIT}\n" in text:
        text = text.replace(f"// {_EDIT}\n", said, 1)
    else:  # a person's, without our head
        text = f"{HEADER}{spec.path}\n{said}\n{text}"
    return Draft(text, at, module.count("\n") - text.count("\n"))


def _typed(spec: Spec, text: str, path: str) -> str:
    name = re.escape(spec.name)
    if found := re.search(rf"^(?:export )?(?:const|let|var) {name}(?=\s*=)", text, re.MULTILINE):
        return f"{text[: found.end()]}: {function_type(spec)}{text[found.end() :]}"
    found = re.search(rf"^(?:export )?function {name}\s*(?=\()", text, re.MULTILINE)
    if found is None:
        raise CheckFailed(f"{path}  {spec.name} is no plain function: it can't have types")
    end = until_closed(text, found.end())
    place, parts = found.end(), [text[: found.end()]]
    parameters = spec.signature.parameters
    for number, each in enumerate(parameters):
        word = re.compile(rf"[(,]\s*{re.escape(each.name)}(\s*)(?=([,=)])(\s*null\s*[,)])?)")
        at = word.search(text, place, end + 1)
        if at is None:
            line = text.count("\n", 0, found.start()) + 1
            raise CheckFailed(
                f"{path}:{line}  {spec.name} has a pattern or a rest in place of the parameter "
                f'"{each.name}": it can\'t have the type of the signature'
            )
        kind = TypeScript(readonly=True).show(each.type)
        default = at[2] == "="
        last = all(later.optional for later in parameters[number:])
        mark = "?" if each.optional and last and not default else ""
        kind += " | undefined" * (each.optional and not last and not default)
        kind += " | null" * (default and at[3] is not None)
        parts += [text[place : at.start(1)], f"{mark}: {kind}"]
        place = at.start(1)
    answer = TypeScript().show(spec.signature.returns)
    return "".join([*parts, text[place : end + 1], f": {answer}", text[end + 1 :]])


def widened(text: str, complaints: Sequence[Complaint]) -> str:
    """The text with what the complaints are about declared as `any`; the same where nothing is."""
    plain = [each for each in complaints if each.code in (_PARAMETER, _BOUND, _REST)]
    changes: dict[int, tuple[int, str]] = {}
    for each in plain or complaints:
        for place, end, new in _change(text, each):
            changes[place] = (end, new)
    for place in sorted(changes, reverse=True):
        end, new = changes[place]
        text = text[:place] + new + text[end:]
    return text


def unexpected(before: Sequence[Complaint], after: Sequence[Complaint]) -> Sequence[Complaint]:
    """What to tell people: what was said of their code, rather than of an annotation of ours."""
    broken = any(each.code in _SYNTAX for each in after)
    return before if broken and before else after


def _change(text: str, complaint: Complaint) -> Iterator[tuple[int, int, str]]:
    """At most one place, its end and what is to stand there."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: complaint.line - 1])
    place = start + complaint.column - 1
    rest = lines[complaint.line - 1][complaint.column - 1 :]
    if complaint.code == _BOUND:
        try:
            end = until_closed(text, enclosing(text, place)) + 1
        except CodeError:
            return
        yield end, end, ": any"
        return
    if complaint.code in (_PARAMETER, _REST):
        yield from _parameter(text, place, rest, complaint.code)
        return
    named = [found[0] for found in _WORD.finditer(rest)]
    for name in dict.fromkeys(named):
        if end := _declared(text, name, place):
            yield end, end, ": any"
            return


def _parameter(text: str, place: int, rest: str, code: int) -> Iterator[tuple[int, int, str]]:
    found = re.match(r"(?:\.\.\.)?([A-Za-z_$][\w$]*)", rest)
    if found is None:
        return
    end = place + found.end()
    if re.match(r"\s*=>", text[end:]):
        yield place, end, f"({found[1]}: any)"
    else:
        yield end, end, ": any[]" if code == _REST else ": any"


def _declared(text: str, name: str, place: int) -> int:
    """Where an annotation of a variable or parameter goes, the nearest above a place; or 0."""
    word = re.escape(name)
    variable = rf"\b(?:const|let|var)\s+{word}(?=\s*(?:=[^=>]|;|\n))"
    parameter = rf"(?<=[(,])\s*{word}(?=\s*[,)][^;\n]*=>)"
    pattern = re.compile(f"{variable}|{parameter}")
    ends = [found.end() for found in pattern.finditer(text, 0) if found.start() <= place]
    return ends[-1] if ends else 0
