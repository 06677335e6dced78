"""Answers and modules on disk, by digest; verified on every reading.

One file per entry: a line with the SHA-256 of the rest, then JSON. Entries never change once
written, so builds that share a folder need no lock: both write the same bytes, atomically.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from hatch_intent.files import sha256, write_atomic

KINDS = ("responses", "modules")
_WRITING = 3600
"""Seconds after which an unfinished file is nobody's any more."""


@dataclass(frozen=True)
class CacheStats:
    """What a cache holds: entries and bytes by kind, and how many can't be trusted."""

    entries: dict[str, int]
    size: int
    broken: tuple[str, ...] = ()


class DiskCache:
    """Entries of one kind below a folder, which is made at the first `put`."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder / kind

    def get(self, key: str) -> dict[str, Any] | None:
        """The value kept under `key`; None where there is none or its bytes were damaged.

        A damaged entry is removed, if it can be. It costs one more answer, never a wrong module.
        """
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        value = _verified(raw)
        if value is None:
            with suppress(OSError):  # others may read this cache and not write it
                path.unlink(missing_ok=True)
        return value

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep a JSON object under `key`, a hex digest. Raises OSError."""
        body = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
        write_atomic(self._path(key), sha256(body).encode() + b"\n" + body)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


class Keeper:
    """Puts into caches what a build can do without: where one can't be written, that is told once.

    Thread-safe.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._news = Lock()

    def put(self, cache: DiskCache, key: str, value: dict[str, Any]) -> None:
        """As `DiskCache.put`, but never raises OSError."""
        try:
            cache.put(key, value)
        except OSError as error:
            if self._news.acquire(blocking=False):  # and never released: it is news no more
                why = error.strerror or error
                self._notify(
                    f"the cache can't be written ({why}); what is made goes to the project alone"
                )


def _verified(raw: bytes) -> dict[str, Any] | None:
    digest, _, body = raw.partition(b"\n")
    if sha256(body).encode() != digest:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):  # anybody can seal what they like
        return None
    return value if isinstance(value, dict) else None


def stats(folder: Path, *, verify: bool = False) -> CacheStats:
    """Count what is below a cache folder; with `verify`, name the damaged entries too."""
    counts = dict.fromkeys(KINDS, 0)
    size, broken = 0, []
    for kind, path in _entries(folder):
        counts[kind] += 1
        size += path.stat().st_size
        if verify and _verified(path.read_bytes()) is None:
            broken.append(path.relative_to(folder).as_posix())
    return CacheStats(counts, size, tuple(sorted(broken)))


def collect(folder: Path, *, older_than: float) -> int:
    """Remove entries not written for `older_than` seconds; tells how many went.

    What builds that were killed left unfinished goes too.
    """
    now = time.time()
    for path in folder.glob("*/*/.*.tmp"):
        if path.stat().st_mtime <= now - _WRITING:
            path.unlink(missing_ok=True)
    limit = now - older_than
    old = [path for _, path in _entries(folder) if path.stat().st_mtime <= limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def remove_broken(folder: Path) -> tuple[str, ...]:
    """Remove the damaged entries; tells which."""
    broken = stats(folder, verify=True).broken
    for name in broken:
        (folder / name).unlink(missing_ok=True)
    return broken


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    for kind in KINDS:
        for parent, _, names in os.walk(folder / kind):
            yield from ((kind, Path(parent, name)) for name in sorted(names) if name[0] != ".")
