"""JUnit XML, in the form that Jenkins, GitLab, Azure Pipelines, GitHub's reporters and
CircleCI read: one `testcase` for each example and property, with `file` and `line`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from hatch_intent.report.cases import Case
from hatch_intent.report.words import python

# What XML 1.0 can't hold, not even escaped.
_UNHELD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit(cases: Sequence[Case], place: str = "", seconds: float = 0.0) -> bytes:
    """The report as UTF-8. `place` goes before each path, to make it one from the repository's
    top; `seconds` is what the whole check took."""
    named = {"name": "hatch-intent", "time": f"{seconds:.3f}"}
    top = ET.Element("testsuites", {**named, **_counts(cases)})
    for suite, grouped in groupby(cases, key=lambda case: case.suite):
        group = list(grouped)
        element = ET.SubElement(top, "testsuite", {"name": _text(suite), **_counts(group)})
        properties = ET.SubElement(element, "properties")
        version = python().removeprefix("Python ")
        ET.SubElement(properties, "property", name="python", value=version)
        for case in group:
            _add(element, case, place)
    ET.indent(top)
    text: bytes = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    outcomes: list[str] = [case.outcome for case in cases]
    named = {"failures": "failed", "errors": "error", "skipped": "skipped"}
    counts = {name: str(outcomes.count(outcome)) for name, outcome in named.items()}
    return {"tests": str(len(cases)), **counts}


def _add(suite: ET.Element, case: Case, place: str) -> None:
    path = _text(place + case.path)
    at = {"file": path, **({"line": str(case.line)} if case.line else {})}
    named = {"classname": _classname(case), "name": case.name}
    element = ET.SubElement(suite, "testcase", {**named, **at})
    if case.outcome == "passed":
        return
    message = _text(case.message)
    found = ET.SubElement(element, _ELEMENTS[case.outcome], message=message)
    if case.outcome != "skipped":
        found.set("type", case.outcome)
        found.text = f"{path}:{case.line}\n{message}" if case.line else f"{path}\n{message}"


def _classname(case: Case) -> str:
    """`specs.text.slugify.py`: what readers fold into a tree at its dots."""
    folder = case.path.rpartition("/")[0].replace("/", ".")
    named = case.suite if case.suite != case.path else case.path.rpartition("/")[2]
    return _text(f"{folder}.{named}" if folder else named)


def _text(text: str) -> str:
    return _UNHELD.sub(lambda found: ascii(found[0])[1:-1], text)
