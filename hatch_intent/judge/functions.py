"""What the functions of the property language do, each with its cost and cap."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cmp_to_key, partial
from typing import Any

from hatch_intent.judge.compare import difference
from hatch_intent.judge.operations import (
    MAX_SIZE,
    Cost,
    Unsettled,
    arithmetic,
    brief,
    finite,
    items,
    make,
    number,
    order,
    size,
    text,
    whole,
)
from hatch_intent.spec.digest import by_value, canonical_json
from hatch_intent.spec.model import Json

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?", re.ASCII)


def call(name: str, arguments: list[Json], cost: Cost) -> Json:
    """The function's value, or `Unsettled`."""
    found = _FUNCTIONS[name](cost, *arguments)
    if type(found) in (int, float):
        return finite(found)
    if type(found) in (str, list) and len(found) > MAX_SIZE:
        raise Unsettled(f"a string or list of more than {MAX_SIZE} parts")
    return found


def _len(cost: Cost, value: Json) -> Json:  # noqa: ARG001 - one form for all
    if type(value) in (list, str, dict):
        return len(value)
    raise Unsettled(f"{brief(value)} has no length")


def _sum(cost: Cost, values: Json) -> Json:
    found: Any = 0
    for value in items(values, cost):
        # true counts as 1 here alone, so that sum(x > 0 for x in out) counts
        found = arithmetic("+", found, int(value) if type(value) is bool else value, cost)
    return found


def _all(cost: Cost, values: Json) -> Json:
    return all(items(values, cost))


def _any(cost: Cost, values: Json) -> Json:
    return any(items(values, cost))


def _sorted(cost: Cost, values: Json) -> Json:
    return sorted(items(values, cost), key=cmp_to_key(partial(order, cost=cost)))


def _extreme(sign: int, name: str, cost: Cost, *values: Json) -> Json:
    among = items(values[0], cost) if len(values) == 1 else list(values)
    if not among:
        raise Unsettled(f"{name} of nothing")
    found = among[0]
    for value in among[1:]:
        if order(value, found, cost) * sign > 0:
            found = value
    return found


def _reversed(cost: Cost, value: Json) -> Json:
    return value[::-1] if type(value) is str else items(value, cost)[::-1]


def _set(cost: Cost, values: Json) -> Json:
    """Each value once, in an order that depends on the values alone."""
    found: dict[str, Json] = {}
    for value in items(values, cost):
        cost.charge(1 + size(value))
        found.setdefault(canonical_json(by_value(value)), value)
    return [found[key] for key in sorted(found)]


def _keys(cost: Cost, value: Json) -> Json:
    return items(_record(value, "keys"), cost)


def _values(cost: Cost, value: Json) -> Json:
    return [value[key] for key in items(_record(value, "values"), cost)]


def _record(value: Json, who: str) -> Json:
    if type(value) is dict:
        return value
    raise Unsettled(f"{who} takes a record, got {brief(value)}")


