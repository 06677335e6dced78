"""What the operators of the property language do, each with its cost and cap."""

from __future__ import annotations

import math
import operator as operators
from collections.abc import Callable
from typing import Any

from hatch_intent.judge.compare import show
from hatch_intent.spec.model import Json

MAX_STEPS = 200_000
MAX_BITS = 14_000
"""Of an integer: some 4,200 decimal digits, as many as an answer may have."""
MAX_SIZE = 100_000
"""Items of a list or characters of a string that an expression makes."""
_BRIEF_SIZE = 60
_KINDS: dict[type, str] = {str: "string", list: "list", dict: "record"}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": operators.truediv,
    "//": operators.floordiv,
    "%": operators.mod,
    "**": operators.pow,
}


class Unsettled(Exception):  # noqa: N818 - a finding about a property, not an error of ours
    """The expression has no value here; the message says why."""


class Cost:
    """The steps that one evaluation has left."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def charge(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise Unsettled(f"it takes more than {MAX_STEPS} steps")


def brief(value: Json) -> str:
    """The value for a message, cut when long."""
    if size(value, _BRIEF_SIZE) > _BRIEF_SIZE:
        return f"a {_KINDS[type(value)]} of {len(value)}"
    text = show(value)
    return text if len(text) <= _BRIEF_SIZE else f"{text[: _BRIEF_SIZE - 1]}…"


def size(value: Json, most: int = MAX_STEPS) -> int:
    """Roughly how many steps it takes to look at all of a value; stops counting above `most`.

    A list that an expression made can hold another one a thousand times over, so that its
    parts can't be counted to the end.
    """
    found = 0
    waiting = [value]
    while waiting and found <= most:
        each = waiting.pop()
        if type(each) is str:
            found += len(each) // 16
        elif type(each) in (list, dict):
            found += len(each)
            waiting += each if type(each) is list else each.values()
    return found


def number(value: Json, who: str) -> int | float:
    if type(value) is int or type(value) is float:
        return value
    raise Unsettled(f"{who} takes numbers, got {brief(value)}")


def text(value: Json, who: str) -> str:
    if type(value) is str:
        return value
    raise Unsettled(f"{who} takes a string, got {brief(value)}")


def whole(value: Json, who: str) -> int:
    if type(value) is int and abs(value) <= 1 << 62:
        return value
    raise Unsettled(f"{who} takes a whole number of moderate size, got {brief(value)}")


def arithmetic(operator: str, left: Json, right: Json, cost: Cost) -> Json:
    """`+ - * / // % **` for numbers, and `+` and `*` as in Python for strings and lists."""
    if operator == "+" and type(left) is type(right) and type(left) in (str, list):
        make(len(left) + len(right), cost)
        return left + right
    if operator == "*" and type(left) in (str, list) and type(right) is int:
        make(len(left) * max(0, right), cost)
        return left * right
    if operator == "*" and type(right) in (str, list) and type(left) is int:
        return arithmetic(operator, right, left, cost)
    who = f'"{operator}"'
    left, right = number(left, who), number(right, who)
    if operator == "**":
        _bound_power(left, right)
    try:
        return finite(_ARITHMETIC[operator](left, right))
    except ZeroDivisionError:
        raise Unsettled("a division by zero") from None
    except OverflowError:
        raise Unsettled("a number beyond what a float can hold") from None


def make(length: int, cost: Cost) -> None:
    """Charge for a string or list of this length, or refuse it."""
    if length > MAX_SIZE:
        raise Unsettled(f"a string or list of more than {MAX_SIZE} parts")
    cost.charge(length // 16)


def _bound_power(base: float, exponent: float) -> None:
    if type(base) is int and type(exponent) is int and exponent > 0:
        if base.bit_length() * exponent > MAX_BITS and abs(base) > 1:
            raise Unsettled("a power of too many digits")
    elif type(exponent) is int and exponent.bit_length() > 62:
        raise Unsettled("a power of too large an exponent")


def finite(value: Any) -> Json:
    """The number, if JSON has it."""
    if type(value) is int and value.bit_length() > MAX_BITS:
        raise Unsettled("an integer of too many digits")
    if type(value) is complex:
        raise Unsettled("a root of a negative number")
    if type(value) is float and not math.isfinite(value):
        raise Unsettled("a number beyond what a float can hold")
    return value


Same = Callable[[Json, Json], bool]


def order(left: Json, right: Json, cost: Cost, same: Same = operators.eq) -> int:
    """Below, at or above 0: numbers by value, strings by code point, lists item by item.

    `same` tells which items of two lists are passed over as equal.
    """
    cost.charge(1)
    if type(left) in (int, float) and type(right) in (int, float):
        return int(left > right) - int(left < right)
    if type(left) is str and type(right) is str:
        cost.charge(min(len(left), len(right)) // 16)
        return int(left > right) - int(left < right)
    if type(left) is list and type(right) is list:
        for one, other in zip(left, right, strict=False):
            if not same(one, other):
                return order(one, other, cost, same)
        return (len(left) > len(right)) - (len(left) < len(right))
    raise Unsettled(f"{brief(left)} and {brief(right)} have no order")


def item(of: Json, at: Json) -> Json:
    if type(of) is dict:
        if type(at) is str and at in of:
            return of[at]
        raise Unsettled(f"there is no key {brief(at)} in {brief(of)}")
    if type(of) not in (list, str):
        raise Unsettled(f"{brief(of)} has no parts")
    if type(at) is not int:
        raise Unsettled(f"an index is a whole number, got {brief(at)}")
    if not -len(of) <= at < len(of):
        raise Unsettled(f"there is no index {brief(at)} in {brief(of)}")
    return of[at]


def part(of: Json, bounds: list[Json], cost: Cost) -> Json:
    """`of[start:stop:step]`."""
    if type(of) not in (list, str):
        raise Unsettled(f"{brief(of)} can't be sliced")
    start, stop, step = (None if bound is None else whole(bound, "a slice") for bound in bounds)
    if step == 0:
        raise Unsettled("a slice whose step is 0")
    cost.charge(len(of) // 16)
    return of[start:stop:step]


def items(value: Json, cost: Cost) -> list[Json]:
    """A list's items, a string's characters, a record's keys."""
    if type(value) not in (list, str, dict):
        raise Unsettled(f"a list is needed, got {brief(value)}")
    cost.charge(len(value) // 4)
    return list(value)
