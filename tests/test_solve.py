"""The benchmark of ladders: its figures, and that it goes on where it was cut off."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from ghostwriter import ghostwriter

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks are no part of the package

from benchmarks.figures import figures, steps_table, table  # noqa: E402
from benchmarks.kept import Book, stamp_of  # noqa: E402
from benchmarks.ladders import FAMILY, Engines, ladder_of  # noqa: E402
from benchmarks.solve import main  # noqa: E402
from benchmarks.tasks import read_exams  # noqa: E402
from hatch_intent.judge import Judge  # noqa: E402
from hatch_intent.settings import ProviderSettings, Settings  # noqa: E402

TASKS = [
    {
        "id": "math__double",
        "name": "double",
        "description": "# Twice\nTwice the number.",
        "signature": "(x: number) -> number",
        "examples": [{"in": {"x": 2}, "out": 4}, {"in": {"x": 5}, "out": 10}],
        "hidden": [{"in": {"x": 7}, "out": 14}],
    },
    {
        "id": "math__square",
        "name": "square",
        "description": "The square.",
        "signature": "(x: number) -> number",
        "examples": [{"in": {"x": 2}, "out": 4}],
        "hidden": [{"in": {"x": 7}, "out": 49}],
    },
    {
        "id": "text__list",
        "name": "list",
        "description": "The argument.",
        "signature": "(x: string) -> string",
        "examples": [{"in": {"x": 1}, "out": 1}, {"in": {"x": "a"}, "out": "a"}],
        "hidden": [{"in": {"x": [None]}, "out": [None]}],
    },
]
CODE = {
    "double": ["def double(x):\n    return 2 * x"],
    "square": ["def square(x):\n    return x + x"],
    "text_list": ["def text_list(x):\n    return None"],
}


JAVASCRIPT = {
    "double.js": ["export function double(x) {\n  return 2 * x;\n}"],
    "square.js": ["export function square(x) {\n  return x + x;\n}"],
    "text_list.js": ["export function text_list(x) {\n  return null;\n}"],
}


def solve(
    folder: Path, tasks: Path, ladder: Path, target: str = "py", *more: str, code: int = 0
) -> tuple[dict, str]:
    words = [str(tasks), "--ladder", str(ladder), "--out", str(folder / "result.json")]
    words += ["--target", target, *more]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.solve", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return json.loads((folder / "result.json").read_text())["ladders"][str(ladder)], done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("target", "code"), [("py", CODE), ("js", JAVASCRIPT)], ids=["py", "js"])
def test_right_escaped_and_failed_are_told_apart_and_nothing_is_asked_twice(
    tmp_path, monkeypatch, target, code
):
    monkeypatch.setenv("HATCH_INTENT_CACHE", str(tmp_path / "cache"))
    tasks = tmp_path / "tasks.json"
    tasks.write_text(json.dumps(TASKS))
    with ghostwriter(code) as server:
        ladder = tmp_path / "ladder.toml"
        provider = f'{{ type = "openai-compat", model = "ghost", base-url = "{server.url}" }}'
        ladder.write_text(f"candidates = 1\nrounds = 1\nproviders = [{provider}]\n")
        result, said = solve(tmp_path, tasks, ladder, target)
        again, _ = solve(tmp_path, tasks, ladder, target)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        first = ["--from", str(tmp_path / "result.json")]
        taken_over, _ = solve(elsewhere, tasks, ladder, target, *first)
        tasks.write_text(json.dumps([{**TASKS[0], "hidden": TASKS[1]["hidden"]}, *TASKS[1:]]))
        others = [
            solve(folder, tasks, ladder, target, *more)[0]
            for folder, more in ((tmp_path, []), (elsewhere, first))
        ]
        assert sorted(server.asked) == sorted([*code, next(iter(code))]), "elsewhere, once"
    assert result["levels"] == {
        "examples": level(2, 1, 1, 0, 0),
        "agreed": level(0, 0, 0, 2, 1),
        "properties": level(0, 0, 0, 2, 1),
    }
    assert (result["tasks_tried"], result["passed"], result["calls"]) == (3, 2, 3)
    assert result["steps"]["draft ghost"]["escaped"] == 1
    assert "| examples | 3 | 2 | 1 | 1 | 0 | 0 | 3 |" in said
    assert {**again, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    for other in others:
        assert (other["calls"], other["completion_tokens"]) == (3, result["completion_tokens"])
        assert other["levels"]["examples"] == level(2, 0, 2, 0, 0), "rows of another task"
    assert not (tmp_path / "cache").exists()
    assert {**taken_over, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    assert not any("def" in row["code"] for row in result["tasks"])


def level(*counts: int) -> dict[str, int]:
    names = ("shipped", "right", "escaped", "withheld", "withheld_right")
    return dict(zip(names, counts, strict=True))


@pytest.mark.parametrize("other", [{}, {"of": "y"}, {"task": "y"}])
def test_only_rows_of_the_same_task_and_settings_are_taken_over(tmp_path, other):
    row = {"id": "x", "task": other.get("task", "t")}
    path = tmp_path / "result.json"
    whole = {"ladders": {"a": {"of": other.get("of", "s"), "tasks": [row]}}}
    path.write_text(json.dumps(whole))
    project = SimpleNamespace(root=tmp_path, state=tmp_path, cache_dir=tmp_path / "cache")
    for ladder in ("a", "b"):
        book = Book(project, "s", {"x": "t"})
        book.open(path, ladder)
        assert bool(book.rows) == (other == {})  # the second time they are its own
    assert Book(project, "s", {}).wall >= 0


def test_rows_depend_on_words_settings_and_judge_but_not_on_who_answers(tmp_path):
    settings = Settings(providers=(ProviderSettings("ollama", "m", base_url="http://127.0.0.1:1"),))
    stamps = [
        stamp_of(SimpleNamespace(settings=each), target)
        for each, target in (
            (settings, "py"),
            (settings, "js"),
            (replace(settings, candidates=3), "py"),
            (replace(settings, providers=(ProviderSettings("ollama", "m"),)), "py"),
        )
    ]
    assert len(set(stamps)) == 3
    assert stamps[0] == stamps[3]


@pytest.mark.slow
def test_a_task_that_one_model_had_no_answer_for_is_not_done(tmp_path):
    tasks = tmp_path / "tasks.json"
    tasks.write_text(json.dumps(TASKS[:1]))
    ladder = tmp_path / "ladder.toml"
    nobody = "http://127.0.0.1:9"

    def providers(*urls):
        table = '{{ type = "openai-compat", model = "{}", base-url = "{}" }}'
        each = [table.format(name, url) for name, url in zip(("small", "ghost"), urls, strict=True)]
        ladder.write_text(f"candidates = 2\nproviders = [{', '.join(each)}]\ntimeout = 2.0\n")

    with ghostwriter({"double": CODE["double"] * 4}) as small, ghostwriter(CODE) as big:
        providers(small.url, nobody)
        first, said = solve(tmp_path, tasks, ladder, code=1)
        providers(small.url, big.url)
        second, _ = solve(tmp_path, tasks, ladder)
    assert (first["tasks"], first["without_an_answer"]) == ([], 1)
    assert "1 of 1 tasks lack an answer of some model; run again" in said
    assert [each["model"] for each in second["tasks"][0]["attempts"]] == ["small", "ghost"]
    assert second["without_an_answer"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "JSONDecodeError"), ('[{"id": "x"}]', "KeyError: 'name'"), ("5", "int")],
)
def test_a_file_of_no_tasks_is_refused_in_a_line(tmp_path, text, said, capsys, monkeypatch):
    tasks = tmp_path / "tasks.json"
    tasks.write_text(text)
    words = [str(tasks), "--ladder", "default", "--out", str(tmp_path / "result.json")]
    monkeypatch.setattr(sys, "argv", ["solve", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.slow
def test_what_passed_and_was_not_taken_is_withheld_and_what_nobody_answered_is_tried_again(
    tmp_path,
):
    tasks = tmp_path / "tasks.json"
    long = {**TASKS[1], "description": "The square. " + "So it is. " * 2000}
    tasks.write_text(json.dumps([TASKS[0], long]))
    lucky = [f"def double(x):\n    return 2 * x if x < {most} else 0" for most in (6, 7, 8)]
    with ghostwriter({"double": [*CODE["double"], *lucky]}) as server:
        server.context = 2000
        ladder = tmp_path / "ladder.toml"
        provider = f'{{ type = "openai-compat", model = "ghost", base-url = "{server.url}" }}'
        ladder.write_text(f"candidates = 2\nproviders = [{provider}]\ntimeout = 2.0\n")
        first, _ = solve(tmp_path, tasks, ladder, code=1)
        assert [row["id"] for row in first["tasks"]] == ["math__double"]
        assert first["levels"]["examples"] == level(0, 0, 0, 1, 1)
        assert first["tasks"][0]["wall_seconds"] >= 0
        server.context = 100_000
        server.answers["square"] = ["def square(x):\n    return x * x"] * 2
        second, _ = solve(tmp_path, tasks, ladder)
        assert second["levels"]["agreed"] == level(1, 1, 0, 1, 1)
        asked = len(server.asked)
        server.answers["double"] = [*CODE["double"]]
        ladder.write_text(ladder.read_text().replace("candidates = 2", "candidates = 1"))
        third, _ = solve(tmp_path, tasks, ladder)
        assert third["levels"]["examples"] == level(2, 2, 0, 0, 0), "rows of other settings"
        assert len(server.asked) == asked, "answers are kept"


def test_tasks_get_names_and_types_that_a_spec_can_have(tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([*TASKS, {**TASKS[0], "id": "other/double"}]))
    double, square, wide, other = read_exams(path)
    assert [each.name for each in (double, square, wide, other)] == [
        "double",
        "square",
        "text_list",
        "other_double",
    ]
    assert (double.signature, wide.signature) == ("(x: number) -> number", "(x: any) -> any")
    assert "hidden" not in double.spec_text("py")
    assert "14" not in double.spec_text("py")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["py", "js"])
def test_own_specs_are_right_when_they_answer_as_the_reference_does(target):
    (clamp,) = (each for each in read_exams(ROOT / "specs") if each.id == "clamp")
    code = (ROOT / "tests/references" / f"clamp.{target}").read_text()
    assert "low > high" in code
    with Judge() as judge:
        assert clamp.right(judge, code, target)
        assert not clamp.right(judge, code.replace("low > high", "low >= high"), target)


def test_own_specs_have_reference_solutions():
    assert len(read_exams(ROOT / "specs")) == len(list((ROOT / "specs").glob("*.intent.md")))


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("default", {}),
        ("default:candidates=3,require=agreed", {"candidates": 3, "require": "agreed"}),
        (
            "0.5b,weights/x.gguf:rounds=1",
            {
                "providers": [
                    {"type": "embedded", "model": "qwen2.5-coder:0.5b", "concurrency": 1},
                    {"type": "embedded", "model": "weights/x.gguf", "concurrency": 1},
                ],
                "rounds": 1,
            },
        ),
    ],
)
def test_ladders_are_read(text, table):
    assert ladder_of(text).table == table


def test_a_server_answers_for_the_models_that_are_named_with_it():
    engines = Engines(2, {f"{FAMILY}1.5b": "http://127.0.0.1:8080"}, 4)
    small, big = ladder_of("0.5b,1.5b", engines).table["providers"]
    assert small == {"type": "embedded", "model": f"{FAMILY}0.5b", "concurrency": 4, "threads": 2}
    assert big == {
        "type": "openai-compat",
        "model": f"{FAMILY}1.5b",
        "concurrency": 4,
        "base-url": "http://127.0.0.1:8080",
    }
    assert ladder_of("seed", engines).table["providers"] == [big]


def test_what_is_right_counts_for_the_model_that_wrote_it() -> None:
    asked = {"prompt_tokens": 1, "cached_prompt_tokens": 0, "completion_tokens": 1, "seconds": 0.0}
    attempts = [{"step": "draft", "model": f"{FAMILY}{size}", **asked} for size in ("0.5b", "1.5b")]
    row = {"code": "x", "trust": "examples", "step": "draft", "right": True, "attempts": attempts}
    steps = figures([{**row, "model": f"{FAMILY}1.5b"}])["steps"]
    assert (steps["draft 0.5b"]["right"], steps["draft 1.5b"]["right"]) == (0, 1)


def test_each_level_of_trust_and_each_step_has_its_figures() -> None:
    asked = {"prompt_tokens": 9, "cached_prompt_tokens": 4, "completion_tokens": 2, "seconds": 0.5}
    attempts = [{"step": "draft", "model": f"{FAMILY}1.5b", **asked}]
    row = {"code": "x", "step": "draft", "model": f"{FAMILY}1.5b", "attempts": attempts}
    trusts = (("examples", False), ("agreed 2 of 2", True), ("properties", True))
    whole = figures([{**row, "trust": trust, "right": right} for trust, right in trusts])
    assert whole["levels"] == {
        "examples": level(3, 2, 1, 0, 0),
        "agreed": level(2, 2, 0, 1, 0),
        "properties": level(1, 1, 0, 2, 1),
    }
    said = [*table({"a": {**whole, "wall_seconds": 7.5}}).splitlines()]
    assert said[-1] == "| a | properties | 3 | 1 | 1 | 0 | 2 | 1 | 3 | 6 | 6 | 44 % | 7.5 |"
    assert steps_table({"a": whole}).splitlines()[-1] == (
        "| a | draft 1.5b | 3 | 27 | 12 | 6 | 1.5 | 2 | 1 |"
    )
