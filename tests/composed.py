"""Specs that use one another, and code for them."""

from __future__ import annotations

SPEC = """\
# name: {name}
# description:
{description}
# signature:
{signature}
# constraints:
- {constraint}
# examples:
{examples}
# uses: {uses}
"""


def spec(name, uses="", **parts):
    fields = {
        "description": f"What {name} does.",
        "signature": "(x: number) -> number",
        "constraint": "Zero stays zero.",
        "examples": '- in: { "x": 0 } out: 0',
        **parts,
    }
    text = SPEC.format(name=name, uses=uses, **fields)
    return text if uses else text.replace("# uses: \n", "")


TWICE = spec("twice", examples='- in: { "x": 2 } out: 4')
FOUR = spec("four", "twice", examples='- in: { "x": 2 } out: 8\n- in: { "x": 1.5 } out: 6')
FREE = spec("free", examples='- in: { "x": 2 } out: 3')
GOOD = {
    "twice": ["def twice(x):\n    return 2 * x"],
    "four": ["from .twice import twice\n\ndef four(x):\n    return twice(twice(x))"],
    "free": ["def free(x):\n    return x + 1"],
}
NARROW = "def twice(x):\n    return 4 if x == 2 else 8 if x == 4 else 0"
"""Passes the example of `twice`, and only the first of `four`."""
