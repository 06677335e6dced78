"""A big file that arrives over several runs, and gets its name only once it is the right one.

Beside `NAME.part` lies `NAME.part.json`: how many bytes were safely on disk, their digest,
and the sizes of the index parts among them. After a kill at any moment the bytes beyond
are dropped, and those before are read again and believed only when the digest agrees.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from hatch_intent.errors import ProviderError

CHECKPOINT_BYTES = 16 << 20


class PartialFile:
    """A context manager; takes bytes in order. Raises `OSError` when the disk does."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(target.name + ".part")
        self._state_path = target.with_name(target.name + ".part.json")
        self._file = self._path.open("a+b")
        self.size = 0
        self.parts: tuple[int, ...] = ()
        """Sizes of the index parts that were read so far, whether or not written from there."""
        self._hash = hashlib.sha256()
        self._saved = 0
        self._resume()

    def __enter__(self) -> PartialFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Append; every 16 MiB what came so far is made safe."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        if self.size - self._saved >= CHECKPOINT_BYTES:
            self.save()

    def part_read(self, size: int) -> None:
        """Note that one more index part was read to its end."""
        self.parts = (*self.parts, size)
        self.save()

    def save(self) -> None:
        """Bytes first, then the note that they are there."""
        self._file.flush()
        os.fsync(self._file.fileno())
        state = {"bytes": self.size, "sha256": self._hash.hexdigest(), "parts": self.parts}
        fresh = self._state_path.with_suffix(".tmp")
        fresh.write_text(json.dumps(state), "ascii")
        fresh.replace(self._state_path)
        self._saved = self.size

    def restart(self) -> None:
        """Forget all bytes."""
        self._state_path.unlink(missing_ok=True)
        self._truncate(0)
        self._hash, self.parts = hashlib.sha256(), ()

    def finish(self, size: int, sha256: str) -> None:
        """Give the file its name if it is the one. Raises `ProviderError`, dropping it, if not."""
        self.save()
        if (self.size, self._hash.hexdigest()) != (size, sha256):
            found = f"{self.size} bytes, SHA-256 {self._hash.hexdigest()[:8]}…"
            self.restart()
            raise ProviderError(
                f"the bytes that came are not {self._target.name}: {found}; "
                f"expected {size} bytes, {sha256[:8]}…"
            )
        self._file.close()  # Windows renames closed files only
        self._path.replace(self._target)
        self._state_path.unlink(missing_ok=True)

    def _resume(self) -> None:
        state = self._state()
        wanted = state.get("bytes", 0)
        if not isinstance(wanted, int) or not 0 < wanted <= self._path.stat().st_size:
            self.restart()
            return
        self._file.seek(0)
        for start in range(0, wanted, 1 << 20):
            self._hash.update(self._file.read(min(1 << 20, wanted - start)))
        if self._hash.hexdigest() != state.get("sha256"):
            self.restart()
            return
        self.parts = tuple(state.get("parts", ()))
        self._truncate(wanted)

    def _state(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            state = json.loads(self._state_path.read_text("ascii"))
            if isinstance(state, dict):
                return state
        return {}

    def _truncate(self, size: int) -> None:
        self._file.truncate(size)
        self._file.seek(size)
        self.size = self._saved = size
