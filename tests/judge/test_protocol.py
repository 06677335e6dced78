from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.judge.protocol import MAX_DEPTH, MAX_DIGITS, FrameError, decode, encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)  # fmt: skip


@given(JSON)
def test_any_json_value_comes_back_as_it_was(value: object) -> None:
    body = encode(value)
    assert body.isascii()
    assert repr(decode(body)) == repr(value)
    assert encode(decode(body)) == body


@given(st.binary())
def test_any_bytes_are_a_value_or_a_frame_error(body: bytes) -> None:
    try:
        decode(body)
    except FrameError:
        return


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not strict JSON"),
        (b'"\xff"', "not strict JSON"),
        (b'"\xed\xa0\x80"', "not strict JSON"),
        (b'{"a":1,"a":2}', "a key twice"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"1e999", "out of a float's range"),
        (b"9" * (MAX_DIGITS + 1), f"more than {MAX_DIGITS} digits"),
        (b"[" * 200_000, "nested deeper"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "nested deeper"),
        (b"1 2", "not strict JSON"),
    ],
)
def test_what_a_frame_must_not_hold(body: bytes, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        decode(body)


def test_brackets_in_strings_are_not_depth() -> None:
    value = ['"[' * 300, "\\" * 301 + "{" * 300]
    assert decode(encode(value)) == value


def test_the_deepest_value_that_is_read() -> None:
    assert decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_lone_surrogate_and_a_large_integer_are_exact() -> None:
    assert decode(encode(["\ud800", 2**53 + 1, 10**4000])) == ["\ud800", 2**53 + 1, 10**4000]
