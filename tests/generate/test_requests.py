from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeProvider, FakeResponses

from hatch_intent.cache import DiskCache, Keeper
from hatch_intent.generate.requests import Answer, KeptAnswers, Request, Telling, samples
from hatch_intent.providers.base import (
    Completion,
    Message,
    OnAnswer,
    OnTokens,
    Prompt,
    Sampling,
    Tokens,
)

REQUEST = Request("m", "", (Message("system", "s"), Message("user", "Ünï \ud800")), Sampling())


def test_the_key_is_known_so_that_kept_answers_stay_found() -> None:
    assert REQUEST.key == "9a2f238afa0c3d8619943d10d42971395688c670b62f3a9bb8a6a4cfee35b296"


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, model="n"),
        replace(REQUEST, pinned="0" * 64),
        replace(REQUEST, prompt=REQUEST.prompt[:1]),
        replace(REQUEST, prompt=(Message("user", "s"), REQUEST.prompt[1])),
        replace(REQUEST, sampling=Sampling(temperature=0.1)),
        replace(REQUEST, sampling=Sampling(seed=2)),
        replace(REQUEST, sampling=Sampling(stop=("x",))),
        replace(REQUEST, sampling=Sampling(further='{"top_k": 1}')),
        REQUEST.with_room(),
    ],
)
def test_whatever_changes_the_answer_changes_the_key(other: Request) -> None:
    assert other.key != REQUEST.key


@pytest.mark.parametrize(
    ("tokens", "broken_off"),
    [
        (Tokens(7, 0, 700), True),
        (Tokens(7, 0, 1200), False),
        (Tokens(completion=700, counted=False), False),  # pieces of several tokens each
    ],
)
def test_an_answer_broke_off_where_the_server_counted_fewer_tokens_than_the_limit(
    tokens: Tokens, broken_off: bool
) -> None:
    completion = Completion("x", "length", "m", "", tokens)
    assert Answer(REQUEST, completion, asked=True, seconds=1.0).broken_off == broken_off


@pytest.mark.parametrize(
    "change",
    [
        {"logprobs": []},
        {"tokens": {"prompt": 1, "audio": 2}},
        {"tokens": None},
        {"text": 5},
        {"tokens": {"prompt": "1"}},
        {"finish_reason": "tired"},
    ],
)
def test_an_answer_kept_in_another_form_is_asked_for_again(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    kept = KeptAnswers(tmp_path, Keeper(print), read=True)
    completion = Completion("x", "stop", "m", "", Tokens(1, 0, 2))
    kept.put(REQUEST.key, completion)
    assert kept.get(REQUEST.key) == completion
    cache = DiskCache(tmp_path, "responses")
    cache.put(REQUEST.key, {**asdict(completion), **change})
    assert kept.get(REQUEST.key) is None
    cache.put(REQUEST.key, {"text": "x"})
    assert kept.get(REQUEST.key) is None


SILENT = Telling(lambda: None, lambda tokens, seconds: None)


class Backwards(FakeProvider):
    """The sample with the last seed is done first."""

    def samples(
        self,
        prompt: Prompt,
        sampling: Sampling,
        count: int,
        on_tokens: OnTokens | None = None,
        on_answer: OnAnswer | None = None,
        skip: Collection[int] = (),
    ) -> Iterator[Completion]:
        drawn = list(super().samples(prompt, sampling, count, on_tokens, None, skip))
        for answer in reversed(drawn):
            if on_answer:
                on_answer(answer)
            yield answer


def drawn(provider: FakeProvider, responses: FakeResponses, upto: int) -> list[Answer]:
    came = []
    for answer in samples(REQUEST, 5, provider, responses, SILENT, lambda answer: True):
        came.append(answer)
        if len(came) == upto:
            break
    return came


def test_samples_are_kept_under_the_seed_that_drew_them_whatever_their_order() -> None:
    provider = Backwards("m", ["a", "b", "c", "d", "e"])
    came = drawn(provider, FakeResponses(), 5)
    assert [(each.request.sampling.seed, each.completion.text) for each in came] == [
        (5, "e"),
        (4, "d"),
        (3, "c"),
        (2, "b"),
        (1, "a"),
    ]


def test_a_resumed_run_asks_for_the_samples_that_are_missing_alone() -> None:
    """Another draw under the seed of one that is kept would bear that out: it is the same."""
    responses = FakeResponses()
    drawn(Backwards("m", list("abcde")), responses, 2)  # of seeds 5 and 4
    middle = REQUEST.with_seed(2)
    responses.put(middle.key, Completion("kept", "stop", "m", "", seed=2))
    again = FakeProvider("m", ["one", "three"])
    came = drawn(again, responses, 5)
    assert [sampling.seed for _, sampling in again.asked] == [1, 3]
    assert sorted(each.request.sampling.seed for each in came) == [1, 2, 3, 4, 5]
    assert [each.completion.text for each in came if each.asked] == ["one", "three"]
    assert [each.left for each in came if each.asked] == [1, 0]
    assert again.drawn == [2], "asked for one after the other"


def test_answers_are_kept_while_an_earlier_one_is_looked_at() -> None:
    """A build may be killed while it judges one of them."""
    responses = FakeResponses()
    provider = AllAtOnce("m", list("abc"))
    for first in samples(REQUEST, 3, provider, responses, SILENT, worth_keeping):
        assert first.completion.text == "a"
        break
    again = FakeProvider("m", ["again"])
    came = list(samples(REQUEST, 3, again, responses, SILENT, worth_keeping))
    assert [each.completion.text for each in came] == ["a", "c", "again"]
    assert [sampling.seed for _, sampling in again.asked] == [2]


def test_what_goes_wrong_where_answers_are_kept_is_raised_where_they_are_waited_for() -> None:
    class Odd(FakeResponses):
        def put(self, key: str, completion: Completion) -> None:
            raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        list(samples(REQUEST, 2, AllAtOnce("m", ["a", "c"]), Odd(), SILENT, worth_keeping))


def test_a_cache_that_can_not_be_written_is_told_of_once_and_loses_no_answer(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    (tmp_path / "file").touch()
    kept = KeptAnswers(tmp_path / "file", Keeper(told.append), read=True)
    came = samples(REQUEST, 2, AllAtOnce("m", ["a", "c"]), kept, SILENT, worth_keeping)
    assert [each.completion.text for each in came] == ["a", "c"]
    assert told == [
        "the cache can't be written (Not a directory); what is made goes to the project alone"
    ]


class AllAtOnce(FakeProvider):
    """All answers have come when the first is handed out."""

    def samples(self, *asked: Any) -> Iterator[Completion]:
        yield from list(super().samples(*asked))


def worth_keeping(answer: Answer) -> bool:
    return answer.completion.text != "b"
