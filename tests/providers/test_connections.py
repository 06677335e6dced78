"""Connections are used again, each by one exchange at a time, and never after it was cut."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ollama_server import ollama_server
from openai_server import openai_server

from hatch_intent.providers.base import Message
from hatch_intent.providers.ollama import Ollama
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.settings import ProviderSettings

PROMPT = (Message("user", "add two numbers"),)


@pytest.fixture(params=["ollama", "openai-compat"])
def kind(request):
    return request.param


@pytest.fixture
def server(kind):
    with ollama_server() if kind == "ollama" else openai_server() as running:
        running.accepted = []
        plain = running.get_request

        def counted():
            pair = plain()
            running.accepted.append(pair[1])
            return pair

        running.get_request = counted
        yield running


@pytest.fixture
def provider(kind, server):
    def make(timeout=20.0, **more):
        if kind == "ollama":
            settings = ProviderSettings("ollama", "tiny", base_url=server.url, **more)
            return Ollama(settings, seed=1, timeout=timeout)
        settings = ProviderSettings("openai-compat", "coder", base_url=server.url, **more)
        return OpenAICompat(settings, seed=1, timeout=timeout)

    return make


def ask(provider):
    return provider.complete(PROMPT, provider.sampling)


def test_one_connection_carries_one_request_after_the_other(provider, server):
    asked = provider()
    for _ in range(5):
        ask(asked)
    assert len(server.accepted) == 1


def test_no_more_connections_than_requests_at_once(provider, server):
    asked = provider(concurrency=3)
    with ThreadPoolExecutor(12) as pool:
        assert len(list(pool.map(lambda _: ask(asked), range(24)))) == 24
    assert len(server.accepted) <= 3


@pytest.mark.parametrize("fault", ["nothing", "mid_cut", "flood", "redirect"])
def test_after_a_fault_there_is_a_good_connection_again(provider, server, no_pauses, fault):
    asked = provider()
    ask(asked)
    server.faults.append(fault)
    assert "return a + b" in ask(asked).text
    assert "return a + b" in ask(asked).text


def test_one_that_was_cut_off_is_not_used_again(provider, server):
    asked = provider(timeout=0.6)
    ask(asked)
    server.faults.append("slow_body")
    assert "return a + b" in ask(asked).text  # the second try, by another connection
    assert len(server.accepted) == 2


def test_closing_closes_them_and_asking_again_is_fine(provider, server):
    asked = provider()
    ask(asked)
    asked.close()
    ask(asked)
    assert len(server.accepted) == 2


def test_a_provider_that_is_dropped_leaves_no_socket(provider):
    asked = provider()
    ask(asked)
    del asked
    gc.collect()  # an unclosed socket warns here, and warnings are errors


def test_one_thread_watches_all_exchanges(provider, server):
    asked = provider(concurrency=8)
    most, handler = [0], server.RequestHandlerClass
    original, before = handler.chat, set(threading.enumerate())

    def counted(self, body, fault):
        names = [each.name for each in set(threading.enumerate()) - before]
        most[0] = max(most[0], sum("_run" in name for name in names))
        time.sleep(0.05)
        original(self, body, fault)

    handler.chat = counted
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: ask(asked), range(16)))
    finally:
        handler.chat = original
    assert most[0] <= 1
