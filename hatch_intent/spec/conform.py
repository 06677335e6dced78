"""Whether a JSON value is of a type.

`boolean` is never a number; a whole float such as 5.0 is a `number` and not an `integer`.
"""

from __future__ import annotations

from hatch_intent.spec.model import Json
from hatch_intent.spec.shown import one_line
from hatch_intent.spec.types import Array, Literal, Map, Object, Primitive, Tuple, Type, Union, show

_CLASSES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
}


def misfit(value: Json, type_: Type) -> str | None:
    """Where and why the value isn't of the type, or None when it is.

    `["a"][2]: expected number, got "x"`; without a path when the whole value is wrong.
    """
    found = _search(value, type_)
    if found is None:
        return None
    path, reason = found
    place = "".join(f"[{one_line(step)}]" for step in reversed(path))
    return f"{place}: {reason}" if place else reason


_Found = tuple[list["str | int"], str]  # the path's steps, innermost first, and the reason


def _search(value: Json, type_: Type) -> _Found | None:
    # exact classes, not isinstance: a bool is an int in Python, and decoded JSON has no others
    if isinstance(type_, Primitive):
        if type_.name == "any" or type(value) in _CLASSES[type_.name]:
            return None
        return _expected(value, type_)
    if isinstance(type_, Literal):
        return None if _equals(value, type_.value) else _expected(value, type_)
    if isinstance(type_, Array):
        return _in_array(value, type_)
    if isinstance(type_, Object):
        return _in_object(value, type_)
    if isinstance(type_, Map):
        return _in_map(value, type_)
    if isinstance(type_, Tuple):
        return _in_tuple(value, type_)
    return _in_union(value, type_)


def _equals(value: Json, literal: str | float | bool) -> bool:
    if type(value) is type(literal):
        return bool(value == literal)
    return type(literal) is float and type(value) is int and value == literal


def _in_array(value: Json, type_: Array) -> _Found | None:
    if type(value) is not list:
        return _expected(value, type_)
    for index, item in enumerate(value):
        found = _search(item, type_.item)
        if found:
            return _inside(index, found)
    return None


def _in_map(value: Json, type_: Map) -> _Found | None:
    if type(value) is not dict:
        return _expected(value, type_)
    for key, item in value.items():
        found = _search(item, type_.value)
        if found:
            return _inside(key, found)
    return None


def _in_tuple(value: Json, type_: Tuple) -> _Found | None:
    if type(value) is not list:
        return _expected(value, type_)
    if len(value) != len(type_.items):
        return [], f"expected {show(type_)}, got {len(value)} items"
    for index, (item, item_type) in enumerate(zip(value, type_.items, strict=True)):
        found = _search(item, item_type)
        if found:
            return _inside(index, found)
    return None


def _in_object(value: Json, type_: Object) -> _Found | None:
    if type(value) is not dict:
        return _expected(value, type_)
    present = 0
    for field in type_.fields:
        if field.name in value:
            present += 1
            found = _search(value[field.name], field.type)
            if found:
                return _inside(field.name, found)
        elif not field.optional:
            return [], f"missing key {_brief(field.name)} of {show(type_)}"
    if present == len(value):
        return None
    known = {field.name for field in type_.fields}
    unknown = next(key for key in value if key not in known)
    return [], f"unknown key {_brief(unknown)}; the type is {show(type_)}"


def _in_union(value: Json, type_: Union) -> _Found | None:
    for option in type_.options:
        if _search(value, option) is None:
            return None
    return _expected(value, type_)


def _inside(step: str | int, found: _Found) -> _Found:
    found[0].append(step)
    return found


def _expected(value: Json, type_: Type) -> _Found:
    return [], f"expected {show(type_)}, got {_brief(value)}"


def _brief(value: Json, limit: int = 60) -> str:
    return one_line(value, limit)
