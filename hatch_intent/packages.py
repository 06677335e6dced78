"""Files beside generated modules: the `__init__.py` or `index.js` that re-exports all functions,
the types of JavaScript's and the `package.json` that makes them ES modules.

They follow from the lock and the locked modules alone. A file that is not ours, or was edited, is
left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hatch_intent.errors import Problem, SettingsError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.lock import Lock
from hatch_intent.project import Project
from hatch_intent.targets.python_package import package_init

_SEAL = " sha256: "
_INDEX = 'can\'t be called "index" in JavaScript: index.js exports all functions; rename it'
_MARKER = "<<<<<<< "
_BODY = re.compile(
    r"from (__future__|\.\w+) import |__all__ = \[| {4}[\w\",]+$|[])]?$|export { \w+ } from "
)
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
        for folder, names in _folders(lock, "py").items()
    }
    texts |= _javascript_texts(project, lock, pending)
    return {path: text for path, text in texts.items() if _ours(project, path)}


def left_packages(project: Project, before: Lock, after: Lock) -> list[str]:
    """Package files of ours in folders that no module is left in."""
    paths = sorted(_paths(before) - _paths(after))
    return [path for path in paths if _current(project, path) and _ours(project, path)]


def refuse_misnamed(modules: Iterable[Freshness]) -> None:
    """Raise `SettingsError` for modules that would lie where a package file does."""
    problems = [
        Problem(each.spec_file.path, 0, 0, _INDEX)
        for each in modules
        if (each.name, each.target) == ("index", "js")
    ]
    if problems:
        raise SettingsError(problems)


def _paths(lock: Lock) -> set[str]:
    """Where a package file may stand."""
    found = {f"{folder}/__init__.py" for folder in _folders(lock, "py")}
    for folder, names in _folders(lock, "js").items():
        beside = ("package.json", "index.js", "index.d.ts", *(f"{name}.d.ts" for name in names))
        found |= {f"{folder}/{each}" for each in beside}
    return found


def _javascript_texts(project: Project, lock: Lock, pending: Texts) -> dict[str, str]:
    if not (folders := _folders(lock, "js")):
        return {}
    from hatch_intent.targets.javascript_types import INDEX, PACKAGE, declaration, index

    texts = {}
    for folder, names in folders.items():
        texts[f"{folder}/package.json"] = PACKAGE
        texts |= {f"{folder}/{each}": _sealed(index(names), "//") for each in INDEX}
        for name in names:
            output = f"{folder}/{name}.js"
            if module := pending.get(output) or _current(project, output):
                texts[f"{folder}/{name}.d.ts"] = _sealed(declaration(module, name), "//")
    return texts


def outdated_packages(
    project: Project, lock: Lock, pending: Texts = MappingProxyType({})
) -> dict[str, str]:
    """Those of `package_texts` that are not on disk as they should be."""
    texts = package_texts(project, lock, pending)
    return {path: text for path, text in texts.items() if _current(project, path) != text}


def _folders(lock: Lock, target: str) -> dict[str, dict[str, list[str]]]:
    """Folder to module to exported names, of the modules in one language."""
    folders: dict[str, dict[str, list[str]]] = {}
    for entry in lock.entries.values():
        if entry.target == target:
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
        return f"#{_SEAL}" in text or f"//{_SEAL}" in text
    from hatch_intent.targets.javascript_types import index

    lines = text.splitlines()
    seals = [line for line in lines if line.startswith((f"#{_SEAL}", f"//{_SEAL}"))]
    known = {*seals, *package_init({}).splitlines(), *index(()).splitlines()}
    return len(seals) > 1 and all(line in known or _BODY.match(line) for line in lines)


def _sealed(text: str, comment: str = "#") -> str:
    return f"{comment}{_SEAL}{sha256(text.encode())}\n{text}"


def _unsealed(text: str) -> str | None:
    """The text below a seal that fits it; None where there is none or it was edited."""
    first, _, rest = text.partition("\n")
    seal = f"{_SEAL}{sha256(rest.encode())}"
    return rest if first in (f"#{seal}", f"//{seal}") else None
