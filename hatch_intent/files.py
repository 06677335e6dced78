"""Bytes to disk and digests of bytes: the one place that replaces files."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


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
    temporary = folder / f".{path.name}.{os.urandom(8).hex()}.tmp"
    mode = _mode(path)
    # What is new is as public as any source file: the kernel subtracts the umask, which can't be
    # read without being changed for all threads.
    handle = os.open(temporary, _NEW, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return None


def remember(state: Path, name: str, data: bytes) -> None:
    """Keep in the state folder what only saves time later; a read-only tree goes without it."""
    with suppress(OSError):
        if not (state / ".gitignore").exists():
            write_atomic(state / ".gitignore", b"*\n")
        write_atomic(state / name, data)
