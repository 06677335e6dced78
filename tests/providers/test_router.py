from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import UNKNOWN, ContextError
from hatch_intent.providers.embedded import Embedded
from hatch_intent.providers.ollama import Ollama
from hatch_intent.providers.openai_compat import OpenAICompat
from hatch_intent.providers.router import Router, machine_of, make_provider, open_providers
from hatch_intent.settings import DEFAULT_MODEL, ProviderSettings, Settings


class Rung:
    pinned = ""

    def __init__(self, model, kind="ollama", address="http://127.0.0.1:11434"):
        self.kind, self.model, self.address = kind, model, address
        self.closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def rungs():
    return [Rung("a"), Rung("b"), Rung("c"), Rung("d")]


def names(router, rung):
    return "".join(provider.model for provider in router.order(rung))


@pytest.mark.parametrize(
    ("rung", "order"), [(0, "abcd"), (1, "bcda"), (2, "cdba"), (3, "dcba"), (9, "dcba")]
)
def test_upwards_first_then_the_nearest_below(rungs, rung, order):
    assert names(Router(rungs), rung) == order


def test_who_failed_is_left_out_even_while_climbing(rungs):
    router = Router(rungs)
    order = router.order(1)
    assert next(order).model == "b"
    router.failed(rungs[1], ProviderError("gone"))
    router.failed(rungs[2], ProviderError("gone"))
    assert [provider.model for provider in order] == ["d", "a"]
    assert names(router, 0) == "ad"
    assert router.rungs == 4


def test_a_failure_is_told_once_in_one_line(rungs):
    told = []
    router = Router(rungs, told.append)
    error = ProviderError("ollama: connection\nrefused", remedy="ollama serve")
    router.failed(rungs[0], error)
    router.failed(rungs[0], error)
    assert told == [
        "ollama http://127.0.0.1:11434: connection refused; not asked again (ollama serve)"
    ]


def test_a_prompt_too_long_leaves_the_rung_standing(rungs):
    told = []
    router = Router(rungs, told.append)
    router.failed(rungs[0], ContextError("ollama: 9000 tokens are too many"))
    assert names(router, 0) == "abcd"
    assert told == ["ollama http://127.0.0.1:11434: 9000 tokens are too many"]
    assert "9000 tokens are too many" in str(router.exhausted())


def test_what_was_said_to_this_question_counts_before_what_was_said_to_others(rungs):
    router = Router(rungs)
    router.failed(rungs[0], ContextError("ollama: 9000 tokens are too many"))
    router.failed(rungs[1], ProviderError("ollama: gone"))
    said = str(router.exhausted([(rungs[0], ContextError("ollama: busy", remedy="wait"))]))
    assert [row.split()[2:] for row in said.splitlines()[1:3]] == [["busy", "wait"], ["gone"]]


def test_a_failure_that_passes_leaves_the_rung_standing(rungs):
    told = []
    router = Router(rungs, told.append)
    error = ProviderError("ollama: HTTP 503")
    error.passing = True
    router.failed(rungs[0], error)
    assert names(router, 0) == "abcd"
    assert told == ["ollama http://127.0.0.1:11434: HTTP 503"]
    assert "HTTP 503" in str(router.exhausted())


@pytest.mark.parametrize(
    ("kind", "address", "machine"),
    [
        ("embedded", "/cache/q.gguf", ""),
        ("ollama", "http://127.0.0.1:11434", ""),
        ("openai-compat", "http://localhost:1234", ""),
        ("openai-compat", "https://gpu.example:8000/v1", "gpu.example"),
        ("openai-compat", "http://[2001:db8::1]:8000", "2001:db8::1"),
    ],
)
def test_whose_machine_it_is(kind, address, machine):
    assert machine_of(Rung("m", kind, address)) == machine


def test_equal_rungs_fail_one_by_one():
    rungs = [Rung("a"), Rung("a")]
    router = Router(rungs)
    router.failed(rungs[1], ProviderError("gone"))
    assert list(router.order(0)) == [rungs[0]]


