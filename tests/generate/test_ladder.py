from __future__ import annotations

import operator
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

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
from hatch_intent.generate.candidates import Generation
from hatch_intent.generate.events import Arriving, Drafting, Event, Judged
from hatch_intent.generate.ladder import generate
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.verdict import Verdict
from hatch_intent.providers.base import (
    Completion,
    ContextError,
    OnTokens,
    Provider,
    Sampling,
    Tokens,
)
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
    candidates: int = 1,
) -> Generation:
    return finished(
        steps_of(
            router or FakeRouter(*providers),
            rounds=rounds,
            previous=previous,
            responses=responses,
            judge=judge,
            events=events,
            candidates=candidates,
        )
    )


def steps_of(
    router: FakeRouter,
    *,
    rounds: int = 3,
    previous: str | None = None,
    responses: FakeResponses | None = None,
    judge: FakeJudge | None = None,
    events: list[Event] | None = None,
    candidates: int = 1,
) -> Generator[Provider, None, Generation]:
    return generate(
        SPEC,
        PY,
        router=router,
        judge=judge or FakeJudge(),
        responses=responses if responses is not None else FakeResponses(),
        rounds=rounds,
        previous=previous,
        listener=[].append if events is None else events.append,
        candidates=candidates,
    )


def finished(steps: Generator[Provider, None, Generation]) -> Generation:
    came: list[Generation] = []

    def follow() -> Generator[Provider, None, None]:
        came.append((yield from steps))

    deque(follow(), maxlen=0)
    return came[0]


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
    assert generation.passed == (generation.best,)
    assert generation.best.code == PY.render(
        SPEC, RIGHT, replace(origin_of(SPEC), author="model small")
    )
    assert generation.best.model_digest == b"small".hex().rjust(64, "f")
    assert [prompt for prompt, _ in small.asked] == [prompt.draft(SPEC, PY)]
    (attempt,) = generation.attempts
    assert (attempt.round, attempt.model, attempt.asked) == (1, "small", True)
    assert attempt.tokens.completion == 7
    assert attempt.verdict is not None
    assert attempt.verdict.passed


def test_the_judge_sees_what_would_ship() -> None:
    judge = FakeJudge()
    generation = climb(model(RIGHT), judge=judge)
    assert generation.passed
    assert judge.codes == [generation.best.code]


def test_every_provider_drafts_before_the_best_candidate_is_repaired() -> None:
    small, middle = model(SQUARE), model(ONE, name="middle")
    big = model(ZERO, RIGHT, name="big")
    generation = climb(small, middle, big)
    assert [each.step for each in generation.attempts] == ["draft", "draft", "draft", "repair"]
    assert small.asked[0][0] == middle.asked[0][0] == big.asked[0][0] == prompt.draft(SPEC, PY)
    assert big.asked[1][0] == repaired(SQUARE), "a worse answer replaced the best one"
    assert generation.best is not None
    assert (generation.best.model, generation.best.step) == ("big", "repair")


def test_a_bigger_model_is_not_asked_when_a_smaller_one_passed() -> None:
    big = model(name="big")
    assert climb(model(RIGHT), big).passed
    assert big.asked == []


def test_the_best_failing_candidate_is_kept_and_not_called_passed() -> None:
    generation = climb(model(ZERO, SQUARE, ONE))
    assert not generation.passed
    assert generation.best is not None
    assert "x * x / 2" in generation.best.code
    assert len(generation.attempts) == 3


@pytest.mark.parametrize("again", [SQUARE, "def double(x):\n    return x**2 / 2\n", ZERO])
def test_a_repair_that_is_no_better_ends_the_climb(again: str) -> None:
    small = model(SQUARE, again)
    generation = climb(small, rounds=9)
    assert len(small.asked) == 2
    assert generation.best is not None
    assert "x * x / 2" in generation.best.code


def test_a_repair_that_helps_is_repaired_in_turn() -> None:
    assert len(climb(model(ZERO, SQUARE, RIGHT), rounds=3).attempts) == 3
    assert not climb(model(ZERO, SQUARE, RIGHT), rounds=2).passed


