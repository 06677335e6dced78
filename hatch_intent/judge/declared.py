"""Whether what a function declares agrees with its spec: annotations and defaults.

The code of a model gets the spec's own `def` line. Code that people wrote has theirs, which its
callers and their type checkers go by. As in gradual typing, no annotation and `Any` agree with
all; so does an annotation in words that a spec can't have, such as a name of the module's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from hatch_intent.judge.compare import difference
from hatch_intent.spec.conform import misfit
from hatch_intent.spec.model import Json, Parameter, Spec
from hatch_intent.spec.shown import one_line
from hatch_intent.spec.signature import read_type
from hatch_intent.spec.source import FlawError
from hatch_intent.spec.types import (
    ANY,
    INTEGER,
    NUMBER,
    Array,
    Literal,
    Map,
    Object,
    Tuple,
    Type,
    Union,
    show,
)

_LINE = 100


def declared_problem(function: ast.FunctionDef, spec: Spec) -> str | None:
    """What of the annotations and defaults contradicts the signature, or None.

    A parameter may take more than was promised, the answer may be less. The function has the
    signature's parameters, in its order.
    """
    try:
        return _problem(function, spec)
    except (RecursionError, ValueError, TypeError):  # deep nests, huge numbers, lists as keys
        return f"line {function.lineno}: its annotations or defaults can't be read"


def _problem(function: ast.FunctionDef, spec: Spec) -> str | None:
    arguments = function.args.args
    defaults = [None] * (len(arguments) - len(function.args.defaults)) + function.args.defaults
    for argument, default, parameter in zip(
        arguments, defaults, spec.signature.parameters, strict=True
    ):
        declared = _type_of(argument.annotation)
        if not _covers(declared, parameter.type):
            wanted = show(parameter.type)
            told = f"{parameter.name} is annotated {_short(_written(argument.annotation))}"
            return f"line {argument.lineno}: {told}; the signature says {wanted}"
        if default is not None and (other := _other_default(default, parameter)):
            return f"line {default.lineno}: {other}"
    if not _covers(spec.signature.returns, _type_of(function.returns)):
        wanted = show(spec.signature.returns)
        told = f"the return is annotated {_short(_written(function.returns))}"
        return f"line {function.lineno}: {told}; the signature says {wanted}"
    return None


def _other_default(node: ast.expr, parameter: Parameter) -> str | None:
    # Without a default of the spec's, `x?: number`, what stands for "left out" is the code's.
    if parameter.default is None:
        return None
    try:
        value = _as_json(ast.literal_eval(node))
    except ValueError:  # a name, whose value only the running module knows
        return None
    if _is_json(value) and difference(parameter.default, value) is None:
        return None
    wanted = one_line(parameter.default)
    return f"{parameter.name} defaults to {_short(ast.unparse(node))}; the signature says {wanted}"


def _as_json(value: Json) -> Json:
    return [_as_json(item) for item in value] if isinstance(value, (tuple, list)) else value


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(_is_json, value.values()))
    return value is None or isinstance(value, (bool, int, float, str))


def _written(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation) if annotation is not None else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LINE else f"{text[:_LINE]} ..."


def _type_of(annotation: ast.expr | None) -> Type:
    """The type in an annotation; `any` where there is none that a spec could have."""
    if annotation is None:
        return ANY
    text = _written(annotation)
    if not isinstance(annotation, ast.Constant) and "Literal" not in text:
        parts = ast.walk(annotation)
        if any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts):
            return ANY  # a part of it is quoted, which is no type of that one text
    try:
        return read_type(text)
    except FlawError:
        return ANY


def _covers(wide: Type, narrow: Type) -> bool:
    """Whether all values of one type are of the other, as far as either says."""
    if ANY in (wide, narrow) or wide == narrow:
        return True
    if isinstance(narrow, Union):
        return all(_covers(wide, option) for option in narrow.options)
    if isinstance(wide, Union):
        return any(_covers(option, narrow) for option in wide.options)
    if isinstance(narrow, Literal):
        return not isinstance(wide, Literal) and misfit(narrow.value, wide) is None
    if isinstance(narrow, Tuple):
        if isinstance(wide, Tuple):
            return len(wide.items) == len(narrow.items) and _all(wide.items, narrow.items)
        return isinstance(wide, Array) and all(_covers(wide.item, item) for item in narrow.items)
    if isinstance(wide, Array) and isinstance(narrow, Array):
        return _covers(wide.item, narrow.item)
    if isinstance(wide, (Map, Object)) and isinstance(narrow, (Map, Object)):
        return _records(wide, narrow)
    if isinstance(wide, Literal):  # 1.5 is a type in a spec, and float in Python
        return isinstance(wide.value, float) and narrow == NUMBER
    return (wide, narrow) == (NUMBER, INTEGER)


def _all(wide: Iterable[Type], narrow: Iterable[Type]) -> bool:
    return all(_covers(*pair) for pair in zip(wide, narrow, strict=True))


def _records(wide: Map | Object, narrow: Map | Object) -> bool:
    # A record is annotated as a dict, whose type of value says what all of them may be.
    pairs = [(one, other) for one in _values(wide) for other in _values(narrow)]
    return all(_covers(one, other) or _covers(other, one) for one, other in pairs)


def _values(record: Map | Object) -> list[Type]:
    if isinstance(record, Map):
        return [record.value]
    return [field.type for field in record.fields]