def _range(cost: Cost, *bounds: Json) -> Json:
    limits = [whole(bound, "range") for bound in bounds]
    if len(limits) == 3 and limits[2] == 0:
        raise Unsettled("a range whose step is 0")
    found = range(*limits)
    # not len(found), which can't count beyond what a machine word holds
    if found and abs((found[-1] - found[0]) // found.step) >= MAX_SIZE:
        raise Unsettled(f"a range of more than {MAX_SIZE} numbers")
    cost.charge(len(found) // 4)
    return list(found)


def _zip(cost: Cost, *lists: Json) -> Json:
    columns = [items(each, cost) for each in lists]
    return [list(row) for row in zip(*columns, strict=False)]


def _count(cost: Cost, whole_: Json, wanted: Json) -> Json:
    if type(whole_) is str:
        cost.charge(len(whole_) // 16)
        return whole_.count(text(wanted, "count in a string"))
    found = 0
    for value in items(whole_, cost):
        cost.charge(1 + size(value))
        found += difference(value, wanted) is None
    return found


def _abs(cost: Cost, value: Json) -> Json:  # noqa: ARG001 - one form for all
    return abs(number(value, "abs"))


def _int(cost: Cost, value: Json) -> Json:  # noqa: ARG001 - one form for all
    if type(value) is str:
        if not _INTEGER.fullmatch(value):
            raise Unsettled(f"{brief(value)} isn't a whole number")
        return int(value)
    return int(number(value, "int"))


def _float(cost: Cost, value: Json) -> Json:  # noqa: ARG001 - one form for all
    if type(value) is str and not _NUMBER.fullmatch(value):
        raise Unsettled(f"{brief(value)} isn't a number")
    try:
        return float(value if type(value) is str else number(value, "float"))
    except OverflowError:
        raise Unsettled("a number beyond what a float can hold") from None


def _round(cost: Cost, value: Json, digits: Json = None) -> Json:  # noqa: ARG001 - one form for all
    rounded = number(value, "round")
    if digits is None:
        return round(rounded)
    if abs(whole(digits, "round")) > 400:
        raise Unsettled("round to more than 400 digits")
    try:
        return round(rounded, digits)
    except OverflowError:
        raise Unsettled("a number beyond what a float can hold") from None


def _isclose(cost: Cost, one: Json, other: Json, tolerance: Json = None) -> Json:
    if tolerance is not None and number(tolerance, "isclose") < 0:
        raise Unsettled("isclose takes a tolerance above 0")
    cost.charge(min(size(one), size(other)))
    return difference(one, other, tolerance) is None


def _str(cost: Cost, value: Json) -> Json:  # noqa: ARG001 - one form for all
    return value if type(value) is str else str(number(value, "str"))


def _tested(name: str, cost: Cost, value: Json) -> Json:
    test = text(value, name)
    cost.charge(len(test) // 16)
    return getattr(str, name)(test)


def _edge(name: str, cost: Cost, value: Json, edge: Json) -> Json:
    del cost
    return getattr(str, name)(text(value, name), text(edge, name))


def _split(cost: Cost, value: Json, separator: Json = None) -> Json:
    whole_ = text(value, "split")
    cost.charge(len(whole_))
    if separator is not None and not text(separator, "split"):
        raise Unsettled("split takes a separator of at least one character")
    return whole_.split(separator)


def _join(cost: Cost, separator: Json, values: Json) -> Json:
    parts = [text(value, "join") for value in items(values, cost)]
    between = text(separator, "join")
    make(sum(map(len, parts)) + len(between) * len(parts), cost)
    return between.join(parts)


def _replace(cost: Cost, value: Json, old: Json, new: Json) -> Json:
    whole_, before, after = (text(each, "replace") for each in (value, old, new))
    cost.charge(len(whole_) // 16)
    make(len(whole_) + whole_.count(before) * len(after), cost)
    return whole_.replace(before, after)


def _is(kinds: tuple[type, ...], cost: Cost, value: Json) -> Json:
    del cost
    return type(value) in kinds


def _isinteger(cost: Cost, value: Json) -> Json:
    del cost
    return type(value) is int or (type(value) is float and value.is_integer())


_TESTS = "lower upper isdigit isalpha isalnum isspace isascii islower isupper strip"
_FUNCTIONS: dict[str, Callable[..., Json]] = {
    **{name: partial(_tested, name) for name in _TESTS.split()},
    **{name: partial(_edge, name) for name in ("startswith", "endswith")},
    "abs": _abs,
    "int": _int,
    "float": _float,
    "round": _round,
    "isclose": _isclose,
    "len": _len,
    "sum": _sum,
    "all": _all,
    "any": _any,
    "sorted": _sorted,
    "reversed": _reversed,
    "list": lambda cost, value: items(value, cost),
    "set": _set,
    "keys": _keys,
    "values": _values,
    "min": partial(_extreme, -1, "min"),
    "max": partial(_extreme, 1, "max"),
    "range": _range,
    "zip": _zip,
    "count": _count,
    "str": _str,
    "split": _split,
    "join": _join,
    "replace": _replace,
    "isinteger": _isinteger,
    "isnumber": partial(_is, (int, float)),
    "isstring": partial(_is, (str,)),
    "isboolean": partial(_is, (bool,)),
    "islist": partial(_is, (list,)),
    "isrecord": partial(_is, (dict,)),
}