# ---- corroboration

ALSO = "def double(x):\n    return x + x\n"
WRONG = "def double(x):\n    return 2 * x if x < 5 else 0\n"  # passes all that is shown


def test_a_candidate_that_stands_alone_is_borne_out_by_the_next_model() -> None:
    small, big = model(RIGHT), model(ALSO, name="big")
    generation = climb(small, big, candidates=4)
    assert [each.step for each in generation.attempts] == ["draft", "draft"]
    assert generation.behaviour is not None
    assert generation.behaviour.groups == ((0, 1),)
    assert generation.best is generation.passed[0], "the first of those that are alike"


def test_samples_are_drawn_until_two_are_alike_and_the_rest_is_given_up() -> None:
    small = model(RIGHT, ZERO, ALSO)
    generation = climb(small, candidates=6)
    assert [each.step for each in generation.attempts] == ["draft", "sample", "sample"]
    assert small.closed
    assert all(words == prompt.draft(SPEC, PY) for words, _ in small.asked)
    first, *others = [sampling for _, sampling in small.asked]
    assert [each.temperature for each in others] == [0.7, 0.7]
    assert len({first.seed, *(each.seed for each in others)}) == 3


@pytest.mark.parametrize(
    ("answers", "drawn"),
    [
        ([RIGHT, ZERO, ONE, ALSO], [1, 4]),
        ([ZERO, ONE, RIGHT, ALSO], [2, 3]),
        ([RIGHT, ALSO], [1]),
        ([ZERO, RIGHT, ALSO], [2]),
    ],
    ids=["one is lacking", "two are lacking", "one was enough", "two were enough"],
)
def test_only_what_is_lacking_is_drawn_before_all_the_rest(
    answers: list[str], drawn: list[int]
) -> None:
    small = model(*answers)
    assert climb(small, candidates=6).behaviour.settled
    assert small.drawn == drawn
    seeds = [sampling.seed for _, sampling in small.asked]
    assert len(set(seeds)) == len(seeds)


def test_two_that_differ_lack_one_like_either() -> None:
    small, middle = model(WRONG), model(RIGHT, ALSO, name="middle")
    assert climb(small, middle, candidates=6).behaviour.settled
    assert middle.drawn == [1]


def test_the_majority_is_taken() -> None:
    generation = climb(model(WRONG, RIGHT, ALSO), candidates=3)
    assert generation.behaviour is not None
    assert generation.behaviour.groups == ((1, 2), (0,))
    assert generation.best is generation.passed[1]


def test_of_those_alike_the_one_that_answered_most_is_taken() -> None:
    most = ALSO.replace("x + x", "0 + x + x")
    generation = climb(model(WRONG, RIGHT, most), candidates=3)
    assert generation.best is generation.passed[2]


def test_of_those_alike_one_that_builds_on_what_the_spec_uses_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.SPEC", replace(SPEC, uses=("plus",)))
    monkeypatch.setitem(sys.modules, "beside", ModuleType("beside"))
    monkeypatch.setitem(sys.modules, "beside.plus", plus := ModuleType("beside.plus"))
    monkeypatch.setattr(plus, "plus", operator.add, raising=False)
    answer = "def double(x):\n    return plus(x, x)\n"
    generation = climb(model(RIGHT, answer), candidates=2, judge=Beside())
    assert len(generation.passed) == 2
    assert generation.best is generation.passed[1]


class Beside(FakeJudge):
    """A judge whose modules lie in a package."""

    def check(self, code: str, *options: Any) -> Verdict:
        return super().check(code.replace("from .", "from beside."), *options)

    def compare(self, codes: Sequence[str], *options: Any) -> Behaviour:
        return super().compare([each.replace("from .", "from beside.") for each in codes], *options)


def test_no_majority_settles_nothing() -> None:
    generation = climb(model(WRONG, RIGHT, ZERO, ZERO, ONE, ZERO), candidates=3)
    assert generation.behaviour is not None
    assert not generation.behaviour.settled
    assert generation.best is generation.passed[0]


