"""A wheel, read without trusting it."""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO

from hatch_intent.audit.reading import (
    MAX_BYTES,
    MAX_RATIO,
    SMALL,
    Archive,
    ArchiveError,
    Reading,
    reason,
    shown,
)

MAX_DIRECTORY = 32 << 20
"""Of a zip's table of contents, which is read as a whole."""


def open_wheel(path: Path) -> Archive:
    """Read a wheel. Raises `ArchiveError`, OSError."""
    reading = Reading(path)
    with path.open("rb") as raw:
        _refuse_huge_directory(path, raw)
        try:
            with zipfile.ZipFile(raw) as wheel:
                _refuse_bomb(path, wheel)
                for entry in wheel.infolist():
                    _take_zipped(reading, wheel, entry)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
            raise ArchiveError(f"{path}  is no wheel: {reason(error)}") from None
    if not any(re.fullmatch(r"[^/]+\.dist-info/WHEEL", name) for name in reading.files):
        raise ArchiveError(f"{path}  is no wheel: it has no .dist-info/WHEEL")
    return reading.archive("wheel")


def _refuse_huge_directory(path: Path, raw: IO[bytes]) -> None:
    """`zipfile` reads the whole table of contents before it can be asked for its length."""
    size = raw.seek(0, os.SEEK_END)
    start = raw.seek(max(0, size - (1 << 16) - 42))
    tail = raw.read()
    raw.seek(0)
    for end in re.finditer(b"PK\x05\x06", tail):
        place = end.start()
        length = int.from_bytes(tail[place + 12 : place + 16], "little")
        large = place + start >= 20 and tail[max(0, place - 20) : place].startswith(b"PK\x06\x07")
        if large or length > MAX_DIRECTORY:
            raise ArchiveError(f"{path}  is no wheel that can be audited: it is too large")


def _refuse_bomb(path: Path, wheel: zipfile.ZipFile) -> None:
    entries = wheel.infolist()
    whole = sum(entry.file_size for entry in entries)
    packed = max(1, path.stat().st_size)
    if whole > MAX_BYTES or (whole > SMALL and whole / packed > MAX_RATIO):
        raise ArchiveError(f"{path}  unpacks to {whole} bytes from {packed}: not read")
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            how = "is encrypted or packed in a way that wheels are not"
            raise ArchiveError(f"{path}  {shown(entry.filename)} {how}")


def _take_zipped(reading: Reading, wheel: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    # A NUL ends the name for `zipfile`, not for everybody.
    name = entry.filename if entry.orig_filename == entry.filename else entry.orig_filename
    if not reading.accepts(name.removesuffix("/")) or entry.is_dir():
        return
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        reading.refuse(name, "is a link or a device")
        return
    try:
        with wheel.open(entry) as file:
            reading.take(name, file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        reading.refuse(name, f"is damaged: {reason(error)}")
