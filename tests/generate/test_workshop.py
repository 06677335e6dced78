from __future__ import annotations

from pathlib import Path

import pytest

from hatch_intent.generate.languages import Siblings
from hatch_intent.generate.making import Workshop
from hatch_intent.project import open_project

SETTINGS = """\
[tool.intent]
targets = { py = "out" }
providers = [
  { type = "embedded", model = "qwen2.5-coder:0.5b", concurrency = 2 },
  { type = "ollama", model = "coder" },
  { type = "openai-compat", model = "big", base-url = "http://gpu.example:1", allow-remote = true },
]
"""


def test_each_model_stands_on_its_machine_and_only_its_neighbours_make_room(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    project = open_project(tmp_path)
    closed: list[str] = []
    with Workshop(
        project, Siblings((), ()), jobs=None, refresh=False, listener=lambda _: None
    ) as workshop:
        places = workshop.places
        for place in places:
            place.station.close = lambda model=place.station.model: closed.append(model)  # type: ignore[method-assign]
        assert [(each.ground, each.at_once) for each in places] == [
            ("", 2),
            ("", 1),
            ("gpu.example", 1),
        ]
        workshop.turn_to(places[1].station)
        assert closed == ["qwen2.5-coder:0.5b"]
        workshop.turn_to(places[2].station)
        assert closed == ["qwen2.5-coder:0.5b"]


def test_a_path_of_weights_is_the_project_s_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "project" / "weights" / "own.gguf"
    weights.parent.mkdir(parents=True)
    weights.touch()
    (tmp_path / "project" / "pyproject.toml").write_text(
        '[tool.intent]\ntargets = { py = "out" }\n'
        'providers = [{ type = "embedded", model = "weights/own.gguf" }]\n'
    )
    monkeypatch.chdir(tmp_path)
    project = open_project(tmp_path / "project")
    with Workshop(
        project, Siblings((), ()), jobs=None, refresh=False, listener=lambda _: None
    ) as workshop:
        (place,) = workshop.places
        assert place.station.address == str(weights.resolve())
        assert place.station.model == "weights/own.gguf", "as the lock has it"
