from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from judge_specs import MakeSpec

from hatch_intent.judge import static
from hatch_intent.judge.static import MAX_SOURCE, import_roots, read, read_imports


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def f(x:\n  pass", "line 1: does not parse: "),
        ("def f(x):\n    return '\0'", "does not parse: "),
        ("x = " + "(" * 5000 + ")" * 5000, "line 1: does not parse: too many nested"),
        ("x = " + "-" * 100_000 + "1", "does not parse: "),
        ("x" * (MAX_SOURCE + 1), "the module has 200001 characters"),
        ("x = 1", "does not define def f(x)"),
        ("class A:\n    def f(x): ...", "does not define def f(x)"),
        ("async def f(x): ...", "line 1: f is a coroutine"),
        ("def f(y): ...", "line 1: has def f(y); the signature is def f(x)"),
        ("def f(x, y=1): ...", "line 1: has def f(x, y); the signature is def f(x)"),
        ("def f(): ...", "line 1: has def f()"),
        ("def f(*x): ...", "line 1: has def f(*x)"),
        ("def f(**x): ...", "line 1: has def f(**x)"),
        ("def f(x, /): ...", "line 1: has def f(x, /)"),
        ("def f(*, x): ...", "line 1: has def f(*, x)"),
        ("def f(x): ...\ndef f(y): ...", "line 2: has def f(y)"),
        ("import os\ndef f(x): ...", "line 1: imports os, which is not allowed; the function may"),
        (
            "import os.path\ndef f(x): ...",
            "line 1: imports os.path, which is not allowed; posixpath",
        ),
        ("def f(x):\n    from subprocess import run", "line 2: imports subprocess"),
        ("import urllib.request\ndef f(x): ...", "line 1: imports urllib.request"),
        ("import numpy\ndef f(x): ...", "line 1: imports numpy"),
        ("from .other import other\ndef f(x): ...", "line 1: imports .other, which the spec"),
        ("from . import other\ndef f(x): ...", "line 1: imports .other, which the spec"),
        ("from . import used\ndef f(x): ...", "line 1: from .used import used is what works"),
        ("from ..used import used\ndef f(x): ...", "line 1: from .used import used is what works"),
        ("import used\ndef f(x): ...", "line 1: from .used import used is what works"),
        ("from my.lib.used import used\ndef f(x): ...", "line 1: from .used import used is what"),
        ("def f(x): return eval(x)", "line 1: calls eval(), which is not allowed"),
        ("def f(x):\n    return __import__('os')", "line 2: calls __import__()"),
        ("def f(x): open(x)", "line 1: calls open()"),
        ("def f(x): return input()", "line 1: calls input()"),
        ("def f(x): return compile(x)", "line 1: calls compile()"),
        ("def f(x): breakpoint()", "line 1: calls breakpoint()"),
        ("def f(x): exec(x)", "line 1: calls exec()"),
    ],
)
def test_a_static_gate_stops_it(make_spec: MakeSpec, code: str, problem: str) -> None:
    assert read(code, make_spec(uses=("used",))).problem.startswith(problem)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x: int) -> int:\n    return x",
        "def f(x='default'): ...",
        "import functools\n@functools.cache\ndef f(x): ...",
        "from __future__ import annotations\nimport re, json.decoder\ndef f(x): ...",
        "from .used import used\ndef f(x): ...",
        "import re\ndef f(x): return re.compile(x)",
        "def f(x):\n    input = [x]\n    return input",
        "def open(x): return x\ndef f(x): return open(x)",
        "import wanted.inside\ndef f(x): ...",
        "import dashed_name\ndef f(x): ...",
    ],
)
def test_a_good_module_passes_the_static_gates(make_spec: MakeSpec, code: str) -> None:
    spec = make_spec(uses=("used",), requires=("wanted>=2", "dashed-name"))
    assert read(code, spec).problem == ""


def test_optional_parameters_need_a_default(make_spec: MakeSpec) -> None:
    spec = make_spec(parameters="a b?")
    assert read("def f(a, b): ...", spec).problem == (
        "line 1: b is optional and needs a default value"
    )
    assert read("def f(a, b=None): ...", spec).problem == ""
    assert read("def f(a=1, b=None): ...", spec).problem == ""


def test_imports_are_found_wherever_they_are(make_spec: MakeSpec) -> None:
    code = (
        "import json.decoder\ndef f(x):\n    from urllib import parse\n    from .used import used\n"
    )
    imports = read(code, make_spec(uses=("used",))).imports
    assert imports.preload == ("json.decoder", "urllib", "urllib.parse")
    assert imports.uses == ("used",)
    assert read_imports(code) == imports
    assert read_imports("def f(").preload == ()


def test_roots_of_requirements(make_spec: MakeSpec) -> None:
    spec = make_spec(requires=("numpy", "a-b>=1,<2", "c[extra]; python_version > '3'", " d "))
    assert import_roots(spec) == {"numpy", "a_b", "c", "d"}


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ("top_level.txt", "shape\n_shape\n"),
        ("RECORD", "shape/__init__.py,,\n_shape.py,,\nMade_Up-1.0.dist-info/RECORD,,\n../x.py,,\n"),
    ],
)
def test_a_distribution_s_modules_may_have_other_names(
    make_spec: MakeSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, text: str
) -> None:
    folder = tmp_path / "Made_Up-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: Made.Up\nVersion: 1.0\n")
    (folder / kept).write_text(text)
    # From 3.12 on a file that is recorded but not there is not told of.
    (tmp_path / "shape").mkdir()
    for there in ("shape/__init__.py", "_shape.py"):
        (tmp_path / there).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    static._roots_of.cache_clear()
    spec = make_spec(requires=("made-up>=1",))
    assert import_roots(spec) == {"made_up", "shape", "_shape"}
    assert read("import shape.inside\ndef f(x): ...", spec).problem == ""
    static._roots_of.cache_clear()


def test_a_refused_package_names_the_heading_for_it(make_spec: MakeSpec) -> None:
    way = ", or name its package under requires:"
    assert read("import numpy\ndef f(x): ...", make_spec()).problem.endswith(way)
    assert "requires" not in read("import socket\ndef f(x): ...", make_spec()).problem


def test_the_parser_s_warnings_stay_inside(make_spec: MakeSpec) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read("def f(x): return '\\d' is 1", make_spec()).problem == ""
    assert caught == []
