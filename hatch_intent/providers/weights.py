"""The digest of a file of weights, found once for each (path, size, modification time)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from hatch_intent.providers.catalogue import models_dir

_seen: dict[str, str] = {}
_seen_lock = Lock()


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file; reads it whole only when it changed. Raises `OSError`."""
    # One at a time: two threads that ask for the same gigabyte should read it once.
    with _seen_lock:
        key = _key(path)
        if known := _known(key):
            return known
        with path.open("rb") as file:
            digest = file_sha256(file)
        if _key(path) == key:  # else it changed while it was read
            _remember(key, digest)
        return digest


def known_digest(path: Path) -> str:
    """The digest if it is known without reading the file, else ""."""
    with _seen_lock:
        return _known(_key(path)) or ""


def remember(path: Path, digest: str) -> None:
    """Note a digest that is already known, so that the file need not be read again."""
    with _seen_lock:
        _remember(_key(path), digest)


def file_sha256(file: BinaryIO) -> str:
    """Hex SHA-256 of an open binary file from where it stands. (3.10 has no `file_digest`.)"""
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _key(path: Path) -> str:
    status = path.stat()
    return f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"


def _memo() -> Path:
    return models_dir().parent / "digests.json"


def _known(key: str) -> str | None:
    if key not in _seen:
        _seen.update(_read_memo())
    return _seen.get(key)


def _read_memo() -> dict[str, str]:
    try:
        memo = json.loads(_memo().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(memo, dict):
        return {}
    return {k: v for k, v in memo.items() if isinstance(v, str) and len(v) == 64}


def _remember(key: str, digest: str) -> None:
    _seen[key] = digest
    # A read-only cache only costs the next process another look at the file.
    with contextlib.suppress(OSError):
        memo = {k: v for k, v in _read_memo().items() if k.split("|")[0] != key.split("|")[0]}
        _memo().parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=_memo().parent, prefix=".digests-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({**memo, key: digest}, file, indent=1)
        Path(name).replace(_memo())
