"""The cache gives back what was put in, or nothing."""

import os
from pathlib import Path

from hatch_intent.cache import DiskCache, collect, remove_broken, stats
from hatch_intent.files import sha256

KEY = "ab" * 32


def entry_file(folder: Path) -> Path:
    (path,) = folder.rglob("*.json")
    return path


def test_a_value_comes_back(tmp_path: Path):
    cache = DiskCache(tmp_path, "responses")
    assert cache.get(KEY) is None
    cache.put(KEY, {"text": "ü", "n": 1})
    assert cache.get(KEY) == {"text": "ü", "n": 1}
    assert DiskCache(tmp_path, "modules").get(KEY) is None


def test_a_flipped_bit_is_a_miss_and_removed(tmp_path: Path):
    cache = DiskCache(tmp_path, "responses")
    cache.put(KEY, {"text": "return 1"})
    path = entry_file(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[-4] ^= 1
    path.write_bytes(raw)
    assert cache.get(KEY) is None
    assert not path.exists()


def test_a_damaged_entry_that_cannot_be_removed_is_a_miss_too(tmp_path: Path, monkeypatch):
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    cache = DiskCache(tmp_path, "responses")
    cache.put(KEY, {"text": "return 1"})
    entry_file(tmp_path).write_bytes(b"junk")
    monkeypatch.setattr(Path, "unlink", refuse)
    assert cache.get(KEY) is None


def test_an_entry_that_is_no_json_is_a_miss(tmp_path: Path):
    cache = DiskCache(tmp_path, "responses")
    cache.put(KEY, {"text": "return 1"})
    entry_file(tmp_path).write_bytes(sha256(b"junk").encode() + b"\njunk")
    assert cache.get(KEY) is None


def test_an_entry_that_is_too_deep_to_read_is_a_miss_and_told(tmp_path: Path):
    deep = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    cache = DiskCache(tmp_path, "responses")
    for look in (lambda: cache.get(KEY), lambda: stats(tmp_path, verify=True).broken):
        cache.put(KEY, {})
        entry_file(tmp_path).write_bytes(sha256(deep).encode() + b"\n" + deep)
        assert look() in (None, (f"responses/{KEY[:2]}/{KEY}.json",))


def test_a_cut_entry_is_a_miss(tmp_path: Path):
    cache = DiskCache(tmp_path, "responses")
    cache.put(KEY, {"text": "return 1"})
    path = entry_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    assert cache.get(KEY) is None


def test_counting_verifying_and_collecting(tmp_path: Path):
    DiskCache(tmp_path, "responses").put(KEY, {"a": 1})
    modules = DiskCache(tmp_path, "modules")
    modules.put("cd" * 32, {"b": 1})
    assert stats(tmp_path).entries == {"responses": 1, "modules": 1}
    (tmp_path / "modules" / "cd" / f"{'cd' * 32}.json").write_bytes(b"junk")
    assert stats(tmp_path, verify=True).broken == (f"modules/cd/{'cd' * 32}.json",)
    assert len(remove_broken(tmp_path)) == 1
    assert modules.get("cd" * 32) is None
    assert collect(tmp_path, older_than=3600) == 0
    assert collect(tmp_path, older_than=0) == 1
    assert stats(tmp_path).entries == {"responses": 0, "modules": 0}


def test_what_a_killed_build_left_unfinished_is_collected_once_it_is_nobodys(tmp_path: Path):
    DiskCache(tmp_path, "responses").put(KEY, {"a": 1})
    folder = entry_file(tmp_path).parent
    left, being_written = folder / f".{KEY}.json.x1.tmp", folder / f".{KEY}.json.x2.tmp"
    for path in (left, being_written):
        path.write_bytes(b"half")
    hours_ago = left.stat().st_mtime - 2 * 3600
    os.utime(left, (hours_ago, hours_ago))
    assert collect(tmp_path, older_than=30 * 24 * 3600) == 0
    assert not left.exists()
    assert being_written.exists()
    assert entry_file(tmp_path).exists()
