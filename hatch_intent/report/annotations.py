"""Failing cases where a reviewer sees them: beside the spec's line, in the CI system's words.

Sources: GitHub, "Workflow commands for GitHub Actions"; Microsoft, "Logging commands"; GitLab,
"Code Quality", custom tool output.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hatch_intent.files import sha256
from hatch_intent.report.cases import Case

SYSTEMS = ("github", "azure", "gitlab")
"""github: also Gitea and Forgejo. gitlab: a code quality report, which is a file."""
_VARIABLES = {"github": ("GITHUB_ACTIONS", "GITEA_ACTIONS"), "azure": ("TF_BUILD",)}
_WORKSPACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY")


def detected(environ: Mapping[str, str]) -> str:
    """The CI system that reads annotations from the log of this very process, or nothing."""
    for system, variables in _VARIABLES.items():
        if any(environ.get(each, "").lower() == "true" for each in variables):
            return system
    return ""


def workspaces(environ: Mapping[str, str]) -> list[str]:
    """Where the CI system put the repository: its annotations name paths from there."""
    return [environ[name] for name in _WORKSPACES if environ.get(name)]


def marks(system: str, cases: Sequence[Case], place: str = "") -> list[str]:
    """Lines for the log. `place` goes before each path."""
    say = {"github": _github, "azure": _azure}[system]
    return [say(case, place) for case in cases if case.outcome in ("failed", "error")]


def _github(case: Case, place: str) -> str:
    at = f"file={_value(place + case.path)},line={case.line or 1}"
    title = _value(f"hatch-intent {case.suite} {case.name}")
    return f"::error {at},title={title}::{_message(case.message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _azure(case: Case, place: str) -> str:
    at = f"type=error;sourcepath={_azured(place + case.path)};linenumber={case.line or 1}"
    return f"##vso[task.logissue {at}]{_azured(f'{case.suite} {case.name}: {case.message}')}"


def _azured(text: str) -> str:
    text = text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(";", "%3B").replace("]", "%5D")


def code_quality(cases: Sequence[Case], place: str = "") -> str:
    """GitLab's code quality report; an empty list when all is well."""
    issues = [_issue(case, place) for case in cases if case.outcome in ("failed", "error")]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _issue(case: Case, place: str) -> dict[str, object]:
    path = place + case.path
    return {
        "description": f"{case.suite} {case.name}: {case.message}",
        "check_name": "hatch-intent",
        # The same finding of two runs, whatever line it has moved to.
        "fingerprint": sha256("\0".join([path, case.suite, case.name]).encode()),
        "severity": "critical",
        "location": {"path": path, "lines": {"begin": case.line or 1}},
    }
