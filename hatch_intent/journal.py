"""Several files, all together or not at all, also when the process is killed in between.

The new contents are first written to one journal in the state folder; its rename into place is
the moment of decision. Then the files are replaced. A build that finds a journal finishes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256, write_atomic

_NAME = "journal.json"


def commit(root: Path, state: Path, files: Mapping[str, str | None]) -> None:
    """Replace files below `root` by new texts, or remove those given as None.

    Names are relative to the root, with forward slashes. Raises `CheckFailed` when one of them
    is or lies behind a link that leaves the project, OSError when the disk refuses; no file has
    changed then.
    """
    for name in files:
        refuse_outside(root, name)
    if not (state / ".gitignore").exists():
        write_atomic(state / ".gitignore", b"*\n")
    before = {name: _digest(root / name) for name in files}
    record = {"files": files, "before": before}
    write_atomic(state / _NAME, json.dumps(record).encode())
    _apply(root, state, files)
    (state / _NAME).unlink()


def interrupted(state: Path) -> bool:
    """Whether a journal waits to be finished."""
    return (state / _NAME).exists()


def recover(root: Path, state: Path) -> None:
    """Finish what a killed build had decided, unless any of its files has changed since then.

    A journal that can't be read is dropped: the files are as they were before or after it.
    """
    if not interrupted(state):
        return
    try:
        record = json.loads((state / _NAME).read_bytes())
        files: dict[str, str | None] = record["files"]
        whole = all(
            _digest(root / name) in (record["before"][name], _digest_of(text))
            for name, text in files.items()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if whole:
        for name in files:
            refuse_outside(root, name)
        _apply(root, state, files)
    (state / _NAME).unlink()


def _apply(root: Path, state: Path, files: Mapping[str, str | None]) -> None:
    for name, text in files.items():
        if text is None:
            (root / name).unlink(missing_ok=True)
        else:
            # A process killed here must leave no litter that could ship.
            write_atomic(root / name, text.encode(), scratch=state)


def _digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes())
    except FileNotFoundError:
        return ""


def _digest_of(text: str | None) -> str:
    return "" if text is None else sha256(text.encode())


def refuse_outside(root: Path, name: str) -> None:
    """Raise `CheckFailed` where writing to `name` would follow a link."""
    path = root / name
    real = os.path.realpath(root)
    if path.is_symlink() or os.path.commonpath([os.path.realpath(path.parent), real]) != real:
        message = f"{name}  is or lies behind a link out of the project; make it a plain file"
        raise CheckFailed(message)
