"""A model's code, taken apart: what the module needs, and the spec's function mended.

Mending costs no tokens: another name for the function or its parameters, a method in a class,
a decorated function, a forgotten import. What the function doesn't need (prints, asserts,
example calls) is left behind.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hatch_intent.spec.model import Spec
from hatch_intent.targets.base import CodeError
from hatch_intent.targets.python_layout import parse, tidy
from hatch_intent.targets.python_names import bound, missing_imports, used

Import = ast.Import | ast.ImportFrom
_CONTAINERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Piece:
    """A top-level statement's source; `kind` decides the blank lines around it."""

    source: str
    kind: str
    """`line`, `block` or `definition`."""


@dataclass(frozen=True)
class Parts:
    """What a module is put together from. `body` is indented by four, without a docstring."""

    imports: tuple[Import, ...]
    pieces: tuple[Piece, ...]
    body: str


def take_apart(spec: Spec, code: str, own: Sequence[str]) -> Parts:
    """Split `code`. `own` are names that the module defines itself, such as record types.

    Raises `CodeError` when it doesn't parse or no function can be meant.
    """
    source = _with_function(tidy(code), spec.name)
    tree = parse(source)
    lines = source.split("\n")
    function = next(
        node
        for node in reversed(tree.body)
        if isinstance(node, ast.FunctionDef) and node.name == spec.name
    )
    prologue = _prologue(spec, function)
    body = "".join(f"    {line}\n" for line in prologue) + _body(function, lines)
    needs = used([_without_types(function)]) | used([parse(line).body[0] for line in prologue])
    others = [
        node
        for node in _without_copies(tree.body, spec.uses)
        if bound(node).isdisjoint({spec.name, *own})
    ]
    kept, needs = _kept(others, needs)
    missing = needs - {spec.name, *own} - {name for node in kept for name in bound(node)}
    written = [node for node in kept if isinstance(node, Import)]
    beside = [ast.ImportFrom(name, [ast.alias(name)], 1) for name in missing & {*spec.uses}]
    missing -= {*spec.uses}
    imports = [
        *_only(written, needs, spec.uses),
        *beside,
        *missing_imports(missing, [*kept, function]),
    ]
    pieces = [_piece(node, lines) for node in kept if not isinstance(node, Import)]
    return Parts(tuple(imports), tuple(pieces), body)


# --- which function is meant


def _with_function(source: str, name: str) -> str:
    """The source with a plain top-level function `name`, by another name's or a class's detour."""
    tree = parse(source)
    if any(isinstance(node, ast.AsyncFunctionDef) and node.name == name for node in tree.body):
        raise CodeError(f"{name} is async; it must be a plain def")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    meant = _meant(functions, name)
    if meant is None:
        return _from_class(source, tree, name)
    if meant.name != name:
        return _with_function(_renamed(source, tree, meant, name), name)
    if any(_text(decorator) != "staticmethod" for decorator in meant.decorator_list):
        return _behind(source, meant, name)
    return source


def _meant(functions: list[ast.FunctionDef], name: str) -> ast.FunctionDef | None:
    for same in (str, _squeezed):
        found = [node for node in functions if same(node.name) == same(name)]
        if found:
            return found[-1]
    if len(functions) == 1:
        return functions[0]
    called = {other for node in functions for other in used([node]) if other != node.name}
    roots = [node for node in functions if node.name not in called and node.name != "main"]
    return roots[0] if len(roots) == 1 else None


def _squeezed(name: str) -> str:
    return name.replace("_", "").lower()


def _from_class(source: str, tree: ast.Module, name: str) -> str:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner in classes:
        methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
        method = _meant([node for node in methods if _squeezed(node.name) == _squeezed(name)], name)
        if method is not None:
            names = [argument.arg for argument in method.args.args[1:]]
            words = ", ".join(names)
            call = f"{owner.name}().{method.name}({words})"
            return f"{source}\n\ndef {name}({words}):\n    return {call}\n"
    raise CodeError(f"the code defines no function named {name}")


