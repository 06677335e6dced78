"""An installed distribution of this Python, as an audit looks at it."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from hatch_intent.audit.reading import (
    MAX_ENTRIES,
    Archive,
    ArchiveError,
    File,
    read_file,
    read_text,
)
from hatch_intent.errors import UsageError


def open_installed(name: str) -> Archive:
    """Read an installed distribution, with the tree behind it where it is editable.

    Raises `UsageError` for one that isn't there, `ArchiveError` for one without a record.
    """
    try:
        distribution = metadata.distribution(name) if name else None  # 3.10 finds any for ""
    except (metadata.PackageNotFoundError, ValueError):
        distribution = None
    if distribution is None:
        raise UsageError(f"{name}  is not installed in this Python environment")
    try:
        recorded = distribution.files
    except UnicodeDecodeError:
        raise ArchiveError(f"{name}  has a RECORD that is not UTF-8 text") from None
    if recorded is None or len(recorded) > MAX_ENTRIES:
        raise ArchiveError(f"{name}  has no RECORD of its files that can be audited")
    files: dict[str, File] = {}
    texts: dict[str, bytes] = {}
    for each in recorded:
        path = Path(str(distribution.locate_file(each)))
        if (file := read_file(path)) is not None:
            files[str(each)] = file
            if (text := read_text(str(each), path)) is not None:
                texts[str(each)] = text
    return Archive("installed", name, files, texts, tree=_tree(distribution))


def _tree(distribution: metadata.Distribution) -> Path | None:
    """The folder that an editable installation loads its modules from (PEP 610)."""
    try:
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
        url = urlsplit(told["url"])
        editable = told["dir_info"]["editable"] is True and url.scheme == "file"
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Path(url2pathname(url.path)) if editable else None
