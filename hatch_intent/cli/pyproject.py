"""Additions to a pyproject.toml as text: what a person wrote stays as it is.

Every edit is read back as TOML and must say exactly what was meant, else it is not made and
the person is told which lines to add.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hatch_intent.errors import Problem, SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OURS = "hatch-intent"
_HATCHLING = "hatchling.build"
_LEGACY = "setuptools.build_meta:__legacy__"
_HOOKED = (_HATCHLING, "setuptools.build_meta", _LEGACY, "pdm.backend")
"""Backends that hatch-intent has an adapter for."""


@dataclass(frozen=True)
class Addition:
    """The text afterwards, what was added to it, and what a person has to add or to know."""

    text: str
    added: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    note: str = ""

    def and_then(self, text: str | None, what: str, lines: str) -> Addition:
        """One addition more; `text` is None where it can't be made safely."""
        if text is None:
            advice = f"pyproject.toml  could not be changed safely; add:\n{lines.rstrip()}"
            return replace(self, advice=(*self.advice, advice))
        return replace(self, text=text, added=(*self.added, what))


def with_intent(text: str, folder: str, *, settings: bool) -> Addition:
    """`[tool.intent]` (if `settings`), the hook's table and the build requirement, where missing.

    `folder` is where Python modules go. Raises `SettingsError` when the text is no TOML.
    """
    table = read(text)
    addition = Addition(text)
    if settings and "intent" not in table.get("tool", {}):
        block = f'[tool.intent]\nspecs = ["specs"]\n\n[tool.intent.targets]\npy = "{folder}"\n'
        addition = addition.and_then(_appended(text, block), "[tool.intent]", block)
    system = table.get("build-system", {})
    # Without a backend's name, frontends take setuptools as it was.
    backend = system.get("build-backend", _LEGACY if "requires" in system else "no build backend")
    if backend == _HATCHLING:
        addition = _with_hook(addition, table)
    if backend in _HOOKED:
        return _with_requirement(addition, system.get("requires", []))
    note = f"{backend}: its builds don't run hatch-intent; build and check before them"
    return replace(addition, note=f"pyproject.toml  {note}")


def _with_hook(addition: Addition, table: dict[str, Any]) -> Addition:
    hooks = table.get("tool", {}).get("hatch", {}).get("build", {}).get("hooks", {})
    if "intent" in hooks:
        return addition
    block = "[tool.hatch.build.hooks.intent]\n"
    return addition.and_then(_appended(addition.text, block), block.strip(), block)


def _with_requirement(addition: Addition, requires: list[str]) -> Addition:
    if any(_distribution(each) == OURS for each in requires):
        return addition
    text = next(_requiring(addition.text), None)
    lines = f'[build-system]\nrequires = [..., "{OURS}"]'
    return addition.and_then(text, f"{OURS} to build-system.requires", lines)


def _distribution(requirement: str) -> str:
    name = re.match(r"\s*([A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", name[1] if name else "").lower()


def _appended(text: str, block: str) -> str | None:
    line_end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else line_end if text.endswith("\n") else 2 * line_end
    after = text + gap + block.replace("\n", line_end)
    return after if _says(after, _merged(read(text), tomllib.loads(block))) else None


def _requiring(text: str) -> Iterator[str]:
    """The text with our name at the end of build-system.requires, in its own layout if possible."""
    wanted = read(text)
    wanted["build-system"]["requires"] = [*wanted["build-system"].get("requires", []), OURS]
    for bracket in re.finditer(r"\]", text):
        head, tail = text[: bracket.start()], text[bracket.start() :]
        body = head.rstrip()
        space = head[len(body) :]
        indent = re.search(r"\n([ \t]+)[^\n]*$", body)
        line = f"\n{indent[1]}" if indent and "\n" in space else " "
        line = line.replace("\n", "\r\n") if "\r\n" in space else line
        comma = "," if "\n" in space else ""
        starts = (f'{line}"{OURS}"{comma}', f',{line}"{OURS}"{comma}', f'"{OURS}"')
        yield from (
            after for start in starts if _says(after := f"{body}{start}{space}{tail}", wanted)
        )


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = _merged(one[key], other[key])
    return both


def read(text: str) -> dict[str, Any]:
    """A pyproject.toml's table. Raises `SettingsError`, also for a part that can't be added to."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem("pyproject.toml", 0, 0, f"is not valid TOML: {error}")
        raise SettingsError(problem) from None
    if problems := [Problem("pyproject.toml", 0, 0, said) for said in _misshapen(table)]:
        raise SettingsError(problems)
    return table


def _misshapen(table: dict[str, Any]) -> Iterator[str]:
    wrong: dict[str, None] = {}
    for path in ("project", "build-system", "tool.intent", "tool.hatch.build.hooks"):
        here, parts = table, path.split(".")
        for depth, key in enumerate(parts, 1):
            here = here.get(key, {})
            if not isinstance(here, dict):
                wrong[".".join(parts[:depth])] = None
                break
    yield from (f"{path}: should be a table" for path in wrong)
    system = table.get("build-system")
    requires = system.get("requires", []) if isinstance(system, dict) else []
    if not isinstance(requires, list) or not all(isinstance(each, str) for each in requires):
        yield "build-system.requires: should be a list of strings"
