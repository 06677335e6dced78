"""What is Ollama's own: context, stops, thinking, digest."""

from __future__ import annotations

import time

import pytest
from ollama_server import DIGEST, ollama_server

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import UNKNOWN, ContextError, Message, Sampling
from hatch_intent.providers.ollama import Ollama
from hatch_intent.providers.transport import StatusError
from hatch_intent.settings import ProviderSettings

PROMPT = (Message("system", "You write code."), Message("user", "add two numbers"))
MODEL = "qwen2.5-coder:7b"


@pytest.fixture
def server():
    with ollama_server() as running:
        yield running


@pytest.fixture
def provider(server):
    def make(model=MODEL, *, timeout=20.0, **options):
        pin = options.pop("pin", False)
        settings = ProviderSettings("ollama", model, server.url, options, pin=pin)
        return Ollama(settings, seed=3, timeout=timeout)

    return make


def chat_body(server):
    return server.bodies("/api/chat")[-1]


def test_an_answer(provider):
    asked, seen = provider(), []
    completion = asked.complete(PROMPT, asked.sampling, seen.append)
    assert "return a + b" in completion.text
    assert (completion.finish_reason, completion.model) == ("stop", MODEL)
    assert completion.model_digest == DIGEST
    assert completion.tokens.prompt > 0
    assert seen == list(range(1, completion.tokens.completion + 1))


def test_the_request_leaves_nothing_to_the_servers_defaults(provider, server):
    asked = provider()
    asked.complete(PROMPT, asked.sampling)
    assert chat_body(server) == {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You write code."},
            {"role": "user", "content": "add two numbers"},
        ],
        "stream": True,
        "think": False,
        "truncate": False,
        "shift": False,
        "options": {"num_ctx": 8192, "num_predict": 1200, "temperature": 0.0, "seed": 3},
    }


def test_options_of_the_settings_go_where_they_count(provider, server):
    asked = provider(num_ctx=4096, top_p=0.9, top_k=5, temperature=0.2, keep_alive="10m")
    asked.complete(PROMPT, Sampling(temperature=0.7, seed=8, max_tokens=9))
    body = chat_body(server)
    assert body["options"] == {
        "top_k": 5,
        "num_ctx": 4096,
        "num_predict": 9,
        "temperature": 0.7,
        "seed": 8,
    }
    assert body["keep_alive"] == "10m"


def test_options_of_ollamas_own_make_other_answers(provider):
    plain = provider().sampling
    others = [{"top_k": 1}, {"top_k": 40}, {"repeat_penalty": 1.3}, {"mirostat": 2, "top_k": 1}]
    drawn = [provider(**each).sampling for each in others]
    assert len({plain, *drawn}) == 5
    assert provider(top_k=1, mirostat=2).sampling == drawn[-1]
    # These say what there is room for, and how long the model stays.
    assert provider(num_ctx=4096, keep_alive="10m").sampling == plain


def test_a_fence_as_stop_leaves_the_code_and_keeps_the_models_own_stops(provider, server):
    asked = provider(stop="```")
    completion = asked.complete(PROMPT, asked.sampling)
    assert completion.text == "```python\ndef add(a, b):\n    return a + b"
    assert chat_body(server)["options"]["stop"] == ["\n```\n", "<|endoftext|>", "<|im_end|>"]
    asked.complete(PROMPT, asked.sampling)
    assert len(server.bodies("/api/show")) == 1


def test_no_stop_means_no_word_about_it(provider, server):
    asked = provider()
    asked.complete(PROMPT, asked.sampling)
    assert "stop" not in chat_body(server)["options"]
    assert server.bodies("/api/show") == []


def test_a_cut_answer_says_so(provider):
    asked = provider(num_predict=3)
    assert asked.complete(PROMPT, asked.sampling).finish_reason == "length"


def test_an_empty_answer_is_an_answer(provider, server):
    server.text = ""
    asked = provider()
    assert asked.complete(PROMPT, asked.sampling).text == ""


def test_thoughts_are_turned_off_and_stripped_all_the_same(provider, server):
    server.thinks = True
    asked = provider()
    assert asked.complete(PROMPT, asked.sampling).text.startswith("```python")
    server.text = "<think>I wonder</think>\ncode"
    assert asked.complete(PROMPT, asked.sampling).text == "code"


