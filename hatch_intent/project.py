"""A project's root: its settings, its mode, the specs below it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple

from hatch_intent import __version__, extras
from hatch_intent.errors import Problem, SettingsError, UsageError
from hatch_intent.files import remember, sha256
from hatch_intent.settings import WRAPPED, Settings, trust, unknown_home

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SPEC_SUFFIX = ".intent.md"
MAX_SPEC_BYTES = 1 << 20
SEED_CONFIG = ".promirror/intent.config.json"


class SpecFile(NamedTuple):
    """One `*.intent.md` as it stands on disk.

    `path` is relative to the root, with forward slashes. `raw` is cut just above the size
    limit; reading such a spec says so.
    """

    path: str
    raw: bytes
    digest: str
    """Hex SHA-256 of `raw`."""


@dataclass(frozen=True)
class Project:
    """A root with its settings read."""

    root: Path
    settings: Settings
    frozen: bool
    """Never call a model; stale is an error."""
    from_sdist: bool
    config: str
    """The file that the settings came from, relative to the root."""

    @property
    def state(self) -> Path:
        """Reports, stamps, logs: may be deleted at any time."""
        return self.root / ".intent"

    @property
    def lock_path(self) -> Path:
        return self.root / "intent.lock"

    @property
    def cache_dir(self) -> Path:
        """Raises `SettingsError` where it should be in the home folder of nobody."""
        asked = os.environ.get("HATCH_INTENT_CACHE")
        named = asked or self.settings.cache
        if named and (reason := unknown_home(named)):
            place, key = ("environment", "HATCH_INTENT_CACHE") if asked else (self.config, "cache")
            raise SettingsError(Problem(place, 0, 0, f"{key}: {reason}"))
        return self.root / Path(named).expanduser() if named else self.state / "cache"


def find_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that declares intent. Raises `UsageError`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if _declared(folder):
            return folder
    message = f"no [tool.intent] in a pyproject.toml at or above {start}; run hatch-intent init"
    raise UsageError(message)


def open_project(root: Path, *, frozen: bool | None = None) -> Project:
    """Read the settings of the project at `root`.

    `frozen` overrides the mode; without it a root that holds `PKG-INFO` (an unpacked sdist) is
    frozen, then `HATCH_INTENT_MODE` and the settings decide. Raises `SettingsError`.
    """
    table, config, text = read_table(root)
    from_sdist = (root / "PKG-INFO").is_file()
    settings = _settings(root, table, config, text, trusted=from_sdist)
    if frozen is None:
        frozen = from_sdist or _mode(settings) == "frozen"
    return Project(root, settings, frozen, from_sdist, config)


def _mode(settings: Settings) -> str:
    mode = os.environ.get("HATCH_INTENT_MODE") or settings.mode
    if mode not in ("auto", "frozen"):
        problem = f'HATCH_INTENT_MODE is "{mode}"; use auto or frozen'
        raise SettingsError(Problem("environment", 0, 0, problem))
    return mode


def _settings(
    root: Path, table: Mapping[str, Any], config: str, text: str, *, trusted: bool
) -> Settings:
    """Validate a table once per change; a table that was valid before is taken as it is.

    Validation imports pydantic, which costs more than a whole build with nothing to do, and
    an sdist's settings were validated when its modules were locked. Where pydantic is not
    installed no module is made either, and a plainer look is enough.
    """
    memo = root / ".intent" / "settings"
    digest = sha256(f"{__version__}\n{json.dumps(table, sort_keys=True, default=str)}".encode())
    with suppress(OSError, UnicodeDecodeError):
        trusted = trusted or memo.read_text(encoding="ascii") == digest
    if trusted:
        return trust(table, config)
    if "pydantic" in extras.missing():
        from hatch_intent.plain_settings import look_over

        return look_over(table, config, text)
    from hatch_intent.validation import validate

    settings = validate(table, config, text)
    remember(memo.parent, memo.name, digest.encode())
    return settings


def read_table(root: Path) -> tuple[dict[str, Any], str, str]:
    """The raw `[tool.intent]` table, the file it came from, and that file's text.

    `.promirror/intent.config.json` is read where no `[tool.intent]` stands. Raises
    `SettingsError` where there is neither, or the file can't be read.
    """
    pyproject = root / "pyproject.toml"
    if pyproject.is_file():
        text = _text(pyproject, "pyproject.toml")
        table = _tool(text).get("intent")
        if isinstance(table, dict):
            return _wrap_as_table(_same_spelling(table)), "pyproject.toml", text
        if table is not None:
            raise SettingsError(Problem("pyproject.toml", 0, 0, "tool.intent: should be a table"))
    seed = root / SEED_CONFIG
    if seed.is_file():
        text = _text(seed, SEED_CONFIG)
        return _from_seed(_json(text)), SEED_CONFIG, text
    message = 'no [tool.intent]; add it with at least  targets.py = "src/example/auto"'
    raise SettingsError(Problem("pyproject.toml", 0, 0, message))


def _declared(folder: Path) -> bool:
    if (folder / SEED_CONFIG).is_file():
        return True
    pyproject = folder / "pyproject.toml"
    if not pyproject.is_file():
        return False
    return "intent" in _tool(_text(pyproject, str(pyproject)))


def _tool(text: str) -> dict[str, Any]:
    table = _toml(text).get("tool", {})
    if not isinstance(table, dict):
        raise SettingsError(Problem("pyproject.toml", 0, 0, "tool: should be a table"))
    return table


def dependencies(root: Path) -> list[str]:
    """What `[project]` depends on, as it is stated; nothing where that is found out elsewhere.

    Raises OSError, `SettingsError`.
    """
    project = _toml(_text(root / "pyproject.toml", "pyproject.toml")).get("project")
    stated = project.get("dependencies") if isinstance(project, dict) else None
    return [each for each in stated if isinstance(each, str)] if isinstance(stated, list) else []


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(Problem(name, line, 0, "is not UTF-8 text")) from None


@lru_cache(maxsize=4)  # finding the root and opening it read the same file
def _toml(text: str) -> dict[str, Any]:
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            Problem("pyproject.toml", 0, 0, f"is not valid TOML: {error}")
        ) from None
    return table


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise SettingsError(Problem(SEED_CONFIG, 0, 0, f"is not valid JSON: {error}")) from None
    if not isinstance(value, dict):
        raise SettingsError(Problem(SEED_CONFIG, 1, 1, "should be a JSON object"))
    return value


def _same_spelling(table: dict[str, Any]) -> dict[str, Any]:
    """Take `type = "openai_compat"`, as older configurations spell it, for `openai-compat`."""
    providers = table.get("providers")
    if not isinstance(providers, list):
        return table
    return {**table, "providers": [_spelled(entry) for entry in providers]}


def _spelled(entry: object) -> object:
    if isinstance(entry, dict) and entry.get("type") == "openai_compat":
        return {**entry, "type": "openai-compat"}
    return entry


def _wrap_as_table(table: dict[str, Any]) -> dict[str, Any]:
    """Take the target `py = { folder = "…", wrap = "js" }` for a folder and a wrapper in it.

    What is not quite that stays as it is, to be refused.
    """
    targets, wrappers = table.get("targets"), table.get("wrappers", {})
    if not isinstance(targets, dict) or not isinstance(wrappers, dict):
        return table
    short = {name: each for name, each in targets.items() if _wraps(name, each)}
    if not short:
        return table
    folders = {name: each["folder"] for name, each in short.items()}
    beside = {each["wrap"]: each["folder"] for each in short.values() if "wrap" in each}
    return {**table, "targets": {**targets, **folders}, "wrappers": {**beside, **wrappers}}


def _wraps(name: str, target: object) -> bool:
    if not isinstance(target, dict) or not {"folder"} <= target.keys() <= {"folder", "wrap"}:
        return False
    folder, wrap = target["folder"], target.get("wrap", "")
    return isinstance(folder, str) and isinstance(wrap, str) and WRAPPED.get(wrap) in (name, None)


_SEED_KEYS = {"cacheDir": "cache", "rounds": "rounds", "specs": "specs"}
_SEED_PROVIDER_KEYS = {"host": "base-url", "baseUrl": "base-url", "type": "type", "model": "model"}
_SEED_TARGETS = {"jsDir": "js", "pyDir": "py"}


def _from_seed(raw: dict[str, Any]) -> dict[str, Any]:
    """`intent.config.json` in the words of `[tool.intent]`; unknown keys stay, to be refused."""
    table = {_SEED_KEYS.get(key, key): value for key, value in raw.items()}
    if isinstance(targets := table.get("targets"), dict):
        table["targets"] = {_SEED_TARGETS.get(key, key): value for key, value in targets.items()}
    if isinstance(providers := table.get("providers"), list):
        table["providers"] = [
            _seed_provider(entry) if isinstance(entry, dict) else entry for entry in providers
        ]
    return _same_spelling(table)


def _seed_provider(raw: dict[str, Any]) -> dict[str, Any]:
    from hatch_intent.providers.sampling import OPTIONS

    entry = {
        _SEED_PROVIDER_KEYS.get(key, key): value
        for key, value in raw.items()
        if key not in ("options", "params")
    }
    stated = [raw[key] for key in ("params", "options") if raw.get(key)]
    if all(isinstance(each, dict) for each in stated):
        stated = [{key: value for each in stated for key, value in each.items()}]
        if entry.get("type") not in (None, "ollama"):
            # ignored as ever: in a table of our own such a key is refused
            stated = [{key: value for key, value in stated[0].items() if key in OPTIONS}]
    # What is no object stays as it is, to be refused.
    return {**entry, "options": next(iter(stated))} if stated else entry


def discover(project: Project) -> tuple[SpecFile, ...]:
    """Every spec below the configured folders, sorted by path. Raises `SettingsError`."""
    missing = [
        Problem(project.config, 0, 0, f"tool.intent.specs: no folder {folder}")
        for folder in project.settings.specs
        if not (project.root / folder).is_dir()
    ]
    if missing:
        raise SettingsError(missing)
    folders = (project.root / folder for folder in project.settings.specs)
    paths = {path for folder in folders for path in specs_below(folder)}
    odd = [path for path in paths if not _plain(path)]
    if odd:
        problem = "has a name that is not plain UTF-8 text; rename it"
        raise SettingsError([Problem(ascii(path), 0, 0, problem) for path in odd])
    read = [read_file(project.root, path) for path in sorted(paths)]
    if problems := [each for each in read if isinstance(each, Problem)]:
        raise SettingsError(problems)
    return tuple(each for each in read if isinstance(each, SpecFile))


def _plain(path: str) -> bool:
    """Whether a path can stand in a lock, a header and a message: no undecodable bytes."""
    return path.isprintable() and path.encode(errors="replace").decode() == path


def specs_below(folder: Path) -> list[str]:
    """The paths of spec files below a folder, as `settled` finds them too.

    What is hidden isn't one: editors and file systems put files of their own beside it, with a
    dot before its name.
    """
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            f"{parent}{os.sep}{name}"
            for name in names
            if name.endswith(SPEC_SUFFIX) and not name.startswith(".")
        ]
    return found


def read_file(root: Path, path: str) -> SpecFile | Problem:
    """A spec's bytes, or why they can't be had."""
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    try:
        # Opening a named pipe would wait for somebody to write to it.
        if not S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - as below
            return Problem(relative, 0, 0, "is no plain file; remove it, or give it another name")
        with open(path, "rb") as file:  # noqa: PTH123 - a Path per spec doubles the time of a no-op
            raw = file.read(MAX_SPEC_BYTES + 1)
    except OSError as error:
        link = " (a link to nothing)" if os.path.islink(path) else ""  # noqa: PTH114 - same
        reason = f"can't be read: {error.strerror}{link}; mend or remove it"
        return Problem(relative, 0, 0, reason)
    return SpecFile(relative, raw, sha256(raw))
