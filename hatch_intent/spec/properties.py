"""The language of properties: from text to a `Statement`, or to the place where it isn't one.

Python's parser reads the text, and what it found is translated node by node from a list of
what is allowed. Nothing is compiled or run. The grammar is in docs/properties.md.
"""

from __future__ import annotations

import ast
import re

from hatch_intent.spec.expression import Arithmetic, Each, Listing, Record, Slice, Statement, Value
from hatch_intent.spec.model import Signature
from hatch_intent.spec.source import FlawError, quote
from hatch_intent.spec.translation import Translation, known
from hatch_intent.syntax import parse_expression

MAX_LENGTH = 2000
"""Characters of one property; what Python's parser can be trusted with everywhere."""

_STRING = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_REQUIRES = re.compile(r"in\s*:\s*(?:\(([^()]*)\)\s*requires(?=[\s(]|$))?", re.ASCII)
_REQUIRES_FORM = 'write "in: (x, y) requires x < y", with the parameters\' names'
_NAME = re.compile(r"[^\s,]+")
# what stands outside of strings, and inside of them: groups tell them apart
_STRAY = re.compile(
    rf"""(?P<prefixed>\w+(?=["']))|(?P<text>{_STRING})|(?P<comment>\#)|(?P<script>&&|\|\||===|!==)
    |(?P<glued>\b[0-9][0-9_.]*(?:and|or|in|is|if|else|not|for)\b)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:(?P<good>[\\'\"nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})|.)", re.DOTALL)
_KEYWORDS = frozenset(("and", "or", "not", "in", "if", "else", "is", "for"))
_SCRIPT = {"&&": "and", "||": "or", "===": "==", "!==": "!="}
_NEVER_TRUTH = (Arithmetic, Listing, Record, Slice, Each)


def parse_property(text: str, name: str, signature: Signature | None) -> Statement:
    """Read one property of the function `name`.

    Without a signature names go unchecked. Raises `FlawError` with an offset in the text.
    """
    if len(text) > MAX_LENGTH:
        raise FlawError(0, f"{len(text)} characters; a property has at most {MAX_LENGTH}")
    _look_over(text)
    begin, requires = _requires(text, signature)
    source = text[begin:].replace("\n", " ").replace("\t", " ").lstrip()
    begin = len(text) - len(source)
    tree = _parse(source, begin)
    translation = Translation(text, begin, name, signature, requires)
    node = translation.node(tree, 0)
    if isinstance(node, _NEVER_TRUTH) or (
        isinstance(node, Value) and not isinstance(node.value, bool)
    ):
        message = "a property is true or false; compare it, as in out >= 0"
        raise FlawError(begin, message)
    return Statement(node, requires)


def about_inputs(text: str) -> bool:
    """Whether a property tells which inputs to make up, and not what the answer is."""
    return _REQUIRES.match(text) is not None


def _look_over(text: str) -> None:
    """Refuse what Python's parser would take, or take with a warning."""
    for match in _STRAY.finditer(text):
        at = match.start()
        if match["prefixed"] and match["prefixed"] not in _KEYWORDS:
            raise FlawError(at, f"{quote(match[0])} before a string is refused; write it plainly")
        if match["comment"]:
            raise FlawError(at, 'comments are written "<!-- … -->"; a property has none of "#"')
        if match["script"]:
            raise FlawError(at, f'unknown operator "{match[0]}"; write {_SCRIPT[match[0]]}')
        if match["glued"]:
            raise FlawError(at, f"a space is missing in {quote(match[0])}")
        for escape in _ESCAPE.finditer(match["text"] or ""):
            if not escape["good"]:
                message = f"unknown escape {quote(escape[0])}; known are "
                known = r"\\ \" \' \n \r \t \xHH \uHHHH"
                raise FlawError(at + escape.start(), message + known)


def _requires(text: str, signature: Signature | None) -> tuple[int, tuple[str, ...] | None]:
    """Where the expression begins, and the parameters that a `requires` names."""
    match = _REQUIRES.match(text)
    if not match:
        return 0, None
    if match[1] is None:
        raise FlawError(0, f'"in:" begins a line about the inputs; {_REQUIRES_FORM}')
    names = {found[0]: match.start(1) + found.start() for found in _NAME.finditer(match[1])}
    names_known = [] if signature is None else [each.name for each in signature.parameters]
    for name, at in names.items():
        if signature is not None and name not in names_known:
            raise FlawError(at, f"unknown parameter {quote(name)}; {known(names_known)}")
    if not names:
        raise FlawError(match.start(1), f"no parameter between the brackets; {_REQUIRES_FORM}")
    return match.end(), tuple(names)


def _parse(source: str, begin: int) -> ast.expr:
    if not source.strip():
        raise FlawError(begin, "expected an expression, as in out >= 0")
    try:
        return parse_expression(source)
    except SyntaxError as error:
        at = error.offset - 1 if error.offset and error.offset <= len(source) else len(source)
        raise FlawError(begin + at, _not_parsed(source, at)) from None
    except (ValueError, RecursionError, MemoryError):
        message = "not an expression: too deep, or a number too long"
        raise FlawError(begin, message) from None


def _not_parsed(source: str, at: int) -> str:
    # in our own words: Python's differ from version to version
    if source[at : at + 1] == "=" or source[at : at + 2] == ":=":
        return 'write "==" to compare'
    if not source[at:].strip():
        return "the expression ends too early"
    return f"not an expression, from {quote(source[at:], 20)} on"
