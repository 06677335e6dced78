"""A distribution's `RECORD` against its files.

Facts: the binary distribution format and the record of installed projects, packaging.python.org.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from typing import NamedTuple

from hatch_intent.audit.reading import Archive, File, shown

_SIGNATURES = ("", ".jws", ".p7s")


class _Row(NamedTuple):
    digest: str
    """As it stands there: `sha256=` and URL-safe base64 without padding."""
    size: str


def unlike_record(archive: Archive, record: str) -> Iterator[str]:
    """What differs between the files of a wheel or an installation and its record."""
    rows: dict[str, _Row] = {}
    try:
        lines = archive.texts[record].decode().splitlines()
        for path, *rest in (line for line in csv.reader(lines) if line):
            if path in rows:
                yield f"{shown(path)}  is in RECORD twice"
            digest, size = (*rest, "", "")[:2]
            rows[path] = _Row(digest, size)
    except (UnicodeDecodeError, csv.Error) as error:
        yield f"{record}  can't be read: {shown(str(error))}"
        return
    unhashed = {f"{record}{suffix}" for suffix in _SIGNATURES}
    for path, row in rows.items():
        if path in unhashed or path in archive.unread or _made_here(archive, path, row):
            continue
        if (file := archive.files.get(path)) is None:
            yield f"{shown(path)}  is in RECORD and not there"
        elif row != _row(file):
            yield f"{shown(path)}  is not the file that RECORD tells of"
    for path in sorted(archive.files.keys() - rows.keys() - unhashed):
        yield f"{shown(path)}  is not in RECORD"


def _made_here(archive: Archive, path: str, row: _Row) -> bool:
    """Whether an installer compiled it: such files come and go, and have no digest."""
    return archive.kind == "installed" and path.endswith(".pyc") and not row.digest


def _row(file: File) -> _Row:
    digest = base64.urlsafe_b64encode(bytes.fromhex(file.sha256)).decode().rstrip("=")
    return _Row(f"sha256={digest}", str(file.size))
