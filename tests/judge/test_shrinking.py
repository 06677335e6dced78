"""What is made up, and how it becomes smaller; no module runs here."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.judge import inputs
from hatch_intent.judge.inputs import identity
from hatch_intent.judge.properties import made_up, smallest_input
from hatch_intent.judge.shrinking import simpler, simpler_args
from hatch_intent.spec import misfit, read_spec
from hatch_intent.spec.model import Json, Spec
from hatch_intent.spec.signature import read_type

EVERYTHING = (
    "(a: number, b: 'x' | 3 | integer | null, c: string[], d: { k: boolean, o?: [number, any] }, "
    "e: Record<string, integer>, g: any, h?: string) -> null"
)


def spec_of(signature: str, examples: str = "", *rules: str) -> Spec:
    text = f"# name: f\n# description:\nx\n# signature:\n{signature}\n# examples:\n{examples}\n"
    lines = "".join(f"- {rule}\n" for rule in rules)
    return read_spec(f"{text}# properties:\n{lines or '- out is None'}".encode(), "f.intent.md")


SPEC = spec_of(EVERYTHING, '- in: [1.5, 3, ["tea"], { "k": true }, { "m": 7 }, [null]] out: null')


def test_each_step_has_the_type_and_no_way_leads_back():
    types = {each.name: each.type for each in SPEC.signature.parameters}
    for args in made_up(SPEC, 60):
        seen = {identity(args)}
        while steps := list(simpler_args(SPEC, args)):
            for each in steps:
                assert all(misfit(value, types[name]) is None for name, value in each.items())
                assert list(each) == [name for name in types if name in each]
            args = steps[len(seen) % len(steps)]
            assert identity(args) not in seen
            seen.add(identity(args))
        assert list(args) == ["a", "b", "c", "d", "e", "g"]
        assert args == {"a": 0, "b": args["b"], "c": [], "d": {"k": False}, "e": {}, "g": None}
        assert args["b"] == "x" or args["b"] in (3, 0)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.integers()
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_anything_comes_to_nothing(value: Json):
    steps = 0
    while value is not None:
        *_, last = simpler(value, read_type("any"))  # the smallest step of all
        value = last if steps % 2 else next(simpler(value, read_type("any")))
        steps += 1
        assert steps < 100_000


@pytest.mark.parametrize(
    ("signature", "fails", "smallest"),
    [
        ("(x: integer) -> null", lambda x: x > 1000, [1001]),
        ("(x: integer) -> null", lambda x: x < -17, [-18]),
        ("(x: integer) -> null", lambda x: abs(x) > 17, [18]),
        ("(x: number) -> null", lambda x: x != int(x), None),
        ("(x: number) -> null", lambda x: x > 2.5, [3]),
        ("(x: integer[]) -> null", lambda x: len(x) > 3, [[0, 0, 0, 0]]),
        ("(x: integer[]) -> null", lambda x: sum(x) > 99, [[100]]),
        ("(x: integer[]) -> null", lambda x: x != sorted(x), [[1, 0]]),
        ("(x: string) -> null", lambda x: len(x) > 2, ["aaa"]),
        ("(x: string) -> null", lambda x: any(map(str.isdigit, x)), ["0"]),
        ("(x: string | null) -> null", lambda x: x is not None, [""]),
        ("(x: boolean, y?: string) -> null", lambda x, y="": x, [True]),
        ("(x: Record<string, integer>) -> null", lambda x: any(x.values()), [{"": 1}]),
        ("(x: { a: integer, b?: string }) -> null", lambda x: "b" in x, [{"a": 0, "b": ""}]),
        ("(x: [integer, string]) -> null", lambda x: x[0] > 3 and x[1], [[4, "a"]]),
        ("(x: 'up' | 'down') -> null", lambda x: x == "down", ["down"]),
        ("(x: 'up' | 'down') -> null", lambda x: True, ["up"]),
        ("(x: integer, y: integer) -> null", lambda x, y: x == y and x, None),
        ("(x: any) -> null", lambda x: isinstance(x, list), [[]]),
    ],
)  # fmt: skip
def test_what_fails_becomes_small(
    signature: str, fails: Callable[..., bool], smallest: list[Json] | None
):
    spec = spec_of(signature)
    found = smallest_input(spec, 200, lambda args: bool(fails(**args)))
    assert found is not None
    assert fails(**found)
    if smallest is not None:
        assert list(found.values()) == smallest


def test_smaller_ones_are_required_to_fit_as_well():
    spec = spec_of("(x: integer) -> null", "", "in: (x) requires x > 100", "out is None")
    assert smallest_input(spec, 200, lambda args: True) == {"x": 101}


def test_each_input_is_asked_about_once_and_nothing_is_found_where_nothing_fails():
    asked: list[str] = []

    def fails(args: dict[str, Json]) -> bool:
        asked.append(identity(args))
        return sum(map(len, args["x"])) > 7

    spec = spec_of("(x: string[]) -> null")
    assert smallest_input(spec, 200, fails) is not None
    assert len(asked) == len(set(asked))
    assert smallest_input(spec, 50, lambda args: False) is None


def test_the_inputs_are_the_same_on_every_machine():
    """Written down once: they may only change with the judge's version."""
    inputs._kept.clear()
    spec = spec_of(
        "(x: number, t: string[], r?: { n: integer })  -> null",
        '- in: [1.5, ["tea", "a-b"], { "n": 3 }] out: null\n- in: [40, []] out: null',
    )
    first = [list(args.values()) for args in made_up(spec, 200)[:9]]
    assert json.loads(json.dumps(first)) == first
    assert first == [
        [0, []],
        [2.5, [], {"n": -408452}],
        [40, [], {"n": 3}],
        [-601401, [], {"n": 3}],
        [50, ["tea", "a-b", "tea", "a-b"], {"n": 3}],
        [1.5, ["a-b", "a-b", "", "", "tiea", "tean"], {"n": 3}],
        [2, [], {"n": 3}],
        [-634226, ["a-q"]],
        [41, ["tea", "a-b", "tea", "a-b"]],
    ]