def test_samples_that_were_kept_are_not_asked_for_again() -> None:
    responses = FakeResponses()
    climb(model(WRONG, RIGHT, ZERO, ZERO), candidates=2, responses=responses)
    small = model(ALSO)
    generation = climb(small, candidates=3, responses=responses)
    assert [each.asked for each in generation.attempts] == [False] * 4 + [True]
    assert len(small.asked) == 1
    assert generation.behaviour is not None
    assert generation.behaviour.settled


def test_nothing_is_repaired_where_a_candidate_has_passed() -> None:
    small = model(RIGHT, ZERO, ONE, ZERO)
    climb(small, candidates=2, rounds=5)
    assert len(small.asked) == 4


def test_as_many_again_are_drawn_where_the_providers_alone_are_as_many() -> None:
    small, big = model(WRONG), model(RIGHT, ALSO, name="big")
    assert climb(small, big, candidates=2).behaviour.settled
    assert big.drawn == [2]
    small, big = model(ZERO), model(ONE, name="big")
    climb(small, big, candidates=2, rounds=1)
    assert big.drawn == []


def test_as_many_again_are_drawn_where_one_has_passed_and_is_not_borne_out() -> None:
    small = model(ZERO, RIGHT, ONE, ZERO, ALSO)
    assert climb(small, candidates=3).behaviour.settled
    assert small.drawn == [2, 3]
    hopeless = model(*[ZERO] * 3)
    assert not climb(hopeless, candidates=3, rounds=1).passed
    assert hopeless.drawn == [2]


def test_a_provider_that_fails_amid_its_samples_leaves_what_it_gave() -> None:
    router = FakeRouter(model(RIGHT, ALSO.replace("x + x", "x * 3"), ProviderError("gone")))
    generation = climb(router=router, candidates=4)
    assert generation.passed
    assert router.errors == [("small", "gone")]


def test_a_changed_intent_asks_for_a_change_of_the_locked_code() -> None:
    small = model(ONE, RIGHT)
    climb(small, previous=ZERO)
    assert small.asked[0][0] == prompt.revise(SPEC, PY, ZERO)
    assert small.asked[1][0] == repaired(ONE)


def test_two_who_keep_the_locked_code_do_not_bear_each_other_out() -> None:
    small, big = model(ZERO, name="small"), model(RIGHT, WRONG, ALSO, name="big")
    third = model(RIGHT, WRONG, ALSO, name="third")
    generation = climb(small, big, third, previous=RIGHT, candidates=4)
    revise, draft = prompt.revise(SPEC, PY, RIGHT), prompt.draft(SPEC, PY)
    assert [words for each in (small, big, third) for words, _ in each.asked] == [
        revise,
        revise,
        draft,
    ]
    assert generation.best is generation.passed[0]


def test_one_model_under_other_limits_is_no_second_opinion() -> None:
    first, second = model(RIGHT, ZERO, ZERO, ZERO), model(RIGHT)
    second.sampling = Sampling(seed=6, max_tokens=first.sampling.max_tokens + 1)
    climb(first, second, candidates=2)
    assert second.asked == []
    warm = model(RIGHT)
    warm.sampling = Sampling(seed=6, temperature=0.5)
    climb(model(RIGHT), warm, candidates=2)
    assert len(warm.asked) == 1


def test_the_same_weights_under_another_name_are_no_second_opinion() -> None:
    digest = "d" * 64
    text = Completion(fenced(RIGHT), "stop", "m", digest, Tokens(1, 0, 1))
    generation = climb(model(text), model(text, ZERO, ZERO, ZERO, name="big"), candidates=2)
    assert len(generation.passed) == 1
    assert generation.attempts[1].problem.startswith("the same weights")
    other = replace(text, model_digest="e" * 64)
    assert len(climb(model(text), model(other, name="big"), candidates=2).passed) == 2


