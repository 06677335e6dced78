"""What a property comes to for one call. Runs in the builder, on JSON values only.

The statement is the author's, the answer a stranger's: every step is counted, every size is
capped, and whatever can't be worked out is `Unsettled`, never an exception of Python's own.

Numbers, strings, lists and records compare as the judge compares (`compare.difference`):
`a <= b` is "less, or the same within the tolerance", and `a < b` is "less, and not the same".
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from hatch_intent.judge import functions, operations
from hatch_intent.judge.compare import difference
from hatch_intent.judge.operations import Cost, Unsettled
from hatch_intent.spec.expression import (
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
    Statement,
    Value,
)
from hatch_intent.spec.model import Json

MAX_CALLS = 20
"""How often one evaluation may call the function itself."""

Ask = Callable[[dict[str, Json]], Json]
"""The function's answer to other arguments, or `Unsettled` when it gives none."""


def holds(statement: Statement, names: dict[str, Json], ask: Ask | None = None) -> bool:
    """Whether the statement is true, with these values for its names.

    Raises `Unsettled` when that can't be said: an index out of range, a sum of strings, more
    steps than `operations.MAX_STEPS`, or a result that is neither true nor false.
    """
    result = _Evaluation(names, ask).value(statement.node)
    if not isinstance(result, bool):
        raise Unsettled(f"it comes to {operations.brief(result)}, neither true nor false")
    return result


def evaluate(node: Node, names: dict[str, Json]) -> Json:
    """The value of an expression, or `Unsettled`."""
    return _Evaluation(names, None).value(node)


class _Evaluation:
    """One evaluation of one tree, with its own allowance of steps."""

    def __init__(self, names: dict[str, Json], ask: Ask | None) -> None:
        self.names = dict(names)
        self.ask = ask
        self.cost = Cost()
        self.calls = 0

    def value(self, node: Node) -> Json:
        self.cost.charge(1)
        return _RULES[type(node)](self, node)

    def constant(self, node: Value) -> Json:
        return node.value

    def name(self, node: Name) -> Json:
        if node.name not in self.names:
            raise Unsettled(f'"{node.name}" has no value here')
        return self.names[node.name]

    def listing(self, node: Listing) -> Json:
        return [self.value(item) for item in node.items]

    def record(self, node: Record) -> Json:
        found: dict[str, Json] = {}
        for key_node, value_node in node.pairs:
            key = self.value(key_node)
            if type(key) is not str:
                raise Unsettled(f"a key is {operations.brief(key)}, not a string")
            found[key] = self.value(value_node)
        return found

    def sign(self, node: Sign) -> Json:
        operand = self.value(node.operand)
        if node.operator == "not":
            return not operand
        number = operations.number(operand, f'"{node.operator}"')
        return -number if node.operator == "-" else number

    def arithmetic(self, node: Arithmetic) -> Json:
        left, right = self.value(node.left), self.value(node.right)
        return operations.arithmetic(node.operator, left, right, self.cost)

    def comparison(self, node: Comparison) -> Json:
        left = self.value(node.first)
        for operator, right_node in node.rest:
            right = self.value(right_node)
            if not self.compare(operator, left, right):
                return False
            left = right
        return True

    def compare(self, operator: str, left: Json, right: Json) -> bool:
        if operator in ("==", "!="):
            return self.same(left, right) == (operator == "==")
        if operator in ("in", "not in"):
            return self.contains(right, left) == (operator == "in")
        if self.same(left, right):
            operations.order(left, right, self.cost)  # two booleans are the same, but unordered
            return operator in ("<=", ">=")
        ordered = operations.order(left, right, self.cost, self.same)
        return ordered < 0 if operator in ("<", "<=") else ordered > 0

    def same(self, left: Json, right: Json) -> bool:
        self.cost.charge(min(operations.size(left), operations.size(right)))
        return difference(left, right) is None

    def contains(self, whole: Json, part: Json) -> bool:
        if type(whole) is str:
            if type(part) is not str:
                raise Unsettled(f"{operations.brief(part)} can't be looked for in a string")
            self.cost.charge(len(whole) // 16)
            return part in whole
        if type(whole) is dict:
            return type(part) is str and part in whole
        if type(whole) is list:
            return any(self.same(item, part) for item in whole)
        raise Unsettled(f"nothing can be in {operations.brief(whole)}")

    def logic(self, node: Logic) -> Json:
        settled: Json = None
        for operand in node.operands:
            settled = self.value(operand)
            if bool(settled) == (node.operator == "or"):
                break
        return settled

    def choice(self, node: Choice) -> Json:
        return self.value(node.then if self.value(node.condition) else node.otherwise)

    def item(self, node: Item) -> Json:
        return operations.item(self.value(node.of), self.value(node.at))

    def slice(self, node: Slice) -> Json:
        of = self.value(node.of)
        parts = [None if part is None else self.value(part) for part in _parts(node)]
        return operations.part(of, parts, self.cost)

    def call(self, node: Call) -> Json:
        if node.function in ("all", "any") and isinstance(node.arguments[0], Each):
            wanted = node.function == "any"
            # closed at once, so that the loop's names end with it
            with closing(self.items(node.arguments[0])) as found:
                settled = any(bool(each) == wanted for each in found)
            return wanted if settled else not wanted
        arguments = [self.value(argument) for argument in node.arguments]
        return functions.call(node.function, arguments, self.cost)

    def itself(self, node: Itself) -> Json:
        arguments = {name: self.value(value) for name, value in node.arguments}
        self.calls += 1
        if self.ask is None or self.calls > MAX_CALLS:
            raise Unsettled(f"it calls the function more than {MAX_CALLS} times")
        return self.ask(arguments)

    def each(self, node: Each) -> Json:
        return list(self.items(node))

    def items(self, node: Each) -> Generator[Json, None, None]:
        outer = {name: self.names[name] for name in node.names if name in self.names}
        try:
            for value in operations.items(self.value(node.source), self.cost):
                self.cost.charge(1)
                self.names.update(_named(node.names, value))
                if all(self.value(condition) for condition in node.conditions):
                    yield self.value(node.item)
        finally:
            for name in node.names:
                self.names.pop(name, None)
            self.names.update(outer)


def _parts(node: Slice) -> tuple[Node | None, ...]:
    return (node.start, node.stop, node.step)


def _named(names: tuple[str, ...], value: Json) -> dict[str, Json]:
    if len(names) == 1:
        return {names[0]: value}
    if type(value) is not list or len(value) != len(names):
        raise Unsettled(f"{operations.brief(value)} isn't a list of {len(names)}")
    return dict(zip(names, value, strict=True))


_RULES: dict[type, Callable[[_Evaluation, Any], Json]] = {
    Value: _Evaluation.constant,
    Name: _Evaluation.name,
    Listing: _Evaluation.listing,
    Record: _Evaluation.record,
    Sign: _Evaluation.sign,
    Arithmetic: _Evaluation.arithmetic,
    Comparison: _Evaluation.comparison,
    Logic: _Evaluation.logic,
    Choice: _Evaluation.choice,
    Item: _Evaluation.item,
    Slice: _Evaluation.slice,
    Call: _Evaluation.call,
    Itself: _Evaluation.itself,
    Each: _Evaluation.each,
}
