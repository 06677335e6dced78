"""Whether an exported function has the signature's parameters, by its own source text.

Advice with a clear message. A default value may hold anything, so the text is cut at commas
outside of brackets and strings; what this can't read is let pass, for the examples decide.
"""

from __future__ import annotations

import re

from hatch_intent.spec.model import Spec

_OPEN, _CLOSE = "([{", ")]}"
_NAME = re.compile(r"[\w$]+")
# Nothing here may look at a hostile text more than once for each letter.
_HEAD = re.compile(r"(?:async\b\s*)?(?:function\b\s*(?:\*\s*)?(?:[\w$]+\s*)?)?\(")
_BARE = re.compile(r"(?:async\b\s*)?([\w$]+)\s*=>")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def parameter_problem(spec: Spec, kind: str, head: str) -> str:
    """One line on what is wrong with the function, empty when nothing is."""
    wanted = f"function {spec.name}({', '.join(p.name for p in spec.signature.parameters)})"
    if kind:
        return f"{spec.name} is {_ARTICLES.get(kind, kind)}; write {wanted}"
    if head.startswith("class"):
        return f"{spec.name} is a class; write {wanted}"
    found = parameters(head)
    if found is None or found == [p.name for p in spec.signature.parameters]:
        return ""
    return f"has function {spec.name}({', '.join(found)}); the signature is {wanted}"


_ARTICLES = {"async": "asynchronous", "generator": "a generator"}


def parameters(head: str) -> list[str] | None:
    """The names of a function's parameters; a pattern or a rest as it is written."""
    text = _COMMENT.sub(" ", head)
    bare = _BARE.match(text)
    if bare:
        return [bare[1]]
    opening = _HEAD.match(text)
    parts = _parts(text[opening.end() :]) if opening else None
    return None if parts is None else [_shown(part) for part in parts if part]


def _shown(part: str) -> str:
    name = _NAME.match(part)
    return name[0] if name else " ".join(part.split("=")[0].split())


def _parts(text: str) -> list[str] | None:
    parts: list[str] = []
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in _CLOSE and depth == 0:
            return [*parts, text[start:place].strip()]
        elif letter in _OPEN or letter in _CLOSE:
            depth += 1 if letter in _OPEN else -1
        elif letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return None
