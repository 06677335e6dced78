"""Folders with modules by hand and wrappers over them, and programs that call these."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hatch_intent.files import sha256
from hatch_intent.lock import Lock, LockEntry
from hatch_intent.project import Project
from hatch_intent.settings import Settings
from hatch_intent.spec.model import Spec
from hatch_intent.spec.signature import read_signature
from hatch_intent.wrappers.plan import wrapper_files
from hatch_intent.wrappers.text import wrapper_text

FOLDERS = {"py": "pkg/auto", "js": "pkg/auto/js"}
WRAPPERS = {"js": "pkg/wrapped", "py": "pkg/from_js"}


def spec_of(name: str, signature: str, description: str = "Do it.") -> Spec:
    reading = read_signature(signature)
    assert reading.signature is not None, reading.flaws
    return Spec(
        path=f"specs/{name}.intent.md",
        name=name,
        targets=("py", "js"),
        description=description,
        signature=reading.signature,
        constraints=(),
        examples=(),
        properties=(),
        uses=(),
        requires=(),
        model=None,
        intent_digest=sha256(f"{name}{signature}{description}".encode()),
        checks_digest="b" * 64,
    )


def entry_of(spec: Spec, target: str) -> LockEntry:
    return LockEntry(
        name=spec.name,
        target=target,
        targets=",".join(spec.targets),
        spec=spec.path,
        spec_sha256="c" * 64,
        intent=spec.intent_digest,
        checks=spec.checks_digest,
        parts="",
        key="",
        output=f"{FOLDERS[target]}/{spec.name}.{target}",
        output_sha256="d" * 64,
        exports=spec.name,
        author="hand",
        wrapper=WRAPPERS["js" if target == "py" else "py"],
    )


def write(root: Path, target: str, modules: dict[str, tuple[str, str]]) -> Path:
    """Modules by name, each a signature and its code, and their wrappers; the wrappers' folder."""
    language = "js" if target == "py" else "py"
    specs = {name: spec_of(name, signature) for name, (signature, _) in modules.items()}
    entries = [entry_of(spec, target) for spec in specs.values()]
    for entry in entries:
        put(root / entry.output, modules[entry.name][1])
    settings = Settings(targets=FOLDERS, wrappers={language: WRAPPERS[language]})
    project = Project(root, settings, frozen=False, from_sdist=False, config="pyproject.toml")
    lock = Lock({(entry.name, entry.target): entry for entry in entries})
    for path, file in wrapper_files(project, lock).items():
        own = file.part in ("module", "types")
        put(root / path, wrapper_text(file, specs[file.entries[0].name] if own else None))
    return root / WRAPPERS[language]


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def environment(**further: str) -> dict[str, str]:
    """Of a program that is to find this very Python and nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**kept, "HATCH_INTENT_PYTHON": sys.executable, **further}


def node(folder: Path, program: str, **further: str) -> str:
    """What an ES module beside the wrappers prints."""
    put(folder / "program.mjs", program)
    return _said(["node", str(folder / "program.mjs")], folder, further)


def python(root: Path, program: str, **further: str) -> str:
    """What a program that can import `pkg` prints. Warnings are errors."""
    put(root / "program.py", program)
    return _said([sys.executable, "-W", "error", str(root / "program.py")], root, further)


def _said(command: list[str], cwd: Path, further: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(**further),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
