"""Who may have been lucky, and whom one language bears out in another. No judge and no model."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hatch_intent.generate.candidates import Attempt, Candidate
from hatch_intent.generate.languages import hold_back, settle
from hatch_intent.generate.made import Made, compared_entry
from hatch_intent.judge.differential import Behaviour, Difference, Said
from hatch_intent.judge.equivalence import Equivalence
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.lock import LockEntry
from hatch_intent.providers.base import Tokens
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Example

HEAD = "# name: f\n# description:\nx\n# signature:\n(x: integer) -> any\n"
PASSED, FAILED = Verdict(True), Verdict(False)
ONE = Candidate("def f(x): ...", PASSED, "small", "", 1, "draft")
MODULE = cast("Any", None)  # of no matter here
ENTRY = cast("LockEntry", object())


def attempt(verdict: Verdict, step: str = "sample") -> Attempt:
    return Attempt(1, cast("Any", step), "small", "", True, Tokens(1, 0, 1), 1.0, verdict)


def made(answers: list[str], drafts: int = 10, **changes: Any) -> Made:
    lines = "".join(f"- in: [{place}] {each}\n" for place, each in enumerate(answers))
    checks = f"# examples:\n{lines}" if lines else "# properties:\n- in: (x) requires x > 0\n"
    whole = Made(
        MODULE,
        read_spec(f"{HEAD}{checks}".encode(), "f.intent.md"),
        verdict=PASSED,
        attempts=(attempt(PASSED), *[attempt(FAILED)] * (drafts - 1)),
        passed=(ONE,),
        taken=ONE,
        candidates=10,
    )
    return replace(whole, **changes)


@pytest.mark.parametrize(
    ("answers", "drafts", "lucky"),
    [
        (["out: true"] * 4, 2, True),
        (["out: true", "out: false"], 2, False),  # 1/4 for each: expected in half of them
        (["out: true", "out: false"], 3, True),
        (["out: true", "out: false"] * 3, 20, False),
        (["out: 5", "out: 5.0"], 2, True),  # one answer
        (["out: 1", "out: 2", "out: 3"], 20, False),  # three, though 20/27 are expected
        (["raises: KeyError", "raises: TypeError", "out: null"], 20, False),
        (["raises: KeyError", "raises: KeyError"], 2, True),
        ([], 2, True),
    ],
)
def test_luck_is_where_guessing_would_have_passed_too(
    answers: list[str], drafts: int, lucky: bool
) -> None:
    assert made(answers, drafts).lucky is lucky


@pytest.mark.parametrize(
    "changes",
    [
        {"candidates": 1},
        {"passed": (ONE, ONE)},
        {"taken": None},
        {"verdict": Verdict(True, properties=1)},
        {"attempts": (attempt(FAILED, "repair"),) * 9},
        {"attempts": (attempt(Verdict(False, "line 1: does not parse")),) * 9},
    ],
    ids=["one was wanted", "two passed", "none taken", "properties", "repairs", "not callable"],
)
def test_what_is_no_luck(changes: dict[str, Any]) -> None:
    assert made(["out: true"] * 2).lucky
    assert not made(["out: true"] * 2, **changes).lucky


def test_raising_alike_is_no_agreement_and_no_tie() -> None:
    two = replace(ONE, code="def f(x): 1")
    alike = Behaviour(9, ((0, 1),), (), "they raise", silent=True)
    whole = made(["out: 1"], passed=(ONE, two), behaviour=alike)
    assert (whole.agreement, whole.incomparable, whole.tied) == ("", "", False)
    among = Behaviour(9, ((0, 1), (2,)), silent=True)
    whole = made(["out: 1"], passed=(ONE, two, replace(two, code="def f(x): 2")), behaviour=among)
    assert (whole.agreement, whole.disagreement, whole.tied) == ("", "1 of 3", False)
    assert replace(whole, behaviour=replace(among, silent=False)).agreement == "agreed 2 of 3"


def test_drafts_of_an_earlier_build_count() -> None:
    assert not made(["out: true"], attempts=()).lucky
    assert made(["out: true"], attempts=(), earlier=3).lucky


AGREED, APART = Equivalence(100), Equivalence(problem="not compared")
LUCKY = made(["out: true"], entry=ENTRY, doubt="- in: [7] out: true")
SURE = replace(LUCKY, passed=(ONE, ONE))


@pytest.mark.parametrize(
    ("both", "by_locked", "lenient", "entered"),
    [
        ([LUCKY], False, False, [False]),
        ([LUCKY], False, True, [True]),
        ([SURE], False, False, [True]),
        ([replace(LUCKY, found=AGREED), replace(SURE, found=AGREED)], False, False, [True, True]),
        ([replace(LUCKY, found=APART), replace(SURE, found=APART)], False, False, [False, True]),
        ([replace(LUCKY, found=AGREED)] * 2, False, False, [False, False]),
        ([replace(LUCKY, found=AGREED)], True, False, [True]),
        ([replace(LUCKY, found=APART)], True, False, [False]),
        ([LUCKY, replace(SURE, locked=True)], True, False, [False]),
    ],
)
def test_who_is_held_back(
    both: list[Made], by_locked: bool, lenient: bool, entered: list[bool]
) -> None:
    kept = hold_back(both, by_locked=by_locked, lenient=lenient)
    assert [each.entry is not None for each in kept] == entered
    borne_out = [each for each in kept if each.entry is not None and each.found is AGREED]
    assert all(not each.doubt for each in borne_out)
    assert all(each.doubt for each in kept if each.entry is None), "it says what would settle it"


BLANK = LockEntry(**{each.name: "" for each in fields(LockEntry)})  # type: ignore[arg-type]


class FakeMaker:
    """Finds js at fault, and of what the repair made, what it is told to."""

    def __init__(self, *found: Equivalence) -> None:
        self.found = list(found)

    def compare(self, one: Made, other: Made) -> Equivalence:
        return self.found.pop(0)

    def entered(self, made: Made) -> Made:
        return made

    def mended(self, wrong: Made, right: Made, found: Equivalence) -> Made:
        return replace(wrong, step="repair", text="repaired")


WHY = CallResult(Example(0, {"x": 7}), "type", made_up=True)
STILL = Equivalence(100, difference=Difference({"x": 7}, (Said(1), Said(2))), wrong="js", why=WHY)


@pytest.mark.parametrize(
    ("again", "taken"),
    [(Equivalence(100), True), (APART, False), (STILL, False)],
    ids=["agrees", "can't be compared", "still wrong"],
)
def test_a_repair_is_taken_when_it_is_known_to_be_wrong_no_longer(
    again: Equivalence, taken: bool
) -> None:
    js, py = (
        replace(SURE, module=cast("Any", SimpleNamespace(target=name)), entry=BLANK)
        for name in ("js", "py")
    )
    told, other = settle(js, py, FakeMaker(STILL, again), "report")
    assert (told.entry is not None, told.text) == (taken, "repaired" if taken else "")
    assert other.entry is not None


def two() -> tuple[Made, Made]:
    js, py = (
        replace(SURE, module=cast("Any", SimpleNamespace(target=name)), entry=BLANK)
        for name in ("js", "py")
    )
    return js, py


def test_the_other_side_is_put_right_as_well_where_it_breaks_a_rule() -> None:
    theirs = replace(STILL, wrong="py")
    for last, entered in ((AGREED, [True, True]), (theirs, [True, False]), (STILL, [False, True])):
        told = settle(*two(), FakeMaker(STILL, theirs, last), "report")
        assert [each.entry is not None for each in told] == entered


def test_neither_has_an_entry_where_both_break_a_rule() -> None:
    both = replace(STILL, too=replace(WHY, status="property"))
    js, py = settle(*two(), FakeMaker(both, both), "report")
    assert (js.entry, py.entry) == (None, None)
    assert js.verdict is not None
    assert py.verdict is not None
    assert js.verdict.counterexample == WHY
    assert py.verdict.counterexample == both.too


def test_a_repair_of_who_was_outvoted_is_not_taken_where_it_decides_nothing() -> None:
    js, py = (
        replace(SURE, module=cast("Any", SimpleNamespace(target=name)), entry=BLANK)
        for name in ("js", "py")
    )
    outvoted = replace(STILL, why=replace(WHY, made_up=False))
    for wrong in (True, False):
        again = replace(
            STILL, wrong="", why=None, difference=Difference({"x": 8}, (Said(1), Said(2)))
        )
        found = STILL if wrong else outvoted
        told, _ = settle(js, py, FakeMaker(found, again), "report")
        assert (told.text == "repaired") == wrong


LOCKED = LockEntry(**cast("Any", dict.fromkeys((each.name for each in fields(LockEntry)), "")))
LOCKED = replace(LOCKED, target="py", agrees="js on 5 of 5 inputs")
APART = replace(STILL, wrong="", why=None)


@pytest.mark.parametrize(
    ("trust", "found", "agrees", "after"),
    [
        ("agreed 2 of 2", Equivalence(9, 1), "js on 8 of 9 inputs", "agreed 2 of 2"),
        ("examples", Equivalence(9), "js on 9 of 9 inputs", "agreed with js"),
        ("agreed 2 of 2", APART, "", "examples"),
        ("properties", APART, "", "examples"),
        ("properties", replace(APART, wrong="py"), "", "examples"),
        ("properties", replace(APART, wrong="js"), "", "properties"),
        ("hand", APART, "", "hand"),
        ("hand", replace(APART, wrong="py"), "", "hand"),
        ("agreed 2 of 2", replace(APART, wrong="py"), "", "examples"),
        ("agreed 2 of 2", replace(APART, wrong="js"), "", "agreed 2 of 2"),
        ("agreed with js", replace(APART, wrong="js"), "", "examples"),
        ("agreed with js", Equivalence(problem="too slow"), "", "examples"),
        ("agreed 2 of 2", Equivalence(problem="too slow"), "", "agreed 2 of 2"),
    ],
)
def test_what_the_other_language_says_of_a_module(
    trust: str, found: Equivalence, agrees: str, after: str
) -> None:
    entry = compared_entry(replace(LOCKED, trust=trust), "js", found)
    assert (entry.agrees, entry.trust) == (agrees, after)
