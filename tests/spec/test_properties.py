from __future__ import annotations

import pytest

from hatch_intent.errors import SpecError
from hatch_intent.spec import read_spec
from hatch_intent.spec.properties import parse_property
from hatch_intent.spec.signature import read_signature
from hatch_intent.spec.source import FlawError

SIGNATURE = read_signature("(x: number, words: string[], y?: number) -> { mag: number }").signature
SPEC = """\
# name: f
# description:
Anything.
# signature:
(x: number) -> number
# examples:
- in: [1] out: 1
# properties:
- {}
- out == x
"""


@pytest.mark.parametrize(
    "text",
    [
        'out["mag"] >= 0 and out["mag"] < 1e9',
        "0 <= x <= 10 or x is None",
        "all(len(w) > 0 for w in words)",
        "all(a <= b for a, b in zip(words, words[1:]))",
        "not ('-' in words) if x else true",
        "f(out, words) == out",
        "f(x, words, y=3) == out",
        "count([w for w in words if w], 'a') == sum(w == 'a' for w in words)",
        "in: (x, y) requires x < y",
        "in:(x)requires(x < 2)",
        "out in [1, 2]",
    ],
)
def test_a_statement_is_read(text: str) -> None:
    statement = parse_property(text, "f", SIGNATURE)
    assert (statement.requires is not None) == text.startswith("in:")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("otu > 1", 0, 'unknown name "otu"; did you mean "out"? known are x, words, y, out'),
        ("foo(x)", 0, 'unknown function "foo"; known are abs,'),
        ("lenn(x) > 1", 0, 'did you mean "len"?'),
        ("len > 1", 0, '"len" is a function; call it: len(…)'),
        ("x > 0 and out.mag > 1", 10, 'attributes are refused; write out["mag"]'),
        ('out.startswith("x")', 0, "methods are refused; write startswith(out, …)"),
        ("().__class__.__bases__[0]", 0, "attributes are refused"),
        ("x.__class__.__mro__ == 1", 0, "attributes are refused"),
        ("__import__('os')", 0, 'unknown function "__import__"'),
        ("eval('1')", 0, 'unknown function "eval"'),
        ("(lambda: 1)()", 0, "only functions can be called"),
        ("lambda: 1", 0, "lambda is refused"),
        ("(z := 3) > 1", 1, '":=" is refused'),
        ("x = 3", 2, 'write "==" to compare'),
        ("x && y", 2, 'unknown operator "&&"; write and'),
        ("x === y", 2, 'unknown operator "==="; write =='),
        ("x ==", 4, "the expression ends too early"),
        ("x; y", 1, 'not an expression, from "; y" on'),
        ("", 0, "expected an expression"),
        ("1 + x", 0, "a property is true or false; compare it"),
        ("x ^ 1 == 2", 0, "this operator is refused"),
        ("~x == 2", 0, '"~" is no operator here'),
        ("x is 3", 5, '"is" takes None, True or False'),
        ("1e999 > x", 0, '"1e999" isn\'t a JSON value'),
        ("x == 1j", 5, '"1j" isn\'t a JSON value'),
        ("x == b'a'", 5, '"b" before a string is refused'),
        ('x == f"{x}"', 5, '"f" before a string is refused'),
        (r"x == '\d'", 6, r'unknown escape "\\d"'),
        (r"x == '\ud800'", 5, "isn't a JSON value"),
        ("x > 1 # really", 6, "comments are written"),
        ("0or x", 0, 'a space is missing in "0or"'),
        ("x == (1, 2)", 5, "a tuple is refused; JSON has lists, write [a, b]"),
        ("{1} == x", 0, "a set is refused; write a list"),
        ("{**x} == 1", 3, '"**" is refused here'),
        ("len(*words) == 1", 4, '"*" is refused here'),
        ("len(x=1) == 1", 4, "len takes its arguments by position only"),
        ("len() == 1", 0, "len takes 1 arguments, not 0"),
        ("f(x) == out", 0, 'f needs its argument "words"'),
        ("f(x, words, z=1) == out", 12, 'no argument "z" to give'),
        ("f(x, words, x=1) == out", 12, 'no argument "x" to give'),
        ("all(a > b for a in words for b in words)", 3, 'one "for" at a time'),
        ("all(out > 1 for out in words)", 16, "a new name stands"),
        ("all(w > 1 for w in words) and w", 30, 'unknown name "w"'),
        ("in: (z) requires True", 5, 'unknown parameter "z"; known are x, words, y'),
        ("in: (x) requires y > x", 17, '"y" isn\'t named in the brackets'),
        ("in: (x) requires out > x", 17, 'there is no "out" yet'),
        ("in: (x) requires f(x, []) == x", 17, "f can't be called"),
        ("in: () requires True", 5, "no parameter between the brackets"),
        ("in: x > 3", 0, '"in:" begins a line about the inputs'),
        ("in: (x) requires", 16, "expected an expression"),
        ("not " * 60 + "x", 164, "nested deeper than 40"),
        ("-" * 1500 + "x > 1", 40, "nested deeper than 40"),
        ("x" + "+1" * 900 + " > 1", 0, "nested deeper than 40"),
        ("x > " + "9" * 3000, 0, "3004 characters; a property has at most 2000"),
    ],
)
def test_what_is_no_statement_is_refused_at_its_place(text: str, offset: int, message: str) -> None:
    with pytest.raises(FlawError) as caught:
        parse_property(text, "f", SIGNATURE)
    assert caught.value.flaw.offset == offset
    assert message in caught.value.flaw.message


@pytest.mark.parametrize("opening", ["(", "[", "{", "f(", "not(", "x[", "-", "x if "])
def test_no_depth_brings_the_parser_down(opening: str) -> None:
    for count in (100, 300, 490):
        with pytest.raises(FlawError):
            parse_property(opening * count, "f", SIGNATURE)


def test_a_parameter_may_be_called_as_a_function_or_a_constant_is() -> None:
    signature = read_signature("(min: number, null: number) -> number").signature
    parse_property("min(out, min) == null", "f", signature)


def test_a_parameter_called_out_cannot_be_meant() -> None:
    signature = read_signature("(out: number) -> number").signature
    with pytest.raises(FlawError, match="rename the parameter"):
        parse_property("out > 1", "f", signature)


def test_a_spec_tells_of_properties_with_its_other_problems() -> None:
    text = SPEC.format("out >\n    otu").replace("[1] out: 1", "[1, 2] out: 1")
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode(), "f.md")
    assert [str(each) for each in caught.value.problems] == [
        "f.md:7:11  example 1: 2 arguments by position; the signature has x",
        'f.md:10:5  unknown name "otu"; did you mean "out"? known are x, out',
    ]


def test_places_count_characters() -> None:
    with pytest.raises(SpecError, match=r"^f.md:9:18  unknown name"):
        read_spec(SPEC.format('"é日" == "é" == ö').encode(), "f.md")
