"""Which inputs are like the examples': traits of every part, lengths that have to be."""

from __future__ import annotations

import pytest

from hatch_intent.judge.likeness import Likeness
from hatch_intent.spec import Spec, read_spec


def spec_of(signature: str, *inputs: str) -> Spec:
    examples = "".join(f"- in: {each} out: 1\n" for each in inputs)
    head = "# name: f\n# description:\nx\n# signature:\n"
    return read_spec(f"{head}({signature}) -> any\n# examples:\n{examples}".encode(), "f.md")


NUMBER = spec_of("x: number", '{"x": 3}', '{"x": 8}')
TEXT = spec_of("x: string", '{"x": "ab"}', '{"x": "x y"}')
LISTS = spec_of("x: number[][]", '{"x": [[1, 2]]}', '{"x": [[3, -4], [5, 6]]}')
PLAIN = spec_of("x: number[]", '{"x": [1, 2]}', '{"x": [2, 3, 1]}')
RECORD = spec_of("x: { a?: boolean, b?: null }", '{"x": {"a": true}}', '{"x": {"b": null}}')


@pytest.mark.parametrize(
    ("spec", "value", "like"),
    [
        (NUMBER, 1000, True),
        (NUMBER, 0, False),
        (NUMBER, -3, False),
        (NUMBER, 3.5, False),
        (NUMBER, 4.0, False),
        (TEXT, "b a", True),
        (TEXT, "", False),
        (TEXT, "Ab", False),
        (TEXT, "a1", False),
        (TEXT, "a-b", False),
        (TEXT, "aé", False),
        (LISTS, [[7, 8]], True),
        (LISTS, [[7, -8]], True),
        (LISTS, [[-7, 8]], False),
        (LISTS, [[7]], False),
        (LISTS, [], False),
        (RECORD, {"a": True}, True),
        (RECORD, {"a": False}, False),
        (RECORD, {}, False),
    ],
)
def test_an_input_is_like_the_examples_when_each_part_is(
    spec: Spec, value: object, like: bool
) -> None:
    assert Likeness.of(spec).has({"x": value}) is like


def test_those_that_are_like_keep_their_order() -> None:
    inputs = [{"x": 9}, {"x": -1}, {"x": 2}]
    assert [each for each in inputs if Likeness.of(NUMBER).has(each)] == [{"x": 9}, {"x": 2}]


def test_lists_of_two_lengths_may_have_any() -> None:
    spec = spec_of("x: number[]", '{"x": [1]}', '{"x": [1, 2]}', '{"x": [2, 1]}')
    assert Likeness.of(spec).has({"x": [1, 2, 3]})


@pytest.mark.parametrize(
    ("spec", "value", "how"),
    [
        (NUMBER, 8, ""),
        (NUMBER, 16, ""),
        (NUMBER, 17, "bigger"),
        (NUMBER, 0, "unlike"),
        (NUMBER, -17, "bigger"),
        (NUMBER, 1.5, "unlike"),
        (TEXT, "a" * 6, ""),
        (TEXT, "a" * 7, "bigger"),
        (LISTS, [[1, 2]] * 4, ""),
        (LISTS, [[1, 2]] * 5, "bigger"),
        (LISTS, [[1, 12]], ""),
        (LISTS, [[1, 13]], "bigger"),
        (PLAIN, [1] * 6, ""),
        (PLAIN, [1] * 7, "bigger"),
        (RECORD, {"a": True, "b": None}, ""),
        (RECORD, {"a": False}, "unlike"),
    ],
)
def test_an_input_is_beyond_the_examples_when_it_is_unlike_them_or_twice_as_large(
    spec: Spec, value: object, how: str
) -> None:
    assert Likeness.of(spec).beyond({"x": value}) == how
