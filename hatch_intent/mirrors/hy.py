"""Hy of modules, read back by Hy itself, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hatch_intent.errors import CheckFailed
from hatch_intent.mirrors.lisp import lisp
from hatch_intent.mirrors.lisp_trees import same
from hatch_intent.mirrors.task import Derived, Task

REMEDY = 'pip install "hatch-intent[lisp]"'
_SECONDS = 300.0
# Hy hooks into imports and `runpy` where it is loaded, which no build should find changed.
_PROGRAM = """\
import ast, builtins, json, sys
asked = json.load(sys.stdin)
sys.path[:] = asked["path"]
import hy
from hy.compiler import hy_compile
from hy.reader import read_many
codes, errors = {}, {}
for name, text in asked["texts"].items():
    try:
        codes[name] = ast.unparse(hy_compile(read_many(text), "__main__", import_stdlib=False))
    except Exception as error:
        errors[name] = f"{type(error).__name__}: {error}"
macros = sorted(builtins._hy_macros)
said = {"version": hy.__version__, "macros": macros, "codes": codes, "errors": errors}
json.dump(said, sys.stdout)
"""


@dataclass(frozen=True)
class Read:
    """What Hy says: its version, the names of its forms, and Python for texts or an error."""

    version: str
    macros: frozenset[str]
    codes: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def about(self) -> str:
        """As the lock records it: `hy 1.3.1`."""
        return f"hy {self.version}"


def read(texts: Mapping[str, str]) -> Read:
    """Have Hy compile texts, by name. CheckFailed where Hy is not installed."""
    if find_spec("hy") is None:
        raise CheckFailed(f"mirrors in Lisp need Hy, which is not installed; {REMEDY}")
    asked = json.dumps({"path": sys.path, "texts": texts})
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and our own program
            [sys.executable, "-I", "-c", _PROGRAM],
            input=asked.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        said = json.loads(done.stdout)
        return Read(said["version"], frozenset(said["macros"]), said["codes"], said["errors"])
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CheckFailed(f"Hy doesn't run: {last}") from None
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        first = str(error).split("\n", 1)[0]
        raise CheckFailed(f"Hy doesn't run: {first}") from None


def derive(_root: Path, tasks: Sequence[Task]) -> list[Derived]:
    """Mirrors in Hy. Raises `CheckFailed` with the first construct that can't be expressed."""
    macros = read({}).macros
    texts = {
        each.spec.name: lisp(each.spec, each.code, each.module.output, macros) for each in tasks
    }
    back = read(texts)
    if unlike := [line for each in tasks for line in _unlike(each, back)]:
        raise CheckFailed("\n".join(unlike))
    return [
        Derived(each, texts[each.spec.name], back.about, back.codes[each.spec.name])
        for each in tasks
    ]


def _unlike(task: Task, back: Read) -> Iterator[str]:
    """What is wrong with a mirror that Hy can't read, or reads as something else."""
    name, place = task.spec.name, f"{task.module.output}  can't be expressed in Hy"
    if name in back.errors:
        yield f"{place}: {back.about} says {back.errors[name]}"
    elif not same(task.code, back.codes[name]):
        yield f"{place}: {back.about} reads the mirror as other code"
