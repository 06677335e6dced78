"""The strict reader takes what the standard library takes, save what it shouldn't."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.spec.source import FlawError
from hatch_intent.spec.strict_json import _Reader, read_json, spots

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda item: (
        st.lists(item, max_size=4) | st.dictionaries(st.text('ab"\\é😀'), item, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_written_value_reads_back_exactly(value: Any, indent: int | None, ascii_: bool) -> None:
    text = " " + json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert repr(read_json(text, 0)) == repr((value, len(text)))
    assert repr(_Reader(text).value(1, 0)) == repr((value, len(text)))


@given(st.text(alphabet='{}[]",:\\u01-.eE+ \ntruefalsn', max_size=20))
def test_takes_no_text_that_json_refuses(text: str) -> None:
    try:
        value, end = read_json(text, 0)
    except FlawError as error:
        offset = error.flaw.offset
        assert 0 <= offset <= len(text)
        return
    assert repr(json.loads(text[:end])) == repr(value)
    assert repr(_Reader(text).value(len(text) - len(text.lstrip(" \n")), 0)) == repr((value, end))


@pytest.mark.parametrize(
    ("text", "value"),
    [("9007199254740993", 2**53 + 1), ("-0.0", -0.0), ("-0", 0), ("1e2", 100.0), ("1.0", 1.0)],
)
def test_numbers_are_exact(text: str, value: float) -> None:
    assert repr(read_json(text, 0)[0]) == repr(value)


def test_hundred_levels_are_enough_and_the_most() -> None:
    good = "[" * 101 + "]" * 101
    assert read_json(good, 0)[1] == 202
    with pytest.raises(FlawError, match="nested deeper than 100"):
        read_json(f"[{good}]", 0)
    with pytest.raises(FlawError, match="nested deeper than 100"):
        read_json("[" * 10_000, 0)


def test_pairs_of_surrogates_are_text() -> None:
    assert read_json(r'"\ud83d\ude00"', 0)[0] == "😀"


def test_spots_are_those_of_the_outermost_value() -> None:
    assert spots('{"a": {"b": 1}, "c": 2}', 0) == {"a": (1, 6), "c": (16, 21)}
    assert spots("[1, [2]]", 0) == {0: (1, 1), 1: (4, 4)}
