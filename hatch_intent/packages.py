"""Files beside generated modules: the `__init__.py` that re-exports Python's functions, the types
of JavaScript's and the `package.json` that makes them ES modules.

They follow from the lock and the locked modules alone. A file that is not ours, or was edited, is
left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from hatch_intent.files import sha256
from hatch_intent.lock import Lock
from hatch_intent.project import Project
from hatch_intent.targets.python_package import package_init

_SEAL = "# sha256: "
_MARKER = "<<<<<<< "
_BODY = re.compile(r"from (__future__|\.\w+) import |__all__ = \[| {4}[\w\",]+$|[])]?$")
"""How a line begins that is no comment, or all of one."""


Texts = Mapping[str, str | None]
"""What is about to be written, by path; None for what is to go."""


def package_texts(
    project: Project, lock: Lock, pending: Texts = MappingProxyType({})
) -> dict[str, str]:
    """Path, relative to the root, to text of every package file that the lock calls for.

    Those of a folder whose `__init__.py` is somebody's own are not among them.
    """
    texts = {
        f"{folder}/__init__.py": _sealed(package_init(names))
        for folder, names in _folders(lock).items()
    }
    texts |= _javascript_texts(project, lock, pending)
    return {path: text for path, text in texts.items() if _ours(project, path)}


def left_packages(project: Project, before: Lock, after: Lock) -> list[str]:
    """Package files of ours in folders that no module is left in."""
    paths = sorted(_paths(before) - _paths(after))
    return [path for path in paths if _current(project, path) and _ours(project, path)]


def _paths(lock: Lock) -> set[str]:
    """Where a package file may stand."""
    found = {f"{folder}/__init__.py" for folder in _folders(lock)}
    for output in _javascript(lock).values():
        found |= {_types_of(output), f"{output.rpartition('/')[0]}/package.json"}
    return found


def _javascript(lock: Lock) -> dict[str, str]:
    """Name to file of the modules in JavaScript."""
    return {each.name: each.output for each in lock.entries.values() if each.target == "js"}


def _types_of(output: str) -> str:
    return f"{output.removesuffix('.js')}.d.ts"


def _javascript_texts(project: Project, lock: Lock, pending: Texts) -> dict[str, str]:
    if not (modules := _javascript(lock)):
        return {}
    from hatch_intent.targets.javascript_types import PACKAGE, declaration

    texts = {f"{output.rpartition('/')[0]}/package.json": PACKAGE for output in modules.values()}
    for name, output in modules.items():
        module = pending.get(output) or _current(project, output) or ""
        if types := declaration(module, name):
            texts[_types_of(output)] = _sealed(types, "//")
    return texts


def outdated_packages(
    project: Project, lock: Lock, pending: Texts = MappingProxyType({})
) -> dict[str, str]:
    """Those of `package_texts` that are not on disk as they should be."""
    texts = package_texts(project, lock, pending)
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
    if path.endswith("/package.json"):
        from hatch_intent.targets.javascript_types import PACKAGE

        return text in ("", PACKAGE)
    return not text or _unsealed(text) is not None or _merged(text)


def _merged(text: str) -> bool:
    """Whether a merge made it of two of ours: with markers, or by union, as init has git do it."""
    if _MARKER in text:
        return _SEAL in text
    lines = text.splitlines()
    seals = [line for line in lines if line.startswith(_SEAL)]
    known = {*seals, *package_init({}).splitlines()}
    return len(seals) > 1 and all(line in known or _BODY.match(line) for line in lines)


def _sealed(text: str, comment: str = "#") -> str:
    return f"{comment}{_SEAL[1:]}{sha256(text.encode())}\n{text}"


def _unsealed(text: str) -> str | None:
    """The text below a seal that fits it; None where there is none or it was edited."""
    first, _, rest = text.partition("\n")
    seal = f"{_SEAL[1:]}{sha256(rest.encode())}"
    return rest if first in (f"#{seal}", f"//{seal}") else None
