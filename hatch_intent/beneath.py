"""The code of what a module is built on, for whoever runs the module. Standard library alone."""

from __future__ import annotations

from collections.abc import Mapping

from hatch_intent.errors import CheckFailed
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.lock import Key
from hatch_intent.project import Project

Digests = Mapping[str, str]
"""Name to hex SHA-256 of the code of everything that a module is built on."""


def sources(
    project: Project, module: Freshness, texts: Mapping[Key, str] | None = None
) -> dict[str, str]:
    """Name to source of everything that a module is built on, each behind what it is built on.

    `texts` holds modules that take the place of those on disk, which have to be as they were
    locked. Raises `CheckFailed` when one isn't.
    """
    own = texts or {}
    return {
        each.name: own[each.key] if each.key in own else _locked(project, each)
        for each in module.below
    }


def _locked(project: Project, module: Freshness) -> str:
    path = module.entry.output if module.entry else module.output
    try:
        raw = (project.root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise CheckFailed(f"uses {module.name}, of which there is no module yet") from None
    if module.entry is None or sha256(raw) != module.entry.output_sha256:
        raise CheckFailed(f"uses {module.name}, but {path} is not as it was locked")
    return raw.decode()


def digests_of(texts: Mapping[str, str]) -> Digests:
    """The digests of `sources`."""
    return {name: sha256(text.encode()) for name, text in texts.items()}


def locked_digests(module: Freshness) -> Digests:
    """The digests that the lock has of all that a module is built on."""
    return {each.name: each.entry.output_sha256 for each in module.below if each.entry}
