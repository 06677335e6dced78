"""`intent.lock`: what was built from what, made to be merged and hard to get wrong.

One TOML table per module, sorted, without counters, times or anything that depends on the
build. Each table carries a seal over its own fields, so that a digest edited by hand or a
merge that mixed two tables is refused, while tables of two branches join freely.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hatch_intent.errors import LockError
from hatch_intent.files import remember, sha256

LOCK_NAME = "intent.lock"
MEMO_NAME = "lock.json"
LOCK_VERSION = 1
_HEAD = f"""\
# Written by hatch-intent; commit it. To change a module, change its spec and build.
lock-version = {LOCK_VERSION}
"""


@dataclass(frozen=True)
class LockEntry:
    """One module: its spec, what wrote it, how it was checked. All digests are hex SHA-256."""

    name: str
    target: str
    targets: str
    """All targets that the spec names, comma-separated."""
    spec: str
    spec_sha256: str
    """Over the spec file's bytes."""
    intent: str
    """Over the canonical description, signature, constraints, uses, requires and model."""
    checks: str
    """Over the canonical examples and properties."""
    parts: str
    """A short digest per heading, to say which one changed."""
    key: str
    """Names the generation: spec, target, model, prompt version, sampling."""
    output: str
    output_sha256: str
    exports: str
    """The names that the module gives to its package, comma-separated."""
    author: str
    """`model` or `hand`."""
    provider: str = ""
    model: str = ""
    model_digest: str = ""
    pinned: bool = False
    """Whether the model's digest is part of the key."""
    sampling: str = ""
    trust: str = "examples"
    examples: int = 0
    """How many examples the module passed."""
    inputs: int = 0
    """How many made-up inputs it was tried on."""
    uses: str = ""
    """A short digest per public part of each spec that it uses, as they were then."""
    wrapper: str = ""
    """The folder of its wrapper in another language."""
    agrees: str = ""
    """What it was compared with and found to be the same as: `js on 500 of 500 inputs`."""
    disagree: str = ""
    """Candidates that passed as well and behave in another way: `1 of 3`."""
    mirror: str = ""
    """The file that mirrors it in another language."""
    mirror_of: str = ""
    """The module's SHA-256 when the mirror was derived."""
    mirror_sha256: str = ""
    mirror_tool: str = ""
    """What the mirror was checked with: `typescript 7.0.2`."""


Key = tuple[str, str]
"""A module's name and target."""


@dataclass(frozen=True)
class Lock:
    """The entries by module."""

    entries: Mapping[Key, LockEntry] = field(default_factory=dict)
    digest: str = field(default="", compare=False)
    """The SHA-256 of the file that says this; empty where none does yet."""

    def get(self, name: str, target: str) -> LockEntry | None:
        return self.entries.get((name, target))

    def with_entries(self, *added: LockEntry) -> Lock:
        return Lock({**self.entries, **{(entry.name, entry.target): entry for entry in added}})

    def without(self, removed: Iterable[Key]) -> Lock:
        gone = set(removed)
        return Lock({key: entry for key, entry in self.entries.items() if key not in gone})


_NAMES = {each.name: each.name.replace("_", "-") for each in fields(LockEntry)}
_TYPES = {"pinned": bool, "examples": int, "inputs": int}
_WHERE_THERE = (
    "uses",
    "wrapper",
    "agrees",
    "disagree",
    "mirror",
    "mirror_of",
    "mirror_sha256",
    "mirror_tool",
)
"""Fields that stand in a table only where they say something."""


def dump_lock(lock: Lock) -> str:
    """The lock as TOML text."""
    tables = (_table(lock.entries[key]) for key in sorted(lock.entries))
    return "\n".join((_HEAD, *tables)) if lock.entries else _HEAD


def _table(entry: LockEntry) -> str:
    place = f"{entry.name}.{entry.target}"
    values = {_NAMES[name]: value for name, value in vars(entry).items()}
    del values["name"], values["target"]
    for name in _WHERE_THERE:
        if not values[_NAMES[name]]:
            del values[_NAMES[name]]  # tables of earlier versions stay as they are
    lines = [f"{name} = {_toml(value)}" for name, value in sorted(values.items())]
    return "\n".join((f"[{place}]", *lines, f'seal = "{seal(place, values)}"', ""))


