"""An sdist, read without trusting it."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, cast

from hatch_intent.audit.reading import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_RATIO,
    SMALL,
    Archive,
    ArchiveError,
    Reading,
    reason,
)


class _Unzipped:
    """What a gzip file unpacks to, up to the limits, forward only.

    `tarfile` never goes back but for a header with a negative size, some versions for ever.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._most = min(MAX_BYTES, max(SMALL, path.stat().st_size * MAX_RATIO))

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 16 << 20:
            # Only a header of a single entry is read in one piece.
            raise ArchiveError(f"{self._path}  is no sdist: it has a header of {size} bytes")
        self._refuse(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, place: int) -> int:
        if place < self._file.tell():
            raise ArchiveError(f"{self._path}  is no sdist: it has a header that leads back")
        self._refuse(place)
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()

    def _refuse(self, place: int) -> None:
        if place > self._most + (1 << 20):
            raise ArchiveError(f"{self._path}  unpacks to more than an audit reads")


def open_sdist(path: Path) -> Archive:
    """Read an sdist. Raises `ArchiveError`."""
    reading = Reading(path)
    try:
        with gzip.open(path) as file:
            source = cast("IO[bytes]", _Unzipped(path, cast("IO[bytes]", file)))
            with tarfile.open(
                fileobj=source, mode="r:", encoding="utf-8", errors="surrogateescape"
            ) as archive:
                for _ in range(MAX_ENTRIES):
                    if (member := archive.next()) is None:
                        return _inside(reading)
                    _take_member(reading, archive, member)
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ArchiveError(f"{path}  is no sdist: {reason(error)}") from None
    raise ArchiveError(f"{path}  holds more than {MAX_ENTRIES} entries")


def _take_member(reading: Reading, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    if not reading.accepts(member.name) or member.isdir():
        return
    file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if file is None:
        reading.refuse(member.name, "is a link, a device or sparse")
        return
    reading.take(member.name, file)


def _inside(reading: Reading) -> Archive:
    """The archive seen from its one folder."""
    tops = {PurePosixPath(name).parts[0] for name in (*reading.files, *reading.unread)}
    if len(tops) != 1 or f"{next(iter(tops))}/PKG-INFO" not in reading.files:
        raise ArchiveError(f"{reading.path}  is no sdist: it is not one folder with a PKG-INFO")
    cut = len(tops.pop()) + 1
    reading.files = {name[cut:]: file for name, file in reading.files.items()}
    reading.texts = {name[cut:]: text for name, text in reading.texts.items()}
    reading.unread = {name[cut:] for name in reading.unread}
    return reading.archive("sdist")
