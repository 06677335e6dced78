from __future__ import annotations

import pytest

from hatch_intent.spec import read_spec
from hatch_intent.spec.narrow import narrowed
from hatch_intent.spec.signature import show_signature


def narrow(signature: str, *examples: str) -> str:
    text = "# name: f\n# target: py\n# description:\nSomething.\n"
    text += f"# signature:\n{signature}\n# examples:\n" + "".join(
        f"- {each}\n" for each in examples
    )
    return show_signature(narrowed(read_spec(text.encode(), "specs/f.intent.md")).signature)


@pytest.mark.parametrize(
    ("signature", "example", "told"),
    [
        ("(x: number) -> number", 'in: {"x": 1} out: 2', "(x: integer) -> integer"),
        ("(x: number) -> number", 'in: {"x": 1} out: 2.5', "(x: integer) -> number"),
        ("(x: number) -> number", 'in: {"x": 1.0} out: 2', "(x: number) -> integer"),
        ("(x: number) -> number", 'in: {"x": 1} raises: ValueError', "(x: integer) -> number"),
        ("(x: number) -> number", 'in: {"x": 1} out: 2 tolerance: 0.5', "(x: integer) -> number"),
        ("(x: number[]) -> any", 'in: {"x": [1, 2]} out: 2', "(x: integer[]) -> any"),
        ("(x: number[]) -> any", 'in: {"x": [1, 2.5]} out: 2', "(x: number[]) -> any"),
        ("(x: number[]) -> any", 'in: {"x": []} out: 2', "(x: number[]) -> any"),
        (
            "(x: [number, number]) -> any",
            'in: {"x": [1, 2.5]} out: 2',
            "(x: [integer, number]) -> any",
        ),
        (
            "(x: Record<string, number>) -> any",
            'in: {"x": {"a": 1}} out: 2',
            "(x: Record<string, integer>) -> any",
        ),
        (
            "(x: { a: number, b?: number }) -> any",
            'in: {"x": {"a": 1}} out: 2',
            "(x: { a: integer, b?: number }) -> any",
        ),
        (
            "(x: number | string[] | number[]) -> any",
            'in: {"x": [1]} out: 2',
            "(x: number | string[] | integer[]) -> any",
        ),
        ("(x: number = 0.5) -> any", 'in: {"x": 1} out: 2', "(x: number = 0.5) -> any"),
        ("(x: number = 5) -> any", 'in: {"x": 1} out: 2', "(x: integer = 5) -> any"),
        ("(x?: number) -> any", "in: {} out: 2", "(x?: number) -> any"),
        ("(x: any) -> boolean", 'in: {"x": 1} out: true', "(x: any) -> boolean"),
    ],
)
def test_numbers_that_are_whole_in_every_example(signature: str, example: str, told: str) -> None:
    assert narrow(signature, example) == told


def test_one_fraction_among_many_is_enough() -> None:
    whole = 'in: {"x": 1} out: 2'
    assert narrow(
        "(x: number) -> number", whole, whole.replace("1", "7"), 'in: {"x": 1.5} out: 3'
    ) == ("(x: number) -> integer")


def test_options_that_become_alike_are_told_once() -> None:
    signature = "(x: integer | string) -> number | null"
    assert narrow(signature, 'in: {"x": 1} out: null') == signature
    assert narrow("(x: number | integer) -> any", 'in: {"x": 1} out: 2') == "(x: integer) -> any"


def test_an_example_that_raises_says_nothing_of_the_answer() -> None:
    raises = 'in: {"x": 0} raises: ValueError'
    assert narrow("(x: number) -> number", raises, 'in: {"x": 1} out: 2') == (
        "(x: integer) -> integer"
    )


def test_each_option_goes_by_the_values_that_are_of_it() -> None:
    one, many = 'in: {"x": 1} out: 2', 'in: {"x": [1]} out: 2'
    assert narrow("(x: number | number[]) -> any", one, many) == "(x: integer | integer[]) -> any"
