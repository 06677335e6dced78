"""Wheels and sdists made by hand, so that any part of them can be spoiled."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

from hatch_intent.audit.verify import audit
from hatch_intent.lock import Lock, LockEntry, dump_lock, parse_lock
from hatch_intent.provenance import sbom

EXAMPLE = Path(__file__).parents[2] / "example_project"
INFO = "demo-1.0.dist-info"
BILL = f"{INFO}/sboms/hatch-intent.cdx.json"
CLAMP = "demo/auto/clamp.py"


def example_lock() -> Lock:
    """Of the modules in Python; builds of projects with JavaScript are audited elsewhere."""
    lock = parse_lock((EXAMPLE / "intent.lock").read_text())
    return Lock({key: entry for key, entry in lock.entries.items() if entry.target == "py"})


def bill_of(lock: Lock, name: str = "demo", version: str = "1.0") -> bytes:
    places = {each.output: each.output.removeprefix("src/") for each in lock.entries.values()}
    return sbom(lock, places, name, version)


def changed(lock: Lock, **fields) -> Lock:
    """The lock with its first module otherwise."""
    entry: LockEntry = lock.entries["clamp", "py"]
    return lock.with_entries(replace(entry, **fields))


def wheel_files() -> dict[str, bytes]:
    """A good wheel of the example project, but for its RECORD."""
    folder = EXAMPLE / "src"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
    }
    files[f"{INFO}/METADATA"] = b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n"
    files[f"{INFO}/WHEEL"] = b"Wheel-Version: 1.0\n"
    files[BILL] = bill_of(example_lock())
    return files


def record(files: dict[str, bytes]) -> bytes:
    lines = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{INFO}/RECORD,,", ""]).encode()


def sdist_files() -> dict[str, bytes]:
    """A good sdist of the example project, from its one folder."""
    paths = [path for name in ("specs", "src") for path in sorted((EXAMPLE / name).rglob("*.*"))]
    files = {
        f"demo-1.0/{path.relative_to(EXAMPLE).as_posix()}": path.read_bytes()
        for path in [*paths, EXAMPLE / "pyproject.toml"]
        if path.is_file() and path.suffix != ".pyc" and "auto/js" not in path.as_posix()
    }
    files["demo-1.0/intent.lock"] = dump_lock(example_lock()).encode()
    files["demo-1.0/PKG-INFO"] = b"Metadata-Version: 2.4\n"
    return files


class Workbench:
    """Writes archives to a folder and audits them."""

    def __init__(self, folder: Path) -> None:
        self.wheel_path = folder / "demo-1.0-py3-none-any.whl"
        self.sdist_path = folder / "demo-1.0.tar.gz"

    def wheel(self, files: dict[str, bytes], recorded: bytes | None = None) -> Path:
        with zipfile.ZipFile(self.wheel_path, "w", zipfile.ZIP_DEFLATED) as wheel:
            for name, data in files.items():
                wheel.writestr(name, data)
            wheel.writestr(f"{INFO}/RECORD", record(files) if recorded is None else recorded)
        return self.wheel_path

    def sdist(self, files: dict[str, bytes], *further: tarfile.TarInfo) -> Path:
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            for member in further:
                archive.addfile(member)
        self.sdist_path.write_bytes(gzip.compress(whole.getvalue()))
        return self.sdist_path

    def problems(self, path: Path, lock: Lock | None = None) -> list[str]:
        return list(audit(path, lock).problems)
