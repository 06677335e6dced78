"""Types and signatures in either spelling, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.spec import Parameter, Signature, show, show_signature
from hatch_intent.spec.signature import read_signature, read_type
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
    union,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("float", NUMBER),
        ("int", INTEGER),
        ("str", STRING),
        ("bool", BOOLEAN),
        ("None", NULL),
        ("undefined", NULL),
        ("void", NULL),
        ("unknown", ANY),
        ("typing.Any", ANY),
        ("int | None", Union((INTEGER, NULL))),
        ("Optional[int]", Union((INTEGER, NULL))),
        ("Union[int, str, int]", Union((INTEGER, STRING))),
        ("Union[int]", INTEGER),
        ('Literal["a", \'b"\', 3, True, None]', union([*map(Literal, ("a", 'b"', 3, True)), NULL])),
        ("1 | true", Union((Literal(1), Literal(value=True)))),
        ("-1.5", Literal(-1.5)),
        ("list[int]", Array(INTEGER)),
        ("list", Array(ANY)),
        ("List[int][]", Array(Array(INTEGER))),
        ("number[][]", Array(Array(NUMBER))),
        ("Array<string>", Array(STRING)),
        ("Array<Array<string>>", Array(Array(STRING))),
        ("(number | string)[]", Array(Union((NUMBER, STRING)))),
        ("tuple[int, str]", Tuple((INTEGER, STRING))),
        ("tuple[int, ...]", Array(INTEGER)),
        ("tuple[()]", Tuple(())),
        ("tuple", Array(ANY)),
        ("[number, string,]", Tuple((NUMBER, STRING))),
        ("[]", Tuple(())),
        ("dict[str, list[int]]", Map(Array(INTEGER))),
        ("dict", Map(ANY)),
        ("Record<string, number>", Map(NUMBER)),
        ("{ [key: string]: number }", Map(NUMBER)),
        ("{ }", Object(())),
        (
            "{ a: number; b?: string,\n 'c d': null }",
            Object((Field("a", NUMBER), Field("b", STRING, optional=True), Field("c d", NULL))),
        ),
        ('| "a"\n| "b"', Union((Literal("a"), Literal("b")))),
    ],
)
def test_type(text: str, expected: Type) -> None:
    found = read_type(text)
    assert found == expected
    assert show(found) == show(expected)  # Literal(1) == Literal(True) in Python


def test_shown_as_typescript() -> None:
    text = '{ a: (number | null)[], "b c"?: Record<string, [integer, "x" | true | 2]>, d: { } }'
    assert show(read_type(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "(x: number, y: integer = 2, z?: string[]) -> { a: number }",
        "(x: float, y: int = 2, z?: list[str]) => { a: float }",
        "def f(\n  x: float,\n  y: int = 2,\n  z?: list[str],\n) -> { a: float; }:",
        "function f(x: number, y: integer = 2, z?: string[]): { a: number };",
    ],
)
def test_spellings_of_one_signature(text: str) -> None:
    reading = read_signature(text)
    assert reading.flaws == ()
    assert reading.signature == Signature(
        (
            Parameter("x", NUMBER),
            Parameter("y", INTEGER, optional=True, default=2),
            Parameter("z", Array(STRING), optional=True),
        ),
        Object((Field("a", NUMBER),)),
    )


@pytest.mark.parametrize(
    ("default", "value"),
    [
        ("None", None),
        ("True", True),
        ("-0.5", -0.5),
        (r"'it\'s \"so\"'", 'it\'s "so"'),
        (r'"\u00e9"', "é"),
        ('[1, [], {"a": false,},]', [1, [], {"a": False}]),
    ],
)
def test_default(default: str, value: object) -> None:
    reading = read_signature(f"(x: any = {default}) -> any")
    assert reading.flaws == ()
    assert reading.signature
    assert reading.signature.parameters[0].default == value
    assert type(reading.signature.parameters[0].default) is type(value)


def test_no_parameters() -> None:
    assert read_signature("() -> null").signature == Signature((), NULL)


def test_other_parameters_are_read_beside_a_refused_one() -> None:
    reading = read_signature("(x: Date, *y: int, z: Promise<Map<string, Set<T>>>) -> Buffer", 10)
    assert [flaw.offset for flaw in reading.flaws] == [14, 20, 32, 65]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
LEAVES: st.SearchStrategy[Type] = st.one_of(
    st.sampled_from([NUMBER, INTEGER, STRING, BOOLEAN, NULL, ANY]),
    st.builds(Literal, st.one_of(TEXT, st.integers(), st.booleans())),
    st.builds(Literal, st.floats(allow_nan=False, allow_infinity=False)),
)


def records(item: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    fields = st.lists(st.builds(Field, TEXT, item, st.booleans()), unique_by=lambda f: f.name)
    return fields.map(lambda found: Object(tuple(found)))


def larger(item: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return st.one_of(
        st.builds(Array, item),
        st.builds(Map, item),
        st.lists(item, max_size=3).map(lambda found: Tuple(tuple(found))),
        st.lists(item, min_size=1, max_size=3).map(union),
        records(item),
    )


TYPES = st.recursive(LEAVES, larger, max_leaves=5)


@given(TYPES)
def test_shown_type_reads_back(type_: Type) -> None:
    assert show(read_type(show(type_))) == show(type_)
    assert read_type(show(type_)) == type_


@given(st.lists(TYPES, max_size=3), st.integers(0, 3), TYPES)
def test_shown_signature_reads_back(types: list[Type], required: int, returns: Type) -> None:
    parameters = tuple(
        Parameter(f"p{index}", type_, optional=index >= required)
        for index, type_ in enumerate(types)
    )
    signature = Signature(parameters, returns)
    reading = read_signature(show_signature(signature))
    assert reading.flaws == ()
    assert reading.signature == signature


@given(st.text(alphabet="(){}[]<>,:;?|=->.*&'\"\\ \nax1Tnumber", max_size=40))
def test_no_text_crashes_the_reader(text: str) -> None:
    reading = read_signature(text)
    assert (reading.signature is None) == bool(reading.flaws)
    assert all(0 <= flaw.offset <= len(text) for flaw in reading.flaws)
