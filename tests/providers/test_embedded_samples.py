"""Samples of the embedded engine: one reading of the prompt, given up when nobody wants more."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError, Message, Tokens
from hatch_intent.providers.embedded import Embedded
from hatch_intent.settings import ProviderSettings

FAKE = Path(__file__).parents[1] / "servers" / "fake_engine"
PROMPT = (Message("system", "You write code."), Message("user", "ping"))
ENDLESS = {"text": "word " * 2000, "pause": 0.01}


@pytest.fixture
def provider(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(FAKE))
    made = []

    def make(do, *, timeout=20.0, concurrency=1, **options):
        weights = tmp_path / f"w{len(made)}.gguf"
        weights.write_text(json.dumps(do), "utf-8")
        settings = ProviderSettings(
            "embedded", str(weights), options=options, concurrency=concurrency
        )
        made.append(Embedded(settings, seed=5, timeout=timeout))
        return made[-1]

    yield make
    for one in made:
        one.close()


def log(provider) -> list[list[object]]:
    """What the engine did: answered or cancelled, first seed, number of choices."""
    path = Path(provider.address).with_suffix(".log")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def starts(provider) -> int:
    return len(Path(provider.address).with_suffix(".starts").read_text().split())


def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it never came to that")


def test_samples_come_from_one_request_each_with_its_seed_and_its_own_count(provider):
    asked, seen = provider({"text": "draw SEED"}), []
    came = list(asked.samples(PROMPT, asked.sampling, 3, seen.append))
    # The engine reads the prompt once; the fake one tells the last choice first.
    assert [(each.seed, each.text, each.tokens) for each in came] == [
        (7, "draw 7 ", Tokens(7, 7, 4)),
        (6, "draw 6 ", Tokens(7, 7, 3)),
        (5, "draw 5 ", Tokens(7, 3, 2)),
    ]
    assert log(asked) == [["answered", 5, 3]]
    assert seen == [1, 2, 3, 4, 5, 6]


def test_answers_are_told_while_nobody_takes_them(provider):
    asked, told = provider({"text": "draw SEED"}), []
    with closing(asked.samples(PROMPT, asked.sampling, 3, None, told.append)) as drawn:
        first = next(drawn)
        until(lambda: len(told) == 3)
        assert [each.text for each in told] == ["draw 7 ", "draw 6 ", "draw 5 "]
        assert (told[0].seed, told[0].tokens) == (first.seed, first.tokens)


def test_more_than_there_are_places_for_come_in_turns_under_seeds_that_go_on(provider):
    asked, seen = provider({"text": "SEED"}), []
    came = list(asked.samples(PROMPT, asked.sampling, 6, seen.append))
    assert sorted(each.seed for each in came) == [5, 6, 7, 8, 9, 10]
    assert all(each.text == f"{each.seed} " for each in came)
    assert log(asked) == [["answered", 5, 4], ["answered", 9, 2]]
    assert seen == sorted(seen), "the count of tokens went back"


def test_those_that_are_there_are_left_out(provider):
    asked = provider({"text": "SEED"})
    came = list(asked.samples(PROMPT, asked.sampling, 4, skip=[6]))
    assert [each.seed for each in came] == [5, 8, 7]
    assert log(asked) == [["answered", 5, 1], ["answered", 7, 2]]


def test_a_small_context_holds_fewer_at_once(provider):
    asked = provider({}, num_ctx=1024, num_predict=400)
    list(asked.samples(PROMPT, asked.sampling, 3))
    assert log(asked) == [["answered", 5, 2], ["answered", 7, 1]]
    narrow = provider({}, num_ctx=512, num_predict=400)
    list(narrow.samples(PROMPT, narrow.sampling, 2))
    assert log(narrow) == [["answered", 5, 1], ["answered", 6, 1]]


def test_nothing_is_asked_before_somebody_wants_the_first(provider):
    asked = provider({})
    asked.samples(PROMPT, asked.sampling, 3).close()
    assert log(asked) == []


def test_closing_gives_up_what_is_under_way_and_the_engine_stays(provider):
    asked = provider({"texts": {"5": "short"}, **ENDLESS})
    with closing(asked.samples(PROMPT, asked.sampling, 3)) as drawn:
        assert next(drawn).seed == 5
    until(lambda: log(asked) == [["cancelled", 5, 3]])
    assert starts(asked) == 1
    with closing(asked.samples(PROMPT, asked.sampling, 2)) as drawn:
        assert next(drawn).text == "short "
    assert starts(asked) == 1


def test_runs_that_nobody_wants_any_more_are_not_begun(provider):
    asked = provider({})
    with closing(asked.samples(PROMPT, asked.sampling, 8)) as drawn:
        for _ in range(4):
            next(drawn)
    assert log(asked) == [["answered", 5, 4]]


def test_who_is_next_need_not_wait_until_the_last_answer_has_been_looked_at(provider):
    asked = provider({}, timeout=5.0)
    with closing(asked.samples(PROMPT, asked.sampling, 2)) as drawn:
        next(drawn)
        next(drawn)  # the generator has not ended yet
        other = threading.Thread(target=asked.complete, args=(PROMPT, asked.sampling))
        other.start()
        other.join(5)
        assert not other.is_alive()


def test_as_many_prompts_at_once_as_the_settings_allow(provider):
    asked = provider({"texts": {"5": "short"}, **ENDLESS}, concurrency=2)
    with (
        closing(asked.samples(PROMPT, asked.sampling, 2)) as one,
        closing(asked.samples(PROMPT, asked.sampling, 2)) as other,
    ):
        assert next(one).text == next(other).text == "short "
    until(lambda: len(log(asked)) == 2)
    assert starts(asked) == 1


def test_a_crash_amid_samples_leaves_what_came_and_the_next_call_starts_again(provider):
    asked = provider({"text": "SEED", "crash_after": 1})
    came = []
    with pytest.raises(ProviderError, match="crashed"):
        came.extend(asked.samples(PROMPT, asked.sampling, 3))
    assert len(came) == 0 or came[0].seed == 7
    assert asked.complete(PROMPT, asked.sampling).text == "5 "
    assert starts(asked) == 2


def test_a_crash_under_two_callers_is_told_to_both(provider):
    asked = provider({"crash": "once", "stall": 0.2}, concurrency=2)
    errors = []

    def ask() -> None:
        try:
            asked.complete(PROMPT, asked.sampling)
        except ProviderError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert 1 <= len(errors) <= 2, "one may have come after the second start"
    assert asked.complete(PROMPT, asked.sampling).text == "pong "


def test_samples_that_hang_end_in_time_with_the_child(provider):
    asked = provider({"stall": 60}, timeout=0.25)
    with pytest.raises(ProviderError, match="no whole answer in the time allowed"):
        list(asked.samples(PROMPT, asked.sampling, 2))


def test_a_call_that_hangs_does_not_end_the_others(provider):
    asked = provider({"texts": {"5": "short"}, **ENDLESS}, concurrency=2)
    hanging = Embedded(
        ProviderSettings("embedded", asked.model, concurrency=2), seed=9, timeout=0.5
    )
    with closing(asked.samples(PROMPT, asked.sampling, 2)) as drawn:
        next(drawn)
        with pytest.raises(ProviderError, match="time allowed"):
            hanging.complete(PROMPT, hanging.sampling)
        assert starts(asked) == 1
    hanging.close()
    until(lambda: ["cancelled", 9, 1] in log(asked))


def test_a_prompt_too_long_for_samples_says_so_and_keeps_the_child(provider):
    asked = provider({"overflow": True})
    for _ in range(2):
        with pytest.raises(ContextError, match="too many tokens"):
            list(asked.samples(PROMPT, asked.sampling, 3))
    assert starts(asked) == 1


def test_a_cut_sample_says_so(provider):
    asked = provider({"reason": "length"})
    came = list(asked.samples(PROMPT, replace(asked.sampling, max_tokens=9), 2))
    assert [each.finish_reason for each in came] == ["length", "length"]


def test_samples_that_break_off_are_an_error(provider):
    asked = provider({"reason": None})
    with pytest.raises(ProviderError, match="broke off"):
        list(asked.samples(PROMPT, asked.sampling, 2))
