"""Python's parser, for builds that read many answers at once.

CPython counts the depth of a tree per interpreter, not per thread: two threads that parse at once
can end in "SystemError: AST constructor recursion depth mismatch" (seen under 3.11.7). So only one
of ours parses at a time, and again where somebody else's did. Its warnings, an escape such as
`"\\d"`, are the model's business; the filter for them is no thread's own either.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Tree = TypeVar("Tree")

_parsing = threading.Lock()
_TRIES = 10


def parse(source: str, *, runs: bool = False) -> ast.Module:
    """The tree of a module; with `runs`, only of one that would compile too.

    Raises what `ast.parse` does: SyntaxError, ValueError, RecursionError, MemoryError.
    """

    def module() -> ast.Module:
        tree = ast.parse(source)
        if runs:  # finds `return` outside a function
            compile(tree, "module", "exec", dont_inherit=True)
        return tree

    return _undisturbed(module)


def parse_expression(source: str) -> ast.expr:
    """The tree of one expression. Raises as `parse` does."""
    return _undisturbed(lambda: ast.parse(source, mode="eval").body)


def _undisturbed(work: Callable[[], Tree]) -> Tree:
    for _ in range(_TRIES - 1):
        with suppress(SystemError):
            return _alone(work)
    return _alone(work)


def _alone(work: Callable[[], Tree]) -> Tree:
    with _parsing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()