def _toml(value: str | bool | int) -> str:
    # JSON's strings, numbers and booleans are TOML's too, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def seal(place: str, values: Mapping[str, str | bool | int]) -> str:
    """A digest over a table's name and fields as they stand in the file, 32 hex digits.

    Over what stands there, so that a later version's further fields leave old tables good.
    """
    return sha256(json.dumps([place, values], sort_keys=True).encode())[:32]


def read_lock(path: Path, state: Path) -> Lock:
    """The lock at `path`; an empty one where there is no file. Raises `LockError`.

    The state folder keeps the parsed entries of the lock's very bytes: the standard library's
    TOML reader takes a third of a second for a thousand modules.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Lock()
    digest = sha256(raw)
    if (known := _recall(state / MEMO_NAME, digest)) is not None:
        return known
    try:
        lock = replace(parse_lock(raw.decode("utf-8")), digest=digest)
    except UnicodeDecodeError:
        message = f"{LOCK_NAME}  is not UTF-8 text; restore it from version control"
        raise LockError(message) from None
    rows = [list(vars(entry).values()) for entry in lock.entries.values()]
    remember(state, MEMO_NAME, json.dumps([_MEMO_FORMAT, digest, rows]).encode())
    return lock


_MEMO_FORMAT = [LOCK_VERSION, *(each.name for each in fields(LockEntry))]


def _recall(memo: Path, digest: str) -> Lock | None:
    try:
        form, known, rows = json.loads(memo.read_bytes())
        if known != digest or form != _MEMO_FORMAT:
            return None
        entries = [LockEntry(*row) for row in rows]
    except (OSError, ValueError, TypeError):  # not there, or of another shape
        return None
    return Lock({(entry.name, entry.target): entry for entry in entries}, digest)


def parse_lock(text: str) -> Lock:
    """Read a lock. Raises `LockError`, one line, when any of it can't be trusted."""
    if marker := re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE):
        line = text.count("\n", 0, marker.start()) + 1
        message = f"{LOCK_NAME}:{line}  has merge markers; keep both sides' tables, then build"
        raise LockError(message)
    _refuse_twins(text)
    # A build with nothing to do reads the memo instead.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{LOCK_NAME}  is cut or broken: {error}; restore it from version control"
        raise LockError(message) from None
    _check_version(raw.pop("lock-version", None))
    entries = [
        _entry(text, name, target, values)
        for name, tables in raw.items()
        for target, values in _tables(text, name, tables)
    ]
    return Lock({(entry.name, entry.target): entry for entry in entries})


def _refuse_twins(text: str) -> None:
    """Of a module that both sides of a merge by union have built, nobody knows which is meant."""
    table, seen = "", set()
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[] ")
        key = line if line.startswith("[") else f"{table} {line.partition(' = ')[0]}"
        if table and line and key in seen:
            raise _untrusted(text, table, "was built by two branches that were merged")
        seen.add(key)


def _check_version(version: object) -> None:
    if not isinstance(version, int):
        message = f"{LOCK_NAME}  has no lock-version; restore it from version control"
        raise LockError(message)
    if version > LOCK_VERSION:
        message = (
            f"{LOCK_NAME}  is of version {version}, this hatch-intent reads up to {LOCK_VERSION}; "
            "upgrade hatch-intent"
        )
        raise LockError(message)


def _tables(text: str, name: str, tables: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(tables, dict) and all(isinstance(values, dict) for values in tables.values()):
        return list(tables.items())
    raise _untrusted(text, name, "is no table of a module")


def _entry(text: str, name: str, target: str, values: dict[str, Any]) -> LockEntry:
    place = f"{name}.{target}"
    known = {dashed: plain for plain, dashed in _NAMES.items()}
    stated = values.pop("seal", None)
    try:
        typed = {known[key]: value for key, value in values.items()}
        entry = LockEntry(name=name, target=target, **typed)
    except (KeyError, TypeError) as error:
        raise _untrusted(text, place, f"has a missing or unknown field ({error})") from None
    if any(type(getattr(entry, each)) is not _TYPES.get(each, str) for each in _NAMES):
        raise _untrusted(text, place, "has a field of the wrong type")
    if stated != seal(place, values):
        raise _untrusted(text, place, "was edited by hand or merged from two builds")
    return entry


def _untrusted(text: str, place: str, reason: str) -> LockError:
    lines = text.splitlines()
    line = next((n for n, each in enumerate(lines, 1) if each.startswith(f"[{place}")), 1)
    return LockError(
        f"{LOCK_NAME}:{line}  [{place}] {reason}; restore the table from version control, "
        "or remove it and its module and build again"
    )
