"""What tests and benchmarks of JavaScript need: npm packages in `.node/`, and a Chromium.

The packages are those of `tools/javascript`, as locked there; installed once, and again when the
lock changes. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "tools" / "javascript"
FOLDER = ROOT / ".node"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def packages() -> Path | None:
    """The `node_modules` with everything in it; None where npm is missing or can't get them."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    lock = (LISTED / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock).hexdigest()
    stamp = FOLDER / "set-up"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        print(f"installing npm packages into {FOLDER.name}", flush=True)
        FOLDER.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LISTED / name, FOLDER / name)
        command = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        if subprocess.run(command, cwd=FOLDER, check=False).returncode:
            return None
        stamp.write_text(wanted)
    return FOLDER / "node_modules"


def browser() -> str | None:
    """A Chromium, installed from Debian's packages where that is possible; None without one."""
    found = _found()
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if found or not root or not shutil.which("apt-get"):
        return found
    print("installing Chromium", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
    return _found()


def _found() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


if __name__ == "__main__":
    print(packages() or "no npm packages")
    print(browser() or "no Chromium")
