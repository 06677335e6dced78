from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import (
    RIGHT,
    FakeJudge,
    FakeProvider,
    FakeResponses,
    FakeRouter,
    cut,
    fenced,
    origin_of,
    spec_of,
)

from hatch_intent.errors import ProviderError
from hatch_intent.generate import prompt
from hatch_intent.generate.events import Arriving, Drafting, Event, Judged
from hatch_intent.generate.ladder import Generation, generate
from hatch_intent.providers.base import ContextError
from hatch_intent.targets import target_named

SPEC = spec_of()
PY = target_named("py")
ZERO = "def double(x):\n    return 0\n"  # passes one of three
ONE = "def double(x):\n    return x + 1\n"  # passes another one of three
SQUARE = "def double(x):\n    return x * x / 2\n"  # passes two of three
FOUR = "def double(x):\n    return 2 if x == 1 else x\n"  # passes two of three


def climb(
    *providers: FakeProvider,
    rounds: int = 3,
    previous: str | None = None,
    responses: FakeResponses | None = None,
    router: FakeRouter | None = None,
    judge: FakeJudge | None = None,
    events: list[Event] | None = None,
) -> Generation:
    return generate(
        SPEC,
        PY,
        router=router or FakeRouter(*providers),
        judge=judge or FakeJudge(),
        responses=responses if responses is not None else FakeResponses(),
        rounds=rounds,
        previous=previous,
        listener=[].append if events is None else events.append,
    )


def model(*answers: str | ProviderError, name: str = "small") -> FakeProvider:
    code = [fenced(each) if isinstance(each, str) and each else each for each in answers]
    return FakeProvider(name, [*code])


def repaired(code: str) -> prompt.Prompt:
    """What is asked when `code` is the best so far."""
    module = PY.render(SPEC, code, origin_of(SPEC))
    return prompt.repair(SPEC, PY, module, FakeJudge().check(module, SPEC, "py", None))


def test_a_right_draft_ends_the_climb() -> None:
    small = model(RIGHT)
    generation = climb(small)
    assert generation.candidate is generation.best
    assert generation.candidate is not None
    assert generation.candidate.code == PY.render(
        SPEC, RIGHT, replace(origin_of(SPEC), author="model small")
    )
    assert generation.candidate.model_digest == "f" * 64
    assert [prompt for prompt, _ in small.asked] == [prompt.draft(SPEC, PY)]
    (attempt,) = generation.attempts
    assert (attempt.round, attempt.model, attempt.asked) == (1, "small", True)
    assert attempt.tokens.completion == 7
    assert attempt.verdict is not None
    assert attempt.verdict.passed


def test_the_judge_sees_what_would_ship() -> None:
    judge = FakeJudge()
    generation = climb(model(RIGHT), judge=judge)
    assert generation.candidate is not None
    assert judge.codes == [generation.candidate.code]


def test_the_next_stronger_provider_repairs_the_best_candidate() -> None:
    small, middle, big = model(SQUARE), model(ONE, name="middle"), model(RIGHT, name="big")
    generation = climb(small, middle, big)
    assert generation.candidate is not None
    assert generation.candidate.model == "big"
    assert middle.asked == [(repaired(SQUARE), middle.sampling)]
    assert big.asked[0][0] == repaired(SQUARE), "a worse answer replaced the best one"


def test_the_best_failing_candidate_is_kept_and_not_called_passed() -> None:
    generation = climb(model(ZERO, SQUARE, ONE))
    assert generation.candidate is None
    assert generation.best is not None
    assert "x * x / 2" in generation.best.code
    assert len(generation.attempts) == 3


@pytest.mark.parametrize("again", [SQUARE, "def double(x):\n    return x**2 / 2\n"])
def test_the_same_failures_twice_lead_to_another_draft(again: str) -> None:
    small, middle, big = model(SQUARE), model(again, name="middle"), model(RIGHT, name="big")
    climb(small, middle, big)
    words, sampling = big.asked[0]
    assert words == prompt.draft(SPEC, PY)
    assert sampling == replace(big.sampling, temperature=0.7, seed=big.sampling.seed + 2)


def test_no_question_is_asked_twice() -> None:
    small = model(SQUARE, FOUR, ONE, ZERO, FOUR)
    climb(small, rounds=5)
    assert len({(words, sampling) for words, sampling in small.asked}) == 5


def test_a_changed_intent_asks_for_a_change_of_the_locked_code() -> None:
    small = model(ONE, RIGHT)
    climb(small, previous=ZERO)
    assert small.asked[0][0] == prompt.revise(SPEC, PY, ZERO)
    assert small.asked[1][0] == repaired(ONE)


