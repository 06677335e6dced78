"""A whole build that was settled, remembered by the bytes of everything it read.

Importing the pipeline costs more than hashing a hundred modules. When every spec, module,
package file, the lock and the settings are the very bytes of the last good build, under the
same interpreter, there is nothing left to find out. Imports the least that does the job; the
memory is lines of text, because `json` alone takes longer than reading it.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from typing import NamedTuple

from hatch_intent import JUDGE_VERSION, __version__

NAME = "settled"
_SUFFIX = ".intent.md"


class Settled(NamedTuple):
    """Files of a build, relative to the root, with forward slashes.

    `sources` are what an sdist needs to build again, `outputs` every generated file.
    """

    modules: int
    sources: tuple[str, ...]
    outputs: tuple[str, ...]


def recall(root: str) -> Settled | None:
    """The last settled build, if nothing that it read has changed; else None."""
    try:
        with open(f"{root}/.intent/{NAME}", encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs
            conditions, modules, *lines = file.read().split("\n")
        if conditions != _conditions():
            return None
        rows = [line.split(" ", 2) for line in lines]
        folders = [path for kind, _, path in rows if kind == "folder"]
        sources = [path for kind, _, path in rows if kind == "source"]
        # Before anything is opened: a spec may have become a pipe that nobody writes to.
        specs = _specs_below(root, folders)
        if specs != sorted(path for path in sources if path.endswith(_SUFFIX)):
            return None
        if not all(os.path.isfile(f"{root}/{path}") for path in specs):  # noqa: PTH113 - same
            return None
        if any(_now(root, kind, path) != known for kind, known, path in rows if kind != "folder"):
            return None  # another file, or one that wasn't there, or another node
        outputs = (path for kind, _, path in rows if kind == "output")
        return Settled(int(modules), tuple(sources), tuple(outputs))
    except (OSError, ValueError):
        # No memory, a damaged one, a file that is gone: the build looks for itself.
        return None


def memory_of(root: str, folders: tuple[str, ...], build: Settled) -> str:
    """What `recall` needs, to be kept in the state folder under `NAME`. Raises OSError."""
    lines = [_conditions(), str(build.modules)]
    lines += [f"folder - {folder}" for folder in folders]
    lines += [f"source {_digest(root, path)} {path}" for path in build.sources]
    lines += [f"output {_digest(root, path)} {path}" for path in build.outputs]
    lines += [f"other {_digest(root, path)} {path}" for path in _others(build)]
    lines += [f"node {_now(root, 'node', '')} "] if any(map(_is_javascript, build.outputs)) else []
    return "\n".join(lines)


def _conditions() -> str:
    settings = [os.environ.get(f"HATCH_INTENT_{name}", "") for name in ("MODE", "CACHE", "JOBS")]
    judge = f"{__version__} {JUDGE_VERSION}"
    said = "\n".join([judge, sys.version, str(sys.implementation.cache_tag), *settings])
    return sha256(said.encode()).hexdigest()


def _specs_below(root: str, folders: list[str]) -> list[str]:
    """The spec files below some folders, relative to the root, sorted; hidden ones not."""
    found: set[str] = set()
    for folder in folders:
        for parent, below, names in os.walk(f"{root}/{folder}"):
            below[:] = [name for name in below if not name.startswith(".")]
            specs = (n for n in names if n.endswith(_SUFFIX) and not n.startswith("."))
            found.update(f"{parent}/{name}" for name in specs)
    return sorted(os.path.relpath(path, root).replace(os.sep, "/") for path in found)


def _others(build: Settled) -> list[str]:
    """Files that are not the build's own, and would change it by coming, going or changing."""
    beside = {f"{path.rpartition('/')[0]}/__init__.py" for path in build.outputs}
    for path in filter(_is_javascript, build.outputs):
        folder = path.rpartition("/")[0]
        beside |= {f"{folder}/{name}" for name in ("index.js", "index.d.ts", "package.json")}
        beside.add(f"{path[:-3]}.d.ts")
    return sorted({"pyproject.toml", *beside} - {*build.sources, *build.outputs})


def _is_javascript(path: str) -> bool:
    return path.endswith(".js")


def _now(root: str, kind: str, path: str) -> str:
    if kind != "node":
        return _digest(root, path)
    from hatch_intent.node import node_identity

    return node_identity()


def _digest(root: str, path: str) -> str:
    try:
        with open(f"{root}/{path}", "rb") as file:  # noqa: PTH123 - same
            return sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return "-"
