"""Python source, laid out: four spaces, no trailing white space, text in docstrings.

The source is kept as the model wrote it, comments included; only white space that means
nothing changes.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from hatch_intent import syntax
from hatch_intent.targets.base import CodeError
from hatch_intent.targets.python_package import WIDTH

_QUIET = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
_OPENING = {"STRING", "FSTRING_START", "TSTRING_START"}
_CLOSING = {"STRING", "FSTRING_END", "TSTRING_END"}


def parse(source: str) -> ast.Module:
    """The syntax tree. Raises `CodeError` with the line and what is wrong there."""
    try:
        return syntax.parse(source, runs=True)
    except SyntaxError as error:
        text = (error.text or "").strip()
        raise CodeError(
            f"line {error.lineno}: {error.msg}" + (f": {text}" if text else "")
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"not Python: {error or type(error).__name__}") from None


def tidy(source: str) -> str:
    """The same program with indents of four, one statement a line at the top, no stray space.

    Raises `CodeError` when it doesn't parse.
    """
    source = textwrap.dedent(source.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    try:
        tree = parse(source)
    except CodeError:
        source = source.expandtabs(4)  # tabs and spaces mixed; a second failure is the real one
        tree = parse(source)
    try:
        if _crowded(tree):
            source = ast.unparse(tree)
            tree = parse(source)
    except CodeError:
        raise
    except (ValueError, RecursionError) as error:  # its tree can't be written as source
        raise CodeError(f"not Python: {error}") from None
    try:
        neat = _Lines(source).neat()
        same = ast.dump(parse(neat)) == ast.dump(tree)
    except (CodeError, tokenize.TokenError, IndentationError, RecursionError):
        same = False
    return neat if same else source


def _crowded(tree: ast.Module) -> bool:
    """Whether statements share a line, so that a slice of lines would hold too much."""
    return any(first.end_lineno == second.lineno for first, second in pairwise(tree.body))


@dataclass
class _Logical:
    """One statement's physical lines, first and last counted from 1, and its depth."""

    first: int
    last: int
    depth: int


class _Lines:
    """Physical lines of a program that parses."""

    def __init__(self, source: str) -> None:
        self.lines = source.split("\n")
        self.tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        self.inside = set(self._inside_strings())

    def neat(self) -> str:
        shifts: dict[int, int] = {}
        columns = [0]
        done = 0
        for logical in self._logical():
            before = columns
            column = self._column(logical.first)
            columns = [*before[: logical.depth], column]
            levels = {value: 4 * level for level, value in enumerate(before)}
            levels.update({value: 4 * level for level, value in enumerate(columns)})
            for number in range(done + 1, logical.first):
                shifts[number] = _shift(self._column(number), levels)
            for number in range(logical.first, logical.last + 1):
                shifts[number] = 4 * logical.depth - column
            done = logical.last
        return "\n".join(self._written(shifts)).strip("\n") + "\n"

    def _written(self, shifts: dict[int, int]) -> Iterator[str]:
        blank = False
        for number, line in enumerate(self.lines, 1):
            kept_start, kept_end = number in self.inside, number + 1 in self.inside
            if not (kept_start or kept_end or line.strip()):
                if not blank:
                    yield ""
                blank = True
                continue
            blank = False
            text = line if kept_end else line.rstrip()
            if not kept_start:
                column = max(0, self._column(number) + shifts.get(number, 0))
                text = " " * column + text.lstrip(" \t\f")
            yield text

    def _column(self, number: int) -> int:
        line = self.lines[number - 1].expandtabs(8)
        return len(line) - len(line.lstrip())

    def _inside_strings(self) -> Iterator[int]:
        """Lines that begin within a string: all their white space counts."""
        opened: list[int] = []
        for token in self.tokens:
            kind = tokenize.tok_name[token.type]
            if kind in _OPENING:
                opened.append(token.start[0])
            if kind in _CLOSING:
                yield from range(opened.pop() + 1, token.end[0] + 1)

    def _logical(self) -> Iterator[_Logical]:
        depth, first = 0, 0
        for token in self.tokens:
            depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
            if token.type == tokenize.NEWLINE and first:
                yield _Logical(first, token.start[0], depth)
                first = 0
            elif not first and token.type not in _QUIET:
                first = token.start[0]


def _shift(column: int, levels: dict[int, int]) -> int:
    near = max((value for value in levels if value <= column), default=0)
    return levels.get(near, 0) - near


def docstring(text: str, indent: str = "") -> str:
    """A docstring's source, wrapped at `WIDTH`; nothing in `text` can end it early.

    Characters that a terminal or an editor would act upon become escapes.
    """
    lines = [part for line in text.strip().split("\n") for part in _wrapped(line, len(indent))]
    body = "\n".join(_escaped(line) for line in lines)
    if re.search(r'(?<!\\)(\\\\)*"$', body):
        body = body[:-1] + '\\"'
    rest = body.replace("\n", "\n" + indent)
    rest = "\n".join(line.rstrip() for line in rest.split("\n"))
    ending = f'\n{indent}"""' if len(lines) > 1 else '"""'
    return f'{indent}"""{rest}{ending}'


def _wrapped(line: str, indent: int) -> list[str]:
    line = line.expandtabs(4).rstrip(" ")
    margin = " " * (len(line) - len(line.lstrip(" ")))
    bullet = re.match(r"\s*([-*]|\d+[.)]) ", line)
    return textwrap.wrap(
        line,
        WIDTH - indent - 6,  # room for quotes before and behind
        subsequent_indent=" " * bullet.end() if bullet else margin,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [""]


def _escaped(line: str) -> str:
    line = line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in line
    )