class SilentJudge(FakeJudge):
    """Says of all that are alike that they only raise."""

    def compare(self, *options: Any) -> Behaviour:
        return replace(super().compare(*options), problem="they raise", silent=True)


def test_who_only_raises_alike_is_not_borne_out() -> None:
    small, big = model(RIGHT), model(*[RIGHT] * 5, name="big")
    generation = climb(small, big, candidates=3, judge=SilentJudge())
    assert len(generation.passed) == 3
    assert big.drawn == [1]
    small, middle, big = model(RIGHT), model(RIGHT, name="middle"), model(*[RIGHT] * 8, name="big")
    assert len(climb(small, middle, big, candidates=5, judge=SilentJudge()).passed) == 5
    assert big.drawn == [2]


def test_code_that_does_not_parse_is_repaired_with_its_error() -> None:
    small = model("def double(x:\n    return\n", RIGHT)
    generation = climb(small)
    assert generation.passed
    first = generation.attempts[0].verdict
    assert first is not None
    assert first.problem.startswith("line 1: ")
    assert first.problem in small.asked[1][0][-1].content


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("", "the answer was empty"), ("Sorry.", "the answer held no code")],
)
def test_an_answer_without_code_fails(answer: str, problem: str) -> None:
    small = FakeProvider("small", [answer, fenced(RIGHT), fenced(ALSO)])
    generation = climb(small, candidates=2)
    assert generation.attempts[0].problem == problem
    assert generation.attempts[0].verdict is None
    assert generation.passed


def test_a_cut_answer_is_asked_for_once_more_with_twice_the_room() -> None:
    small = FakeProvider("small", [cut(fenced(RIGHT)), fenced(RIGHT)])
    generation = climb(small, rounds=1)
    assert [sampling.max_tokens for _, sampling in small.asked] == [1200, 2400]
    assert [attempt.problem for attempt in generation.attempts] == [
        "the answer was cut at 1200 tokens",
        "",
    ]
    assert generation.passed


def test_an_answer_cut_twice_is_never_taken() -> None:
    responses = FakeResponses()
    small = FakeProvider("small", [cut(fenced(RIGHT)), cut(fenced(RIGHT))])
    generation = climb(small, rounds=1, responses=responses)
    assert generation.best is None
    silent = model()
    again = climb(silent, rounds=1, responses=responses)
    assert again.best is None
    assert [each.problem for each in again.attempts] == [
        "the answer was cut at 1200 tokens",
        "the answer was cut at 2400 tokens",
    ]
    assert silent.asked == []


def test_an_answer_that_broke_off_before_its_limit_is_not_kept() -> None:
    responses = FakeResponses()
    short = replace(cut(fenced(RIGHT)), tokens=Tokens(1, 0, 700))
    climb(FakeProvider("small", [short, short]), rounds=1, responses=responses)
    assert not responses


def test_an_answer_that_broke_off_says_where() -> None:
    short = replace(cut(fenced(RIGHT)), tokens=Tokens(1, 0, 700))
    generation = climb(FakeProvider("small", [short, short]), rounds=1)
    assert generation.attempts[0].problem == (
        "the answer broke off at 700 of 1200 tokens; is the context too small?"
    )


def test_the_same_model_elsewhere_is_no_second_opinion() -> None:
    first, second = model(RIGHT, ZERO, ZERO, ZERO), model(RIGHT)
    generation = climb(first, second, candidates=2)
    assert second.asked == []
    assert len(generation.passed) == 1


def test_the_same_model_elsewhere_is_asked_where_the_first_has_no_answer() -> None:
    first, second = model(ProviderError("gone")), model(RIGHT)
    second.kind = "embedded"
    generation = climb(router=OneGone(first, second))
    assert generation.best is not None
    assert generation.best.table.type == "embedded"


def test_the_same_model_elsewhere_draws_samples_where_the_first_is_gone() -> None:
    first, second = GoneAfterItsDraft("small", [fenced(RIGHT)]), model(RIGHT)
    router = ByPlace(first, second)
    first.router = router
    generation = climb(router=router, candidates=2)
    assert second.drawn == [1]
    assert len(generation.passed) == 2


