"""Virtual environments of this checkout: `.venv` for the running Python, `.venv-3.X` for others.

Each is made once and brought up to date when `pyproject.toml` changes. Standard library only:
this is what runs on a machine where nothing is set up yet.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
WANTED = ["-e", ".[embedded,cli]", "--group", "test", "--group", "lint"]


def interpreter(version: str) -> str | None:
    """The path of a Python of that version on this machine, or None."""
    if version == CURRENT:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    found = [shutil.which(f"python{version}"), *map(str, reversed(installed))]
    return next((path for path in found if path and _is(path, version)), None)


def _is(path: str, version: str) -> bool:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


def environment(version: str = CURRENT) -> Path | None:
    """The `python` of an environment with everything in it; None without an interpreter."""
    base = interpreter(version)
    if base is None:
        return None
    folder = ROOT / (".venv" if version == CURRENT else f".venv-{version}")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = folder / "set-up"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"setting up {folder.name} with Python {version}", flush=True)
    subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    # Dependency groups need pip 25.1.
    subprocess.run([*pip, "--upgrade", "pip"], check=True)
    subprocess.run([*pip, *WANTED], check=True, cwd=ROOT)
    stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    print(environment())