def test_all_gone_is_one_table_with_the_way_out():
    rungs = [
        Rung("qwen", "ollama", "http://127.0.0.1:11434"),
        Rung("x", "openai-compat", "http://127.0.0.1:1234"),
        Rung("qwen2.5-coder:1.5b", "embedded", "/cache/q.gguf"),
    ]
    router = Router(rungs)
    first = ProviderError("ollama: connection refused", remedy="ollama serve")
    router.failed(rungs[0], first)
    router.failed(rungs[1], ProviderError("openai-compat: connection refused", remedy="start it"))
    router.failed(rungs[2], ProviderError("embedded: weights not here", remedy="pull"))
    error = router.exhausted()
    assert str(error).splitlines() == [
        "no provider answered",
        "  ollama          http://127.0.0.1:11434   connection refused   ollama serve",
        "  openai-compat   http://127.0.0.1:1234    connection refused   start it",
        "  embedded        qwen2.5-coder:1.5b       weights not here     pull",
    ]
    assert error.exit_code == 3
    assert error.__cause__ is first


def test_a_spec_may_want_one_model_and_failures_are_shared(rungs):
    router = Router(rungs)
    only = router.only("c")
    assert names(only, 0) == "c"
    only.failed(rungs[2], ProviderError("gone"))
    assert names(router, 0) == "abd"
    assert names(router.only("nobody"), 0) == ""


def test_the_pinned_digest_of_a_model(rungs):
    rungs[1].pinned = "12"
    router = Router(rungs)
    assert (router.pinned("a"), router.pinned("b"), router.pinned("zz")) == ("", "12", "")
    rungs[0].pinned = UNKNOWN
    assert router.pinned("a") == UNKNOWN
    rungs[2].model, rungs[2].pinned = "a", "34"
    assert router.pinned("a") == "34"


def test_closing_closes_all(rungs):
    Router(rungs).close()
    assert all(rung.closed for rung in rungs)


def test_one_provider_for_each_type():
    tables = {"ollama": Ollama, "openai-compat": OpenAICompat, "embedded": Embedded}
    for kind, cls in tables.items():
        provider = make_provider(ProviderSettings(kind, "m"), seed=4, timeout=2)
        assert isinstance(provider, cls)
        assert (provider.kind, provider.model, provider.sampling.seed) == (kind, "m", 4)


def test_nobody_configured_means_the_embedded_engine():
    (provider,) = open_providers(Settings())
    assert (provider.kind, provider.model) == ("embedded", DEFAULT_MODEL)


def test_one_without_its_key_fails_when_it_is_asked(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    tables = (
        ProviderSettings("openai-compat", "big", api_key_env="NO_SUCH_KEY"),
        ProviderSettings("ollama", "small"),
    )
    one, other = open_providers(Settings(providers=tables, seed=4))
    assert (one.kind, one.model, one.sampling.seed) == ("openai-compat", "big", 4)
    assert isinstance(other, Ollama)
    with pytest.raises(ProviderError, match="no key in NO_SUCH_KEY"):
        one.complete((), one.sampling)
    with pytest.raises(ProviderError, match="no key in NO_SUCH_KEY") as caught:
        list(one.samples((), one.sampling, 3))
    told = []
    router = Router((one, other), told.append)
    router.failed(one, caught.value)
    assert told == [
        "openai-compat big: no key in NO_SUCH_KEY; not asked again (export NO_SUCH_KEY=…)"
    ]
    assert not one.health().ok
    router.close()


def test_nothing_kept_is_found_for_one_that_does_not_say_its_pin_or_its_options(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    table = ProviderSettings("ollama", "m", api_key_env="NO_SUCH_KEY")
    more = replace(table, pin=True, options={"top_k": 3, "temperature": 0.5})
    plain, odd = open_providers(Settings(providers=(table, more)))
    assert (plain.pinned, plain.sampling.further) == ("", "")
    assert (odd.pinned, odd.sampling.further) == (UNKNOWN, UNKNOWN)
    assert odd.sampling.temperature == 0.5


def test_httpx_waits_until_a_server_is_used():
    code = (
        "import sys; from hatch_intent.providers.router import *;"
        "make_provider(ProviderSettings('embedded', 'm'), seed=1, timeout=1);"
        "sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
