"""The schema of `[tool.intent]`: equal to the models, and taken by other people's tools."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from projects import make_project

from hatch_intent.errors import SettingsError
from hatch_intent.schemas import REPORTS, get_schema, report_schema
from hatch_intent.validation import validate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).parents[2]
GOOD = {"targets": {"py": "src/demo/auto"}}


def tool():
    spec = importlib.util.spec_from_file_location("schemas", CHECKOUT / "tools" / "schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_schema_is_the_models():
    tools = tool()
    assert tools.FILE.read_text() == tools.text(), "settings changed; run  make schemas"


def test_they_are_draft_07_and_named():
    for schema in (get_schema(), *map(report_schema, REPORTS)):
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert schema["$id"].startswith("urn:hatch-intent:")
        Draft7Validator.check_schema(schema)


def test_every_setting_is_explained():
    properties = get_schema()["properties"]
    provider = properties["providers"]["items"]["properties"]
    missing = [
        name for name, each in {**properties, **provider}.items() if "description" not in each
    ]
    assert missing == ["type", "model"]


def test_another_tool_gets_no_schema():
    with pytest.raises(ValueError, match="no schema for"):
        get_schema("black")


def fits(table):
    return Draft7Validator(get_schema()).is_valid(table)


def is_taken(table):
    try:
        validate(table, "pyproject.toml", "")
    except SettingsError:
        return False
    return True


PROVIDER = {"type": "ollama", "model": "m"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"specs": ["a", "b"], "rounds": 20, "timeout": 1, "call-timeout": 0.05, "seed": 0},
        {
            "providers": [
                {
                    **PROVIDER,
                    "options": {"num_ctx": 256, "stop": ["x"], "top_k": 4},
                    "pin": True,
                    "threads": 2,
                }
            ]
        },
        {"mode": "frozen", "sandbox": "off", "require": "agreed", "ambiguity": "error"},
        {"cache": "~/.cache/x", "candidates": 32, "providers": []},
    ],
)
def test_schema_and_settings_take_the_same(more):
    assert (fits({**GOOD, **more}), is_taken({**GOOD, **more})) == (True, True)


@pytest.mark.parametrize(
    "more",
    [
        {"targets": {}},
        {"targets": {"rust": "src"}},
        {"targets": {"py": 1}},
        {"specs": []},
        {"specs": "specs"},
        {"rounds": 0},
        {"rounds": 21},
        {"rounds": 1.5},
        {"rounds": "3"},
        {"rounds": True},
        {"candidates": 33},
        {"timeout": 0.5},
        {"seed": -1},
        {"seed": 99999999999999999999999},
        {"call-timeout": 3601},
        {"call_timeout": 5},
        {"mode": "fast"},
        {"unknown": 1},
        {"providers": [{"type": "ollama"}]},
        {"providers": [{**PROVIDER, "concurrency": 0}]},
        {"providers": [{**PROVIDER, "base_url": "http://127.0.0.1"}]},
        {"providers": PROVIDER},
        {"providers": [{**PROVIDER, "threads": 0}]},
        {"providers": [{**PROVIDER, "options": {"num_ctx": 255}}]},
        {"providers": [{**PROVIDER, "options": {"temperature": "hot"}}]},
        {"providers": [{**PROVIDER, "options": {"num_predict": 1.5}}]},
        {"providers": [{**PROVIDER, "options": {"stop": [1]}}]},
    ],
)
def test_schema_and_settings_refuse_the_same(more):
    assert (fits({**GOOD, **more}), is_taken({**GOOD, **more})) == (False, False)


def documented():
    for page in ("README.md", *sorted(str(each) for each in (CHECKOUT / "docs").glob("*.md"))):
        text = (CHECKOUT / page).read_text(encoding="utf-8")
        for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
            table = tomllib.loads(block).get("tool", {}).get("intent", {})
            if "targets" in table:
                yield table


def test_what_the_pages_show_fits():
    tables = list(documented())
    assert len(tables) >= 2
    errors = [
        each.message
        for table in tables
        for each in Draft7Validator(get_schema()).iter_errors(table)
    ]
    assert errors == []
    # The page on settings names them all.
    named = {key for table in tables for key in table}
    assert named == set(get_schema()["properties"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "Valid file"),
        ("rounds = 3\n", "rounds = 99\n", "rounds` must be smaller"),
        ("[tool.intent]\n", "[tool.intent]\nround = 3\n", "round"),
    ],
)
def test_validate_pyproject_knows_our_table(tmp_path, old, new, said):
    path = make_project(tmp_path / "project") / "pyproject.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    words = [sys.executable, "-m", "validate_pyproject", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert said in done.stdout + done.stderr
    assert (done.returncode == 0) == (said == "Valid file")