@pytest.mark.parametrize(
    "example",
    [10**400, -(10**400), 1e308, 5e-324, -0.0],
    ids=["400 digits", "below zero", "float", "tiny", "-0.0"],
)
@pytest.mark.parametrize("type_", ["number", "any", "number[]", "number | string"])
def test_numbers_in_examples_may_be_of_any_size(example: float, type_: str):
    value = [example] if "[]" in type_ else example
    spec = spec_of(f"(x: {type_}, y?: number) -> null", f"- in: [{json.dumps(value)}] out: null")
    made = made_up(spec, 200)
    assert len(made) == 200
    for args in made:
        assert json.loads(json.dumps(args)) == args
        assert misfit(args["x"], spec.signature.parameters[0].type) is None
    assert smallest_input(spec, 200, lambda args: True) == made[0]


def test_what_is_long_has_not_all_its_steps_looked_at():
    text = "ab" * 50_000
    spec = spec_of("(x: string) -> null", f'- in: ["{text}"] out: null')
    asked = [0]

    def fails(args: dict[str, Json]) -> bool:
        asked[0] += 1
        return args["x"] == text

    assert smallest_input(spec, 50, fails) == {"x": text}
    assert asked[0] < 3000


def test_deep_types_and_long_lists_cost_little():
    deep = "integer"
    value: Json = 1
    for _ in range(18):
        deep, value = f"{{ a: {deep} }}", {"a": value}
    spec = spec_of(f"(x: {deep}) -> null", f"- in: [{json.dumps(value)}] out: null")
    assert made_up(spec, 50)
    rows = "\n".join(f"- in: [{[each] * 5000}] out: null" for each in (1, 2, 3))
    assert len(made_up(spec_of("(x: integer[]) -> null", rows), 50)) == 50


def test_parts_come_twice_or_next_to_each_other():
    spec = spec_of("(x: integer, y: integer, s: string, t: string) -> null")
    made = made_up(spec, 200)
    assert sum(args["x"] == args["y"] for args in made) > 8
    assert sum(abs(args["x"] - args["y"]) == 1 for args in made) > 4
    assert sum(args["s"] == args["t"] != "" for args in made) > 8
    lists = [args["x"] for args in made_up(spec_of("(x: any[]) -> null"), 200)]
    repeated = [each for each in lists if len({identity({"": x}) for x in each}) < len(each)]
    assert len(repeated) > 20
