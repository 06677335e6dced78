"""From Python's syntax tree to the nodes of `expression`, by a list of what is allowed."""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable
from typing import Any

from hatch_intent.spec.expression import (
    ANSWER,
    CONSTANTS,
    FUNCTIONS,
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Each,
    Item,
    Itself,
    Listing,
    Logic,
    Name,
    Node,
    Record,
    Sign,
    Slice,
    Value,
)
from hatch_intent.spec.model import Signature
from hatch_intent.spec.source import FlawError, quote

MAX_DEPTH = 40

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_SIGNS: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "==",
    ast.IsNot: "!=",
}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Lambda: "lambda is refused; write the expression itself",
    ast.NamedExpr: '":=" is refused; write the expression where it is used',
    ast.JoinedStr: 'f"…" is refused; write str(x) and +',
    ast.SetComp: "a set is refused; write set(… for … in …)",
    ast.Set: "a set is refused; write a list",
    ast.DictComp: "a record can't be made in a loop; write a list",
    ast.Starred: '"*" is refused here; write each value',
    ast.Tuple: "a tuple is refused; JSON has lists, write [a, b]",
    ast.Await: "await is refused",
    ast.Yield: "yield is refused",
    ast.YieldFrom: "yield is refused",
}


def known(names: list[str] | tuple[str, ...]) -> str:
    return f"known are {', '.join(names)}" if names else "the signature has none"


