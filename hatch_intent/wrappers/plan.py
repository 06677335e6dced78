"""Which wrapper files a lock calls for, and whether they are as they should be.

From the lock, the settings and the files' heads alone: no spec is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hatch_intent.errors import CheckFailed, Problem, SettingsError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.lock import Lock, LockEntry
from hatch_intent.project import Project
from hatch_intent.settings import WRAPPED
from hatch_intent.targets.python_package import TOOLS

FORMAT = 1
"""Of the files' content. A build that may write brings older ones up to date; a frozen one
takes them as they are."""
State = Literal["good", "old", "outdated", "edited"]
_MARKER = "<<<<<<< "
_INDEX = 'can\'t be called "index": its wrapper exports everything from there; rename it'


@dataclass(frozen=True)
class WrapperFile:
    """One file of a wrapper: what it is and what it follows from."""

    path: str
    """Relative to the root, with forward slashes."""
    part: str
    """`module`, `types`, or one of the files that all modules of a folder share."""
    language: str
    """`js` or `py`: the wrapper's."""
    modules: str
    """The path from the file's folder to the modules', with forward slashes."""
    entries: tuple[LockEntry, ...]
    """The modules that it is for."""

    @property
    def origin(self) -> str:
        """A digest of all that the content follows from, but for this package's version of it."""
        names = [each.name for each in self.entries]
        intents = [each.intent for each in self.entries if self.part in ("module", "types")]
        parts = [self.part, self.modules, names, intents]
        return sha256(json.dumps(parts).encode())[:32]


_SHARED = {
    "js": {
        "index": "index.mjs",
        "index-types": "index.d.mts",
        "bridge": "_bridge.mjs",
        "bridge-types": "_bridge.d.mts",
        "values": "_values.mjs",
        "node": "_node.mjs",
        "pyodide": "_pyodide.mjs",
        "server": "_server.py",
    },
    "py": {
        "package": "__init__.py",
        "bridge": "_bridge.py",
        "values": "_values.mjs",
        "server": "_server.mjs",
    },
}
_FIXED = ("bridge", "bridge-types", "values", "node")
"""Parts that no module changes."""
_OWN = {"js": {"module": ".mjs", "types": ".d.mts"}, "py": {"module": ".py"}}


def wrapper_files(project: Project, lock: Lock) -> dict[str, WrapperFile]:
    """The files that settings and lock call for, by path."""
    return _recorded_files(_with_folders(project, lock))


def refuse_unwrappable(project: Project, modules: Iterable[Freshness]) -> None:
    """Raise `SettingsError` for modules whose wrapper would have a shared file's name."""
    problems = [
        Problem(each.spec_file.path, 0, 0, _INDEX)
        for each in modules
        if each.name == "index"
        and each.target == WRAPPED["js"]
        and "js" in project.settings.wrappers
    ]
    if problems:
        raise SettingsError(problems)


def wrapper_lock(project: Project, lock: Lock) -> Lock:
    """The lock with the folders of wrappers as the settings have them now."""
    wanted = _with_folders(project, lock)
    return lock if wanted.entries == lock.entries else wanted


def keep_wrappers(before: Lock, after: Lock) -> Lock:
    """The later lock with the folders that the earlier one has for the same modules."""
    known = {key: entry.wrapper for key, entry in before.entries.items()}
    kept = {key: replace(entry, wrapper=known.get(key, "")) for key, entry in after.entries.items()}
    return Lock(kept)


def wrappers_due(project: Project, lock: Lock) -> list[WrapperFile]:
    """Files that a build has to write; in a frozen one, those that keep it from shipping."""
    due = ("outdated",) if project.frozen else ("outdated", "old")
    files = wrapper_files(project, lock).values()
    return [each for each in files if _state(project, each) in due]


def wrappers_settled(project: Project, lock: Lock) -> bool:
    """Whether there is nothing to write, to remove or to refuse."""
    return wrapper_lock(project, lock) is lock and not unsettled_wrappers(project, lock)


