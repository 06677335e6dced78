"""Python's syntax trees where Hy says a thing in another way, and when two are the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from hatch_intent.mirrors.lisp_expressions import Inexpressible
from hatch_intent.syntax import parse

_OF_HY = "_hy_anon_"
_EXCEPTION = re.compile(r"_hy_exc_(.+)_\d+")
_FORMAT = {-1: "", ord("s"): "str", ord("r"): "repr", ord("a"): "ascii"}


def plain(module: str) -> ast.Module:
    """The tree of a module, in the words that Hy has: no f-strings, one name for a sequence."""
    tree = parse(module)
    _Plain().visit(tree)
    return ast.fix_missing_locations(tree)


def same(module: str, back: str) -> bool:
    """Whether what Hy made of a mirror is the module: the same tree."""
    return ast.dump(_Bare().visit(plain(module))) == ast.dump(_Bare().visit(plain(back)))


def refuse_ambiguous(tree: ast.Module) -> None:
    """Raise `Inexpressible` where the mirror's words would mean something else than the module's.

    What stands for f-strings may be somebody's own; and Hy gives exceptions names of its own, which
    Python deletes behind the handler.
    """
    words = {"format", *filter(None, _FORMAT.values())}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    if strings and (own := words & {*_bound(tree)}):
        raise Inexpressible(f'an f-string beside something called "{min(own)}"', strings[0].lineno)
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    for handler in handlers:
        within = {
            id(node) for each in handlers for node in ast.walk(each) if each.name == handler.name
        }
        others = [node for node in ast.walk(tree) if id(node) not in within or _binds(node)]
        if handler.name and handler.name in {name for node in others for name in _names(node)}:
            construct = f'an exception called "{handler.name}" like something else'
            raise Inexpressible(construct, handler.lineno)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that are given to something."""
    for node in ast.walk(tree):
        if _binds(node) or isinstance(node, ast.ExceptHandler):
            yield from _names(node)


def _binds(node: ast.AST) -> bool:
    """Whether a node gives a name to something, other than to an exception."""
    if isinstance(node, ast.Name):
        return not isinstance(node.ctx, ast.Load)
    return bool([*_names(node)]) and not isinstance(node, ast.ExceptHandler)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


class _Plain(ast.NodeTransformer):
    """Puts what Hy writes differently into one form."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [self._part(each) for each in node.values]
        joined = ast.Attribute(ast.Constant(""), "join", ast.Load())
        elements = ast.Tuple(parts, ast.Load())
        return ast.copy_location(ast.Call(joined, [elements], []), node)

    def _part(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.FormattedValue):
            return node
        value = self.visit(node.value)
        if word := _FORMAT[node.conversion]:
            value = ast.Call(ast.Name(word, ast.Load()), [value], [])
        spec = [self.visit(node.format_spec)] if node.format_spec else []
        return ast.Call(ast.Name("format", ast.Load()), [value, *spec], [])

    def visit_List(self, node: ast.List) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store):
            return ast.copy_location(ast.Tuple(node.elts, node.ctx), node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.copy_location(ast.Constant(node.value), node)  # without `u`

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        first, *others = node.targets
        if not others or not all(isinstance(each, ast.Name) for each in node.targets):
            return node
        word = ast.unparse(first)
        chain = [ast.Assign([each], ast.Name(word, ast.Load())) for each in others]
        found: list[ast.stmt] = [ast.Assign([first], node.value), *chain]
        return [ast.copy_location(each, node) for each in found]

    def visit_Slice(self, node: ast.Slice) -> ast.expr:
        self.generic_visit(node)
        ends = (node.lower, node.upper, node.step)
        return ast.copy_location(ast.Slice(*(None if _is_none(end) else end for end in ends)), node)

    def visit_Pass(self, node: ast.Pass) -> ast.stmt:
        return ast.copy_location(ast.Expr(ast.Constant(None)), node)


class _Bare(ast.NodeTransformer):
    """Drops what says nothing: `None` as a statement, `return None` at a function's end.

    In Hy every form has a value, so that a branch whose value nobody asks for sets a variable of
    Hy's own, or is an expression. Were the variable read anywhere, the trees would differ.
    """

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        self.generic_visit(node)
        target = node.targets[0]
        return self.visit_Expr(ast.Expr(node.value)) if _of_hy(target) else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        node.id = _EXCEPTION.sub(r"\1", node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if node.name:
            node.name = _EXCEPTION.sub(r"\1", node.name)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        self.generic_visit(node)
        value = node.value
        if not isinstance(value, ast.IfExp):
            return node
        branches = [self.visit_Expr(ast.Expr(each)) for each in (value.body, value.orelse)]
        body, otherwise = (_telling([each]) for each in branches)
        return ast.If(value.test, body or [ast.Pass()], otherwise)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                rest = _telling(statements)
                if isinstance(node, ast.FunctionDef):
                    while rest and isinstance(rest[-1], ast.Return) and _is_none(rest[-1].value):
                        rest.pop()
                setattr(node, name, rest or [ast.Pass()] * (name == "body"))
        return node


def _telling(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [
        each
        for each in statements
        if not isinstance(each, ast.Pass)
        and not (isinstance(each, ast.Expr) and (_is_none(each.value) or _of_hy(each.value)))
    ]


def _of_hy(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id.startswith(_OF_HY)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)
