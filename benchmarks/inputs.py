"""How many slips the made-up inputs find, and what it costs to make them.

    python -m benchmarks.inputs [--inputs 200]

Each reference solution of `specs/` is changed in one place at a time: a comparison, an operator,
a number, a text, a condition. Of the changed ones that still pass the spec's examples it is
counted how many answer one of so many inputs otherwise than the original: inputs of our own,
and those that hypothesis makes up from the signature alone. `like` are slips that show on inputs
like the examples', which count where candidates are compared. Runs only our own references, in
this process. Prints Markdown.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import random
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hatch_intent.judge.compare import difference
from hatch_intent.judge.differential import which_count
from hatch_intent.judge.inputs import Args, identity
from hatch_intent.judge.properties import made_up
from hatch_intent.spec import read_spec
from hatch_intent.spec.digest import by_value
from hatch_intent.spec.model import Spec
from hatch_intent.spec.types import Array, Literal, Map, Object, Primitive, Tuple, Type, Union

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 0.2
"""For one call."""
SLIPS = 60
"""Changed solutions of one reference, at most."""
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
}


def slips(source: str) -> Iterator[str]:
    """The source with one place changed, each once."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for place in range(len(list(ast.walk(tree)))):
        for way in range(2):
            changed = copy.deepcopy(tree)
            if _change(list(ast.walk(changed))[place], way):
                text = ast.unparse(ast.fix_missing_locations(changed))
                if text not in seen:
                    seen.add(text)
                    yield text


def _change(node: ast.AST, way: int) -> bool:
    match node:
        case ast.Compare(ops=[operator, *_]) if len(_COMPARISONS.get(type(operator), ())) > way:
            node.ops[0] = _COMPARISONS[type(operator)][way]()
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS and not way:
            node.op = _OPERATORS[type(operator)]()
        case ast.BoolOp(op=operator) if not way:
            node.op = ast.Or() if isinstance(operator, ast.And) else ast.And()
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            node.value = number + (1, -1)[way]
        case ast.Constant(value=str(text)) if not way:
            node.value = f"{text}x"
        case ast.If():
            node.test = ast.Constant(bool(way))
        case _:
            return False
    return True


class _TooLong(Exception):  # noqa: N818 - ends a call
    pass


def _alike(one: Callable[..., object], other: Callable[..., object], calls: Iterable[Args]) -> bool:
    return all(_same(_answer(one, args), _answer(other, args)) for args in calls)


def _answer(function: Callable[..., object], args: Args) -> tuple[str, object]:
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return "value", by_value(function(**copy.deepcopy(args)))
    except _TooLong:
        return "too long", None
    except Exception as error:  # noqa: BLE001 - whatever a slip leads to is its answer
        return type(error).__name__, None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _same(one: tuple[str, Any], other: tuple[str, Any]) -> bool:
    return one[0] == other[0] and (one[0] != "value" or difference(one[1], other[1]) is None)


def from_signature(spec: Spec, number: int) -> Sequence[Args]:
    """So many inputs, each another, of hypothesis's own strategies for the types."""
    found: dict[str, Args] = {}
    strategy = st.fixed_dictionaries(
        {each.name: _strategy(each.type) for each in spec.signature.parameters}
    )

    class Enough(Exception):  # noqa: N818 - ends the search
        pass

    @seed(1)
    @settings(
        max_examples=10 * number,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def search(args: Args) -> None:
        found.setdefault(identity(args), args)
        if len(found) == number:
            raise Enough

    with contextlib.suppress(Enough):
        search()
    return list(found.values())


def _strategy(type_: Type) -> st.SearchStrategy[Any]:
    match type_:
        case Union():
            return st.one_of(*map(_strategy, type_.options))
        case Literal():
            return st.just(type_.value)
        case Array():
            return st.lists(_strategy(type_.item), max_size=6)
        case Tuple():
            return st.tuples(*map(_strategy, type_.items)).map(list)
        case Map():
            return st.dictionaries(st.text(max_size=16), _strategy(type_.value), max_size=6)
        case Object():
            fields = {each.name: _strategy(each.type) for each in type_.fields}
            return st.fixed_dictionaries(fields)
        case Primitive():
            return _PRIMITIVES[type_.name]
    raise TypeError(f"no strategy for {type_}")


_INTEGERS = st.integers(-1_000_000, 1_000_000)
_NUMBERS = _INTEGERS | st.floats(-1e6, 1e6)
_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "integer": _INTEGERS,
    "number": _NUMBERS,
    "string": st.text(max_size=16),
    "boolean": st.booleans(),
    "null": st.none(),
    "any": st.recursive(
        st.none() | st.booleans() | _NUMBERS | st.text(max_size=16),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=6),
        max_leaves=8,
    ),
}


@dataclass
class Side:
    make: Callable[[Spec, int], Sequence[Args]]
    found: int = 0
    like: int = 0
    seconds: list[float] = field(default_factory=list)

    def inputs(self, spec: Spec, number: int) -> Sequence[Args]:
        started = time.perf_counter()
        found = self.make(spec, number)
        self.seconds.append(time.perf_counter() - started)
        return found


def measure(sides: Iterable[Side], number: int) -> int:
    """How many slips there were to find."""
    count = 0
    for path in sorted((ROOT / "specs").glob("*.intent.md")):
        spec = read_spec(path.read_bytes(), path.name)
        source = (ROOT / "tests" / "references" / f"{spec.name}.py").read_text(encoding="utf-8")
        right = _loaded(source, spec.name)
        shown = [each.args for each in spec.examples]
        hidden = [
            each
            for each in (_loaded(text, spec.name) for text in _some(list(slips(source))))
            if _alike(right, each, shown)
        ]
        count += len(hidden)
        for side in sides:
            made = side.inputs(spec, number)
            like = list(filter(which_count(spec, made), made))
            side.found += sum(not _alike(right, each, made) for each in hidden)
            side.like += sum(not _alike(right, each, like) for each in hidden)
    return count


def _some(texts: list[str]) -> list[str]:
    return random.Random(1).sample(texts, min(len(texts), SLIPS))


def _loaded(source: str, name: str) -> Callable[..., object]:
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102 - our own reference
    function: Callable[..., object] = space[name]
    return function


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inputs")
    parser.add_argument("--inputs", type=int, default=200)
    number = parser.parse_args().inputs
    signal.signal(signal.SIGALRM, _stop)
    sides = {"ours": Side(made_up), "hypothesis, from the signature": Side(from_signature)}
    count = measure(sides.values(), number)
    print(f"| {count} slips, {number} inputs | found | found by like ones | ms to make them |")
    print("|---|---|---|---|")
    for name, side in sides.items():
        milliseconds = 1000 * statistics.median(side.seconds)
        print(f"| {name} | {side.found} | {side.like} | {milliseconds:.0f} |")
    return 0


def _stop(*_: object) -> None:
    raise _TooLong


if __name__ == "__main__":
    sys.exit(main())
