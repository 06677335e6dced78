"""The file that a wheel carries under `.dist-info/sboms/`, kept ready between builds.

Every wheel build asks for it, so this imports the least that does the job: the bill is made
anew when the lock, the distribution or a module's place has changed, else it is only looked at.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256

from hatch_intent import __version__

SBOM_NAME = "hatch-intent.cdx.json"
_FORMAT = "1"
_KEPT = 8
"""How many bills the state folder holds; builds under way at once may need several."""


def sbom_file(root: str, places: Mapping[str, str], name: str, version: str) -> str:
    """The path of a ready bill of materials, named as it is to be in the wheel.

    Arguments as of `provenance.sbom`. It lies in the state folder; where that can't be written,
    in a temporary folder that goes with this process. Raises `LockError`, OSError.
    """
    with open(f"{root}/intent.lock", "rb") as file:  # noqa: PTH123 - pathlib costs
        lock = file.read()
    folder = f"{root}/.intent/sbom/{_key(lock, places, name, version)}"
    path = f"{folder}/{SBOM_NAME}"
    return path if _whole(folder, path) else _made(root, folder, places, name, version)


def _key(lock: bytes, places: Mapping[str, str], name: str, version: str) -> str:
    where = (f"{output}\n{place}" for output, place in sorted(places.items()))
    digest = sha256("\n".join([_FORMAT, __version__, name, version, *where]).encode())
    digest.update(sha256(lock).digest())
    return digest.hexdigest()[:32]


def _whole(folder: str, path: str) -> bool:
    """Whether a bill is there as it was made: people clean and edit all kinds of folders."""
    try:
        with open(path, "rb") as bill, open(f"{folder}/sha256", encoding="ascii") as stated:  # noqa: PTH123 - same
            return sha256(bill.read()).hexdigest() == stated.read()
    except (OSError, UnicodeDecodeError):
        return False


def _made(root: str, folder: str, places: Mapping[str, str], name: str, version: str) -> str:
    from pathlib import Path

    from hatch_intent.files import remember
    from hatch_intent.lock import read_lock
    from hatch_intent.provenance import sbom

    state = Path(root, ".intent")
    bill = sbom(read_lock(Path(root, "intent.lock"), state), places, name, version)
    key = os.path.basename(folder)  # noqa: PTH119 - of a plain string
    remember(state, f"sbom/{key}/{SBOM_NAME}", bill)
    remember(state, f"sbom/{key}/sha256", sha256(bill).hexdigest().encode())
    path = f"{folder}/{SBOM_NAME}"
    if not _whole(folder, path):
        return _temporary(key, bill)
    _forget(state / "sbom")
    return path


def _temporary(key: str, bill: bytes) -> str:
    """A bill outside of a tree that can't be written."""
    import atexit
    import shutil
    import tempfile
    from pathlib import Path

    folder = tempfile.mkdtemp(prefix=f"hatch-intent-{key}-")
    # Not earlier: hatchling reads it after the hook, and again for a further version.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, SBOM_NAME)
    path.write_bytes(bill)
    return str(path)


def _forget(folder: os.PathLike[str]) -> None:
    """Remove all but the newest bills."""
    import shutil

    with os.scandir(folder) as found:
        aged = sorted(found, key=lambda each: each.stat().st_mtime_ns)
    for each in aged[:-_KEPT]:
        shutil.rmtree(each.path, ignore_errors=True)
