"""What type checkers see of a rendered module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from specs_by_hand import NORMALIZE, VECTOR, origin_of, spec_of

from hatch_intent.spec.model import Parameter, Spec
from hatch_intent.spec.types import (
    ANY,
    INTEGER,
    NUMBER,
    STRING,
    Array,
    Field,
    Literal,
    Map,
    Object,
    Tuple,
    Union,
)
from hatch_intent.targets import target_named

pytestmark = pytest.mark.slow

PY = target_named("py")
SLOPPY = """
def shared(values):
    total = {}
    total = [v for v in values]
    return total
def normalize2d(x, y):
    result = {}
    result["mag"] = shared([x])
    if x == y == 0:
        return None
    return result
"""
LINE = Object(
    (
        Field("ends", Array(VECTOR)),
        Field("class", STRING),
        Field("note", STRING, optional=True),
        Field("float", Union((NUMBER, Literal("a"))), optional=True),
        Field("extra", Map(ANY)),
    )
)
WIDE = spec_of(
    "widen",
    (
        Parameter("line", LINE),
        Parameter("kind", Union((Literal("a"), Literal(2))), optional=True),
        Parameter("span", Tuple((INTEGER, STRING)), optional=True, default=[1, "x"]),
    ),
    Array(LINE),
)


def mypy(folder: Path, caller: str = "") -> tuple[int, str]:
    (folder / "caller.py").write_text(caller)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def write(folder: Path, spec: Spec, code: str, *, drop: str = "\0") -> None:
    module = PY.render(spec, code, origin_of(spec)).replace(drop, "")
    package = folder / "auto"
    package.mkdir(exist_ok=True)
    (package / f"{spec.name}.py").write_text(module)
    (package / "__init__.py").write_text(PY.package_init({spec.name: PY.exports(spec)}))


def test_sloppy_bodies_pass_strict_and_callers_see_exact_types(tmp_path: Path) -> None:
    write(tmp_path, NORMALIZE, SLOPPY)
    caller = (
        "from auto import Normalize2dResult, normalize2d\n"
        "vector: Normalize2dResult = normalize2d(3, 4.5)\n"
        "reveal_type(normalize2d(1, 2))\n"
    )
    code, said = mypy(tmp_path, caller)
    assert "auto.normalize2d.Normalize2dResult" in said
    assert "'mag': float" in said or "'mag': builtins.float" in said
    assert code == 0, said


def test_callers_mistakes_are_found(tmp_path: Path) -> None:
    write(tmp_path, NORMALIZE, SLOPPY)
    caller = """\
from auto import normalize2d
normalize2d("3", 4)
normalize2d(3)
normalize2d(3, 4)["size"]
normalize2d(3, 4)["mag"].upper()
"""
    _, said = mypy(tmp_path, caller)
    for line, error in (
        (2, "arg-type"),
        (3, "call-arg"),
        (4, "typeddict-item"),
        (5, "attr-defined"),
    ):
        assert any(
            f"caller.py:{line}:" in found and f"[{error}]" in found for found in said.split("\n")
        ), said


def test_the_interface_itself_needs_no_relaxation(tmp_path: Path) -> None:
    write(tmp_path, WIDE, "def widen(line): raise KeyError", drop="# mypy: ignore-errors\n")
    code, said = mypy(tmp_path)
    assert code == 0, said
