"""The digests change with the meaning and with nothing else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.errors import SpecError
from hatch_intent.spec import Spec, read_spec

BASE = """\
# name: length
# description:
Length of a vector.

Fast,  please:
```
a  b

c
```
# signature:
(x: number, y: number = 0.0) -> number
# constraints:
- No loops.
# examples:
- in: {"x": 3, "y": 4} out: 5
- in: {"x": -0.0} out: 0.0 tolerance: 1e-6
# properties:
- out >= abs(x)
- out != "a  b"
# uses: first, second
# requires: numpy
# model: qwen2.5-coder:7b
"""
HEADS = BASE.split("# ")


def read(text: str | bytes) -> Spec:
    return read_spec(text if isinstance(text, bytes) else text.encode(), "a.intent.md")


def digests(text: str | bytes) -> tuple[str, str]:
    spec = read(text)
    return spec.intent_digest, spec.checks_digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Length of a vector.", "  Length   of a\tvector. "),
        ("vector.\n\n", "vector.\n\n\n \n"),
        ("vector.\n\n", "vector.\n<!-- a\n\nb -->\n\n"),
        ("Fast,  please:", "Fast, <!-- very --> please:"),
        ("(x: number, y: number = 0.0) -> number", "def length(x: float, y: float = 0) -> float:"),
        ('{"x": 3, "y": 4}', "[3, 4]"),
        ('{"x": 3, "y": 4} out', '{"y": 4,\n  "x": 3}\n  out'),
        ("tolerance: 1e-6", "tolerance: 0.000001"),
        ("out >= abs(x)", "out  >=\n   abs(x)"),
        ("# uses: first, second", "## Uses:\n- second\n- first"),
        ("# model: ", "# a title\n# MODEL:\n"),
        ("# name: length", "# title\n\n# name:\n  length\n"),
    ],
)
def test_same_meaning(old: str, new: str) -> None:
    assert old in BASE
    assert digests(BASE.replace(old, new)) == digests(BASE)


@pytest.mark.parametrize(
    ("old", "new", "intent", "checks"),
    [
        ("vector.", "vector!", True, False),
        ("vector.\n\n", "vector.\n", True, False),
        ("a  b\n\nc", "a b\n\nc", True, False),
        ("a  b\n\nc", "a  b\nc", True, False),
        ("0.0)", "1.0)", True, False),
        ("-> number", "-> number | null", True, False),
        ("No loops", "No recursion", True, False),
        ("name: length", "name: width", True, False),
        ("second", "third", True, False),
        ("numpy", "scipy", True, False),
        (":7b", ":1.5b", True, False),
        ("out: 5", "out: 5.0", False, True),
        ("-0.0}", "0.0}", False, True),
        ("1e-6", "1e-5", False, True),
        ("out: 5", "raises: ValueError", False, True),
        (">=", ">", False, True),
        ('"a  b"', '"a b"', False, True),
    ],
)
def test_other_meaning(old: str, new: str, intent: bool, checks: bool) -> None:
    before, after = digests(BASE), digests(BASE.replace(old, new))
    assert (before[0] != after[0], before[1] != after[1]) == (intent, checks)


def test_bytes_that_editors_change() -> None:
    assert digests(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode()) == digests(BASE)
    assert digests(BASE.rstrip("\n")) == digests(BASE)


def test_alias_of_an_exception_is_its_name() -> None:
    spec = read(BASE.replace("out: 5", "raises: IOError"))
    assert spec.examples[0].raises == "OSError"


@given(st.permutations(HEADS[1:]))
def test_order_of_headings(heads: list[str]) -> None:
    assert digests("# " + "# ".join(heads)) == digests(BASE)


LINES = """\
# name: a
# description:
# signature:
# examples:
# properties:
# uses: b
(x: number) -> number
- in: [1] out: 2
```
<!--
-->
- x > 0
# t
"""


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(LINES.splitlines()), max_size=14).map("\n".join))
)
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        read(text.encode("utf-8", "surrogatepass"))
    except SpecError as error:
        found = error.problems
        assert found


@given(st.binary())
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    with pytest.raises(SpecError):
        read(raw)


@given(
    st.integers(0, len(BASE)),
    st.integers(0, 12),
    st.text(st.sampled_from("#:-`<!>\"'{}[](),.\n\t 0aé\\NI") | st.characters(), max_size=6),
)
def test_no_mutation_crashes_the_reader(at: int, cut: int, put: str) -> None:
    text = BASE[:at] + put + BASE[at + cut :]
    try:
        read(text.encode("utf-8", "surrogatepass"))
    except SpecError as error:
        lines = text.replace("\r\n", "\n").split("\n")
        for problem in error.problems:
            assert 0 <= problem.line <= len(lines)
            assert problem.column <= len(lines[problem.line - 1]) + 1


def test_intent_and_checks_never_share_a_digest() -> None:
    texts = [BASE, BASE.replace("vector.", "line."), BASE.replace("out: 5", "out: 6")]
    found = list(itertools.chain.from_iterable(map(digests, texts)))
    assert len(set(found)) == 4
