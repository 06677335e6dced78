"""Where JavaScript code stands inside of nothing: no parser, only brackets, strings and comments.

Enough to tell a module's own statements from what is nested in them. What the code means is
node's to say, when the judge loads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hatch_intent.targets.base import CodeError

_PAIRS = {")": "(", "]": "[", "}": "{"}
_TELLING = re.compile(r"[\n\"'`/()\[\]{}]")
_BEFORE_REGEX = re.compile(
    r"(^|[=(,\[!&|?{};:*%<>~^]|(?<!\+)\+|(?<!-)-|\b(?:return|typeof|case|in|of|do|else))\s*$"
)
_WORD = 200
"""Characters looked back at, to tell a regular expression from a division."""


def statements(code: str) -> list[str]:
    """The code in pieces, cut wherever a line ends outside of all brackets and comments.

    Joined by line ends they are the code again. Raises `CodeError` for what is left open.
    """
    pieces, start = [], 0
    for end, depth in _line_ends(code):
        if not depth:
            pieces.append(code[start:end])
            start = end + 1
    pieces.append(code[start:])
    return pieces


def tidy(code: str) -> str:
    """The same code with no white space at the ends of lines. Raises `CodeError`."""
    code = re.sub(r"\r\n?", "\n", code.lstrip("\ufeff"))
    parts, start = [], 0
    for end, _ in _line_ends(code):
        parts.append(code[start:end].rstrip(" \t"))
        start = end
    return "".join([*parts, code[start:].rstrip()])


def until_closed(code: str, place: int) -> int:
    """The place of the bracket that closes the one at `place`. Raises `CodeError`."""
    for found, depth in _walk(code, place):
        if depth == 0 and code[found] in _PAIRS:
            return found
    raise CodeError(f"{code[place]} is never closed")


def enclosing(code: str, place: int) -> int:
    """The place of the outermost bracket around `place` within the last open parenthesis.

    For one within a parameter list that is where a pattern begins. Raises `CodeError`.
    """
    open_: list[int] = []
    for found, _ in _walk(code, 0):
        if found >= place:
            break
        if code[found] in _PAIRS:
            open_.pop()
        elif code[found] != "\n":
            open_.append(found)
    lists = [number for number, each in enumerate(open_) if code[each] == "("]
    if not lists or lists[-1] + 1 == len(open_):
        raise CodeError("no bracket there")
    return open_[lists[-1] + 1]


def _line_ends(code: str) -> Iterator[tuple[int, int]]:
    """Places of line ends that are in no text and no comment, and in how many brackets."""
    for place, depth in _walk(code, 0):
        if code[place] == "\n":
            yield place, depth


def _walk(code: str, place: int) -> Iterator[tuple[int, int]]:
    """Places of brackets and line ends, and in how many brackets the code is behind them."""
    open_: list[str] = []
    while found := _TELLING.search(code, place):
        place, letter = found.start(), found[0]
        if letter in "\"'":
            place = _after_string(code, place)
            continue
        if letter == "/":
            place = _after_slash(code, place)
            continue
        if letter == "`" or (letter == "}" and open_ and open_[-1] == "${"):
            if letter == "}":
                open_.pop()
            place, nested = _after_template(code, place + 1)
            if nested:
                open_.append("${")
            continue
        if letter in "([{":
            open_.append(letter)
        elif letter != "\n" and (not open_ or open_.pop() != _PAIRS[letter]):
            raise CodeError(f"line {_line(code, place)}: {letter} closes nothing")
        yield place, len(open_)
        place += 1
    if open_:
        raise CodeError(f"{open_[-1]} is never closed")


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
