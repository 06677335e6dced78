"""`init`: what a project needs for its first spec. Running it again changes nothing."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatch_intent.cli.pyproject import read, with_intent
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import Problem, SettingsError, UsageError
from hatch_intent.files import write_atomic
from hatch_intent.lock import LOCK_NAME
from hatch_intent.mirrors.plan import SUFFIXES
from hatch_intent.project import SEED_CONFIG, SPEC_SUFFIX, open_project, specs_below

_IGNORED = ".intent/"
_SAME_AS_IGNORED = {".intent", "/.intent", ".intent/", "/.intent/"}
_EXAMPLE_NAME = "slugify"
_EXAMPLE = """\
# {path}
# name: {name}
# target: py
# description:
Turn a title into a slug for an address: "Hello, World!" becomes "hello-world".
# signature:
(text: string) -> string
# constraints:
- First make the text lower-case.
- Then replace every run of characters that are not a-z or 0-9, that is every match of the \
regular expression [^a-z0-9]+, by one "-".
- Then remove any "-" at the start and at the end.
# examples:
- in: {{ "text": "Hello, World!" }} out: "hello-world"
- in: {{ "text": "  10 -- ways_out.  " }} out: "10-ways-out"
- in: {{ "text": "already-fine" }} out: "already-fine"
- in: {{ "text": "!?" }} out: ""
"""


def run(args: Namespace, screen: Screen) -> int:
    """Add what is missing, git's files included; 1 when a person must help."""
    root = Path(args.root or ".").resolve()
    path = root / "pyproject.toml"
    if not path.is_file():
        raise UsageError(f"no pyproject.toml in {root}; init adds to a project that has one")
    before = _text(path)
    own = not (root / SEED_CONFIG).is_file()
    addition = with_intent(before, output_folder(root, read(before)), settings=own)
    if addition.text != before:
        write_atomic(path, addition.text.encode())
    done = [f"pyproject.toml  added {each}" for each in addition.added]
    if not addition.advice:
        done += [*_example(root), *_ignore(root), *_keep_bytes(root)]
    for line in done or ["nothing to do, all is there"] * (not addition.advice):
        screen.say(line)
    if addition.note:
        screen.say(addition.note)
    for line in addition.advice:
        screen.complain(line)
    return 1 if addition.advice else 0


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(Problem(path.name, 0, 0, "is not UTF-8 text")) from None


def output_folder(root: Path, table: dict[str, Any]) -> str:
    """Where generated modules go by default: `auto` within the project's own package."""
    name = str(table.get("project", {}).get("name", root.name))
    package = re.sub(r"\W", "_", re.sub(r"[-_.]+", "_", name)).lower()
    flat = (root / package).is_dir() and not (root / "src").is_dir()
    return f"{package}/auto" if flat else f"src/{package}/auto"


def _example(root: Path) -> list[str]:
    """A spec that builds, where there is none; the line that says so."""
    settings = open_project(root).settings
    folders = settings.specs
    if any(specs_below(root / folder) for folder in folders):
        return []
    if "py" not in settings.targets:
        return []
    path = f"{folders[0].rstrip('/')}/{_EXAMPLE_NAME}{SPEC_SUFFIX}"
    write_atomic(root / path, _EXAMPLE.format(path=path, name=_EXAMPLE_NAME).encode())
    return [f"{path}  an example to build:  hatch-intent build"]


def _ignore(root: Path) -> list[str]:
    """Reports and stamps are nobody else's business; the line that says so."""
    if _SAME_AS_IGNORED & {*_lines(root / ".gitignore")}:
        return []
    _append(root / ".gitignore", [_IGNORED])
    return [f".gitignore  added {_IGNORED}"]


def _keep_bytes(root: Path) -> list[str]:
    """Have git keep the bytes that are locked, and both sides' lines where branches meet."""
    path = root / ".gitattributes"
    there = [line.replace("\t", " ") for line in _lines(path)]
    settings = open_project(root).settings
    wanted = {
        **_attributes(settings.targets),
        **_of_wrappers(settings.wrappers),
        **_of_mirrors(settings.mirrors),
    }
    missing = [each for each in wanted if not any(line.startswith(f"{each} ") for line in there)]
    _append(path, [f"{pattern} {wanted[pattern]}" for pattern in missing])
    return [f".gitattributes  added {', '.join(missing)}"] if missing else []


def _attributes(targets: Mapping[str, str]) -> dict[str, str]:
    """Pattern to attributes, as git reads them."""
    folders = {suffix: folder.strip("/") for suffix, folder in sorted(targets.items())}
    return {
        f"*{SPEC_SUFFIX}": "text eol=lf",
        f"/{LOCK_NAME}": "text eol=lf merge=union",
        **{_quoted(f"/{folder}/*.{suffix}"): "-text" for suffix, folder in folders.items()},
        **{
            _quoted(f"/{folder}/__init__.py"): "-text merge=union"
            for suffix, folder in folders.items()
            if suffix == "py"
        },
        **{
            _quoted(f"/{folder}/{name}"): "-text"
            for suffix, folder in folders.items()
            for name in ("*.d.ts", "package.json")
            if suffix == "js"
        },
        **{
            _quoted(f"/{folder}/{name}"): "-text merge=union"
            for suffix, folder in folders.items()
            for name in ("index.js", "index.d.ts")
            if suffix == "js"
        },
    }


def _of_wrappers(wrappers: Mapping[str, str]) -> dict[str, str]:
    """Of the files of wrappers, which are held to their seals."""
    folders = sorted(folder.strip("/") for folder in wrappers.values())
    suffixes = ("mjs", "mts", "py")
    return {_quoted(f"/{folder}/*.{each}"): "-text" for folder in folders for each in suffixes}


def _of_mirrors(mirrors: Mapping[str, str]) -> dict[str, str]:
    """Of mirrors, whose bytes are in the lock."""
    folders = ((language, folder.strip("/")) for language, folder in sorted(mirrors.items()))
    return {_quoted(f"/{folder}/*{SUFFIXES[each]}"): "-text" for each, folder in folders}


def _quoted(pattern: str) -> str:
    """A pattern as git reads it, quoted where white space would end it."""
    return json.dumps(pattern, ensure_ascii=False) if " " in pattern else pattern


def _lines(path: Path) -> list[str]:
    text = path.read_bytes().decode(errors="replace") if path.is_file() else ""
    return [line.strip() for line in text.splitlines()]


def _append(path: Path, lines: list[str]) -> None:
    """Add lines at the end of a file, with the line ends that it has."""
    if not lines:
        return
    before = path.read_bytes() if path.is_file() else b""
    line_end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith(b"\n") else line_end
    write_atomic(path, before + gap + b"".join(line.encode() + line_end for line in lines))