def test_the_same_model_elsewhere_is_asked_where_the_first_broke_off() -> None:
    short = replace(cut(fenced(RIGHT)), tokens=Tokens(1, 0, 700))
    first, second = FakeProvider("small", [short]), model(RIGHT, RIGHT)
    generation = climb(first, second, candidates=2)
    assert len(first.asked) == 1
    assert len(generation.passed) == 2


def test_the_same_model_elsewhere_is_not_asked_for_what_was_cut_at_its_limit() -> None:
    first, second = FakeProvider("small", [cut("x"), fenced(RIGHT), fenced(RIGHT)]), model(ZERO)
    generation = climb(first, second, candidates=3)
    assert second.asked == []
    assert len(generation.attempts) == 3


def test_a_model_with_more_room_is_asked_where_its_answer_was_cut() -> None:
    first, second = FakeProvider("small", [cut("x")]), model(RIGHT, RIGHT)
    second.sampling = replace(second.sampling, max_tokens=first.sampling.max_tokens * 2)
    assert climb(first, second, candidates=2).passed
    assert len(second.asked) == 2


def test_a_smaller_model_draws_no_samples_while_the_biggest_answers_elsewhere() -> None:
    small, big = model(ZERO), GoneAfterItsDraft("big", [fenced(ZERO)])
    again = model(RIGHT, RIGHT, name="big")
    again.kind = "embedded"
    big.router = router = WithoutTheSecond(small, big, again)
    generation = climb(router=router, candidates=4)
    assert again.drawn == [2]
    assert len(generation.passed) == 2


class WithoutTheSecond(FakeRouter):
    """Of three providers the one in the middle goes."""

    def order(self, rung: int) -> Iterator[FakeProvider]:
        first, second, third = self.providers
        return iter([first, third] if self.gone else [first, second, third])


class ByPlace(FakeRouter):
    """Knows providers of one model apart."""

    def order(self, rung: int) -> Iterator[FakeProvider]:
        first, second = self.providers
        return iter([second] if self.gone else [first, second])


class OneGone(FakeRouter):
    """Both providers have one model."""

    def failed(self, provider: FakeProvider, error: ProviderError) -> None:
        self.errors.append((provider.model, str(error)))


def test_the_next_biggest_draws_samples_where_the_biggest_is_gone() -> None:
    small, big = model(ZERO, RIGHT, RIGHT), GoneAfterItsDraft("big", [fenced(ZERO)])
    router = FakeRouter(small, big)
    big.router = router
    generation = climb(router=router, candidates=4)
    assert small.drawn == [2]
    assert generation.behaviour is not None
    assert generation.behaviour.settled


class GoneAfterItsDraft(FakeProvider):
    """Another spec finds that its server is gone, between its draft and its samples."""

    router: FakeRouter

    def complete(
        self, prompt: prompt.Prompt, sampling: Sampling, on_tokens: OnTokens | None = None
    ) -> Completion:
        answer = super().complete(prompt, sampling, on_tokens)
        self.router.gone.add(self.model)
        return answer


def test_who_failed_while_a_climb_waited_is_not_asked() -> None:
    small, big = model(ZERO, RIGHT, RIGHT), model(RIGHT, name="big")
    router = FakeRouter(small, big)
    steps = steps_of(router, candidates=2)
    next(steps)
    next(steps)
    router.failed(big, ProviderError("gone"))
    finished(steps)
    assert big.asked == []


def test_answers_with_code_are_kept_and_judged_again_without_asking() -> None:
    responses, judge = FakeResponses(), FakeJudge()
    first = climb(model(ZERO, SQUARE, RIGHT), responses=responses)
    silent, kept = model(), dict(responses)
    responses.put = None  # type: ignore[method-assign,assignment]  # nothing new to keep
    again = climb(silent, responses=responses, judge=judge)
    assert responses == kept
    assert again.best == first.best
    assert silent.asked == []
    assert [attempt.asked for attempt in again.attempts] == [False] * 3
    assert [attempt.seconds for attempt in again.attempts] == [0.0] * 3
    assert len(judge.codes) == 3


