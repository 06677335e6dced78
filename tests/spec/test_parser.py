"""Whole specs: what is accepted, and what each heading gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hatch_intent.spec import read_spec, show_signature

SEED = """\
# specs/normalize2d.intent.md        ← a title line without a colon is ignored
# name: normalize2d
# target: js,py
# description:
Normalize 2D vector. Avoid div-by-zero.
# signature:
(x: number, y: number) -> { mag: number, nx: number, ny: number }
# constraints:
- Return zeros if both inputs are zero.
# examples:
- in: { "x":3, "y":4 } out: { "mag":5, "nx":0.6, "ny":0.8 }
- in: { "x":0, "y":0 } out: { "mag":0, "nx":0, "ny":0 }
"""
SEED_PLAIN = SEED.replace("        ← a title line without a colon is ignored", "")


@pytest.mark.parametrize("text", [SEED, SEED_PLAIN], ids=["title with arrow", "title"])
def test_seed_is_read(text: str) -> None:
    spec = read_spec(text.encode(), "specs/normalize2d.intent.md")
    assert spec.path == "specs/normalize2d.intent.md"
    assert spec.name == "normalize2d"
    assert spec.targets == ("js", "py")
    assert spec.description == "Normalize 2D vector. Avoid div-by-zero."
    assert (
        show_signature(spec.signature)
        == "(x: number, y: number) -> { mag: number, nx: number, ny: number }"
    )
    assert spec.constraints == ("Return zeros if both inputs are zero.",)
    assert [(example.line, example.args, example.out) for example in spec.examples] == [
        (11, {"x": 3, "y": 4}, {"mag": 5, "nx": 0.6, "ny": 0.8}),
        (12, {"x": 0, "y": 0}, {"mag": 0, "nx": 0, "ny": 0}),
    ]
    assert spec.properties == spec.uses == spec.requires == ()
    assert spec.model is None


def test_reading_needs_the_standard_library_alone() -> None:
    root = Path(__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import hatch_intent.spec"
    # without site-packages nothing else can be imported
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0
