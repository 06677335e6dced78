"""Everything that is written for programs, against its own schema."""

import json
from copy import deepcopy

import pytest
from jsonschema import Draft7Validator

from hatch_intent.schemas import REPORTS, get_schema, report_schema

WORDS = {
    "report": ("report", "double"),
    "reports": ("report",),
    "status": ("status",),
    "explain": ("explain", "double"),
    "doctor": ("doctor",),
    "models": ("model", "list"),
    "cache": ("cache", "stats"),
}


def strict(schema):
    """With no key allowed that it doesn't name, so that a new one can't be forgotten."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(each) for key, each in schema.items()}
    if isinstance(made.get("properties"), dict) and "required" in made:
        made.setdefault("additionalProperties", False)
    return made


def wrong(name, value):
    return [
        each.message for each in Draft7Validator(strict(report_schema(name))).iter_errors(value)
    ]


@pytest.mark.parametrize("name", WORDS)
def test_what_a_command_writes_fits_its_schema(built, name):
    _code, out, _ = built(*WORDS[name], "--json")
    value = json.loads(out)
    assert wrong(name, value) == []
    assert wrong(name, {"other": value})
    first = value[0] if isinstance(value, list) else value
    del first[next(iter(first))]
    assert wrong(name, value)


def test_every_output_is_tried():
    # audit has a test of its own, with a wheel.
    assert {*WORDS, "audit"} == set(REPORTS)


def test_stale_edited_and_gone_fit_too(built, root):
    (root / "specs/shout.intent.md").unlink()
    with (root / "src/demo/auto/double.py").open("a") as file:
        file.write("# mine\n")
    value = json.loads(built("status", "--json")[1])
    assert value["modules"][0]["state"] == "edited"
    assert value["orphans"][0]["state"] == "orphan"
    assert wrong("status", value) == []


def test_new_and_failed_fit_too(intent, root, ghost):
    value = json.loads(intent("status", "--json")[1])
    assert value["modules"][0]["examples"] is None
    assert wrong("status", value) == []
    assert wrong("explain", json.loads(intent("explain", "double", "--json")[1])) == []
    ghost.answers["double"] = ["def double(x):\n    return x + 2", "no code", "def other(): 1"]
    assert intent("build")[0] == 1
    report = json.loads((root / ".intent/reports/double.report.json").read_text())
    assert report["targets"]["py"]["pass"] is False
    assert wrong("report", report) == []


def test_the_command_prints_them(intent):
    for name in REPORTS:
        code, out, _ = intent("schema", name)
        assert (code, json.loads(out)) == (0, report_schema(name))
    assert json.loads(intent("schema", "settings")[1]) == get_schema()
    assert intent("schema", "nothing")[0] == 2


def test_strict_is_strict():
    schema = deepcopy(report_schema("doctor"))
    value = {"ok": True, "findings": [], "more": 1}
    assert Draft7Validator(schema).is_valid(value)
    assert wrong("doctor", value)
