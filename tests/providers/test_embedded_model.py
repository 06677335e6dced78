"""The embedded engine for real: the 0.5B answers, dies with its parent, comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError, Message
from hatch_intent.providers.catalogue import CATALOGUE, path_of
from hatch_intent.providers.embedded import Embedded
from hatch_intent.settings import ProviderSettings

NAME = "qwen2.5-coder:0.5b"
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not path_of(NAME), reason=f"hatch-intent model pull {NAME}"),
]
PROMPT = (Message("user", "Write a Python function add(a, b). Only code."),)


@pytest.fixture
def make():
    pytest.importorskip("xllamacpp")
    made = []

    def one(**options):
        settings = ProviderSettings("embedded", NAME, options={"num_ctx": 2048, **options})
        made.append(Embedded(settings, seed=1, timeout=120))
        return made[-1]

    yield one
    for provider in made:
        provider.close()


def test_it_answers_with_code_a_digest_and_progress(make, capfd):
    provider, seen = make(), []
    first = provider.complete(PROMPT, provider.sampling, seen.append)
    assert "def add(a, b)" in first.text
    assert first.finish_reason == "stop"
    assert first.model_digest == CATALOGUE[NAME].sha256
    assert first.tokens.prompt > 10
    assert first.tokens.completion > 5
    assert seen == sorted(seen)
    assert len(seen) > 5
    again = provider.complete(PROMPT, provider.sampling)
    assert again.text == first.text
    assert again.tokens.cached > 10
    assert capfd.readouterr() == ("", "")


def test_a_fence_as_stop_leaves_the_code(make):
    provider = make(stop="```")
    assert "def add(a, b)" in provider.complete(PROMPT, provider.sampling).text


def test_a_cut_answer_and_a_prompt_too_long(make):
    provider = make(num_predict=4)
    assert provider.complete(PROMPT, provider.sampling).finish_reason == "length"
    with pytest.raises(ContextError, match="exceeds the available context size"):
        provider.complete((Message("user", "word " * 4000),), provider.sampling)
    assert provider.complete(PROMPT, provider.sampling).finish_reason == "length"


def test_samples_are_drawn_from_one_reading_and_given_up(make):
    provider, seen = make(num_predict=30), []
    warm = replace(provider.sampling, temperature=0.9, seed=100)
    provider.complete(PROMPT, provider.sampling)
    came = list(provider.samples(PROMPT, warm, 3, seen.append))
    assert sorted(each.seed for each in came) == [100, 101, 102]
    assert len({each.text for each in came}) > 1
    for each in came:
        assert each.tokens.prompt - each.tokens.cached <= 1, "a prompt was read again"
        assert 0 < each.tokens.completion <= 30
    assert seen == sorted(seen)


def test_what_is_given_up_stops_at_its_next_token(make):
    provider = make()
    provider.complete(PROMPT, replace(provider.sampling, max_tokens=1))
    child = provider._engine._child
    endless = (Message("user", "Count from 1 to 500, one number a line."),)
    body = {**provider._body(endless, replace(provider.sampling, max_tokens=1500)), "n": 3}
    call = child.call(body)
    first = call.lines.get(timeout=60)
    child.cancel(call)
    lines = [first]
    while "tokens" in lines[-1]:
        lines.append(call.lines.get(timeout=60))
    assert "done" in lines[-1]
    assert len(lines) < 40
    assert provider.complete(PROMPT, provider.sampling).finish_reason == "stop"


def children() -> list[int]:
    """Engine processes whose parent is this process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == os.getpid() and b"embedded_child" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):  # noqa: PERF203 - it ended meanwhile
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_child_is_an_error_once_and_then_replaced(make):
    provider = make(num_predict=400)

    def kill(tokens: int) -> None:
        if tokens == 3:
            for child in children():
                os.kill(child, signal.SIGKILL)

    with pytest.raises(ProviderError, match=r"crashed \(signal 9"):
        provider.complete((Message("user", "Count from 1 to 200."),), provider.sampling, kill)
    assert "def add" in provider.complete(PROMPT, provider.sampling).text


PARENT = f"""
import os
from hatch_intent.providers.base import Message
from hatch_intent.providers.embedded import Embedded
from hatch_intent.settings import ProviderSettings
p = Embedded(ProviderSettings("embedded", "{NAME}"), seed=1, timeout=120)
tell = lambda n: n == 3 and os.write(1, b"%d\\n" % p._engine._child._process.pid)
p.complete((Message("user", "Count from 1 to 500."),), p.sampling, tell)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_kill_9_of_the_parent_ends_the_child_in_mid_answer():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    for _ in range(200):
        if not Path(f"/proc/{child}").exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{child} survived its parent")
