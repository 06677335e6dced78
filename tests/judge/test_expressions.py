"""The evaluator: by Python's own rules where both speak, and never beyond its allowance."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hatch_intent.judge import functions
from hatch_intent.judge.compare import difference
from hatch_intent.judge.expressions import MAX_CALLS, evaluate, holds
from hatch_intent.judge.operations import MAX_STEPS, Unsettled
from hatch_intent.spec.expression import FUNCTIONS
from hatch_intent.spec.model import Signature
from hatch_intent.spec.properties import parse_property
from hatch_intent.spec.signature import read_signature

SIGNATURE = read_signature("(x: any, y?: any) -> any").signature
assert isinstance(SIGNATURE, Signature)


def value(text: str, **names: Any) -> Any:
    """The expression's value, by way of a list, so that it needn't be true or false."""
    statement = parse_property(f"[{text}] == 0", "f", SIGNATURE)
    return evaluate(statement.node.first, {"x": 0, "y": 0, "out": 0, **names})[0]  # type: ignore[union-attr]


def true(text: str, **names: Any) -> bool:
    return holds(parse_property(text, "f", SIGNATURE), {"x": 0, "y": 0, "out": 0, **names})


# Expressions on which Python and the language must agree, from the leaves up

numbers = st.one_of(
    st.integers(-20, 20).map(str), st.sampled_from(["0.5", "1.25", "3.0", "1e3", "x"])
)
strings = st.sampled_from(["'a'", "''", "'ab'", '"B-1"', "'é'", "y"])


def pairs(inner: Any, *operators: str) -> Any:
    return st.builds("({} {} {})".format, inner, st.sampled_from(operators), inner)


def calls(inner: Any, *names: str) -> Any:
    return st.builds("{}({})".format, st.sampled_from(names), inner)


def lists(inner: Any) -> Any:
    return st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")


number = st.recursive(
    numbers,
    lambda inner: st.one_of(
        pairs(inner, "+", "-", "*", "/", "//", "%"),
        calls(inner, "abs", "int", "float", "round", "-", "+"),
        st.builds("({} ** {})".format, inner, st.integers(-3, 3)),
        st.builds("({} if {} > {} else {})".format, inner, inner, inner, inner),
        lists(inner).map("len({})".format),
        calls(lists(inner), "sum", "min", "max"),
        st.builds("{}[{}]".format, lists(inner), st.integers(-3, 3)),
        st.builds("max({}, {})".format, inner, inner),
        st.builds("sum([i * 2 for i in {} if i > {}])".format, lists(inner), inner),
    ),
    max_leaves=8,
)
text = st.recursive(
    strings,
    lambda inner: st.one_of(
        pairs(inner, "+"),
        st.builds("({} * {})".format, inner, st.integers(-1, 3)),
        st.builds("{}[{}:{}:-1]".format, inner, st.integers(-3, 3), st.integers(-3, 3)),
        st.builds("{}[{}]".format, inner, st.integers(-2, 2)),
        calls(inner, "str", "min", "max"),
    ),
    max_leaves=5,
)
comparisons = ("<", "<=", ">", ">=", "==", "!=")
truth = st.recursive(
    st.one_of(
        pairs(number, *comparisons),
        pairs(text, *comparisons, "in", "not in"),
        pairs(lists(number), *comparisons),
        st.builds("({} < {} <= {})".format, number, number, number),
        st.builds("({} in {})".format, number, lists(number)),
        st.builds(
            "({0}({2} > {1} for i in {3}))".format,
            st.sampled_from(["all", "any"]),
            number,
            st.just("i"),
            lists(number),
        ),
        st.builds("(sorted({}) == {})".format, lists(number), lists(number)),
    ),
    lambda inner: st.one_of(pairs(inner, "and", "or", "==", "!="), inner.map("(not {})".format)),
    max_leaves=4,
)
SAFE = {
    name: getattr(__import__("builtins"), name)
    for name in (
        "abs",
        "int",
        "float",
        "round",
        "len",
        "sum",
        "min",
        "max",
        "str",
        "all",
        "any",
        "sorted",
    )
}


def agree(expression: str) -> None:
    try:
        python = eval(expression, {"__builtins__": SAFE, "x": 7, "y": "ab"})
    except (ArithmeticError, LookupError, ValueError, TypeError):
        with pytest.raises(Unsettled):
            value(expression, x=7, y="ab")
        return
    if isinstance(python, complex) or (isinstance(python, float) and not math.isfinite(python)):
        with pytest.raises(Unsettled):
            value(expression, x=7, y="ab")
        return
    assert difference(python, value(expression, x=7, y="ab"), 1e-9) is None


QUICK = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@QUICK
@given(number)
def test_numbers_are_pythons(expression: str) -> None:
    agree(expression)


@QUICK
@given(text)
def test_strings_are_pythons(expression: str) -> None:
    agree(expression)


@QUICK
@given(truth)
def test_truth_is_pythons(expression: str) -> None:
    try:
        python = eval(expression, {"__builtins__": SAFE, "x": 7, "y": "ab"})
    except (ArithmeticError, LookupError, ValueError, TypeError):
        python = None
    try:
        ours = true(expression, x=7, y="ab")
    except Unsettled:
        return  # an overflow somewhere, or what Python compares and JSON can't
    if python is not None and ours != python:
        # what differs by rounding alone is the same to the judge
        assert "/" in expression or "." in expression or "**" in expression


def test_every_function_that_can_be_read_can_be_evaluated() -> None:
    assert functions._FUNCTIONS.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lower('AÉ') + upper('ß') + strip(' a ')", "aéSSa"),
        ("split('a,b,', ',') + split(' a  b ')", ["a", "b", "", "a", "b"]),
        ("join('-', ['a', 'b'])", "a-b"),
        ("replace('aab', 'a', 'xy')", "xyxyb"),
        ("[startswith('abc', 'ab'), endswith('abc', 'ab')]", [True, False]),
        ("[isdigit('12'), isalpha('a1'), isspace(' ')]", [True, False, True]),
        ("[isascii('é'), isupper('A'), islower('A')]", [False, True, False]),
        ("[count([1, 1.0, True], 1), count('aaa', 'a')]", [2, 3]),
        ("reversed('abc') + join('', reversed(['x', 'y']))", "cbayx"),
        ("set([3, 1, 1.0, 2, 3])", [1, 2, 3]),
        ("set([1, 2]) == set([2, 1, 2])", True),
        ("keys({'b': 1, 'a': 2}) + values({'b': 1, 'a': 2})", ["b", "a", 1, 2]),
        ("list('ab') + range(3) + range(4, 0, -2)", ["a", "b", 0, 1, 2, 4, 2]),
        ("zip([1, 2], 'ab')", [[1, "a"], [2, "b"]]),
        ("[a + b for a, b in zip([1, 2], [3, 4])]", [4, 6]),
        ("sum(i > 1 for i in [1, 2, 3])", 2),
        ("[isinteger(5.0), isinteger(True)]", [True, False]),
        ("[isnumber(1), isnumber(False)]", [True, False]),
        ("[isstring(''), isboolean(1), islist([]), isrecord({})]", [True, False, True, True]),
        ("isclose(1, 1.05, 0.1) and not isclose(1, 1.05)", True),
        ("int('-12') + float('1.5')", -10.5),
        ("{'a': 1}['a'] + out['b'][0]", 3),
        ("[true, false, null, None]", [True, False, None, None]),
        ("'a' in {'a': 1} and 'b' not in {'a': 1}", True),
        ("min(['b', 'a'])", "a"),
        ("sorted([[2, 1], [1, 9], [1]])", [[1], [1, 9], [2, 1]]),
    ],
)  # fmt: skip
def test_what_functions_do(expression: str, expected: Any) -> None:
    found = value(expression, out={"b": [2]})
    assert found == expected
    assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "0.1 + 0.2 == 0.3",
        "0.1 + 0.2 <= 0.3",
        "not (0.1 + 0.2 > 0.3)",
        "5 == 5.0 and 5.0 in [5]",
        "True != 1 and True not in [1]",
        "[0.1 + 0.2, 1] <= [0.3, 2]",
        "{'a': 1, 'b': 0.3} == {'b': 0.1 + 0.2, 'a': 1.0}",
        "10 ** 30 + 1 != 10 ** 30",
        "-0.0 == 0",
        "x is None or x > 1",
    ],
)
def test_values_compare_as_the_judge_compares(expression: str) -> None:
    assert true(expression, x=2)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("out[0]", "there is no index 0 in []"),
        ("{}['a']", 'there is no key "a" in {}'),
        ("[1][0.0]", "an index is a whole number, got 0.0"),
        ("[1][True]", "an index is a whole number, got true"),
        ("min([])", "min of nothing"),
        ("min([1, 'a'])", '"a" and 1 have no order'),
        ("True < 2", "true and 2 have no order"),
        ("True <= True", "true and true have no order"),
        ("True + 1", '"+" takes numbers, got true'),
        ("'%d' % 1", '"%" takes numbers'),
        ("'a' + 1", '"+" takes numbers, got "a"'),
        ("1 / 0", "a division by zero"),
        ("1e300 * 1e300", "beyond what a float can hold"),
        ("10 ** 400 / 3", "beyond what a float can hold"),
        ("(0 - 8) ** 0.5", "a root of a negative number"),
        ("len(3)", "3 has no length"),
        ("[a for a in 3]", "a list is needed, got 3"),
        ("[a for a, b in [[1]]]", "[1] isn't a list of 2"),
        ("'abc'[::0]", "a slice whose step is 0"),
        ("range(1, 2, 0)", "a range whose step is 0"),
        ("int('1_000')", "isn't a whole number"),
        ("float('nan')", "isn't a number"),
        ("float('1e999')", "beyond what a float can hold"),
        ("int('9' * 4200)", "isn't a whole number"),
        ("split('a', '')", "at least one character"),
        ("1 in 'a'", "can't be looked for in a string"),
        ("1 in 2", "nothing can be in 2"),
        ("{1: 2}", "a key is 1, not a string"),
        ("keys([])", "keys takes a record, got []"),
    ],
)
def test_what_has_no_value_says_why(expression: str, why: str) -> None:
    with pytest.raises(Unsettled) as caught:
        value(expression, out=[])
    assert why in str(caught.value)


def test_a_statement_is_true_or_false() -> None:
    with pytest.raises(Unsettled, match="it comes to 3, neither true nor false"):
        true("x", x=3)


BOMBS = [
    "9 ** 9 ** 9",
    "9 ** 99999",
    "(0 - 2) ** 99999999",
    "2 ** -99999999999999999999999",
    "1.5 ** 9999999999999999999999",
    "10 ** 4000 * 10 ** 4000",
    "'a' * 999999999999",
    "[0] * 999999999999",
    "'a' * 150000",
    "[0] * 50001 + [0] * 50001",
    "range(10 ** 15)",
    "len(range(0, 10 ** 18, 1))",
    "len(range(0, 4 * 10 ** 18))",
    "[a for a in range(90000) if all(b for b in range(90000))]",
    "sum([sum(range(90000)) for a in range(90000)])",
    "all(all(all(c >= 0 for c in range(999)) for b in range(999)) for a in range(999))",
    "[[[0] * 99999] * 99999] * 99999 == [[[0] * 99999] * 99999] * 99999",
    "set([[[0] * 99999] * 99999] * 3)",
    "[[0] * 99999] * 99999 + 1",
    "count([[[0] * 9999] * 9999] * 9999, [[0] * 9999] * 9999)",
    "sorted([[[0] * 999 + [a]] * 9 for a in range(9999)])",
    "replace('a' * 99999, 'a', 'b' * 99999)",
    "join('a' * 99999, ['b'] * 99999)",
    "[a * 9 for a in ['x' * 9999] * 99999]",
    "['a' * 99999 + str(a) for a in range(99999)]",
    "round(1.5, 10 ** 18)",
    "round(10 ** 4000, 0 - 10 ** 9)",
    "[upper('a' * 99999) for a in range(99999)]",
]


@pytest.mark.parametrize("expression", BOMBS)
def test_no_expression_runs_away(expression: str) -> None:
    started = time.process_time()
    with pytest.raises(Unsettled):
        value(expression)
    # a second is a hundred times what it takes: this tells an end from no end
    assert time.process_time() - started < 5


def test_a_large_answer_is_counted_too() -> None:
    with pytest.raises(Unsettled, match=f"more than {MAX_STEPS} steps"):
        true("out == sorted(out)", out=list(range(300_000, 0, -1)))


def test_the_function_itself_is_asked_a_few_times_only() -> None:
    asked: list[dict[str, Any]] = []

    def ask(args: dict[str, Any]) -> Any:
        asked.append(args)
        return args["x"] + 1

    statement = parse_property("f(f(x)) == out and f(x, y=3) == 1", "f", SIGNATURE)
    assert holds(statement, {"x": 0, "y": 0, "out": 2}, ask)
    assert asked == [{"x": 0}, {"x": 1}, {"x": 0, "y": 3}]
    statement = parse_property("all(f(i) > i for i in range(1000))", "f", SIGNATURE)
    asked.clear()
    with pytest.raises(Unsettled, match="calls the function more than"):
        holds(statement, {"x": 0}, ask)
    assert len(asked) == MAX_CALLS


def test_names_of_a_loop_end_with_it() -> None:
    assert value("[sum([x for x in [1, 2]]), x]", x=7) == [3, 7]
    assert value("[any(x == 1 for x in [1, 2]), x]", x=7) == [True, 7]
