"""Annotations as GitHub, Azure Pipelines and GitLab document them."""

import json
import re

import pytest

from hatch_intent.report.annotations import code_quality, detected, marks, workspaces
from hatch_intent.report.cases import Case

PATH = "specs/a,b.intent.md"
CASES = (
    Case(PATH, 7, "double.py", "example-1", "passed"),
    Case(PATH, 8, "double.py", "example-2", "failed", "100% got]; a\nb: c, d"),
    Case(PATH, 9, "double.py", "property-1", "skipped", "not settled"),
    Case("pyproject.toml", 0, "pyproject.toml", "problem-1", "error", "no"),
)


def test_github():
    assert marks("github", CASES, "one/") == [
        (
            "::error file=one/specs/a%2Cb.intent.md,line=8,title=hatch-intent double.py example-2"
            "::100%25 got]; a%0Ab: c, d"
        ),
        "::error file=one/pyproject.toml,line=1,title=hatch-intent pyproject.toml problem-1::no",
    ]


def test_azure():
    assert marks("azure", CASES) == [
        (
            "##vso[task.logissue type=error;sourcepath=specs/a,b.intent.md;linenumber=8]"
            "double.py example-2: 100%AZP25 got%5D%3B a%0Ab: c, d"
        ),
        (
            "##vso[task.logissue type=error;sourcepath=pyproject.toml;linenumber=1]"
            "pyproject.toml problem-1: no"
        ),
    ]


def test_gitlab():
    first, second = json.loads(code_quality(CASES, "one/"))
    assert first["location"] == {"path": f"one/{PATH}", "lines": {"begin": 8}}
    assert first["description"] == "double.py example-2: 100% got]; a\nb: c, d"
    assert first["severity"] in ("info", "minor", "major", "critical", "blocker")
    assert re.fullmatch("[0-9a-f]{64}", first["fingerprint"])
    assert first["fingerprint"] != second["fingerprint"]
    moved = (CASES[0], Case(PATH, 99, "double.py", "example-2", "failed", "other"))
    assert json.loads(code_quality(moved, "one/"))[0]["fingerprint"] == first["fingerprint"]
    assert code_quality(CASES[:1]) == "[]\n"


@pytest.mark.parametrize(
    ("environ", "system"),
    [
        ({}, ""),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITEA_ACTIONS": "true"}, "github"),
        ({"TF_BUILD": "True"}, "azure"),
        ({"GITLAB_CI": "true"}, ""),
        ({"GITHUB_ACTIONS": "false"}, ""),
    ],
)
def test_only_what_reads_the_log_is_detected(environ, system):
    assert detected(environ) == system


def test_where_the_repository_is():
    assert workspaces({"CI_PROJECT_DIR": "/b", "GITHUB_WORKSPACE": "", "HOME": "/h"}) == ["/b"]
