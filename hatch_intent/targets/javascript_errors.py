"""What `raises: ValueError` means in JavaScript, which has seven classes of errors.

A class that JavaScript has under the same name is itself. What Python says of a value that is
of the right type and still won't do is a RangeError. Any other is an Error whose `name` is the
spec's word. A module may always say it exactly: an error whose class or `name` is the spec's
word is that one.
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
)


def javascript_error(name: str) -> str:
    """The class that stands for a builtin exception of Python's: `ValueError`, `RangeError`."""
    if name in SAME:
        return name
    return "RangeError" if name in RANGE else "Error"


def python_errors(names: Iterable[str]) -> tuple[str, ...]:
    """The builtin exceptions that an error of these class names, own first, stands for."""
    found: dict[str, None] = {}
    for name in names:
        if name == "RangeError":
            found.update(dict.fromkeys(RANGE))
        elif name == "Error":
            found["Exception"] = None
    return tuple(found)
