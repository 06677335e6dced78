"""A module that is built on another, both written by a real model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.providers.catalogue import path_of

NAME = "qwen2.5-coder:0.5b"
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not path_of(NAME), reason=f"hatch-intent model pull {NAME}"),
]
PYPROJECT = f"""\
[build-system]
requires = ["hatchling", "hatch-intent"]
build-backend = "hatchling.build"

[project]
name = "post"
version = "1.0"

[tool.hatch.build.hooks.intent]

[tool.intent]
candidates = 1

[tool.intent.targets]
py = "src/post/auto"

[[tool.intent.providers]]
type = "embedded"
model = "{NAME}"
"""
ZONE = """\
# name: zone_fee
# description:
The fee for a distance: 3 plus twice the distance.
# signature:
(distance: number) -> number
# examples:
- in: { "distance": 2 } out: 7
- in: { "distance": 0 } out: 3
- in: { "distance": 10 } out: 23
"""
TOTAL = """\
# name: total_fee
# description:
Adds up the zone_fee of every distance in a list.
# signature:
(distances: number[]) -> number
# constraints:
- Call zone_fee for every distance.
# examples:
- in: { "distances": [2, 10] } out: 30
- in: { "distances": [] } out: 0
- in: { "distances": [10] } out: 23
# uses: zone_fee
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "src" / "post").mkdir(parents=True)
    (tmp_path / "src" / "post" / "__init__.py").write_text("")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "specs" / "zone_fee.intent.md").write_text(ZONE)
    (tmp_path / "specs" / "total_fee.intent.md").write_text(TOTAL)
    return tmp_path


def test_a_real_model_builds_on_what_it_wrote(root: Path) -> None:
    pytest.importorskip("xllamacpp")
    told: list[object] = []
    build(open_project(root), listener=told.append)
    module = (root / "src/post/auto/total_fee.py").read_text()
    assert "from .zone_fee import zone_fee\n" in module
    assert "zone_fee(" in module.partition("def total_fee(")[2], "it does the sum by itself"
    program = "from post.auto import total_fee; print(total_fee([1, 5, 100]))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "221\n"
