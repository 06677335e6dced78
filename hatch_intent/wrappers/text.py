"""What stands in a wrapper file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from hatch_intent.freshness import read
from hatch_intent.lock import Lock
from hatch_intent.project import Project, SpecFile
from hatch_intent.spec.model import Spec
from hatch_intent.wrappers import javascript, python
from hatch_intent.wrappers.plan import WrapperFile, sealed, wrappers_due

_IMPORT = re.compile(r"^from hatch_intent\.wrappers\.runtime\.(\w+) import .*\n", re.MULTILINE)
_FUTURE = "from __future__ import annotations\n"


def wrapper_texts(project: Project, lock: Lock, specs: Sequence[SpecFile]) -> dict[str, str]:
    """The files to write, by path; not those of modules whose spec is ahead of the lock or gone."""
    known = {file.path: file for file in specs}
    texts = {}
    for file in wrappers_due(project, lock):
        spec = None
        if file.part in ("module", "types"):
            (entry,) = file.entries
            file_of_spec = known.get(entry.spec)
            spec = read(file_of_spec) if file_of_spec else None
            if spec is None or spec.intent_digest != entry.intent:
                continue
        texts[file.path] = wrapper_text(file, spec)
    return texts


def wrapper_text(file: WrapperFile, spec: Spec | None = None) -> str:
    """A file's content; `spec` is that of its module, where it is for one."""
    return sealed(file, _text(file, spec))


def _text(file: WrapperFile, spec: Spec | None) -> str:
    if file.part in ("module", "types"):
        assert spec is not None  # noqa: S101 - whoever asks has it
        if file.language == "py":
            return python.module(spec)
        return javascript.types(spec) if file.part == "types" else javascript.module(spec)
    names = [each.name for each in file.entries]
    if file.part == "package":
        return python.package(names)
    if file.part == "index":
        return javascript.index(names)
    if file.part == "index-types":
        return javascript.index_types(names)
    return _filled(_runtime(file), file.modules, names)


def _runtime(file: WrapperFile) -> str:
    name = file.path.rpartition("/")[2].removeprefix("_")
    source = _source(name)
    found = _IMPORT.search(source)
    if found is None:
        return source
    # In one piece: what lies beside a script can't be imported safely, and Pyodide fetches it.
    rest = _source(f"{found[1]}.py").partition(_FUTURE)[2]
    body = _IMPORT.sub("", source)
    opening, _, after = body.partition(_FUTURE)
    return f"{opening}{_FUTURE}{_merged(after, rest)}"


def _merged(after: str, inlined: str) -> str:
    """Two modules' imports, then the inlined one's definitions, then the other's."""
    ours, theirs = _split(after), _split(inlined)
    plain = sorted({*ours[0], *theirs[0]}, key=lambda line: (line.startswith("from"), line))
    below = "\n\n\n".join((theirs[1].strip("\n"), ours[1].lstrip("\n")))
    return "\n" + "\n".join(plain) + "\n\n" + below


def _split(source: str) -> tuple[list[str], str]:
    """The import lines at the top, and the rest."""
    lines = source.lstrip("\n").split("\n")
    count = 0
    while lines[count].startswith(("import ", "from ")) or not lines[count]:
        count += 1
    return [line for line in lines[:count] if line], "\n".join(lines[count:])


def _filled(source: str, modules: str, names: Sequence[str]) -> str:
    listed = json.dumps(sorted(names))
    values = {
        'FOLDER = "."': f"FOLDER = {json.dumps(modules, ensure_ascii=False)}",
        "FOLDER = '.'": f"FOLDER = {json.dumps(modules, ensure_ascii=False)}",
        "FUNCTIONS: Sequence[str] = []": f"FUNCTIONS: Sequence[str] = {listed}",
        "FUNCTIONS = []": f"FUNCTIONS = {listed}",
        "MODULES = []": f"MODULES = {listed}",
    }
    for place, value in values.items():
        source = source.replace(place, value)
    return source


@cache
def _source(name: str) -> str:
    return files("hatch_intent.wrappers.runtime").joinpath(name).read_text(encoding="utf-8")
