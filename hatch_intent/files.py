"""Bytes to disk and digests of bytes: the one place that replaces files."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path


def sha256(data: bytes) -> str:
    """The hex SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def write_atomic(path: Path, data: bytes, scratch: Path | None = None) -> None:
    """Put `data` at `path`, whole or not at all, and make its folder where it is missing.

    An existing file keeps its permission bits. Raises OSError, with the old file intact.
    `scratch` is a folder for the unfinished file; a process that is killed leaves it there.
    Without it, or where it is on another mount, that is the folder of `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(path, data, scratch or path.parent)
    except OSError as error:
        # No file moves from one mount to another, not even of one file system.
        if error.errno != errno.EXDEV:
            raise
        _write(path, data, path.parent)


def _write(path: Path, data: bytes, folder: Path) -> None:
    import tempfile  # takes longer than a build with nothing to write

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        # mkstemp makes private files; what is written here is as public as any source file.
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def remember(state: Path, name: str, data: bytes) -> None:
    """Keep in the state folder what only saves time later; a read-only tree goes without it."""
    with suppress(OSError):
        if not (state / ".gitignore").exists():
            write_atomic(state / ".gitignore", b"*\n")
        write_atomic(state / name, data)