def unsettled_wrappers(project: Project, lock: Lock) -> list[str]:
    """The files to write or to refuse."""
    fine = ("good", "old") if project.frozen else ("good",)
    files = wrapper_files(project, lock)
    return sorted(path for path, file in files.items() if _state(project, file) not in fine)


def left_wrappers(project: Project, before: Lock, after: Lock) -> list[str]:
    """Files of ours that the lock called for and does no more."""
    left = _recorded_files(before).keys() - _recorded_files(after).keys()
    return [path for path in sorted(left) if _sealed_at(project, path)]


def refuse_edited_wrappers(project: Project, lock: Lock) -> None:
    """Raise `CheckFailed` when a person changed a wrapper, or has their own file in its place."""
    files = {**_recorded_files(lock), **wrapper_files(project, lock)}
    edited = sorted(path for path, file in files.items() if _state(project, file) == "edited")
    if edited:
        lines = [
            f"{path} was edited by hand or isn't ours; not shipped, not overwritten"
            for path in edited
        ]
        remedy = "  It follows from the specs: move what you need elsewhere, delete it, and build"
        raise CheckFailed("\n".join([*lines, remedy]))


def head(file: WrapperFile, comment: str) -> str:
    """The two lines below the seal."""
    return (
        f"{comment} from: {FORMAT} {file.origin}\n"
        f"{comment} Generated by hatch-intent. Edit the specs, not this file.\n"
    )


def sealed(file: WrapperFile, text: str) -> str:
    """A file's whole content."""
    python = file.path.endswith(".py")
    comment = "#" if python else "//"
    rest = head(file, comment) + (TOOLS if python else "") + text
    return f"{comment} sha256: {sha256(rest.encode())}\n{rest}"


def _with_folders(project: Project, lock: Lock) -> Lock:
    folders = {WRAPPED[name]: path.rstrip("/") for name, path in project.settings.wrappers.items()}
    return Lock(
        {
            key: replace(entry, wrapper=folders.get(entry.target, ""))
            for key, entry in lock.entries.items()
        }
    )


def _recorded_files(lock: Lock) -> dict[str, WrapperFile]:
    groups: dict[tuple[str, str, str], list[LockEntry]] = {}
    for _, entry in sorted(lock.entries.items()):
        if entry.wrapper:
            language = next(name for name, target in WRAPPED.items() if target == entry.target)
            modules = os.path.relpath(entry.output.rpartition("/")[0] or ".", entry.wrapper)
            key = (language, entry.wrapper, modules.replace(os.sep, "/"))
            groups.setdefault(key, []).append(entry)
    found = [file for key, entries in groups.items() for file in _group(*key, entries)]
    return {file.path: file for file in found}


def _group(
    language: str, folder: str, modules: str, entries: Sequence[LockEntry]
) -> Iterator[WrapperFile]:
    for entry in entries:
        for part, suffix in _OWN[language].items():
            yield WrapperFile(f"{folder}/{entry.name}{suffix}", part, language, modules, (entry,))
    for part, name in _SHARED[language].items():
        for_all = () if part in _FIXED else tuple(entries)
        between = "" if part in _FIXED else modules
        yield WrapperFile(f"{folder}/{name}", part, language, between, for_all)


def _state(project: Project, file: WrapperFile) -> State:
    text = _text(project, file.path)
    if not text:
        return "outdated"
    if not _unsealed(text):
        # Both sides of a merge were ours.
        return "outdated" if _MARKER in text and " sha256: " in text else "edited"
    words = text.split("\n", 2)[1].split(" ")
    if words[-1] != file.origin:
        return "outdated"
    return "good" if words[-2] == str(FORMAT) else "old"


def _sealed_at(project: Project, path: str) -> bool:
    text = _text(project, path)
    return bool(text) and _unsealed(text)


def _text(project: Project, path: str) -> str:
    try:
        return (project.root / path).read_bytes().decode(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _unsealed(text: str) -> bool:
    """Whether the first line seals the rest."""
    first, _, rest = text.partition("\n")
    return first.rpartition(" sha256: ")[2] == sha256(rest.encode()) and " from: " in rest