def test_a_kept_answer_of_twice_the_room_is_found_without_asking() -> None:
    responses = FakeResponses()
    climb(FakeProvider("small", [cut("x"), fenced(RIGHT)]), responses=responses)
    silent = model()
    assert climb(silent, responses=responses).passed
    assert silent.asked == []


def test_a_kept_answer_that_was_cut_is_not_trusted() -> None:
    responses = FakeResponses()
    climb(model(RIGHT), responses=responses)
    responses.update({key: cut(kept.text) for key, kept in responses.items()})
    small = model(RIGHT)
    assert climb(small, rounds=1, responses=responses).passed
    assert len(small.asked) == 1


def test_answers_without_code_are_kept_and_not_asked_for_again() -> None:
    responses = FakeResponses()
    climb(FakeProvider("small", ["No."] * 3), rounds=1, responses=responses, candidates=3)
    silent = model()
    again = climb(silent, rounds=1, responses=responses, candidates=3)
    assert [each.problem for each in again.attempts] == ["the answer held no code"] * 3
    assert silent.asked == []


def test_empty_answers_are_not_kept() -> None:
    responses = FakeResponses()
    climb(FakeProvider("small", [" \n"]), rounds=1, responses=responses)
    assert not responses


def test_a_provider_that_fails_gives_way_to_the_next() -> None:
    router = FakeRouter(model(ProviderError("gone")), model(RIGHT, name="big"))
    generation = climb(router=router)
    assert router.errors == [("small", "gone")]
    assert generation.passed
    assert generation.best.model == "big"
    assert generation.best.round == 1


def test_nobody_left_is_an_error() -> None:
    with pytest.raises(ProviderError, match="nobody answers: small gone, big off"):
        climb(model(ProviderError("gone")), model(ProviderError("off"), name="big"))


def test_a_longer_answer_that_never_came_leaves_the_one_that_was_cut() -> None:
    generation = climb(FakeProvider("small", [cut("x"), ProviderError("too late")]))
    assert [each.problem for each in generation.attempts] == ["the answer was cut at 1200 tokens"]
    assert generation.best is None


def test_samples_wait_for_the_turn_of_who_draws_them() -> None:
    small, big = model(ZERO, RIGHT, RIGHT, RIGHT), model(ProviderError("gone"), name="big")
    assert [each.model for each in steps_of(FakeRouter(small, big), candidates=3)] == [
        "small",
        "big",
        "small",
    ]


def test_a_prompt_too_long_for_a_repair_ends_the_climb() -> None:
    router = FakeRouter(model(SQUARE, ContextError("too long"), RIGHT))
    assert not climb(router=router, rounds=5).passed
    assert router.errors == [("small", "too long")]


def test_progress_is_told_in_order() -> None:
    events: list[Event] = []
    climb(model(ZERO, RIGHT), events=events)
    assert [type(event) for event in events] == [Drafting, Arriving, Judged] * 2
    assert [event.step for event in events if isinstance(event, Drafting)] == ["draft", "repair"]
    judged = events[-1]
    assert isinstance(judged, Judged)
    assert (judged.name, judged.target, judged.model, judged.tokens) == ("double", "py", "small", 7)
    assert judged.step == "repair"


def test_whether_others_are_under_way_is_told() -> None:
    events: list[Event] = []
    climb(model(ZERO, ZERO, RIGHT, RIGHT, RIGHT), candidates=6, events=events)
    # The draft; the two that are lacking; the first of the rest, which ends it.
    assert [each.more for each in events if isinstance(each, Judged)] == [False, True, False, False]


def test_nobody_is_said_to_be_asked_for_what_the_cache_holds() -> None:
    responses = FakeResponses()
    climb(model(RIGHT), responses=responses)
    events: list[Event] = []
    climb(model(), responses=responses, events=events)
    assert [type(event) for event in events] == [Judged]
