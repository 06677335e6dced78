"""Samples of servers: in one request where the server is known to take it, else side by side."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
from ollama_server import ollama_server
from openai_server import openai_server

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError, Message, Tokens
from hatch_intent.providers.ollama import Ollama
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.settings import ProviderSettings

PROMPT = (Message("user", "add two numbers"),)
PATH = "/v1/chat/completions"
FOUR = {"/props": {"total_slots": 4, "build_info": "b1"}}


def connect(server, *, concurrency=1, timeout=20.0):
    settings = ProviderSettings("openai-compat", "coder", server.url, concurrency=concurrency)
    return OpenAICompat(settings, seed=3, timeout=timeout)


def ollama(server, *, concurrency=1):
    settings = ProviderSettings("ollama", "tiny", server.url, concurrency=concurrency)
    return Ollama(settings, seed=3, timeout=20.0)


def draw(provider, count, *more):
    return list(provider.samples(PROMPT, provider.sampling, count, *more))


def shapes(server):
    return [(body["seed"], body.get("n", 1)) for body in server.bodies(PATH)]


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it never came to that")


def test_llama_cpp_draws_them_in_one_request_each_with_its_own_count():
    seen = []
    with openai_server(text="draw SEED", pages=FOUR) as server:
        came = draw(connect(server), 3, seen.append)
        assert [(each.seed, each.text) for each in came] == [
            (5, "draw 5"),
            (4, "draw 4"),
            (3, "draw 3"),
        ]
        # One reading of the prompt: all but the first had it whole.
        assert [each.tokens for each in came] == [Tokens(7, 7, 2), Tokens(7, 7, 2), Tokens(7, 3, 2)]
        assert shapes(server) == [(3, 3)]
    assert seen == sorted(seen)
    assert seen[-1] >= 6


def test_no_more_in_one_request_than_the_server_has_places():
    with openai_server(text="SEED", pages={"/props": {"total_slots": 2}}) as server:
        assert sorted(each.text for each in draw(connect(server), 5)) == ["3", "4", "5", "6", "7"]
        assert shapes(server) == [(3, 2), (5, 2), (7, 1)]


def test_those_that_are_there_are_left_out():
    with openai_server("gateway", text="SEED") as server:
        asked = connect(server, concurrency=4)
        came = list(asked.samples(PROMPT, asked.sampling, 5, skip=(4, 6)))
        assert sorted(each.seed for each in came) == [3, 5, 7]
        assert sorted(shapes(server)) == [(3, 1), (5, 1), (7, 1)]
    with openai_server(text="SEED", pages=FOUR) as server:
        asked = connect(server)
        assert len(list(asked.samples(PROMPT, asked.sampling, 6, skip=[5]))) == 5
        assert sorted(shapes(server)) == [(3, 2), (6, 3)]


@pytest.mark.parametrize("software", ["vLLM", "LM Studio", "Ollama", "gateway"])
def test_others_get_a_request_for_each(software):
    with openai_server(software, text="SEED") as server:
        came = draw(connect(server, concurrency=4), 3)
        assert sorted((each.seed, each.text) for each in came) == [(3, "3"), (4, "4"), (5, "5")]
        assert sorted(shapes(server)) == [(3, 1), (4, 1), (5, 1)]


def test_one_at_a_time_is_asked_for_when_it_is_wanted():
    with openai_server("gateway", text="SEED") as server:
        with closing(connect(server).samples(PROMPT, connect(server).sampling, 5)) as drawn:
            assert [next(drawn).text, next(drawn).text] == ["3", "4"]
        assert shapes(server) == [(3, 1), (4, 1)]


def test_answers_are_told_while_nobody_takes_them():
    with openai_server(text="SEED", pages=FOUR) as server, ollama_server(text="SEED") as other:
        for asked in (connect(server), ollama(other, concurrency=3)):
            told = []
            drawing = asked.samples(PROMPT, asked.sampling, 3, None, told.append)
            with closing(drawing) as drawn:
                next(drawn)
                until(lambda told=told: len(told) == 3)
                assert sorted(each.seed for each in told) == [3, 4, 5]


def test_an_answer_that_is_asked_for_alone_is_told_too():
    told = []
    with ollama_server(text="SEED") as server:
        draw(ollama(server), 2, None, told.append)
    assert [each.seed for each in told] == [3, 4]


def test_a_server_that_takes_no_n_gets_a_request_for_each():
    with openai_server(text="SEED", pages=FOUR, takes_n=False) as server:
        asked = connect(server)
        assert [each.text for each in draw(asked, 2)] == ["3", "4"]
        assert [each.text for each in draw(asked, 1)] == ["3"]
        assert shapes(server)[0] == (3, 2)
        assert {n for _, n in shapes(server)[1:]} == {1}, "it was asked again for several"


def test_what_came_before_a_break_is_kept_and_only_the_rest_asked_for_again(no_pauses):
    with openai_server(text="SEED", pages=FOUR, breaks=True) as server:
        came = draw(connect(server), 3)
        assert sorted(each.text for each in came) == ["3", "4", "5"]
        assert shapes(server) == [(3, 3), (3, 1)]


def test_a_prompt_too_long_is_told():
    with (
        openai_server(pages=FOUR, context=1) as server,
        pytest.raises(ContextError, match="exceeds the available context"),
    ):
        draw(connect(server), 3)


def test_closing_hangs_up_on_what_is_under_way():
    with openai_server("gateway", text="SEED") as server:
        server.faults.extend(["", *["slow_body"] * 3])  # no turn is free until all is closed
        asked = connect(server, concurrency=3)
        with closing(asked.samples(PROMPT, asked.sampling, 6)) as drawn:
            next(drawn)
            until(lambda: not server.faults)
        until(lambda: server.hung_up >= 3)
        assert asked.complete(PROMPT, asked.sampling).text == "3", "no turn was given back"
        # One of them may have been cut before its body was sent.
        assert len(server.bodies(PATH)) <= 5, "more was asked for after the end"


def test_ollama_answers_several_at_once_as_the_settings_allow_and_stops():
    with ollama_server(text="SEED") as server:
        server.faults.extend(["", "slow_body"])
        asked = ollama(server, concurrency=2)
        with closing(asked.samples(PROMPT, asked.sampling, 2)) as drawn:
            assert next(drawn).seed in (3, 4)
            until(lambda: not server.faults)
        until(lambda: server.hung_up == 1)
        seeds = [body["options"]["seed"] for body in server.bodies("/api/chat")]
        assert sorted(seeds) == [3, 4]


def test_an_error_comes_behind_what_was_in_flight_and_ends_the_asking(no_pauses):
    with openai_server("gateway", text="SEED") as server:
        asked = connect(server, concurrency=2)
        server.faults.extend(["", "unauthorised"])
        came = []
        with pytest.raises(ProviderError, match="401"):
            came.extend(asked.samples(PROMPT, asked.sampling, 2))
        assert len(server.bodies(PATH)) == 2
        came = draw(asked, 2)
        assert len(came) == 2


def test_one_climb_may_draw_while_another_waits_for_its_turn():
    with openai_server("gateway", text="SEED") as server:
        asked = connect(server, concurrency=2)
        texts = []
        threads = [
            threading.Thread(target=lambda: texts.extend(e.text for e in draw(asked, 4)))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(texts) == sorted(3 * ["3", "4", "5", "6"])