def test_code_that_does_not_parse_is_repaired_with_its_error() -> None:
    small = model("def double(x:\n    return\n", RIGHT)
    generation = climb(small)
    assert generation.candidate is not None
    first = generation.attempts[0].verdict
    assert first is not None
    assert first.problem.startswith("line 1: ")
    assert first.problem in small.asked[1][0][-1].content


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("", "the answer was empty"), ("Sorry.", "the answer held no code")],
)
def test_an_answer_without_code_fails_its_round(answer: str, problem: str) -> None:
    small = FakeProvider("small", [answer, fenced(RIGHT)])
    generation = climb(small)
    assert generation.attempts[0].problem == problem
    assert generation.attempts[0].verdict is None
    assert generation.candidate is not None
    assert small.asked[1][1].temperature == 0.7, "the same question would get the same answer"


def test_a_cut_answer_is_asked_for_once_more_with_twice_the_room() -> None:
    small = FakeProvider("small", [cut(fenced(RIGHT)), fenced(RIGHT)])
    generation = climb(small, rounds=1)
    assert [sampling.max_tokens for _, sampling in small.asked] == [1200, 2400]
    assert [attempt.problem for attempt in generation.attempts] == [
        "the answer was cut at 1200 tokens",
        "",
    ]
    assert generation.candidate is not None


def test_an_answer_cut_twice_is_never_taken() -> None:
    responses = FakeResponses()
    small = FakeProvider("small", [cut(fenced(RIGHT)), cut(fenced(RIGHT))])
    generation = climb(small, rounds=1, responses=responses)
    assert generation.candidate is generation.best is None
    assert not responses


def test_answers_with_code_are_kept_and_judged_again_without_asking() -> None:
    responses, judge = FakeResponses(), FakeJudge()
    first = climb(model(ZERO, SQUARE, RIGHT), responses=responses)
    silent, kept = model(), dict(responses)
    responses.put = None  # type: ignore[method-assign,assignment]  # nothing new to keep
    again = climb(silent, responses=responses, judge=judge)
    assert responses == kept
    assert again.candidate == first.candidate
    assert silent.asked == []
    assert [attempt.asked for attempt in again.attempts] == [False] * 3
    assert [attempt.seconds for attempt in again.attempts] == [0.0] * 3
    assert len(judge.codes) == 3


def test_a_kept_answer_of_twice_the_room_is_found_without_asking() -> None:
    responses = FakeResponses()
    climb(FakeProvider("small", [cut("x"), fenced(RIGHT)]), responses=responses)
    silent = model()
    assert climb(silent, responses=responses).candidate is not None
    assert silent.asked == []


def test_a_kept_answer_that_was_cut_is_not_trusted() -> None:
    responses = FakeResponses()
    climb(model(RIGHT), responses=responses)
    responses.update({key: cut(kept.text) for key, kept in responses.items()})
    small = model(RIGHT)
    assert climb(small, rounds=1, responses=responses).candidate is not None
    assert len(small.asked) == 1


def test_answers_without_code_are_not_kept() -> None:
    responses = FakeResponses()
    climb(FakeProvider("small", ["No."]), rounds=1, responses=responses)
    assert not responses


def test_a_provider_that_fails_gives_way_to_the_next() -> None:
    router = FakeRouter(model(ProviderError("gone")), model(RIGHT, name="big"))
    generation = climb(router=router)
    assert router.errors == [("small", "gone")]
    assert generation.candidate is not None
    assert generation.candidate.model == "big"
    assert generation.candidate.round == 1


def test_nobody_left_is_an_error() -> None:
    with pytest.raises(ProviderError, match="nobody is left"):
        climb(model(ProviderError("gone")), model(ProviderError("off"), name="big"))


def test_a_prompt_too_long_for_a_repair_makes_way_for_another_draft() -> None:
    router = FakeRouter(model(SQUARE, ContextError("too long"), RIGHT))
    assert climb(router=router).candidate is not None
    assert router.errors == []


def test_progress_is_told_in_order() -> None:
    events: list[Event] = []
    climb(model(ZERO, RIGHT), events=events)
    assert [type(event) for event in events] == [Drafting, Arriving, Judged] * 2
    assert [event.step for event in events if isinstance(event, Drafting)] == ["draft", "repair"]
    judged = events[-1]
    assert isinstance(judged, Judged)
    assert (judged.name, judged.target, judged.model, judged.tokens) == ("double", "py", "small", 7)


def test_nobody_is_said_to_be_asked_for_what_the_cache_holds() -> None:
    responses = FakeResponses()
    climb(model(RIGHT), responses=responses)
    events: list[Event] = []
    climb(model(), responses=responses, events=events)
    assert [type(event) for event in events] == [Judged]
