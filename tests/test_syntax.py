"""The parser that threads share: alone, without its warnings, and again where it was disturbed."""

from __future__ import annotations

import ast
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from hatch_intent.syntax import parse, parse_expression


def test_a_parse_that_another_one_disturbed_is_done_again(monkeypatch):
    real, said = ast.parse, [SystemError("AST constructor recursion depth mismatch")] * 3

    def disturbed(*args, **kwargs):
        if said:
            raise said.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(ast, "parse", disturbed)
    assert ast.dump(parse_expression("x + 1")) == ast.dump(real("x + 1", mode="eval").body)


def test_what_always_fails_is_told(monkeypatch):
    def broken(*args, **kwargs):
        raise SystemError("no memory for a tree")

    monkeypatch.setattr(ast, "parse", broken)
    with pytest.raises(SystemError, match="no memory"):
        parse("x = 1")


def test_only_one_thread_parses_at_a_time(monkeypatch):
    real, inside, most = ast.parse, [], []

    def watched(*args, **kwargs):
        inside.append(1)
        most.append(len(inside))
        tree = real(*args, **kwargs)
        inside.pop()
        return tree

    monkeypatch.setattr(ast, "parse", watched)
    source = "\n".join(f"x{n} = [[[[{n}]]]]" for n in range(2000))
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(parse, [source] * 12))
    assert max(most) == 1


def test_the_warnings_of_the_source_are_nobodys():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse('x = "\\d"')
        parse("x = 1 is 1", runs=True)


def test_what_would_not_compile_is_found_where_it_is_asked_for():
    assert parse("return 1").body
    with pytest.raises(SyntaxError, match="outside function"):
        parse("return 1", runs=True)
