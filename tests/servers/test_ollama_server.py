"""Ollama's official client takes our server for the real thing."""

from __future__ import annotations

import ollama
import pytest
from ollama_server import DIGEST, ollama_server

ASK = [{"role": "user", "content": "add two numbers"}]
MODEL = "qwen2.5-coder:7b"


@pytest.fixture
def client():
    with ollama_server() as server:
        client = ollama.Client(host=server.url, trust_env=False)
        yield client
        client._client.close()


def test_list_and_ps(client):
    (first, _) = client.list().models
    assert (first.model, first.digest, first.details.family) == (MODEL, DIGEST, "qwen2")
    assert client.ps().models[0].digest == DIGEST


def test_show(client):
    shown = client.show(MODEL)
    assert "<|endoftext|>" in shown.parameters
    assert "digest" not in shown.model_dump()


def test_chat_whole_and_streamed(client):
    whole = client.chat(MODEL, ASK)
    assert "return a + b" in whole.message.content
    assert (whole.done, whole.done_reason) == (True, "stop")
    parts = list(client.chat(MODEL, ASK, stream=True))
    assert "".join(part.message.content for part in parts) == whole.message.content
    assert (parts[-1].done_reason, parts[-1].eval_count) == ("stop", len(parts) - 1)


def test_options_count(client):
    cut = client.chat(MODEL, ASK, options={"num_predict": 3})
    assert (cut.done_reason, cut.eval_count) == ("length", 3)
    assert client.chat(MODEL, ASK, options={"stop": ["```"]}).message.content == ""


def test_an_overlong_chat_is_cut_without_a_word(client):
    long = [{"role": "user", "content": "word " * 4000}]
    answer = client.chat(MODEL, long, options={"num_ctx": 1024})
    assert answer.prompt_eval_count == 512


def test_a_missing_model(client):
    for call in (client.show, lambda name: client.chat(name, ASK)):
        with pytest.raises(ollama.ResponseError, match="model 'nope' not found") as caught:
            call("nope")
        assert caught.value.status_code == 404
