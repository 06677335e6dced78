"""What is the OpenAI dialect's own: the portable body, streams, who serves what."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from openai_server import META, openai_server

from hatch_intent.errors import ProviderError
from hatch_intent.providers import identity
from hatch_intent.providers.base import UNKNOWN, ContextError, Message, Tokens
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.providers.patience import LateError
from hatch_intent.settings import ProviderSettings

PROMPT = (Message("user", "add two numbers"),)
PATH = "/v1/chat/completions"


def connect(server, *, timeout=20.0, model="coder", url="", identity=None, pin=False, **options):
    settings = ProviderSettings(
        "openai-compat", model, url or server.url, options, identity=identity, pin=pin
    )
    return OpenAICompat(settings, seed=3, timeout=timeout)


def ask(provider, *more):
    return provider.complete(PROMPT, provider.sampling, *more)


@pytest.fixture
def server():
    with openai_server() as running:
        yield running


def test_an_answer(server):
    seen = []
    completion = ask(connect(server), seen.append)
    assert "return a + b" in completion.text
    assert (completion.finish_reason, completion.model) == ("stop", "coder")
    assert completion.tokens == Tokens(prompt=7, cached=3, completion=19)
    assert seen == sorted(seen)
    assert seen[-1] >= 19


def test_the_body_is_the_portable_one():
    with openai_server("gateway") as server:
        ask(connect(server, num_predict=50, stop=["```", "END"], top_p=0.5, num_ctx=99999))
        assert server.bodies(PATH) == [
            {
                "model": "coder",
                "messages": [{"role": "user", "content": "add two numbers"}],
                "max_tokens": 50,
                "temperature": 0.0,
                "seed": 3,
                "stream": True,
                "top_p": 0.5,
                "stop": ["\n```\n", "END"],
            }
        ]


def test_without_counts_the_pieces_are_counted():
    with openai_server("gateway") as server:
        tokens = ask(connect(server)).tokens
        assert tokens.completion > 20
        assert not tokens.counted
    with openai_server() as server:
        assert ask(connect(server)).tokens.counted


def test_a_fence_as_stop_leaves_the_code(server):
    text = ask(connect(server, stop="```")).text
    assert text == "```python\ndef add(a, b):\n    return a + b"


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_an_address_with_or_without_the_version(server, suffix):
    assert "return" in ask(connect(server, url=server.url + suffix)).text


def test_a_key_is_always_sent(server):
    ask(connect(server))
    assert {heard[2]["Authorization"] for heard in server.heard} == {"Bearer sk-local"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_cut_answer_says_so(server, whole):
    server.whole = whole
    assert ask(connect(server, max_tokens=3)).finish_reason == "length"
    server.faults.append("filtered")
    assert ask(connect(server)).finish_reason == "length"


def test_a_server_that_does_not_stream(server):
    server.whole = True
    assert "return a + b" in ask(connect(server)).text


@pytest.mark.parametrize("whole", [True, False])
def test_no_choice_is_no_answer(server, whole, no_pauses):
    server.whole = whole
    for fault in ["no_choices"] if whole else ["no_choices", "empty_choices"]:
        server.faults.extend([fault] * 3)
        with pytest.raises(ProviderError, match="without any choice"):
            ask(connect(server))


def test_a_stream_that_never_says_why_it_stopped_is_no_answer(server, no_pauses):
    server.faults.extend(["no_end"] * 3)
    with pytest.raises(ProviderError, match="broke off"):
        ask(connect(server))
    server.faults.append("only_done")
    assert ask(connect(server)).finish_reason == "stop"


def test_a_loading_server_is_waited_for(server, no_pauses):
    server.loading = 12
    assert "return" in ask(connect(server)).text
    assert len(no_pauses) == 12


def test_but_not_beyond_the_deadline(server):
    server.loading = 10_000
    with pytest.raises(ProviderError, match="Loading model"):
        ask(connect(server, timeout=0.7))


LONG = (Message("user", "word " * 9000),)


@pytest.mark.parametrize(
    "overflow",
    [
        {"message": "too big", "type": "exceed_context_size_error"},
        {"message": "This model's maximum context length is 4096 tokens.", "type": "BadRequest"},
        "The number of tokens to keep is greater than the context length.",
    ],
)
def test_a_prompt_too_long_is_told_by_every_servers_words(server, overflow):
    server.overflow = overflow
    provider = connect(server)
    with pytest.raises(ContextError):
        provider.complete(LONG, provider.sampling)
    assert len(server.bodies(PATH)) == 1


def test_another_400_is_not_a_long_prompt(server):
    server.overflow = {"message": "no such sampler", "type": "invalid_request_error"}
    provider = connect(server)
    with pytest.raises(ProviderError, match="HTTP 400: no such sampler") as caught:
        provider.complete(LONG, provider.sampling)
    assert not isinstance(caught.value, ContextError)


def test_lm_studios_silence_is_a_prompt_too_long():
    with openai_server("LM Studio") as server:
        server.faults.append("silence")
        with pytest.raises(ContextError, match="answered nothing"):
            ask(connect(server))
    with openai_server("llama.cpp") as server:
        server.faults.append("silence")
        assert ask(connect(server)).text == ""


# Who serves what

PROPS = {"model_path": "/nowhere/x.gguf", "chat_template": "t", "build_info": "b11434"}


def llama_digest(**state):
    with openai_server(pages={"/props": PROPS}, **state) as server:
        provider = connect(server)
        digests = {ask(provider).model_digest for _ in range(2)}
        digests.add(connect(server).health().model_digest)
        (digest,) = digests
        return digest


def test_llama_cpp_elsewhere_is_named_by_what_describes_it():
    digest = llama_digest()
    assert digest == llama_digest()  # `created` differs on every call
    assert len(digest) == 64
    assert digest != llama_digest(meta={**META, "size": 10})


def test_llama_cpp_here_is_named_by_its_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "models"))
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"weights")
    pages = {"/props": {**PROPS, "model_path": str(weights)}}
    with openai_server(pages=pages) as server:
        provider = connect(server, model="any-name-will-do", pin=True)
        want = hashlib.sha256(b"weights").hexdigest()
        assert provider.health().model_digest == ""  # health reads no weights
        assert (ask(provider).model_digest, provider.pinned) == (want, want)
        assert provider.health().version == "llama.cpp b11434"


def test_weights_in_a_folder_that_is_closed_to_us_are_described(monkeypatch):
    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(identity.Path, "is_file", closed)
    with openai_server(pages={"/props": PROPS}) as server:
        assert len(ask(connect(server)).model_digest) == 64
        assert connect(server).health().ok


def test_a_count_without_bounds_is_no_answer(server):
    server.faults.append("boundless")
    with pytest.raises(ProviderError, match="another shape"):
        ask(connect(server))


@pytest.mark.parametrize("host", ["gpu-box…", "xn--", "gpu..lan"])
def test_a_host_that_nobody_can_look_up_is_told(host):
    url = f"http://{host}:8000"
    settings = ProviderSettings("openai-compat", "m", base_url=url, allow_remote=True)
    with pytest.raises(ProviderError, match="is no address"):
        OpenAICompat(settings, seed=3, timeout=1.0)


def test_ollama_by_its_other_door_is_named_by_its_manifest():
    tags = {"models": [{"name": "coder:latest", "digest": "cd" * 32}]}
    pages = {"/api/tags": tags, "/api/version": {"version": "0.12.3"}}
    with openai_server("Ollama", pages=pages) as server:
        assert ask(connect(server)).model_digest == "cd" * 32
        assert connect(server).health().version == "Ollama 0.12.3"


def test_vllm_is_named_by_its_root():
    with openai_server("vLLM", pages={"/version": {"version": "0.9"}}) as server:
        assert len(ask(connect(server)).model_digest) == 64


def test_lm_studio_is_named_by_its_entry_without_what_changes():
    def digest(loaded):
        entry = {"key": "coder", "quantization": {"name": "Q4_K_M"}, "size_bytes": 5}
        pages = {"/api/v1/models": {"models": [{**entry, "loaded_instances": loaded}]}}
        with openai_server("LM Studio", pages=pages) as server:
            return ask(connect(server)).model_digest

    assert len(digest([])) == 64
    assert digest([]) == digest([{"id": "x"}])


def test_a_gateway_has_no_name_but_the_settings():
    with openai_server("gateway") as server:
        assert ask(connect(server)).model_digest == ""
        assert ask(connect(server, identity="sha256:" + "EF" * 32)).model_digest == "ef" * 32
        own = ask(connect(server, identity="acme coder, July")).model_digest
        assert len(own) == 64
        assert connect(server, identity="acme coder, July", pin=True).pinned == own


def test_pinned_weights_that_nobody_names_are_not_asked():
    with openai_server("gateway") as server:
        asked = connect(server, pin=True)
        assert asked.pinned == UNKNOWN
        with pytest.raises(ProviderError, match="doesn't say which weights") as caught:
            ask(asked)
        assert "identity" in caught.value.remedy
        assert server.bodies(PATH) == []


def test_without_a_list_of_models_it_still_answers():
    with openai_server(lists=False) as server:
        provider = connect(server)
        assert "return" in ask(provider).text
        assert provider.health().ok
        assert "stream_options" not in server.bodies(PATH)[0]


def test_a_model_that_is_not_listed_is_told_by_health():
    with openai_server("LM Studio") as server:
        health = connect(server, model="other").health()
        assert not health.ok
        assert "does not list other" in health.detail


def test_a_refused_key_names_the_setting(server):
    server.faults.append("unauthorised")
    with pytest.raises(ProviderError, match="HTTP 401") as caught:
        ask(connect(server))
    assert "api-key-env" in caught.value.remedy


def test_a_refused_key_of_the_settings_is_said_to_be_refused(server, monkeypatch):
    monkeypatch.setenv("MYKEY", "k")
    server.faults += ["unauthorised"] * 2
    settings = ProviderSettings("openai-compat", "coder", server.url, api_key_env="MYKEY")
    provider = OpenAICompat(settings, seed=3, timeout=20.0)
    with pytest.raises(ProviderError, match="HTTP 401") as caught:
        ask(provider)
    assert caught.value.remedy == "the key in MYKEY was refused"
    monkeypatch.setattr(server.RequestHandlerClass, "chat_path", "/v1/models")
    health = provider.health()
    assert (health.ok, health.remedy) == (False, "the key in MYKEY was refused")


def test_bodies_are_json_a_server_can_read(server):
    provider = connect(server)
    provider.complete((Message("user", 'quote " \u2028 ünï \x00'),), provider.sampling)
    assert json.dumps(server.bodies(PATH)[0])


def test_of_many_at_once_one_asks_what_the_server_is():
    with openai_server() as running:
        settings = ProviderSettings("openai-compat", "coder", running.url, concurrency=8)
        asked = OpenAICompat(settings, seed=1, timeout=20)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: ask(asked), range(8)))
        paths = [path for _, path, _, _ in running.heard]
        assert paths.count("/v1/models") == 1


def test_of_many_at_once_one_waits_for_a_server_that_never_says_what_it_is():
    def failure(_):
        with pytest.raises(ProviderError) as caught:
            ask(asked)
        return caught.value

    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = ProviderSettings("openai-compat", "coder", url, concurrency=4)
        asked = OpenAICompat(settings, seed=1, timeout=1.0)
        with ThreadPoolExecutor(8) as pool:  # some wait for their turn, too
            assert len({id(error) for error in pool.map(failure, range(8))}) == 1
        assert failure(0) is not failure(0)  # who comes later asks again


def test_a_short_look_at_a_slow_server_speaks_for_itself_only(server, monkeypatch):
    settings = ProviderSettings("openai-compat", "coder", server.url)
    asked = OpenAICompat(settings, seed=1, timeout=20)
    looks = []

    def recognise(_server, _model, deadline):
        looks.append(deadline)
        raise LateError("no whole answer")

    monkeypatch.setattr("hatch_intent.providers.openai_compat.recognise", recognise)
    before = time.monotonic()
    for seconds in (1.0, 20.0, 20.0):
        with pytest.raises(LateError):
            asked._recognised(seconds, before)
    assert len(looks) == 2
