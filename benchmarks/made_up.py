"""Made-up specs in any number, each with code that meets it and code that does not.

Eight kinds of functions over numbers, texts, lists and records, with other numbers in each.
Nothing here is like a real task: it is there to be many, and to have known answers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class MadeUp:
    name: str
    spec: str
    right: str
    wrong: str


@dataclass(frozen=True)
class _Kind:
    name: str
    says: str
    signature: str
    body: str
    wrong: str
    inputs: Callable[[random.Random], dict[str, Any]]
    properties: str = ""


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("abcdeABCDE ") for _ in range(chance.randint(1, 9)))


def _numbers(chance: random.Random) -> list[int]:
    return [chance.randint(-99, 99) for _ in range(chance.randint(0, 6))]


_KINDS = (
    _Kind(
        "scale",
        "Multiply by {a}, then add {b}.",
        "(n: integer) -> integer",
        "return n * {a} + {b}",
        "return n * {a} - {b}",
        lambda chance: {"n": chance.randint(-999, 999)},
    ),
    _Kind(
        "bound",
        "Limit a number to the range from -{a} to {b}.",
        "(n: integer) -> integer",
        "return max(-{a}, min({b}, n))",
        "return min({b}, n)",
        lambda chance: {"n": chance.randint(-99, 99)},
        "- -{a} <= out <= {b}\n",
    ),
    _Kind(
        "pad",
        "Put dots to the right of a text until it is {a} characters long.",
        "(text: string) -> string",
        "return text.ljust({a}, '.')",
        "return text.rjust({a}, '.')",
        lambda chance: {"text": _word(chance)},
    ),
    _Kind(
        "above",
        "The sum of the numbers greater than {a}.",
        "(items: integer[]) -> integer",
        "return sum(n for n in items if n > {a})",
        "return sum(n for n in items if n < {a})",
        lambda chance: {"items": _numbers(chance)},
    ),
    _Kind(
        "both",
        "The sum times {a} as `total`, the difference plus {b} as `apart`.",
        "(x: integer, y: integer) -> {{ total: integer, apart: integer }}",
        "return {{'total': (x + y) * {a}, 'apart': x - y + {b}}}",
        "return {{'total': (x + y) * {a}, 'apart': y - x}}",
        lambda chance: {"x": chance.randint(-99, 99), "y": chance.randint(-99, 99)},
    ),
    _Kind(
        "often",
        "How often each word appears, leaving out words longer than {a} characters.",
        "(words: string[]) -> Record<string, integer>",
        "return {{w: words.count(w) for w in words if len(w) <= {a}}}",
        "return {{w: 1 for w in words if len(w) <= {a}}}",
        lambda chance: {"words": [_word(chance)] * 2 + [_word(chance) for _ in range(3)]},
    ),
    _Kind(
        "every",
        "Every {a}th item, beginning with the first.",
        "(items: integer[]) -> integer[]",
        "return items[::{a}]",
        "return items[1::{a}]",
        lambda chance: {"items": [chance.randint(0, 9) for _ in range(chance.randint(3, 20))]},
    ),
    _Kind(
        "divides",
        "Whether {a} divides the number plus {b}.",
        "(n: integer) -> boolean",
        "return (n + {b}) % {a} == 0",
        "return (n + {b}) % {a} != 0",
        lambda chance: {"n": chance.choice([-1, 0, 1, 2]) * chance.randint(1, 99)},
    ),
)


def made_up(count: int, seed: int = 1, *, properties: bool = True) -> Iterator[MadeUp]:
    """So many specs; the same for the same seed. Some have `properties` unless told not to."""
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        kind = _KINDS[number % len(_KINDS)]
        yield _made_up(kind if properties else replace(kind, properties=""), number, chance)


def _made_up(kind: _Kind, number: int, chance: random.Random) -> MadeUp:
    name = f"{kind.name}_{number}"
    numbers = {"a": chance.randint(2, 12), "b": chance.randint(3, 40)}
    signature = kind.signature.format(**numbers)
    head = f"def {name}({', '.join(_names(signature))}):\n    "
    right, wrong = (head + body.format(**numbers) for body in (kind.body, kind.wrong))
    examples = list(_examples(name, right, wrong, kind.inputs, chance))
    spec = (
        f"# name: {name}\n# target: py\n# description:\n{kind.says.format(**numbers)}\n"
        f"# signature:\n{signature}\n# examples:\n{''.join(examples)}"
    )
    if kind.properties:
        spec += f"# properties:\n{kind.properties.format(**numbers)}"
    return MadeUp(name, spec, right, wrong)


def _names(signature: str) -> list[str]:
    inside = signature[1 : signature.index(")")]
    return [part.partition(":")[0].strip() for part in inside.split(",")]


def _examples(
    name: str,
    right: str,
    wrong: str,
    inputs: Callable[[random.Random], dict[str, Any]],
    chance: random.Random,
) -> Iterator[str]:
    """Three examples, one at least that tells right from wrong."""
    functions: list[dict[str, Any]] = [{}, {}]
    for scope, code in zip(functions, (right, wrong), strict=True):
        exec(code, scope)  # noqa: S102 - code from above
    good, bad = (scope[name] for scope in functions)
    said: set[str] = set()
    told = False
    while len(said) < 3:
        args = inputs(chance)
        line = f"- in: {json.dumps(args)} out: {json.dumps(good(**args))}\n"
        telling = good(**args) != bad(**args)
        if line in said or not (told or telling):
            continue
        told = True
        said.add(line)
        yield line
