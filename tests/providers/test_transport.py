"""Every way a server can misbehave on the wire, with either kind of provider."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from ollama_server import ollama_server
from openai_server import openai_server

from hatch_intent.errors import ProviderError
from hatch_intent.providers import patience
from hatch_intent.providers.base import Message
from hatch_intent.providers.ollama import Ollama
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.providers.transport import server_at
from hatch_intent.settings import ProviderSettings

PROMPT = (Message("user", "add two numbers"),)


@pytest.fixture(params=["ollama", "openai-compat"])
def kind(request):
    return request.param


@pytest.fixture
def server(kind):
    with ollama_server() if kind == "ollama" else openai_server() as running:
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


def chats(server):
    return [path for _, path, _, _ in server.heard if path.endswith(("/chat", "/completions"))]


def ask(provider):
    return provider.complete(PROMPT, provider.sampling)


PASSING = {
    "busy": "HTTP 503",
    "rate_limited": "HTTP 429",
    "broken": "HTTP 500",
    "late_upstream": "HTTP 408",
    "gateway": "HTTP 529",
    "nothing": "closed the connection",
    "truncated_json": "not JSON or broke off",
    "mid_error": "fell over|an error was encountered",
    "mid_cut": "closed the connection|broke off",
    "html": "web page instead of JSON",
    "html_as_json": "web page instead of JSON",
    "redirect": "redirects to http://evil.example; not followed",
    "redirect_here": "not followed",
    "redirect_nowhere": "redirects to what is no address; not followed",
    "gzip_bomb": "more than 8 MiB",
    "flood": "more than 8 MiB",
    "broken_gzip": "compressed answer is broken",
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_tried_again(provider, server, no_pauses, fault):
    server.faults.extend([fault, fault])
    assert "return a + b" in ask(provider()).text
    assert len(chats(server)) == 3


@pytest.mark.parametrize("fault", PASSING)
def test_but_not_for_ever(provider, server, kind, no_pauses, fault):
    asked = provider()
    ask(asked)  # a server that has answered is worth all the tries there are
    server.faults.extend([fault] * 9)
    with pytest.raises(ProviderError, match=PASSING[fault]) as caught:
        ask(asked)
    assert len(chats(server)) == 1 + patience.MAX_TRIES
    assert str(caught.value).startswith(f"{kind}: ")
    assert "\n" not in str(caught.value)
    assert "token=1" not in str(caught.value)


@pytest.mark.parametrize("fault", ["busy_until_a_date", "busy"])
def test_pauses_grow_and_stay_short_where_the_server_names_none(provider, server, no_pauses, fault):
    asked = provider()
    ask(asked)
    server.faults.extend([fault] * 9)
    with pytest.raises(ProviderError):
        ask(asked)
    assert len(no_pauses) == patience.MAX_TRIES - 1
    assert all(0 < pause <= patience.MAX_PAUSE for pause in no_pauses)
    if fault == "busy":
        for pause, most in zip(no_pauses, [0.5, 1, 2, 4, 5], strict=True):
            assert most / 2 <= pause <= most


def test_a_pause_beyond_the_deadline_is_not_begun(provider, server):
    server.faults.extend(["busy_for_ages"] * 9)
    with pytest.raises(ProviderError, match="HTTP 503"):
        ask(provider())
    assert len(chats(server)) == 1


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("brotli", "compressed as 'br'"),
        ("array", "another shape"),
        ("wrong_shape", "another shape"),
        ("teapot", "HTTP 418: no coffee"),
    ],
)
def test_what_will_not_pass_is_said_at_once(provider, server, kind, fault, message):
    server.faults.append(fault)
    with pytest.raises(ProviderError, match=message) as caught:
        ask(provider())
    assert len(chats(server)) == 1
    assert str(caught.value).startswith(f"{kind}: ")
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_bottomless_nesting_is_not_json(provider, server, no_pauses):
    server.faults.extend(["deep"] * 3)
    with pytest.raises(ProviderError, match="not JSON"):
        ask(provider())


@pytest.mark.parametrize("fault", ["slow_headers", "slow_body", "slow_until_closed"])
def test_an_answer_that_drips_in_meets_the_deadline(provider, server, fault):
    # The first chat request is the one that drips; a fast server is asked before it.
    server.faults.append(fault)
    start = time.monotonic()
    with pytest.raises(ProviderError, match="no whole answer within 1 s"):
        ask(provider(timeout=0.6))
    # The servers would drip for 5 to 10 seconds.
    assert time.monotonic() - start < 4


def test_nobody_there(kind, provider, server):
    asked = provider()
    server.leave()
    with pytest.raises(ProviderError, match="connection refused") as caught:
        ask(asked)
    assert "start" in caught.value.remedy or caught.value.remedy == "ollama serve"
    assert not asked.health().ok
    assert asked.health().detail == "connection refused"


def test_proxy_variables_are_not_for_this_machine(provider, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "return a + b" in ask(provider()).text


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "foo://user:hush@proxy", "Unknown scheme"),
        ("ALL_PROXY", "http://proxy:port", "Invalid port"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "No such file"),
    ],
)
def test_an_environment_that_lets_nobody_connect_is_told(kind, monkeypatch, variable, value, words):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(variable, value)
    make = Ollama if kind == "ollama" else OpenAICompat
    settings = ProviderSettings(kind, "m", base_url="https://gpu.invalid", allow_remote=True)
    asked = make(settings, seed=1, timeout=5)
    with pytest.raises(ProviderError, match=words) as caught:
        ask(asked)
    assert str(caught.value).startswith(f"{kind}: ")
    assert variable in caught.value.remedy
    assert "hush" not in str(caught.value)
    assert (asked.health().ok, asked.health().remedy) == (False, caught.value.remedy)


def test_a_proxy_without_its_package_is_told(kind, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "socksio", None)
    server = server_at(kind, "http://gpu.invalid", suffixes=(), allow_remote=True)
    with pytest.raises(ProviderError, match="socksio"):
        server.json("GET", "/", None, time.monotonic() + 5)


def test_a_key_is_sent_and_never_shown(provider, server, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    asked = provider(api_key_env="MY_KEY")
    ask(asked)
    assert {heard[2].get("Authorization") for heard in server.heard} == {"Bearer sk-very-secret"}
    for fault in ("teapot", "unauthorised"):
        server.faults.append(fault)
        with pytest.raises(ProviderError) as caught:
            ask(asked)
        assert "secret" not in str(caught.value) + repr(caught.value.__cause__)
        assert "***" in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "  ", "two\nlines", "ключ"])
def test_a_key_that_is_none_names_the_variable_only(provider, monkeypatch, value):
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(ProviderError, match="MY_KEY") as caught:
        provider(api_key_env="MY_KEY")
    assert "lines" not in str(caught.value)


def test_no_more_questions_at_once_than_allowed(provider, server):
    asked = provider(concurrency=2)
    at_once, most, lock = [0], [0], threading.Lock()
    handler = server.RequestHandlerClass
    original = handler.chat

    def counted(self, body, fault):
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        with lock:
            at_once[0] -= 1
        original(self, body, fault)

    handler.chat = counted
    try:
        threads = [threading.Thread(target=ask, args=(asked,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        handler.chat = original
    assert most[0] == 2
    assert len(chats(server)) == 6


def test_another_machine_needs_a_word(kind):
    def make(**more):
        settings = ProviderSettings(kind, "m", base_url="http://192.0.2.7:1234/v1", **more)
        return (Ollama if kind == "ollama" else OpenAICompat)(settings, seed=1, timeout=1)

    with pytest.raises(ProviderError, match=r"192\.0\.2\.7 is another machine") as caught:
        make()
    assert "allow-remote = true" in caught.value.remedy
    assert make(allow_remote=True).address == "http://192.0.2.7:1234"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://me:pass@127.0.0.1:1", "holds a user or password"),
        ("ftp://127.0.0.1", "no http address"),
        ("http://", "no http address"),
        ("http://127.0.0.1:port", "is no address"),
        ("http://127.0.0.1:1/?key=x", "no http address"),
    ],
)
def test_addresses_that_can_not_be(url, message):
    with pytest.raises(ProviderError, match=message) as caught:
        server_at("ollama", url, suffixes=(), allow_remote=True)
    assert "pass" not in str(caught.value).replace("password", "")
    assert "key" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://127.0.0.1:1/v1/", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/v1", "http://127.0.0.1:1"),
        ("http://[::1]:1/v1/chat/completions", "http://[::1]:1"),
        ("http://localhost:1/gate/v1", "http://localhost:1/gate"),
    ],
)
def test_addresses_with_or_without_the_version(url, root):
    suffixes = ("/chat/completions", "/v1")
    assert server_at("x", url, suffixes=suffixes, allow_remote=False).root == root
