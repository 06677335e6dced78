"""The `__init__.py` beside generated modules, which re-exports their functions.

It follows from the lock alone. A file that is not ours, or was edited, is left as it is.
"""

from __future__ import annotations

import re

from hatch_intent.files import sha256
from hatch_intent.lock import Lock
from hatch_intent.project import Project
from hatch_intent.targets.python_package import package_init

_SEAL = "# sha256: "
_MARKER = "<<<<<<< "
_BODY = re.compile(r"from (__future__|\.\w+) import |__all__ = \[| {4}[\w\",]+$|[])]?$")
"""How a line begins that is no comment, or all of one."""


def package_texts(project: Project, lock: Lock) -> dict[str, str]:
    """Path, relative to the root, to text of every package file that the lock calls for.

    Those of a folder whose `__init__.py` is somebody's own are not among them.
    """
    texts = {
        f"{folder}/__init__.py": _sealed(package_init(names))
        for folder, names in _folders(lock).items()
    }
    return {path: text for path, text in texts.items() if _ours(project, path)}


def left_packages(project: Project, before: Lock, after: Lock) -> list[str]:
    """Package files of ours in folders that no module is left in."""
    folders = _folders(before).keys() - _folders(after).keys()
    paths = [f"{folder}/__init__.py" for folder in sorted(folders)]
    return [path for path in paths if _current(project, path) and _ours(project, path)]


def outdated_packages(project: Project, lock: Lock) -> dict[str, str]:
    """Those of `package_texts` that are not on disk as they should be."""
    texts = package_texts(project, lock)
    return {path: text for path, text in texts.items() if _current(project, path) != text}


def _folders(lock: Lock) -> dict[str, dict[str, list[str]]]:
    """Folder to module to exported names, of the modules in Python."""
    folders: dict[str, dict[str, list[str]]] = {}
    for entry in lock.entries.values():
        if entry.target == "py":
            folder = entry.output.rpartition("/")[0]
            folders.setdefault(folder, {})[entry.name] = entry.exports.split(",")
    return folders


def _current(project: Project, path: str) -> str | None:
    try:
        return (project.root / path).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None


def _ours(project: Project, path: str) -> bool:
    text = (_current(project, path) or "").replace("\r\n", "\n")  # git's autocrlf is nobody's edit
    # An empty file says nothing that could get lost, and both sides of a merge were ours.
    return not text or _unsealed(text) is not None or _merged(text)


def _merged(text: str) -> bool:
    """Whether a merge made it of two of ours: with markers, or by union, as init has git do it."""
    if _MARKER in text:
        return _SEAL in text
    lines = text.splitlines()
    seals = [line for line in lines if line.startswith(_SEAL)]
    known = {*seals, *package_init({}).splitlines()}
    return len(seals) > 1 and all(line in known or _BODY.match(line) for line in lines)


def _sealed(text: str) -> str:
    return f"{_SEAL}{sha256(text.encode())}\n{text}"


def _unsealed(text: str) -> str | None:
    """The text below a seal that fits it; None where there is none or it was edited."""
    first, _, rest = text.partition("\n")
    return rest if first == f"{_SEAL}{sha256(rest.encode())}" else None
