"""The embedded engine, with an engine of our own in the child: every way it can go wrong."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from hatch_intent.errors import ProviderError
from hatch_intent.providers import catalogue, embedded, engine_process
from hatch_intent.providers.base import ContextError, Message, Tokens
from hatch_intent.providers.embedded import Embedded
from hatch_intent.settings import ProviderSettings

FAKE = Path(__file__).parents[1] / "servers" / "fake_engine"
PROMPT = (Message("system", "You write code."), Message("user", "ping"))


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(FAKE))
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "cache" / "models"))
    (tmp_path / "cache" / "models").mkdir(parents=True)


@pytest.fixture
def provider(tmp_path):
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


def starts(provider) -> list[int]:
    path = Path(provider.address).with_suffix(".starts")
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def gone(pid: int) -> bool:
    for _ in range(300):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_answers_with_text_counts_and_the_weights_digest(provider):
    asked = provider({"text": "def f(): pass"})
    seen = []
    completion = asked.complete(PROMPT, asked.sampling, seen.append)
    assert completion.text == "def f(): pass "
    assert completion.finish_reason == "stop"
    assert completion.tokens == Tokens(prompt=7, cached=3, completion=2)
    assert completion.model_digest == hashlib.sha256(Path(asked.address).read_bytes()).hexdigest()
    assert seen == [1, 2, 3]


def test_nothing_starts_before_the_first_question(provider):
    asked = provider({})
    asked.health()
    assert starts(asked) == []


def test_the_body_carries_the_sampling(provider):
    asked = provider({}, temperature=0.5, num_predict=40, top_p=0.9, stop=["```", "END"])
    asked.complete(PROMPT, asked.sampling)
    body = json.loads(Path(asked.address).with_suffix(".body").read_text())
    assert body["messages"] == [
        {"role": "system", "content": "You write code."},
        {"role": "user", "content": "ping"},
    ]
    assert (body["temperature"], body["max_tokens"], body["top_p"]) == (0.5, 40, 0.9)
    assert (body["seed"], body["stop"]) == (5, ["\n```\n", "END"])
    assert body["cache_prompt"] is True


def test_a_cut_answer_says_so(provider):
    asked = provider({"reason": "length"})
    assert asked.complete(PROMPT, asked.sampling).finish_reason == "length"


def test_an_answer_that_breaks_off_is_no_answer(provider):
    asked = provider({"reason": None})
    with pytest.raises(ProviderError, match="broke off"):
        asked.complete(PROMPT, asked.sampling)


def test_a_thought_is_stripped(provider):
    asked = provider({"text": "<think>hm, well</think>\ncode"})
    assert asked.complete(PROMPT, asked.sampling).text == "code "


def test_noise_on_stdout_does_not_reach_the_answer_or_the_terminal(provider, capfd):
    asked = provider({"noise": True})
    assert asked.complete(PROMPT, asked.sampling).text == "pong "
    assert capfd.readouterr() == ("", "")


def test_keys_of_the_user_stay_out_of_the_child(provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://u:p@proxy:1")
    asked = provider({})
    asked.complete(PROMPT, asked.sampling)
    environment = json.loads(Path(asked.address).with_suffix(".environ").read_text())
    assert not {"OPENAI_API_KEY", "HTTPS_PROXY"} & set(environment)


def test_a_crash_is_one_clear_line_and_the_next_call_starts_again(provider):
    asked = provider({"crash": "once"})
    with pytest.raises(ProviderError, match=r"crashed \(signal 9.*GGML_ASSERT\(false\) failed"):
        asked.complete(PROMPT, asked.sampling)
    assert asked.complete(PROMPT, asked.sampling).text == "pong "
    assert len(starts(asked)) == 2


def test_after_two_crashes_in_a_row_it_is_left_alone(provider):
    asked = provider({"crash": "always"})
    for _ in range(2):
        with pytest.raises(ProviderError, match="crashed \\("):
            asked.complete(PROMPT, asked.sampling)
    with pytest.raises(ProviderError, match="crashed twice"):
        asked.complete(PROMPT, asked.sampling)
    assert len(starts(asked)) == 2


def test_what_crashed_before_it_ever_answered_is_left_alone(provider):
    assert not error_of(provider({"crash": "always"})).passing


def test_a_crash_may_pass_where_an_answer_came_before_it(provider):
    asked = provider({"crash_seeds": [7]})
    asked.complete(PROMPT, asked.sampling)
    error = error_of(asked, replace(asked.sampling, seed=7))
    assert error.passing
    assert "smaller" in error.remedy
    assert asked.complete(PROMPT, asked.sampling).text == "pong "


def test_a_late_answer_may_pass_where_one_came_in_time_before_it_but_not_for_ever(provider):
    asked = provider({"stall_seeds": [7]}, timeout=3.0)
    late = replace(asked.sampling, seed=7)
    passing = []
    for _ in range(3):
        asked.complete(PROMPT, asked.sampling)
        passing.append(error_of(asked, late).passing)
    assert passing == [True, True, False]


def test_two_late_answers_in_a_row_do_not_pass(provider):
    asked = provider({"stall_seeds": [7]}, timeout=3.0)
    asked.complete(PROMPT, asked.sampling)
    late = replace(asked.sampling, seed=7)
    assert [error_of(asked, late).passing for _ in range(2)] == [True, False]


def test_what_stalls_at_once_counts_once(provider):
    asked = provider({"stall_seeds": [7, 8]}, timeout=3.0, concurrency=2)
    asked.complete(PROMPT, asked.sampling)
    late = [replace(asked.sampling, seed=seed) for seed in (7, 8)]
    with ThreadPoolExecutor(2) as pool:
        errors = list(pool.map(lambda sampling: error_of(asked, sampling), late))
    assert [each.passing for each in errors] == [True, True]


def error_of(asked, sampling=None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        asked.complete(PROMPT, sampling or asked.sampling)
    return caught.value


def test_a_child_killed_between_two_answers_is_replaced(provider):
    asked = provider({})
    asked.complete(PROMPT, asked.sampling)
    os.kill(starts(asked)[0], signal.SIGKILL)
    child = asked._engine._child
    for _ in range(300):  # until this process has noticed, which is what counts
        if not child.alive():
            break
        time.sleep(0.02)
    assert asked.complete(PROMPT, asked.sampling).text == "pong "


def test_where_its_lines_can_no_longer_be_read_nobody_waits_for_them(provider, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: ended.set())

    def fail(_):
        raise RuntimeError("in the thread that reads")

    asked = provider({}, timeout=60.0)
    with pytest.raises(ProviderError, match="crashed"):
        list(asked.samples(PROMPT, asked.sampling, 1, None, fail))
    assert ended.wait(20)
    assert gone(starts(asked)[0])


def test_the_time_for_one_answer_is_kept_and_the_child_ends(provider):
    asked = provider({"stall": 60}, timeout=0.5)
    with pytest.raises(ProviderError, match="no whole answer in the time allowed"):
        asked.complete(PROMPT, asked.sampling)
    for pid in starts(asked):
        assert gone(pid)


def test_a_prompt_too_long_keeps_the_child(provider):
    asked = provider({"overflow": True})
    for _ in range(2):
        with pytest.raises(ContextError, match="too many tokens") as caught:
            asked.complete(PROMPT, asked.sampling)
        assert "num_ctx" in caught.value.remedy
    assert len(starts(asked)) == 1


def test_where_all_that_is_under_way_has_no_more_room_it_is_told_as_that(provider):
    asked = provider({"errors": {"7": "Context size has been exceeded."}})
    with pytest.raises(ContextError, match="has been exceeded"):
        asked.complete(PROMPT, replace(asked.sampling, seed=7))
    assert asked.complete(PROMPT, asked.sampling).text == "pong "
    assert len(starts(asked)) == 1


def test_an_error_of_the_engine_may_pass_and_keeps_the_child(provider):
    asked = provider({"errors": {"7": "failed to decode"}})
    failing = replace(asked.sampling, seed=7)
    passing = []
    for _ in range(3):
        asked.complete(PROMPT, asked.sampling)
        passing.append(error_of(asked, failing).passing)
    assert passing == [True, True, False]
    assert len(starts(asked)) == 1


def test_what_never_answered_but_with_errors_is_left_alone(provider):
    assert not error_of(provider({"raises": "no such slot"})).passing


def test_a_child_that_can_t_be_started_is_told_whatever_the_reason(provider, monkeypatch):
    monkeypatch.setattr(engine_process.sys, "executable", None)
    assert "can't start a child process" in str(error_of(provider({})))


def test_an_engine_that_raises_is_told(provider):
    asked = provider({"raises": "no such slot"})
    with pytest.raises(ProviderError, match="no such slot"):
        asked.complete(PROMPT, asked.sampling)


def test_weights_that_do_not_load_are_named(provider):
    asked = provider({"refuse": True})
    with pytest.raises(ProviderError, match=r"can't load .*w0\.gguf: Failed to init server"):
        asked.complete(PROMPT, asked.sampling)


def test_providers_of_the_same_weights_share_a_child_until_the_last_closes(provider):
    first = provider({})
    second = Embedded(ProviderSettings("embedded", first.model), seed=1, timeout=20)
    other = Embedded(ProviderSettings("embedded", first.model, threads=1), seed=1, timeout=20)
    for asked in (first, second, first):
        asked.complete(PROMPT, asked.sampling)
    assert len(starts(first)) == 1
    first.close()
    second.complete(PROMPT, second.sampling)
    assert len(starts(first)) == 1
    second.close()
    assert gone(starts(first)[0])
    if embedded.physical_cores() != 1:
        other.complete(PROMPT, other.sampling)
        assert len(starts(first)) == 2
    other.close()


def test_several_threads_may_ask_and_their_end_does_not_end_the_child(provider):
    asked = provider({})
    texts: list[str] = []

    def ask() -> None:
        texts.append(asked.complete(PROMPT, asked.sampling).text)

    for _ in range(2):
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(0.1)  # a death signal of a thread that ended would come now
    assert texts == ["pong "] * 6
    assert len(starts(asked)) == 1


PARENT = """
import signal, sys
# A shell that starts the tests in the background makes them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[1])
from hatch_intent.providers.base import Message
from hatch_intent.providers.embedded import Embedded
from hatch_intent.settings import ProviderSettings
p = Embedded(ProviderSettings("embedded", sys.argv[2]), seed=1, timeout=60)
p.complete((Message("user", "x"),), p.sampling)
"""


def start_parent(tmp_path: Path) -> tuple[subprocess.Popen[bytes], int]:
    weights = tmp_path / "busy.gguf"
    weights.write_text(json.dumps({"stall": 60}), "utf-8")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(FAKE), str(weights)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    body = weights.with_suffix(".body")
    for _ in range(500):
        if body.exists():
            break
        time.sleep(0.02)
    return parent, int(weights.with_suffix(".starts").read_text())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_dies_with_its_parent_however_that_ends(tmp_path, number):
    parent, child = start_parent(tmp_path)
    os.kill(parent.pid, number)
    parent.wait(20)
    assert gone(child)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_for_the_whole_group_is_the_parents_to_answer(tmp_path):
    parent, child = start_parent(tmp_path)
    os.kill(child, signal.SIGINT)
    time.sleep(0.1)
    assert Path(f"/proc/{child}").exists() or sys.platform != "linux"
    os.killpg(parent.pid, signal.SIGINT)
    parent.wait(20)
    assert gone(child)


def test_the_child_ends_with_its_input_alone(tmp_path, monkeypatch):
    """Where there is no death signal, the end of the pipe has to do."""
    weights = tmp_path / "w.gguf"
    weights.write_text(json.dumps({"stall": 60}), "utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", engine_process.CHILD, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(FAKE)},
    )
    with child:
        first = {"model": str(weights), "n_ctx": 512, "threads": 1, "at_once": 1}
        child.stdin.write(json.dumps(first).encode() + b"\n" + b'{"id": 1, "body": {}}\n')
        child.stdin.flush()
        assert json.loads(child.stdout.readline()) == {"ready": True}
        child.stdin.close()
        assert child.wait(20) == 0


def test_missing_weights_name_the_command_that_gets_them():
    asked = Embedded(ProviderSettings("embedded", "qwen2.5-coder:0.5b"), seed=1, timeout=5)
    with pytest.raises(ProviderError, match=r"weights of qwen2\.5-coder:0\.5b not here") as caught:
        asked.complete(PROMPT, asked.sampling)
    assert caught.value.remedy == "hatch-intent model pull qwen2.5-coder:0.5b"
    assert asked.health().remedy == caught.value.remedy
    assert not asked.health().ok


@pytest.mark.parametrize(
    ("model", "message"),
    [("gpt-7", 'unknown model "gpt-7"; known are qwen2.5-coder:0.5b'), ("x.gguf", "no file x")],
)
def test_unknown_models_are_named(model, message):
    asked = Embedded(ProviderSettings("embedded", model), seed=1, timeout=5)
    with pytest.raises(ProviderError, match=message):
        asked.complete(PROMPT, asked.sampling)


def test_altered_weights_of_a_catalogue_model_are_never_run(monkeypatch):
    model = catalogue.CATALOGUE["qwen2.5-coder:0.5b"]
    weights = catalogue.models_dir() / model.file
    weights.write_bytes(b"{}")
    asked = Embedded(ProviderSettings("embedded", model.name), seed=1, timeout=5)
    assert "size or digest" in asked.health().detail  # the size tells before any reading
    with pytest.raises(ProviderError, match="size or digest is another; not run") as caught:
        asked.complete(PROMPT, asked.sampling)
    assert "model pull" in caught.value.remedy
    # The right size with other bytes is no better.
    os.truncate(weights, model.size)  # sparse: takes no room
    monkeypatch.setattr(embedded, "digest_of", lambda path: "0" * 64)
    with pytest.raises(ProviderError, match="not run"):
        asked.complete(PROMPT, asked.sampling)
    assert starts(asked) == []


def test_without_the_package_the_remedy_is_the_extra(provider, monkeypatch):
    asked = provider({})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ProviderError, match="xllamacpp is not installed") as caught:
        asked.complete(PROMPT, asked.sampling)
    assert caught.value.remedy == 'pip install "hatch-intent[embedded]"'
    assert asked.health().remedy == caught.value.remedy


def test_health_of_weights_nobody_has_read_yet(provider):
    asked = provider({})
    assert asked.health().ok
    assert "not verified yet" in asked.health().detail
    asked.complete(PROMPT, asked.sampling)
    assert asked.health().model_digest
    assert "not verified" not in asked.health().detail
