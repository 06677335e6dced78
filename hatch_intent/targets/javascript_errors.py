"""What `raises: ValueError` means in JavaScript, which has seven classes of errors.

A class that JavaScript has under the same name is itself. What Python says of a value that is
of the right type and still won't do is a RangeError, though a stack that overflows is only what
it is in Python. Any other is an Error, and none of the classes that JavaScript itself throws. A
module may always say it exactly: an error whose class or `name` is the spec's word is that one.
"""

from __future__ import annotations

from collections.abc import Iterable

SAME = ("TypeError", "SyntaxError")
RANGE = (
    "ValueError",
    "IndexError",
    "KeyError",
    "LookupError",
    "ArithmeticError",
    "ZeroDivisionError",
    "OverflowError",
    "FloatingPointError",
    "RecursionError",
    "UnicodeError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeTranslateError",
)
_OWN = {"RangeError", "ReferenceError", "EvalError", "URIError", *SAME}
_OVERFLOW = "Maximum call stack size exceeded"  # V8's words


def javascript_error(name: str) -> str:
    """The class that stands for a builtin exception of Python's: `ValueError`, `RangeError`."""
    if name in SAME:
        return name
    return "RangeError" if name in RANGE else "Error"


def python_errors(
    names: Iterable[str], message: str = "", wanted: Iterable[str] = ()
) -> tuple[str, ...]:
    """The builtin exceptions that an error of these class names, own first, stands for.

    `wanted` are those that the spec speaks of: a plain Error stands for each that JavaScript
    has no word for.
    """
    found: dict[str, None] = {}
    kinds = list(names)
    for name in kinds:
        if name == "RangeError":
            overflow = message == _OVERFLOW
            found.update(dict.fromkeys(("RecursionError",) if overflow else RANGE))
        elif name == "Error":
            found["Exception"] = None
            if _OWN.isdisjoint(kinds):
                others = (each for each in wanted if javascript_error(each) == "Error")
                found.update(dict.fromkeys(others))
    return tuple(found)
