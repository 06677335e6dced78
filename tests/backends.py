"""Build backends called as a frontend calls them, and what their artifacts hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

SPECS = ["specs/double.intent.md", "specs/shout.intent.md"]
MODULES = ["auto/__init__.py", "auto/double.py", "auto/shout.py"]
WHEEL = ["demo/__init__.py", *(f"demo/{name}" for name in MODULES)]
"""The files of the two specs' wheel, but for its metadata."""
MODULE_OF = {
    "hatchling": "hatchling.build",
    "setuptools": "setuptools.build_meta",
    "pdm": "pdm.backend",
}
_PROGRAM = """\
import json, sys
from importlib import import_module
print(json.dumps(getattr(import_module(sys.argv[1]), sys.argv[2])(*json.loads(sys.argv[3]))))
"""


def call(
    root: Path, backend: str, hook: str, *values: object, **environ: str
) -> subprocess.CompletedProcess[str]:
    """One of a backend's hooks, with this environment; its value is the last line printed."""
    words = [sys.executable, "-c", _PROGRAM, MODULE_OF[backend], hook, json.dumps(values)]
    return subprocess.run(
        words,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def value(done: subprocess.CompletedProcess[str]) -> Any:
    """What a hook that went well has returned."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def artifact(root: Path, backend: str, target: str, **environ: str) -> Path:
    """Build a sdist, wheel or editable."""
    hook = f"build_{target}"
    return root / "dist" / value(call(root, backend, hook, "dist", **environ))


def names(path: Path) -> list[str]:
    """The files of an artifact but for a wheel's metadata, sorted."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return sorted(name for name in archive.namelist() if ".dist-info" not in name)
    with tarfile.open(path) as archive:
        members = [member.name for member in archive.getmembers() if member.isfile()]
    return sorted(name.partition("/")[2] for name in members)


def unpack(sdist: Path, where: Path) -> Path:
    """The root of an unpacked sdist."""
    with tarfile.open(sdist) as archive:
        archive.extractall(where, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    return where / sdist.name.removesuffix(".tar.gz")


def extend(root: Path, text: str) -> None:
    """Append tables to a project's pyproject.toml."""
    path = root / "pyproject.toml"
    path.write_text(f"{path.read_text()}\n{text}\n")


def replace(root: Path, old: str, new: str) -> None:
    """Change a project's pyproject.toml."""
    path = root / "pyproject.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
