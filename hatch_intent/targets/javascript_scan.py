"""Where JavaScript code stands inside of nothing: no parser, only brackets, strings and comments.

Enough to tell a module's own statements from what is nested in them. What the code means is
node's to say, when the judge loads it.
"""

from __future__ import annotations

import re

from hatch_intent.targets.base import CodeError

_PAIRS = {")": "(", "]": "[", "}": "{"}
_BEFORE_REGEX = re.compile(
    r"(^|[=(,\[!&|?{};:+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else))\s*$"
)
_WORD = 200
"""Characters looked back at, to tell a regular expression from a division."""


def statements(code: str) -> list[str]:
    """The code in pieces, cut wherever a line ends outside of all brackets and comments.

    Joined by line ends they are the code again. Raises `CodeError` for what is left open.
    """
    pieces, start = [], 0
    for end in _ends(code):
        pieces.append(code[start:end])
        start = end + 1
    pieces.append(code[start:])
    return pieces


def _ends(code: str) -> list[int]:  # noqa: C901 - one letter at a time, a case to each kind
    """Places of line ends at the top."""
    ends: list[int] = []
    open_: list[str] = []
    place = 0
    while place < len(code):
        letter = code[place]
        if letter == "\n" and not open_:
            ends.append(place)
        elif letter in "\"'":
            place = _after_string(code, place)
            continue
        elif letter == "`" or (letter == "}" and open_ and open_[-1] == "${"):
            if letter == "}":
                open_.pop()
            place, nested = _after_template(code, place + 1)
            if nested:
                open_.append("${")
            continue
        elif letter == "/":
            place = _after_slash(code, place)
            continue
        elif letter in "([{":
            open_.append(letter)
        elif letter in ")]}" and (not open_ or open_.pop() != _PAIRS[letter]):
            raise CodeError(f"line {_line(code, place)}: {letter} closes nothing")
        place += 1
    if open_:
        raise CodeError(f"{open_[-1]} is never closed")
    return ends


def _line(code: str, place: int) -> int:
    return code.count("\n", 0, place) + 1


def _after_string(code: str, place: int) -> int:
    quote, start = code[place], place
    place += 1
    while place < len(code) and code[place] not in (quote, "\n"):
        place += 2 if code[place] == "\\" else 1
    if code[place : place + 1] != quote:
        raise CodeError(f"line {_line(code, start)}: a string is never closed")
    return place + 1


def _after_template(code: str, place: int) -> tuple[int, bool]:
    """Behind the rest of a template, or behind the `${` in it."""
    while place < len(code):
        if code[place] == "`":
            return place + 1, False
        if code.startswith("${", place):
            return place + 2, True
        place += 2 if code[place] == "\\" else 1
    raise CodeError("a template is never closed")


def _after_slash(code: str, place: int) -> int:
    if code.startswith("//", place):
        end = code.find("\n", place)
        return len(code) if end < 0 else end
    if code.startswith("/*", place):
        end = code.find("*/", place + 2)
        if end < 0:
            raise CodeError(f"line {_line(code, place)}: a comment is never closed")
        return end + 2
    if _BEFORE_REGEX.search(code[max(0, place - _WORD) : place]):
        return _after_regex(code, place)
    return place + 1


def _after_regex(code: str, place: int) -> int:
    start, bracket = place, False
    place += 1
    while place < len(code) and code[place] != "\n":
        letter = code[place]
        if letter == "/" and not bracket:
            return place + 1
        bracket = letter == "[" or (bracket and letter != "]")
        place += 2 if letter == "\\" else 1
    raise CodeError(f"line {_line(code, start)}: a regular expression is never closed")
