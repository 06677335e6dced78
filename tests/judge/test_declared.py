"""Annotations and defaults of code that people wrote, against the signature."""

from __future__ import annotations

import pytest

from hatch_intent.judge.static import read
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Origin, target_named


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
        ("(x: [number, string]) -> any", "x: tuple[float])", "x is annotated tuple[float]; the"),
        ("(x: number) -> 2", "x: float) -> float", "the return is annotated float; the signature"),
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
        ("(x: any) -> { a: number, b: string }", "x) -> dict[str, float | str]"),
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


def test_a_declaration_is_told_on_one_line() -> None:
    found = read("def f(x: 'int |\\n  str'): ...\n", spec_of("(x: boolean) -> any")).problem
    assert found == "line 1: x is annotated int | str; the signature says boolean"


def assert_agrees(spec: Spec) -> None:
    origin = Origin(spec.path, spec.intent_digest, spec.checks_digest, "model m")
    module = target_named("py").render(spec, "def f(x):\n    return x\n", origin)
    assert read(module, spec).problem == ""


@pytest.mark.parametrize(
    "type_",
    [
        *("number", "integer", "any", "null", "true", "true | false", "1.5", "-0.5", "1.5 | 2"),
        *("1.5 | string", '[1.5, "a"]', "Record<string, 1.5>", "[]", "[number]", "{ }"),
        *('{ a?: 1.5, "b c": "x" }', "{ class: number }[]", "[number][] | null", "number[][]"),
        *('"a\\nb"', '"\\"q\'"', '"|"', '"int"', '"None"', '("a" | 2 | null)[]', "1e300"),
    ],
)
@pytest.mark.parametrize("signature", ["(x: {}) -> any", "(x: any) -> {}", "(x?: {}) -> {}"])
def test_what_a_module_is_written_with_agrees(signature: str, type_: str) -> None:
    assert_agrees(spec_of(signature.replace("{}", type_)))


@pytest.mark.parametrize(
    "parameter",
    [
        *("number = -0.0", "number[] = []", '[number, string] = [1, "a"]', "[number] = [1]"),
        *('{ a: number } = {"a": 1}', "any = false", "any = [[1]]", "1.5 | null = 1.5"),
    ],
)
def test_the_default_that_a_module_is_written_with_agrees(parameter: str) -> None:
    assert_agrees(spec_of(f"(x: {parameter}) -> any"))
