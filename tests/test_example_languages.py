"""What a real model wrote for the example project, in two languages: the same functions."""

from pathlib import Path

import pytest

from hatch_intent.judge import Judge
from hatch_intent.judge.equivalence import Side, compare_targets
from hatch_intent.lock import read_lock
from hatch_intent.project import open_project
from hatch_intent.spec import read_spec

EXAMPLE = Path(__file__).parents[1] / "example_project"
INPUTS = 500


@pytest.mark.parametrize("name", ["clamp", "normalize2d"])
def test_both_languages_answer_alike(name: str) -> None:
    spec = read_spec((EXAMPLE / "specs" / f"{name}.intent.md").read_bytes(), f"{name}.intent.md")
    folder = EXAMPLE / "src" / "demo" / "auto"
    py, js = (
        Side(target, (folder / path).read_text(encoding="utf-8"))
        for target, path in (("py", f"{name}.py"), ("js", f"js/{name}.js"))
    )
    with Judge() as judge:
        found = compare_targets(judge, spec, py, js, inputs=INPUTS)
    assert (found.problem, found.difference, found.inputs) == ("", None, INPUTS)


def test_a_model_wrote_them() -> None:
    project = open_project(EXAMPLE)
    lock = read_lock(project.lock_path, project.state)
    for name in ("clamp", "normalize2d"):
        for target in ("js", "py"):
            entry = lock.get(name, target)
            assert entry is not None
            assert (entry.author, entry.model) == ("model", "qwen2.5-coder:1.5b")
