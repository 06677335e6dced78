"""`openai-compat` against a real server with a real model: llama.cpp's own, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hatch_intent.providers.base import ContextError, Message
from hatch_intent.providers.catalogue import CATALOGUE, path_of
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.settings import ProviderSettings

NAME = "qwen2.5-coder:0.5b"
SERVER = Path(__file__).parents[1] / "servers" / "real_server.py"
PROMPT = (Message("user", "Write a Python function add(a, b). Only code."),)
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not path_of(NAME), reason=f"hatch-intent model pull {NAME}"),
]


@pytest.fixture(scope="module")
def url():
    pytest.importorskip("xllamacpp")
    command = [sys.executable, str(SERVER), str(path_of(NAME)), "1024"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as server:
        yield server.stdout.readline().decode().strip()
        server.stdin.close()


def connect(url, **options):
    settings = ProviderSettings("openai-compat", NAME, url, options)
    return OpenAICompat(settings, seed=1, timeout=120)


def test_it_answers_and_is_known_by_its_weights(url):
    provider, seen = connect(url + "/v1"), []
    completion = provider.complete(PROMPT, provider.sampling, seen.append)
    assert "def add(a, b)" in completion.text
    assert completion.finish_reason == "stop"
    assert completion.model_digest == CATALOGUE[NAME].sha256
    assert completion.tokens.prompt > 10
    assert completion.tokens.completion > 5
    assert len(seen) > 5
    again = provider.complete(PROMPT, provider.sampling)
    assert again.tokens.cached > 10


def test_a_fence_as_stop_leaves_the_code(url):
    provider = connect(url, stop="```")
    assert "def add(a, b)" in provider.complete(PROMPT, provider.sampling).text


def test_a_stop_of_ones_own_ends_the_answer(url):
    provider = connect(url, stop=["return"])
    completion = provider.complete(PROMPT, provider.sampling)
    assert "def add" in completion.text
    assert "return" not in completion.text


def test_a_cut_answer_says_so(url):
    provider = connect(url, num_predict=4)
    assert provider.complete(PROMPT, provider.sampling).finish_reason == "length"


def test_a_prompt_too_long_is_told(url):
    provider = connect(url)
    with pytest.raises(ContextError, match="exceeds the available context size"):
        provider.complete((Message("user", "word " * 3000),), provider.sampling)
    assert "def add" in provider.complete(PROMPT, provider.sampling).text


def test_health(url):
    health = connect(url).health()
    assert health.ok
    assert health.version.startswith("llama.cpp")
    assert health.model_digest == CATALOGUE[NAME].sha256
