"""Wheels and sdists, read without trusting them.

Nothing is ever unpacked to disk, no link followed, and no more read than the limits below
allow; whoever builds an archive chooses every byte of it. Raises `ArchiveError` for what can't
be read as one in safety; oddities that can be told of a readable archive are `oddities`.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from hatch_intent.errors import UsageError

MAX_BYTES = 2 << 30
"""Of all files of an archive, unpacked."""
MAX_KEPT = 64 << 20
"""Of a single file that is read as a whole: a bill, a record, a lock."""
MAX_ENTRIES = 100_000
MAX_RATIO = 200
"""Unpacked to packed, from `SMALL` bytes on: code is packed to a tenth, bombs to a thousandth."""
SMALL = 64 << 20
_PIECE = 1 << 20
_HEAD = 512


class ArchiveError(UsageError):
    """A file that is no wheel or sdist, or none that can be read in safety."""


@dataclass(frozen=True)
class File:
    """One file: its size in bytes, its digest in hex, and how it begins."""

    size: int
    sha256: str
    head: bytes
    """The first 512 bytes."""


@dataclass(frozen=True)
class Archive:
    """All that an audit looks at. Paths have forward slashes.

    In an sdist they are relative to its one folder, else to where a wheel is unpacked.
    """

    kind: Literal["wheel", "sdist", "installed"]
    name: str
    """As it was asked for."""
    files: Mapping[str, File]
    texts: Mapping[str, bytes]
    """Whole contents of the few files that are read rather than hashed."""
    oddities: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    """Entries that are no plain files, or damaged; each is among the oddities."""
    tree: Path | None = None
    """Of an editable installation: the folder that its modules are loaded from."""


_READ = re.compile(
    r"[^/]+\.dist-info/(RECORD|WHEEL|sboms/hatch-intent\.cdx\.json)|[^/]+/(intent\.lock|PKG-INFO)"
)


def read_file(path: Path) -> File | None:
    """A plain file of a folder; None where there is none. Follows links, as an import does."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None  # opening a pipe would wait for somebody to write
        with path.open("rb") as file:
            return _hashed(file, MAX_BYTES, str(path))[0]
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_text(name: str, path: Path) -> bytes | None:
    """The contents of a file that is read rather than hashed; None for any other."""
    if not _READ.fullmatch(name) or path.stat().st_size > MAX_KEPT:
        return None
    return path.read_bytes()


@dataclass
class Reading:
    """An archive as far as it is read; counts against the limits."""

    path: Path
    left: int = MAX_BYTES
    files: dict[str, File] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def accepts(self, name: str) -> bool:
        """Whether a name is one that unpacks to itself, inside, and only once."""
        if len(self.files) + len(self.unread) >= MAX_ENTRIES:
            raise ArchiveError(f"{self.path}  holds more than {MAX_ENTRIES} files")
        if not safe(name):
            self.oddities.append(f"{shown(name)}  has a name that leads elsewhere")
            return False
        if name in self.files or name in self.unread:
            self.oddities.append(f"{shown(name)}  is there twice")
            return False
        return True

    def refuse(self, name: str, why: str) -> None:
        """Note an entry that is not looked into."""
        self.unread.add(name)
        self.oddities.append(f"{shown(name)}  {why}")

    def take(self, name: str, file: IO[bytes]) -> None:
        """Hash an entry, and keep what is to be read. Raises `ArchiveError` for too large ones."""
        keep = bool(_READ.fullmatch(name))
        found, text = _hashed(file, self.left, str(self.path), keep=keep)
        self.left -= found.size
        self.files[name] = found
        if keep:
            self.texts[name] = text

    def archive(self, kind: Literal["wheel", "sdist"]) -> Archive:
        """What was read, once all was."""
        return Archive(
            kind,
            str(self.path),
            self.files,
            self.texts,
            tuple(self.oddities),
            frozenset(self.unread),
        )


def safe(name: str) -> bool:
    """Whether a path stays below the folder that it is relative to, on every system."""
    parts = name.split("/")
    odd = "\\" in name or ":" in name or not name.isprintable()
    return not odd and all(part not in ("", ".", "..") for part in parts)


def shown(name: str) -> str:
    """A name that a stranger chose, short and on one line."""
    plain = name if name.isprintable() else ascii(name)[1:-1]
    return plain if len(plain) < 200 else f"{plain[:200]}..."


def _hashed(file: IO[bytes], limit: int, name: str, *, keep: bool = False) -> tuple[File, bytes]:
    digest = hashlib.sha256()
    size, head, kept = 0, b"", []
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > (min(limit, MAX_KEPT) if keep else limit):
            raise ArchiveError(f"{name}  unpacks to more than an audit reads")
        head = head or piece[:_HEAD]
        digest.update(piece)
        if keep:
            kept.append(piece)
    return File(size, digest.hexdigest(), head), b"".join(kept)


def reason(error: Exception) -> str:
    """An error's own words, on one line."""
    said = " ".join(str(error).split()) or type(error).__name__
    return shown(said)
