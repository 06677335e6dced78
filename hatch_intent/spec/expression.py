"""What a property's expression is made of, once read: data, and nothing that runs.

Only the judge evaluates it, by its own rules; no part is ever Python code again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hatch_intent.spec.model import Json

ANSWER = "out"
"""The name that the function's answer has in a property."""

CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}
"""JSON's own words, beside Python's True, False and None."""

FUNCTIONS: dict[str, tuple[int, int]] = {
    # numbers
    **dict.fromkeys(("abs", "int", "float"), (1, 1)),
    "round": (1, 2),
    "isclose": (2, 3),
    # lists, and strings and records as lists of their characters and keys
    **dict.fromkeys(
        ("len", "sum", "all", "any", "sorted", "reversed", "list", "set", "keys", "values"), (1, 1)
    ),
    **dict.fromkeys(("min", "max"), (1, 50)),
    "range": (1, 3),
    "zip": (2, 5),
    "count": (2, 2),
    # strings
    **dict.fromkeys(
        ("str", "lower", "upper", "isdigit", "isalpha", "isalnum", "isspace", "isascii"), (1, 1)
    ),
    **dict.fromkeys(("islower", "isupper", "strip"), (1, 1)),
    **dict.fromkeys(("startswith", "endswith", "join"), (2, 2)),
    "split": (1, 2),
    "replace": (3, 3),
    # kinds of values
    **dict.fromkeys(("isinteger", "isnumber", "isstring", "isboolean", "islist"), (1, 1)),
    "isrecord": (1, 1),
}
"""How few and how many arguments each function takes."""


@dataclass(frozen=True)
class Value:
    value: bool | int | float | str | None


@dataclass(frozen=True)
class Name:
    """A parameter, the answer, or what a comprehension goes through."""

    name: str


@dataclass(frozen=True)
class Listing:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Record:
    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Sign:
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Arithmetic:
    """`+ - * / // % **` between two values."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Comparison:
    """`a < b <= c`; operators are `== != < <= > >= in`, `not in`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Logic:
    """`and` or `or`; the value that settles it is the result."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Item:
    """`x[0]`, `x["key"]`."""

    of: Node
    at: Node


@dataclass(frozen=True)
class Slice:
    of: Node
    start: Node | None
    stop: Node | None
    step: Node | None


@dataclass(frozen=True)
class Call:
    """One of `FUNCTIONS`."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Itself:
    """The function that the spec is about, called again; arguments by parameter's name."""

    arguments: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Each:
    """`item for name in source if condition`; several names take a list apart."""

    item: Node
    names: tuple[str, ...]
    source: Node
    conditions: tuple[Node, ...]


Node = (
    Value
    | Name
    | Listing
    | Record
    | Sign
    | Arithmetic
    | Comparison
    | Logic
    | Choice
    | Item
    | Slice
    | Call
    | Itself
    | Each
)


@dataclass(frozen=True)
class Statement:
    """One entry below `properties:`.

    `requires` is None for a statement about the answer. Otherwise the entry says which
    inputs the others are about, and `requires` are the parameters it names.
    """

    node: Node
    requires: tuple[str, ...] | None = None
