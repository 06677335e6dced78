"""The `__init__.py` beside generated modules, which re-exports their functions.

It follows from the lock alone. A file that is not ours, or was edited, is left as it is.
"""

from __future__ import annotations

from hatch_intent.files import sha256
from hatch_intent.lock import Lock
from hatch_intent.project import Project
from hatch_intent.targets.python_package import package_init

_SEAL = "# sha256: "


def package_texts(project: Project, lock: Lock) -> dict[str, str]:
    """Path, relative to the root, to text of every package file that the lock calls for.

    Those of a folder whose `__init__.py` is somebody's own are not among them.
    """
    folders: dict[str, dict[str, list[str]]] = {}
    for entry in lock.entries.values():
        if entry.target == "py":
            folder = entry.output.rpartition("/")[0]
            folders.setdefault(folder, {})[entry.name] = entry.exports.split(",")
    if not folders:
        return {}
    # Loaded when there is something to write, as it brings in the whole spec room.
    texts = {
        f"{folder}/__init__.py": _sealed(package_init(names)) for folder, names in folders.items()
    }
    return {path: text for path, text in texts.items() if _ours(project, path)}


def outdated_packages(project: Project, lock: Lock) -> dict[str, str]:
    """Those of `package_texts` that are not on disk as they should be."""
    texts = package_texts(project, lock)
    return {path: text for path, text in texts.items() if _current(project, path) != text}


def _current(project: Project, path: str) -> str | None:
    try:
        return (project.root / path).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None


def _ours(project: Project, path: str) -> bool:
    text = _current(project, path)
    # An empty file says nothing that could get lost.
    return not text or _unsealed(text) is not None


def _sealed(text: str) -> str:
    return f"{_SEAL}{sha256(text.encode())}\n{text}"


def _unsealed(text: str) -> str | None:
    """The text below a seal that fits it; None where there is none or it was edited."""
    first, _, rest = text.partition("\n")
    return rest if first == f"{_SEAL}{sha256(rest.encode())}" else None
