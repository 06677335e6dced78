"""The baseline of the benchmark of ladders."""

from __future__ import annotations

import sys
from pathlib import Path

from fakes import RIGHT, FakeJudge, FakeProvider, FakeResponses, fenced, spec_of

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks are no part of the package

from benchmarks.seed_loop import SeedLoop
from hatch_intent.judge.verdict import Verdict
from hatch_intent.spec.model import Spec
from hatch_intent.targets import target_named

WRONG = "def double(x):\n    return x\n"


class Alone(FakeJudge):
    """Judges what uses nothing."""

    def check(self, code: str, spec: Spec, target: str, uses: object = None) -> Verdict:
        return super().check(code, spec, target, None)


def test_what_failed_is_shown_until_it_passes_and_nothing_is_asked_twice() -> None:
    spec, responses = spec_of(), FakeResponses()
    provider = FakeProvider("m", [fenced(WRONG), "No.", fenced(RIGHT)])
    candidate, attempts = SeedLoop(provider, Alone(), responses).run(spec, target_named("py"))
    assert candidate is not None
    assert [each.step for each in attempts] == ["draft", "repair", "repair"]
    assert "return x" in provider.asked[1][0][-2].content
    again = FakeProvider("m", [fenced(RIGHT)])
    candidate, _ = SeedLoop(again, Alone(), responses).run(spec, target_named("py"))
    assert candidate is not None
    assert again.asked == []
