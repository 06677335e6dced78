from __future__ import annotations

import hashlib
import json
import os

import pytest

from hatch_intent.providers import weights


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "cache" / "models"))
    monkeypatch.setattr(weights, "_seen", {})


@pytest.fixture
def reads(monkeypatch):
    seen = []
    real = weights.file_sha256
    monkeypatch.setattr(weights, "file_sha256", lambda file: seen.append(1) or real(file))
    return seen


def test_a_file_is_read_once_and_the_next_process_knows(tmp_path, monkeypatch, reads):
    path = tmp_path / "a.gguf"
    path.write_bytes(b"weights")
    want = hashlib.sha256(b"weights").hexdigest()
    assert weights.known_digest(path) == ""
    assert [weights.digest_of(path), weights.digest_of(path)] == [want, want]
    monkeypatch.setattr(weights, "_seen", {})  # as in a new process
    assert weights.digest_of(path) == want
    assert weights.known_digest(path) == want
    assert len(reads) == 1


def test_other_bytes_or_another_time_mean_reading_again(tmp_path, reads):
    path = tmp_path / "a.gguf"
    path.write_bytes(b"weights")
    weights.digest_of(path)
    path.write_bytes(b"WEIGHTS!")
    assert weights.digest_of(path) == hashlib.sha256(b"WEIGHTS!").hexdigest()
    os.utime(path, ns=(1, 1))
    weights.digest_of(path)
    assert len(reads) == 3
    memo = json.loads((tmp_path / "cache" / "digests.json").read_text())
    assert len(memo) == 1  # old keys of a file go


@pytest.mark.parametrize("memo", ["", "[1]", "{", '{"a": 1}', "\x00"])
def test_a_spoilt_memo_is_not_believed(tmp_path, memo):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "digests.json").write_text(memo)
    path = tmp_path / "a.gguf"
    path.write_bytes(b"weights")
    assert weights.digest_of(path) == hashlib.sha256(b"weights").hexdigest()


def test_no_room_for_the_memo_is_no_failure(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HATCH_INTENT_MODELS", str(tmp_path / "file" / "x" / "models"))
    path = tmp_path / "a.gguf"
    path.write_bytes(b"weights")
    assert weights.digest_of(path) == hashlib.sha256(b"weights").hexdigest()
