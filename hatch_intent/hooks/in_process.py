"""Examples once more, in the process of the tests, so that coverage can see the module.

Only where every module of the project has just passed in the sandbox, and its bytes are the
locked ones: this is a measurement, and the judge's word is the one that counts.
"""

from __future__ import annotations

import sys
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import ModuleType

from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.judge.compare import difference
from hatch_intent.judge.inside.answers import plain
from hatch_intent.judge.verdict import show_call
from hatch_intent.project import Project
from hatch_intent.spec.model import Example


def rerun(project: Project, module: Freshness, number: int) -> str:
    """Run an example, counted from 1; what is wrong with what comes, or nothing."""
    path = project.root / module.output
    if module.target != "py":
        return ""
    if module.entry is None or sha256(path.read_bytes()) != module.entry.output_sha256:
        return f"{module.output} is not the module that was judged; it was not run"
    spec = module.read()
    try:
        loaded = _load(path)
    except Exception as error:  # noqa: BLE001 - the package around it is anybody's
        return f"importing {module.output} raised {type(error).__name__}: {error}"
    found = Path(loaded.__file__ or "").resolve()
    if found != path.resolve():
        return f"import {loaded.__name__} gives {found}, not this project's {module.output}"
    example = spec.examples[number - 1]
    wrong = _call(getattr(loaded, spec.name), example)
    return f"{show_call(spec, example)}  in this process: {wrong}" if wrong else ""


def _load(path: Path) -> ModuleType:
    """The module under the name that its users import it by."""
    top, name = path.parent, path.stem
    while (top / "__init__.py").is_file():
        top, name = top.parent, f"{top.name}.{name}"
    sys.path.insert(0, str(top))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(top))


def _call(function: object, example: Example) -> str:
    assert callable(function)  # noqa: S101 - the judge has called it
    try:
        got = plain(function(**deepcopy(example.args)))
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        names = [each.__name__ for each in type(error).__mro__]
        return "" if example.raises in names else f"raised {type(error).__name__}: {error}"
    if example.raises is not None:
        return f"expected {example.raises}"
    return difference(example.out, got, example.tolerance) or ""