class Translation:
    """Translates the tree of `text[begin:]`; `requires` as in `Statement`."""

    def __init__(
        self,
        text: str,
        begin: int,
        name: str,
        signature: Signature | None,
        requires: tuple[str, ...] | None,
    ) -> None:
        self.text = text[begin:]
        self.bytes = self.text.encode()
        self.begin = begin
        self.name = name
        self.signature = signature
        self.parameters = [each.name for each in signature.parameters] if signature else []
        self.requires = requires
        self.scope: list[str] = []

    def at(self, tree: ast.expr | ast.keyword) -> int:
        """Where it stands in the property's text."""
        return self.begin + len(self.bytes[: tree.col_offset].decode("utf-8", "replace"))

    def stop(self, tree: ast.expr | ast.keyword, message: str) -> FlawError:
        return FlawError(self.at(tree), message)

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.stop(tree, f"nested deeper than {MAX_DEPTH}; make it several properties")
        read = _READERS.get(type(tree))
        if read is None:
            what = _REFUSED.get(type(tree), f"{type(tree).__name__} is not part of the language")
            raise self.stop(tree, what)
        return read(self, tree, depth + 1)

    def nodes(self, trees: list[ast.expr], depth: int) -> tuple[Node, ...]:
        return tuple(self.node(tree, depth) for tree in trees)

    def constant(self, tree: ast.Constant, depth: int) -> Node:  # noqa: ARG002 - one form for all
        value = tree.value
        if value is None or isinstance(value, (bool, int)):
            return Value(value)
        if isinstance(value, float) and math.isfinite(value):
            return Value(value)
        if isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value):
            return Value(value)
        shown = quote(ast.get_source_segment(self.text, tree) or "it")
        raise self.stop(tree, f"{shown} isn't a JSON value")

    def named(self, tree: ast.Name, depth: int) -> Node:  # noqa: ARG002 - one form for all
        name = tree.id
        if name in self.scope or name in self.parameters:
            self.allowed(tree)
            return Name(name)
        if name in CONSTANTS:
            return Value(CONSTANTS[name])
        if name == ANSWER:
            self.allowed(tree)
            return Name(name)
        if name in FUNCTIONS or name == self.name:
            raise self.stop(tree, f"{quote(name)} is a function; call it: {name}(…)")
        if self.signature is None:
            return Name(name)
        names = [*self.parameters, *self.scope, *([] if self.requires else [ANSWER])]
        raise self.stop(tree, f"unknown name {quote(name)}; {_near(name, names)}{known(names)}")

    def allowed(self, tree: ast.Name) -> None:
        """Refuse names that can't be meant here."""
        name = tree.id
        if name in self.scope:
            return
        if name == ANSWER and ANSWER in self.parameters:
            message = '"out" is a parameter and the answer; rename the parameter'
            raise self.stop(tree, message)
        if self.requires is not None and name not in self.requires:
            if name == ANSWER:
                message = '"requires" is about the arguments; there is no "out" yet'
                raise self.stop(tree, message)
            message = f'{quote(name)} isn\'t named in the brackets after "in:"; add it there'
            raise self.stop(tree, message)

    def listing(self, tree: ast.List, depth: int) -> Node:
        return Listing(self.nodes(tree.elts, depth))

    def record(self, tree: ast.Dict, depth: int) -> Node:
        pairs = []
        for key, value in zip(tree.keys, tree.values, strict=True):
            if key is None:
                raise self.stop(value, '"**" is refused here; write each key')
            pairs.append((self.node(key, depth), self.node(value, depth)))
        return Record(tuple(pairs))

    def sign(self, tree: ast.UnaryOp, depth: int) -> Node:
        operator = _SIGNS.get(type(tree.op))
        if operator is None:
            raise self.stop(tree, '"~" is no operator here; write not')
        return Sign(operator, self.node(tree.operand, depth))

    def arithmetic(self, tree: ast.BinOp, depth: int) -> Node:
        operator = _ARITHMETIC.get(type(tree.op))
        if operator is None:
            message = "this operator is refused; known are + - * / // % ** and or not"
            raise self.stop(tree, message)
        return Arithmetic(operator, self.node(tree.left, depth), self.node(tree.right, depth))

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        rest = []
        for operator, right in zip(tree.ops, tree.comparators, strict=True):
            node = self.node(right, depth)
            same = isinstance(operator, (ast.Is, ast.IsNot))
            if same and not (
                isinstance(node, Value) and isinstance(node.value, (bool, type(None)))
            ):
                raise self.stop(right, '"is" takes None, True or False; write "==" to compare')
            rest.append((_COMPARISONS[type(operator)], node))
        return Comparison(self.node(tree.left, depth), tuple(rest))

    def logic(self, tree: ast.BoolOp, depth: int) -> Node:
        operator = "and" if isinstance(tree.op, ast.And) else "or"
        return Logic(operator, self.nodes(tree.values, depth))

    def choice(self, tree: ast.IfExp, depth: int) -> Node:
        return Choice(
            self.node(tree.test, depth),
            self.node(tree.body, depth),
            self.node(tree.orelse, depth),
        )

    def subscript(self, tree: ast.Subscript, depth: int) -> Node:
        of = self.node(tree.value, depth)
        if not isinstance(tree.slice, ast.Slice):
            return Item(of, self.node(tree.slice, depth))
        parts = (tree.slice.lower, tree.slice.upper, tree.slice.step)
        start, stop, step = (None if part is None else self.node(part, depth) for part in parts)
        return Slice(of, start, stop, step)

    def attribute(self, tree: ast.Attribute, depth: int) -> Node:  # noqa: ARG002 - one form for all
        of = ast.get_source_segment(self.text, tree.value) or ANSWER
        raise self.stop(tree, f'attributes are refused; write {of}["{tree.attr}"]')

    def call(self, tree: ast.Call, depth: int) -> Node:
        if isinstance(tree.func, ast.Attribute):
            raise self.stop(tree, self.method(tree.func))
        if not isinstance(tree.func, ast.Name):
            raise self.stop(tree, f"only functions can be called; {known(tuple(FUNCTIONS))}")
        if tree.func.id == self.name:
            return self.itself(tree, depth)
        return self.function(tree, tree.func.id, depth)

    def method(self, tree: ast.Attribute) -> str:
        of = ast.get_source_segment(self.text, tree.value) or ANSWER
        if tree.attr in FUNCTIONS:
            return f"methods are refused; write {tree.attr}({of}, …) as a function"
        return f"methods are refused, functions take their place; {known(tuple(FUNCTIONS))}"

    def function(self, tree: ast.Call, name: str, depth: int) -> Node:
        if name not in FUNCTIONS:
            hint = _near(name, [*FUNCTIONS, self.name])
            message = f"unknown function {quote(name)}; {hint}{known(tuple(FUNCTIONS))}"
            raise self.stop(tree, message)
        for keyword in tree.keywords:
            raise self.stop(keyword, f"{name} takes its arguments by position only")
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(tree.args) <= most:
            takes = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            raise self.stop(tree, f"{name} takes {takes} arguments, not {len(tree.args)}")
        return Call(name, self.nodes(tree.args, depth))

    def itself(self, tree: ast.Call, depth: int) -> Node:
        if self.requires is not None:
            raise self.stop(
                tree, f'"requires" is about the arguments; {self.name} can\'t be called'
            )
        if self.signature is None:
            self.nodes(tree.args, depth)
            return Itself(())
        parameters = self.signature.parameters
        if len(tree.args) > len(parameters):
            raise self.stop(tree, f"{self.name} takes {len(parameters)} arguments")
        names = [each.name for each in parameters]
        given = list(zip(names, tree.args, strict=False))
        for keyword in tree.keywords:
            if keyword.arg not in names or keyword.arg in dict(given):
                message = f"no argument {quote(keyword.arg or '**')} to give; {known(names)}"
                raise self.stop(keyword, message)
            given.append((keyword.arg, keyword.value))
        for each in parameters:
            if not each.optional and each.name not in dict(given):
                raise self.stop(tree, f"{self.name} needs its argument {quote(each.name)}")
        return Itself(tuple((name, self.node(value, depth)) for name, value in given))

    def each(self, tree: ast.GeneratorExp | ast.ListComp, depth: int) -> Node:
        if len(tree.generators) != 1 or tree.generators[0].is_async:
            raise self.stop(tree, 'one "for" at a time; put the other into its own [… for …]')
        loop = tree.generators[0]
        source = self.node(loop.iter, depth)
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
        names: list[str] = []
        for target in targets:
            if not isinstance(target, ast.Name) or target.id in (ANSWER, *names):
                raise self.stop(target, f'a new name stands between "for" and "in", not {ANSWER}')
            names.append(target.id)
        self.scope += names
        item = self.node(tree.elt, depth)
        conditions = self.nodes(loop.ifs, depth)
        del self.scope[len(self.scope) - len(names) :]
        return Each(item, tuple(names), source, conditions)


def _near(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, 1, 0.6) if len(name) < 60 else []
    return f"did you mean {quote(near[0])}? " if near else ""


_READERS: dict[type[ast.AST], Callable[[Translation, Any, int], Node]] = {
    ast.Constant: Translation.constant,
    ast.Name: Translation.named,
    ast.List: Translation.listing,
    ast.Dict: Translation.record,
    ast.UnaryOp: Translation.sign,
    ast.BinOp: Translation.arithmetic,
    ast.Compare: Translation.comparison,
    ast.BoolOp: Translation.logic,
    ast.IfExp: Translation.choice,
    ast.Subscript: Translation.subscript,
    ast.Attribute: Translation.attribute,
    ast.Call: Translation.call,
    ast.GeneratorExp: Translation.each,
    ast.ListComp: Translation.each,
}
