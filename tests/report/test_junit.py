"""JUnit XML, read by somebody else's reader."""

import io
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped

from hatch_intent.report.cases import Case
from hatch_intent.report.junit import junit
from hatch_intent.report.words import python

CASES = (
    Case("specs/a/double.intent.md", 7, "double.py", "example-1", "passed"),
    Case("specs/a/double.intent.md", 8, "double.py", "example-2", "failed", 'got "<&\x00">'),
    Case("specs/a/double.intent.md", 9, "double.py", "property-1", "skipped", "not settled"),
    Case("pyproject.toml", 0, "pyproject.toml", "problem-1", "error", "no"),
)


def read(cases, place=""):
    return JUnitXml.fromfile(io.BytesIO(junit(cases, place, 1.5)))


def test_a_reader_finds_every_case():
    report = read(CASES)
    suites = list(report)
    assert (report.tests, report.failures, report.errors, report.skipped) == (4, 1, 1, 1)
    assert [(each.name, each.tests, each.failures, each.errors) for each in suites] == [
        ("double.py", 3, 1, 0),
        ("pyproject.toml", 1, 0, 1),
    ]
    (version,) = suites[0].properties()
    assert (version.name, f"Python {version.value}") == ("python", python())
    one, two, three = suites[0]
    assert (one.classname, one.name, one.is_passed) == ("specs.a.double.py", "example-1", True)
    (failure,) = two.result
    assert isinstance(failure, Failure)
    assert failure.message == 'got "<&\\x00">'
    assert failure.text == 'specs/a/double.intent.md:8\ngot "<&\\x00">'
    assert isinstance(three.result[0], Skipped)


def test_paths_are_the_repositorys():
    cases = ET.fromstring(junit(CASES, "packages/one/")).iter("testcase")
    assert [(each.get("file"), each.get("line")) for each in cases] == [
        *(("packages/one/specs/a/double.intent.md", line) for line in "789"),
        ("packages/one/pyproject.toml", None),
    ]


def test_no_case_is_a_report_too():
    assert read(()).tests == 0


@given(st.text(st.characters(codec=None)))
def test_any_message_makes_a_report_that_can_be_read(text):
    case = Case(f"{text}.md", 1, text, "example-1", "failed", text)
    assert read((case,)).failures == 1