def test_a_prompt_too_long_is_refused(provider):
    asked = provider(num_ctx=1024)
    with pytest.raises(ContextError, match="context length") as caught:
        asked.complete((Message("user", "word " * 4000),), asked.sampling)
    assert "num_ctx" in caught.value.remedy


@pytest.mark.parametrize("words", [1200, 4000, 20000])
def test_an_old_server_that_cuts_the_prompt_in_silence_is_found_out(provider, server, words):
    server.faults.append("truncates")
    asked = provider(num_ctx=1024)
    with pytest.raises(ContextError, match="was cut to 512 tokens"):
        asked.complete((Message("user", "word " * words),), asked.sampling)


def test_a_prompt_that_just_fits_is_no_false_alarm(provider):
    asked = provider(num_ctx=1024)
    asked.complete((Message("user", "word " * 800),), asked.sampling)


@pytest.mark.parametrize("words", [400, 1000, 1400])
def test_a_server_that_counts_only_what_it_had_not_read_before_is_believed(provider, server, words):
    server.faults.append("counts_new")
    asked = provider(num_ctx=2048)
    completion = asked.complete((Message("user", "word " * words),), asked.sampling)
    assert completion.tokens.prompt == 1


def test_a_missing_model_names_the_command(provider, server):
    asked = provider("nope")
    with pytest.raises(ProviderError, match="ollama: no model nope") as caught:
        asked.complete(PROMPT, asked.sampling)
    assert caught.value.remedy == "ollama pull nope"
    assert len(server.bodies("/api/chat")) == 1
    assert asked.health().remedy == "ollama pull nope"


def test_latest_is_the_tag_of_a_name_without_one(provider):
    asked = provider("tiny")
    assert asked.complete(PROMPT, asked.sampling).model_digest == "ab" * 32


def test_a_stream_without_its_last_line_is_no_answer(provider, server, no_pauses):
    server.faults.extend(["no_done"] * 3)
    asked = provider()
    with pytest.raises(ProviderError, match="broke off"):
        asked.complete(PROMPT, asked.sampling)


def test_half_a_surrogate_pair_becomes_text_that_files_can_hold(provider, server):
    server.faults.append("half_surrogate")
    asked = provider()
    asked.complete(PROMPT, asked.sampling).text.encode()


def test_an_answer_waits_a_second_at_most_for_its_digest(provider, monkeypatch):
    waits = []

    def find_digest(_server, _model, deadline):
        waits.append(deadline - time.monotonic())
        raise ProviderError("it hangs")

    monkeypatch.setattr("hatch_intent.providers.ollama.find_digest", find_digest)
    asked = provider(timeout=300.0)
    assert "return a + b" in asked.complete(PROMPT, asked.sampling).text
    assert max(waits) <= 1.0


def test_health(provider, server):
    health = provider().health()
    assert (health.ok, health.version, health.model_digest) == (True, "0.12.3", DIGEST)
    server.leave()


def test_the_digest_is_pinned_on_request_only(provider):
    assert provider().pinned == ""
    assert provider(pin=True).pinned == DIGEST
    assert provider("nope", pin=True).pinned == UNKNOWN


def test_where_the_pinned_digest_cannot_be_found_nothing_is_asked(provider, server, monkeypatch):
    missing = provider("nope", pin=True)
    with pytest.raises(ProviderError, match="doesn't say which weights") as caught:
        missing.complete(PROMPT, missing.sampling)
    assert caught.value.remedy == "ollama pull nope"

    def find_digest(*_):
        raise StatusError("ollama: HTTP 403", status=403, reason="", error_type="")

    monkeypatch.setattr("hatch_intent.providers.ollama.find_digest", find_digest)
    asked = provider(pin=True)
    with pytest.raises(ProviderError, match="doesn't say which weights"):
        asked.complete(PROMPT, asked.sampling)
    assert server.bodies("/api/chat") == []


def test_the_versioned_address_is_the_same_server(server):
    settings = ProviderSettings("ollama", MODEL, server.url + "/v1")
    assert Ollama(settings, seed=1, timeout=5).address == server.url
