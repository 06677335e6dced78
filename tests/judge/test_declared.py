"""Annotations and defaults of code that people wrote, against the signature."""

from __future__ import annotations

import pytest

from hatch_intent.judge.static import read
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Spec


def spec_of(signature: str) -> Spec:
    head = "# name: f\n# target: py\n# description:\nSomething.\n"
    text = f"{head}# signature:\n{signature}\n# properties:\n- True\n"
    return read_spec(text.encode(), "specs/f.intent.md")


@pytest.mark.parametrize(
    ("signature", "head", "problem"),
    [
        ("(x: number) -> string", "x: str) -> str", "x is annotated str; the signature says num"),
        ("(x: number) -> string", "x: int) -> str", "x is annotated int; the signature says num"),
        ("(x: number) -> string", "x: 'int') -> str", "x is annotated int; the signature says n"),
        ("(x: number) -> string", "x: float) -> int", "the return is annotated int; the signatu"),
        ("(x: number) -> string", "x: float) -> None", "the return is annotated None; the signa"),
        ("(x: number) -> integer", "x: float) -> float", "the return is annotated float; the si"),
        ("(x: number | null) -> any", "x: float)", "x is annotated float; the signature says "),
        ("(x: string[]) -> any", "x: list[int])", "x is annotated list[int]; the signature say"),
        ("(x: [number, string]) -> any", "x: tuple[float, int])", "x is annotated tuple[float"),
        ("(x: [number, string]) -> any", "x: list[str])", "x is annotated list[str]; the signa"),
        ("(x: { a: number }) -> any", "x: dict[str, str])", "x is annotated dict[str, str]; t"),
        ('(x: "a" | "b") -> any', "x: Literal['a'])", "x is annotated Literal['a']; the signa"),
        ("(x: number = 2) -> any", "x=3)", "x defaults to 3; the signature says 2"),
        ("(x: number = 2) -> any", "x=None)", "x defaults to None; the signature says 2"),
        ("(x: number = 1) -> any", "x=True)", "x defaults to True; the signature says 1"),
        ('(x: string = "a") -> any', "x=b'a')", "x defaults to b'a'; the signature says \"a\""),
        ("(x: number[] = [1]) -> any", "x=(2,))", "x defaults to (2,); the signature says [1]"),
        ("(x: number = 2) -> any", "x=0x" + "f" * 9000 + ")", "its annotations or defaults can"),
    ],
)
def test_a_declaration_that_contradicts(signature: str, head: str, problem: str) -> None:
    code = f"def f({head}: ...\n"
    found = read(code, spec_of(signature)).problem
    assert found.startswith(f"line 1: {problem}")


@pytest.mark.parametrize(
    ("signature", "head"),
    [
        ("(x: number) -> string", "x)"),
        ("(x: number) -> string", "x: Any) -> object"),
        ("(x: integer) -> number", "x: float) -> int"),
        ("(x: number) -> number | null", "x: float) -> float"),
        ("(x: number) -> number", "x: float | None) -> int"),
        ("(x: number) -> number", "x: Optional[float]) -> int"),
        ("(x?: number) -> number", "x: float | None = None) -> int"),
        ("(x?: number) -> number", "x: float = 7) -> int"),
        ("(x: number[]) -> any", "x: Sequence[str])"),
        ("(x: number[]) -> any", "x: list)"),
        ("(x: number[]) -> any", "x: list['Number'])"),
        ("(x: [number, string]) -> any", "x: tuple[float, str])"),
        ("(x: [number, string]) -> any", "x: list[float | str])"),
        ("(x: { a: number, b: string }) -> any", "x: dict[str, object])"),
        ("(x: { a: number, b: string }) -> any", "x: dict[str, Any])"),
        ("(x: { a: number }) -> { b: number }", "x: Point) -> dict[str, float]"),
        ("(x: Record<string, number>) -> any", "x: dict[str, float])"),
        ('(x: "a" | "b") -> any', "x: str)"),
        ('(x: "a" | "b") -> any', "x: Literal['a', 'b', 'c'])"),
        ("(x: number = 2) -> any", "x=2.0)"),
        ("(x: number = 2) -> any", "x=TWO)"),
        ("(x: number = -2) -> any", "x=-2)"),
        ("(x: number[] = [1]) -> any", "x=(1,))"),
    ],
)
def test_a_declaration_that_agrees(signature: str, head: str) -> None:
    code = f"def f({head}: ...\n"
    assert read(code, spec_of(signature)).problem == ""


@pytest.mark.parametrize(
    "head",
    [
        f"x: {'-' * 1500}1 = 2",
        f"x: {'int|' * 1500}str = 2",
        f"x: a{'.b' * 1500} = 2",
        f"x=0x{'f' * 9000}",
        "x={(1, []): 2}",
    ],
)
def test_what_no_one_can_read_ends_no_build(head: str) -> None:
    found = read(f"def f({head}): ...\n", spec_of("(x: number = 2) -> any")).problem
    assert "its annotations or defaults can't be read" in found or "does not parse" in found


def test_a_long_declaration_is_cut() -> None:
    found = read(f"def f(x={list(range(999))}): ...\n", spec_of("(x: number = 2) -> any")).problem
    assert found.endswith(" ...; the signature says 2")
    assert len(found) < 200
