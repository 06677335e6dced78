"""What a check looked at, told case by case."""

import pytest
from projects import DOUBLE

from hatch_intent.errors import CheckFailed, Problem, SpecError
from hatch_intent.freshness import Freshness
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.project import SpecFile
from hatch_intent.report.cases import Case, error_cases, module_cases, rule_case
from hatch_intent.report.words import python
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Example

PATH = "specs/double.intent.md"
TEXT = DOUBLE + "# properties:\n- abs(out) >= abs(x)\n- out - x == x\n"
SPEC = read_spec(TEXT.encode(), PATH)
ONE, TWO = SPEC.examples


def module(state="fresh", why=""):
    file = SpecFile(PATH, TEXT.encode(), "")
    return Freshness(file, "double", "py", "src/demo/auto/double.py", state, why)


def outcomes(cases):
    return {case.name: case.outcome for case in cases}


def passing():
    return tuple(CallResult(each, "passed", each.out) for each in SPEC.examples)


def test_one_case_for_each_example_and_property():
    cases = module_cases(module(), Verdict(True, results=passing(), generated=9, properties=2), "")
    assert cases == (
        Case(PATH, 7, "double.py", "example-1", "passed"),
        Case(PATH, 8, "double.py", "example-2", "passed"),
        Case(PATH, 10, "double.py", "property-1", "passed"),
        Case(PATH, 11, "double.py", "property-2", "passed"),
    )


def test_a_failing_example_says_expected_and_got_and_leaves_the_properties_open():
    results = (passing()[0], CallResult(TWO, "wrong", 0.5, "0.5 is not -3"))
    cases = module_cases(module(), Verdict(False, results=results), "")
    assert outcomes(cases) == {
        "example-1": "passed",
        "example-2": "failed",
        "property-1": "skipped",
        "property-2": "skipped",
    }
    assert cases[1].message == f"double(-1.5)  expected -3  got 0.5  ({python()})"


def test_an_example_that_was_not_run_is_no_pass():
    cases = module_cases(module(), Verdict(True, results=passing()[:1], properties=2), "")
    assert (cases[1].outcome, cases[1].message) == ("failed", "was not run")


def test_the_property_that_breaks_is_the_one_that_fails():
    broken = SPEC.properties[1]
    found = CallResult(
        Example(broken.line, {"x": 0}), "property", 1, "out - x == x", made_up=True, broken=broken
    )
    verdict = Verdict(False, results=passing(), generated=3, properties=2, counterexample=found)
    cases = module_cases(module(), verdict, "")
    assert outcomes(cases)["property-1"] == "skipped"
    assert cases[3].outcome == "failed"
    assert cases[3].message == f"double(0)  breaks  out - x == x  got 1  ({python()})"


def test_a_made_up_input_that_breaks_no_property_has_a_case_of_its_own():
    found = CallResult(Example(0, {"x": 0}), "type", "a", "not a number", made_up=True)
    verdict = Verdict(False, results=passing(), generated=1, counterexample=found)
    last = module_cases(module(), verdict, "")[-1]
    assert (last.name, last.outcome, last.line) == ("inputs", "failed", 0)
    assert "double(0)  type: not a number" in last.message


@pytest.mark.parametrize(
    ("state", "why", "said"),
    [
        (
            "stale",
            "description changed",
            (
                "src/demo/auto/double.py is stale: description changed since it was locked; "
                f"hatch-intent build {PATH}"
            ),
        ),
        (
            "edited",
            "was edited by hand",
            (
                "src/demo/auto/double.py was edited by hand; "
                "hatch-intent adopt double, or hatch-intent discard double"
            ),
        ),
    ],
)
def test_what_is_not_fresh_fails_and_nothing_of_it_passes(state, why, said):
    cases = module_cases(module(state, why), None, "")
    assert cases[0] == Case(PATH, 0, "double.py", "module", "failed", said)
    assert {case.outcome for case in cases[1:]} == {"skipped"}
    assert len(cases) == 5


def test_what_can_not_be_tried_or_imported_is_told_before_the_examples():
    cases = module_cases(module(), None, "nothing fits")
    assert (cases[0].outcome, cases[0].message) == ("failed", "nothing fits")
    cases = module_cases(module(), Verdict(False, "importing it raised ImportError"), "")
    assert cases[0].message == (
        f"regression in src/demo/auto/double.py: importing it raised ImportError ({python()})"
    )


def test_every_problem_of_a_spec_is_a_case_at_its_line():
    error = SpecError([Problem(PATH, 3, 1, "one"), Problem("z.intent.md", 9, 0, "two")])
    assert error_cases(error) == (
        Case(PATH, 3, PATH, "problem-1", "error", "one"),
        Case("z.intent.md", 9, "z.intent.md", "problem-2", "error", "two"),
    )


def test_errors_and_rules_are_one_line():
    (case,) = error_cases(CheckFailed("no\n  sandbox"))
    assert (case.outcome, case.message) == ("error", "no; sandbox")
    assert rule_case("a\n  b\n", "intent.lock").message == "a; b"
