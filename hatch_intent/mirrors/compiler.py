"""TypeScript's compiler, which says whether a mirror is strict TypeScript and erases its types."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hatch_intent.errors import CheckFailed

VARIABLE = "HATCH_INTENT_TSC"
_SECONDS = 300.0
_OPTIONS = {
    "strict": True,
    "target": "esnext",
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],  # nothing of this machine's
    "allowJs": True,  # for the modules as they are, to compare with
    "checkJs": False,
    "removeComments": True,
    "newLine": "lf",
    "rootDir": "in",
    "outDir": "out",
}
_SAID = re.compile(r"in/ts/([^(\n]+)\((\d+),(\d+)\): error TS(\d+): (.*)")


@dataclass(frozen=True)
class Complaint:
    """What the compiler has against a place; line and column count from 1."""

    file: str
    line: int
    column: int
    code: int
    message: str


@dataclass(frozen=True)
class Compiled:
    """What came of TypeScript, and of the JavaScript beside it, by file name without suffix."""

    complaints: tuple[Complaint, ...]
    erased: Mapping[str, str]
    plain: Mapping[str, str]


@dataclass(frozen=True)
class Compiler:
    """A tsc program."""

    path: str
    version: str

    @property
    def about(self) -> str:
        """As the lock records it: `typescript 7.0.2`."""
        return f"typescript {self.version}"

    def compile(self, typescript: Mapping[str, str], plain: Mapping[str, str]) -> Compiled:
        """Check files, by name with suffix, and erase their types. `plain` is JavaScript."""
        with tempfile.TemporaryDirectory(prefix="hatch-intent-") as name:
            folder = Path(name)
            for part, files in (("ts", typescript), ("js", plain)):
                (folder / "in" / part).mkdir(parents=True)
                for file, text in files.items():
                    (folder / "in" / part / file).write_bytes(text.encode())
            config = {"compilerOptions": _OPTIONS, "include": ["in"]}
            (folder / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
            done = _run([self.path, "-p", ".", "--pretty", "false"], folder)
            said = done.stdout.decode(errors="replace")
            found = tuple(
                Complaint(file, int(line), int(column), int(code), message.strip())
                for file, line, column, code, message in _SAID.findall(said)
            )
            if done.returncode and not found:
                first = (said.strip() or done.stderr.decode(errors="replace")).split("\n", 1)[0]
                raise CheckFailed(f"{self.about} can't check mirrors: {first}")
            return Compiled(found, _outcome(folder / "out/ts"), _outcome(folder / "out/js"))


def find_compiler(root: Path) -> Compiler:
    """The project's own tsc, or the first on the path. CheckFailed when there is none."""
    own = str(root / "node_modules" / ".bin")
    named = os.environ.get(VARIABLE, "")
    path = named or shutil.which("tsc", path=own) or shutil.which("tsc") or ""
    if not path:
        raise CheckFailed(
            "mirrors in TypeScript need its compiler, and there is no tsc in node_modules/.bin nor "
            f"on the path; npm install --save-dev typescript, or name one in {VARIABLE}"
        )
    found = re.fullmatch(rb"Version (\S+)\s*", _run([path, "--version"], root).stdout)
    if found is None:
        raise CheckFailed(f"{path} doesn't run as TypeScript's compiler does")
    return Compiler(path, found[1].decode(errors="replace"))


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - the user's own compiler
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        first = str(error).split("\n", 1)[0]
        raise CheckFailed(f"{command[0]} doesn't run: {first}") from None


def _outcome(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {each.stem: each.read_bytes().decode() for each in sorted(folder.glob("*.js"))}
