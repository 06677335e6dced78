from __future__ import annotations

import sys
import typing

import pytest
from specs_by_hand import spec_of

from hatch_intent.spec.model import Parameter
from hatch_intent.spec.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Array,
    Field,
    Literal,
    Map,
    Object,
    Tuple,
    Type,
    Union,
)
from hatch_intent.targets import target_named
from hatch_intent.targets.python_types import interface, literal

PY = target_named("py")
POINT = Object((Field("x", NUMBER), Field("y", NUMBER)))


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        (NUMBER, "float"),
        (INTEGER, "int"),
        (STRING, "str"),
        (BOOLEAN, "bool"),
        (NULL, "None"),
        (ANY, "Any"),
        (Array(Array(STRING)), "list[list[str]]"),
        (Tuple((STRING, NUMBER)), "tuple[str, float]"),
        (Tuple(()), "tuple[()]"),
        (Map(INTEGER), "dict[str, int]"),
        (Object(()), "dict[str, Any]"),
        (Union((NUMBER, NULL)), "float | None"),
        (Union((Literal("a"), Literal('b"'))), 'Literal["a", \'b"\']'),
        (Union((Literal(1), Literal(value=True), STRING)), "Literal[1, True] | str"),
        (Literal(1.5), "float"),
        (Union((Literal(1.5), Literal("x"))), 'Literal["x"] | float'),
        (POINT, "FooResult"),
        (Array(POINT), "list[FooResultItem]"),
        (Map(POINT), "dict[str, FooResultValue]"),
        (Union((POINT, NULL)), "FooResult | None"),
        (
            Union((POINT, Object((Field("z", NUMBER),)))),
            "FooResultOption1 | FooResultOption2",
        ),
    ],
)
def test_annotations(kind: Type, annotation: str) -> None:
    assert PY.def_line(spec_of("foo", {}, kind)) == f"def foo() -> {annotation}:"


def test_optional_parameters_have_their_default_or_none() -> None:
    parameters = (
        Parameter("a", NUMBER),
        Parameter("b", NUMBER, optional=True),
        Parameter("c", Union((STRING, NULL)), optional=True),
        Parameter("d", STRING, optional=True, default="x\n"),
        Parameter("e", Array(INTEGER), optional=True, default=[1, 2]),
    )
    assert PY.def_line(spec_of("f", parameters, NULL)) == (
        "def f(a: float, b: float | None = None, c: str | None = None, "
        'd: str = "x\\n", e: list[int] = [1, 2]) -> None:'
    )


def test_equal_shapes_share_the_first_ones_class() -> None:
    spec = spec_of("mid_point", {"from_point": POINT, "to": POINT}, Array(POINT))
    assert PY.def_line(spec) == (
        "def mid_point(from_point: MidPointFromPoint, to: MidPointFromPoint)"
        " -> list[MidPointFromPoint]:"
    )
    assert PY.exports(spec) == ("MidPointFromPoint", "mid_point")


def test_different_shapes_of_one_place_get_numbers() -> None:
    result = Object((Field("a b", POINT), Field("a-b", Object((Field("z", NUMBER),)))))
    names = interface("f", spec_of("f", {}, result).signature).names
    assert names == ("FResult", "FResultAB", "FResultAB2")


def test_a_record_never_takes_a_name_of_typing() -> None:
    assert PY.exports(spec_of("typed", {"dict": POINT}, NULL)) == ("TypedDict2", "typed")


def test_inner_records_stand_before_outer_ones() -> None:
    line = Object((Field("ends", Array(POINT)), Field("name", STRING)))
    assert interface("f", spec_of("f", {}, line).signature).classes == (
        "class FResultEndsItem(TypedDict):\n    x: float\n    y: float",
        "class FResult(TypedDict):\n    ends: list[FResultEndsItem]\n    name: str",
    )


@pytest.mark.parametrize(
    "keys",
    [
        {"a": False},
        {"a": True},
        {"a": False, "b": True},
        {"class": False},
        {"a-b": False, "b": True},
        {"a": False, "b-c": True},
        {"__hidden": False, "x": False},
        {"ﬁ": False},
        {"float": False, "x": False},
        {'say "hi"\\': False},
        {"": True},
    ],
)
def test_records_have_exactly_their_keys_at_run_time(keys: dict[str, bool]) -> None:
    record = Object(tuple(Field(key, NUMBER, optional) for key, optional in keys.items()))
    spec = spec_of("f", {}, record)
    source = "from __future__ import annotations\n" + PY.sketch(spec, "Text.")
    module: dict[str, typing.Any] = {}
    exec(compile(source, "sketch", "exec", dont_inherit=True), module)
    made = module["FResult"]
    assert made.__required_keys__ == {key for key, optional in keys.items() if not optional}
    assert made.__optional_keys__ == {key for key, optional in keys.items() if optional}
    if sys.version_info >= (3, 11):  # 3.10 resolves inherited keys in the wrong module
        assert set(typing.get_type_hints(made, module).values()) == {float}


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("a", '"a"'),
        ('"', "'\"'"),
        ("'", '"\'"'),
        ("'\"", "'\\'\"'"),
        ("\\\n\t\x00", '"\\\\\\n\\t\\x00"'),
        ("\ud800", '"\\ud800"'),
        (None, "None"),
        (True, "True"),
        (1e300, "1e+300"),
        (float("inf"), 'float("inf")'),
        ({"b": [1, {}], "a": "x"}, '{"b": [1, {}], "a": "x"}'),
    ],
)
def test_literals_read_back_as_themselves(value: object, source: str) -> None:
    assert literal(value) == source
    assert eval(source) == value
