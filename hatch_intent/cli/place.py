"""From what a person typed to a project, its specs and its modules."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from hatch_intent.errors import UsageError
from hatch_intent.project import SPEC_SUFFIX, Project, discover, find_root, open_project
from hatch_intent.settings import Trust
from hatch_intent.tree import Tree


def project_of(
    args: Namespace, *, frozen: bool | None = None, paths: Sequence[str] = ()
) -> Project:
    """The project of `--root`, of the working directory, or of the first path.

    Raises `UsageError` where there is none, `SettingsError`.
    """
    return open_project(_root(args.root, paths), frozen=frozen)


def _root(named: str | None, paths: Sequence[str]) -> Path:
    if named is not None:
        if not Path(named).is_dir():
            raise UsageError(f"--root {named}: no such folder")
        return Path(named).resolve()
    if paths:
        with suppress(UsageError):
            return find_root(Path.cwd())
        return find_root(Path(paths[0]))
    return find_root(Path.cwd())


def requiring(project: Project, level: Trust | None) -> Project:
    """The project, asking for as much trust as the command line says."""
    if level is None:
        return project
    return replace(project, settings=replace(project.settings, require=level))


def scope_of(project: Project, paths: Sequence[str]) -> tuple[str, ...]:
    """Files and folders as they were typed, relative to the root; each stands for some spec.

    Raises `UsageError` naming the first that doesn't.
    """
    specs = [file.path for file in discover(project)] if paths else []
    return tuple(_relative(project, path, specs) for path in paths)


def _relative(project: Project, path: str, specs: Sequence[str]) -> str:
    if not Path(path).exists():
        near = get_close_matches(f"{Path(path).name.split('.')[0]}{SPEC_SUFFIX}", _names(specs), 1)
        hint = next((each for each in specs if near and each.endswith(near[0])), "")
        raise UsageError(f"{path}: no such file or folder" + (f"; there is {hint}" * bool(hint)))
    relative = _below(project.root, path)
    if relative is None:
        raise UsageError(f"{path} is not in the project {project.root}")
    if relative in specs or any(f"{each}/".startswith(f"{relative}/") for each in specs):
        return relative
    if relative == ".":
        return relative
    folders = ", ".join(project.settings.specs)
    if Path(path).is_dir():
        raise UsageError(f"{path}: no specs in this folder; they are looked for in {folders}")
    what = f"is no *{SPEC_SUFFIX}" if not path.endswith(SPEC_SUFFIX) else f"is not below {folders}"
    raise UsageError(f"{path} is no spec of this project: it {what}")


def _names(specs: Sequence[str]) -> list[str]:
    return [each.rpartition("/")[2] for each in specs]


def _below(root: Path, path: str) -> str | None:
    """Relative to the root as it was typed, or else through links; None when it isn't below."""
    for full, base in (
        (os.path.abspath(path), str(root)),  # noqa: PTH100 - a link stays the name it was given
        (os.path.realpath(path), os.path.realpath(root)),
    ):
        with suppress(ValueError):
            return Path(full).relative_to(base).as_posix()
    return None


def modules_of(tree: Tree, names: Sequence[str]) -> tuple[int, ...]:
    """Where in the tree's modules those stand that the names, or paths of specs, mean.

    Raises `UsageError` naming the first that means none.
    """
    modules = tree.assessment.modules
    found: list[int] = []
    for name in names:
        path = _below(tree.project.root, name)
        wanted = [
            number
            for number, each in enumerate(modules)
            if name == each.name or path in (each.spec_file.path, each.output)
        ]
        if not wanted:
            known = sorted({each.name for each in modules})
            near = get_close_matches(name, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"
            raise UsageError(f'no spec "{name}"; {hint if known else "there are no specs yet"}')
        found += wanted
    return tuple(dict.fromkeys(found))