def _renamed(source: str, tree: ast.Module, meant: ast.FunctionDef, name: str) -> str:
    """Every mention of the function under the spec's name. The old name is gone afterwards."""
    places = [
        (node.lineno, node.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == meant.name
    ]
    lines = [line.encode() for line in source.split("\n")]
    old, new = meant.name.encode(), name.encode()
    for line, column in sorted(places, reverse=True):
        text = lines[line - 1]
        lines[line - 1] = text[:column] + new + text[column + len(old) :]
    number = meant.lineno - 1
    lines[number] = re.sub(rb"def(\s+)" + old + rb"\b", rb"def\g<1>" + new, lines[number], count=1)
    return b"\n".join(lines).decode()


def _behind(source: str, meant: ast.FunctionDef, name: str) -> str:
    """A decorated function becomes a private one: a decorator would change the public type."""
    inner = f"_{name}"
    while inner in source:
        inner += "_"
    lines = source.split("\n")
    number = meant.lineno - 1
    lines[number] = re.sub(rf"def\s+{name}\b", f"def {inner}", lines[number], count=1)
    words = ", ".join(argument.arg for argument in (*meant.args.posonlyargs, *meant.args.args))
    return "\n".join(lines) + f"\n\ndef {name}({words}):\n    return {inner}({words})\n"


# --- its parameters


def _prologue(spec: Spec, function: ast.FunctionDef) -> list[str]:
    """Lines that give the body the parameter names and defaults it was written with."""
    wanted = [parameter.name for parameter in spec.signature.parameters]
    defaults = dict(_defaults(function.args))
    names = list(defaults)
    if names[:1] in (["self"], ["cls"]) and len(names) == len(wanted) + 1:
        names = names[1:]
    foreign = [name for name in names if name not in wanted]
    free = [name for name in wanted if name not in names]
    lines = [f"{old} = {new}" for old, new in zip(foreign, free, strict=False)]
    for name in foreign[len(free) :]:
        if defaults[name] is None:
            count = f"{len(names)} parameter" + "s" * (len(names) != 1)
            raise CodeError(f"{spec.name} takes {count}; the signature has {len(wanted)}")
        lines.append(f"{name} = {defaults[name]}")
    for parameter in spec.signature.parameters:
        default = defaults.get(parameter.name)
        if parameter.optional and parameter.default is None and default not in (None, "None"):
            lines.append(
                f"{parameter.name} = {default} if {parameter.name} is None else {parameter.name}"
            )
    return [ast.unparse(parse(line)) for line in lines]


def _defaults(args: ast.arguments) -> Iterator[tuple[str, str | None]]:
    """Parameter names with their default's source; what stars collect is empty."""
    plain = [*args.posonlyargs, *args.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults))
    for argument, default in zip(plain, [*missing, *args.defaults], strict=True):
        yield argument.arg, _text(default) if default else None
    for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield argument.arg, _text(default) if default else None
    if args.vararg:
        yield args.vararg.arg, "()"
    if args.kwarg:
        yield args.kwarg.arg, "{}"


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


def _without_types(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function for name analysis: its types and defaults are the spec's."""
    args = [ast.arg(name) for name, _ in _defaults(function.args)]
    plain = ast.arguments([], args, None, [], [], None, [])
    return ast.FunctionDef(function.name, plain, function.body, [], lineno=1, col_offset=0)


# --- what is kept


def _without_copies(nodes: Sequence[ast.stmt], beside: Sequence[str]) -> Iterator[ast.stmt]:
    """The statements without what stands for another spec's function: its module has it."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module not in beside:
            names = [each for each in node.names if (each.asname or each.name) not in beside]
            if names:
                yield ast.copy_location(ast.ImportFrom(node.module, names, node.level), node)
        elif isinstance(node, Import) or bound(node).isdisjoint(beside):
            yield node


def _body(function: ast.FunctionDef, lines: Sequence[str]) -> str:
    """The lines of the body, comments included, without the docstring."""
    statements = function.body
    before = _signature_end(function)
    if ast.get_docstring(function, clean=False) is not None:
        before = statements[0].end_lineno or before
        statements = statements[1:]
    if not statements:
        return ""
    if _first_line(statements[0]) <= before:  # shares a line with what is left out
        text = "\n".join(map(ast.unparse, statements))
        return textwrap.indent(text, "    ") + "\n"
    start = _first_line(statements[0]) - 1
    while start > before and lines[start - 1].lstrip()[:1] in ("#", ""):
        start -= 1
    return "\n".join(lines[start : function.end_lineno]).strip("\n") + "\n"


def _signature_end(function: ast.FunctionDef) -> int:
    """The last line that the signature surely has."""
    parts = [*ast.walk(function.args), *(ast.walk(function.returns) if function.returns else [])]
    return max([function.lineno, *(getattr(part, "end_lineno", 0) or 0 for part in parts)])


def _kept(nodes: list[ast.stmt], needs: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """The statements that `needs` needs, in their order, and all that those need in turn."""
    imported = {name for node in nodes if isinstance(node, Import) for name in bound(node)}
    useful = [node for node in nodes if not _only_tries(node, imported)]
    kept: set[int] = set()
    while True:
        more = [
            number
            for number, node in enumerate(useful)
            if number not in kept and not bound(node).isdisjoint(needs)
        ]
        if not more:
            return [useful[number] for number in sorted(kept)], needs
        kept.update(more)
        solid = [node for number in more if not isinstance(node := useful[number], Import)]
        needs = needs | used(solid)


def _only_tries(node: ast.stmt, imported: set[str]) -> bool:
    """Whether a statement is a check or an example; `sys.stdout.write(...)` is such, too."""
    if isinstance(node, ast.If):
        return "__name__" in {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
    return isinstance(node, ast.Expr) and not bound(node).isdisjoint(imported)


def _only(imports: Sequence[Import], needs: set[str], beside: Sequence[str]) -> Iterator[Import]:
    """The imports cut down to the names in use, one name each.

    Modules in `beside` are those of other specs, in the same package.
    """
    for node in imports:
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            if isinstance(node, ast.Import):
                if name in needs:
                    yield ast.Import([alias])
            elif node.module != "__future__" and name in needs:
                level = 1 if node.module in beside else node.level
                yield ast.ImportFrom(node.module, [alias], level)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _piece(node: ast.stmt, lines: Sequence[str]) -> Piece:
    start = _first_line(node) - 1
    while start and lines[start - 1].startswith("#"):
        start -= 1
    text = "\n".join(lines[start : node.end_lineno])
    if isinstance(node, _CONTAINERS):
        return Piece(text, "definition")
    return Piece(text, "block" if "\n" in text else "line")
