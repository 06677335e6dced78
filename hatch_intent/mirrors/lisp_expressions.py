"""Python's expressions as Hy writes them."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from math import isinf

BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.MatMult: "@",
}
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not", ast.Invert: "bnot"}
_COMPARE = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is-not",
    ast.In: "in",
    ast.NotIn: "not-in",
}
_UNREADABLE = ("NaN", "Inf", "hy")
"""Names that Hy takes for something else."""


class Inexpressible(Exception):  # noqa: N818 - what it is about is the message
    """A construct that Hy has no form for, or none that is certain to mean the same."""

    def __init__(self, construct: str, line: int) -> None:
        super().__init__(construct)
        self.construct, self.line = construct, line


class Expressions:
    """Writes expressions. `macros` are the names that Hy reads as forms at the head of a list."""

    def __init__(self, macros: frozenset[str]) -> None:
        self._macros = macros

    def show(self, node: ast.expr) -> str:
        """One form. Raises `Inexpressible`."""
        writer: Callable[[ast.expr], str] | None = getattr(self, f"_{type(node).__name__}", None)
        if writer is None:
            raise Inexpressible(type(node).__name__, node.lineno)
        return writer(node)

    def each(self, nodes: Iterable[ast.expr]) -> str:
        """Forms with spaces between."""
        return " ".join(map(self.show, nodes))

    def parameters(self, given: ast.arguments) -> str:
        """A function's parameters, in brackets."""
        plain = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(plain) - len(given.defaults)) + [*given.defaults]
        parts = [self._parameter(*pair) for pair in zip(plain, defaults, strict=True)]
        if given.posonlyargs:
            parts.insert(len(given.posonlyargs), "/")
        if given.vararg:
            parts.append(f"#* {self._parameter(given.vararg)}")
        elif given.kwonlyargs:
            parts.append("*")
        named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        parts += [self._parameter(*pair) for pair in named]
        if given.kwarg:
            parts.append(f"#** {self._parameter(given.kwarg)}")
        return f"[{' '.join(parts)}]"

    def typed(self, annotation: ast.expr | None) -> str:
        """An annotation before what it is for."""
        return f"#^ {self.show(annotation)} " if annotation else ""

    def name(self, name: str, line: int) -> str:
        """A symbol."""
        if name in _UNREADABLE or name.startswith("_hy_"):
            raise Inexpressible(f'the name "{name}"', line)
        return name

    def _parameter(self, given: ast.arg, default: ast.expr | None = None) -> str:
        name = self.name(given.arg, given.lineno)
        shown = f"[{name} {self.show(default)}]" if default else name
        return f"{self.typed(given.annotation)}{shown}"

    def _Name(self, node: ast.Name) -> str:  # noqa: N802 - the node's own name, as below
        return self.name(node.id, node.lineno)

    def _Constant(self, node: ast.Constant) -> str:  # noqa: N802
        value = node.value
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, bytes):
            return 'b"' + "".join(f"\\x{each:02x}" for each in value) + '"'
        if isinstance(value, complex):
            raise Inexpressible("a complex number", node.lineno)
        if isinstance(value, float) and isinf(value):
            return "Inf"
        return "..." if value is ... else repr(value)

    def _UnaryOp(self, node: ast.UnaryOp) -> str:  # noqa: N802
        return f"({_UNARY[type(node.op)]} {self.show(node.operand)})"

    def _BinOp(self, node: ast.BinOp) -> str:  # noqa: N802
        return f"({BINARY[type(node.op)]} {self.show(node.left)} {self.show(node.right)})"

    def _BoolOp(self, node: ast.BoolOp) -> str:  # noqa: N802
        return f"({'and' if isinstance(node.op, ast.And) else 'or'} {self.each(node.values)})"

    def _Compare(self, node: ast.Compare) -> str:  # noqa: N802
        signs = [_COMPARE[type(each)] for each in node.ops]
        if len(set(signs)) == 1:
            return f"({signs[0]} {self.each([node.left, *node.comparators])})"
        pairs = zip(signs, map(self.show, node.comparators), strict=True)
        return f"(chainc {self.show(node.left)} {' '.join(map(' '.join, pairs))})"

    def _IfExp(self, node: ast.IfExp) -> str:  # noqa: N802
        return f"(if {self.each([node.test, node.body, node.orelse])})"

    def _Lambda(self, node: ast.Lambda) -> str:  # noqa: N802
        return f"(fn {self.parameters(node.args)} {self.show(node.body)})"

    def _NamedExpr(self, node: ast.NamedExpr) -> str:  # noqa: N802
        return f"(setx {self.each([node.target, node.value])})"

    def _Attribute(self, node: ast.Attribute) -> str:  # noqa: N802
        name = self.name(node.attr, node.lineno)
        whole = self.show(node.value)
        return f"{whole}.{name}" if _dotted(node.value) else f"(. {whole} {name})"

    def _Call(self, node: ast.Call) -> str:  # noqa: N802
        head = self._head(node.func)
        named = [
            f":{each.arg} {self.show(each.value)}" if each.arg else f"#** {self.show(each.value)}"
            for each in node.keywords
        ]
        return f"({' '.join([head, *map(self.show, node.args), *named])})"

    def _head(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute) and not _dotted(node):
            return f".{self.name(node.attr, node.lineno)} {self.show(node.value)}"
        head = self.show(node)
        return f"(do {head})" if head in self._macros else head

    def _Subscript(self, node: ast.Subscript) -> str:  # noqa: N802
        if isinstance(node.slice, ast.Slice):
            ends = (node.slice.lower, node.slice.upper, node.slice.step)
            parts = [self.show(each) if each else "None" for each in ends]
            shown = parts if node.slice.step else parts[:2]
            return f"(cut {' '.join([self.show(node.value), *shown])})"
        return f"(get {self.each([node.value, node.slice])})"

    def _List(self, node: ast.List) -> str:  # noqa: N802
        return f"[{self.each(node.elts)}]"

    def _Tuple(self, node: ast.Tuple) -> str:  # noqa: N802
        return f"#({self.each(node.elts)})"

    def _Set(self, node: ast.Set) -> str:  # noqa: N802
        return f"#{{{self.each(node.elts)}}}"

    def _Dict(self, node: ast.Dict) -> str:  # noqa: N802
        pairs = zip(node.keys, node.values, strict=True)
        shown = (f"{self.show(k) if k else '#**'} {self.show(v)}" for k, v in pairs)
        return f"{{{'  '.join(shown)}}}"

    def _Starred(self, node: ast.Starred) -> str:  # noqa: N802
        return f"#* {self.show(node.value)}"

    def _ListComp(self, node: ast.ListComp) -> str:  # noqa: N802
        return self._for("lfor", node.generators, node.elt)

    def _SetComp(self, node: ast.SetComp) -> str:  # noqa: N802
        return self._for("sfor", node.generators, node.elt)

    def _GeneratorExp(self, node: ast.GeneratorExp) -> str:  # noqa: N802
        return self._for("gfor", node.generators, node.elt)

    def _DictComp(self, node: ast.DictComp) -> str:  # noqa: N802
        return self._for("dfor", node.generators, node.key, node.value)

    def _for(self, form: str, clauses: Iterable[ast.comprehension], *values: ast.expr) -> str:
        parts = [part for clause in clauses for part in self._clause(clause)]
        return f"({form} {' '.join(parts)} {self.each(values)})"

    def _clause(self, clause: ast.comprehension) -> Iterator[str]:
        if clause.is_async:
            raise Inexpressible("an asynchronous comprehension", clause.target.lineno)
        yield self.each([clause.target, clause.iter])
        yield from (f":if {self.show(test)}" for test in clause.ifs)


def _dotted(node: ast.expr) -> bool:
    """Whether an expression is names with dots between, which Hy reads as one symbol."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _dotted(node.value))


def _text(value: str) -> str:
    """A string on one line; JSON's escapes are Hy's too, but for what is not of 16 bits."""
    shown = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in shown)
