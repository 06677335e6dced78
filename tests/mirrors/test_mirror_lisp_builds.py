"""Mirrors in Lisp as part of a build, read back by the real Hy."""

import subprocess
import sys
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, SHOUT, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.lock import read_lock
from hatch_intent.mirrors.lisp_expressions import Expressions
from hatch_intent.pipeline import extra_requirements

pytest.importorskip("hy", reason="Hy is in the dependency group test")
pytestmark = pytest.mark.slow

QUAD = """\
# name: quad
# description:
Four times the number.
# signature:
(x: number) -> { n: number }
# uses: double
# examples:
- in: { "x": 2 } out: { "n": 8 }
"""
GOOD_QUAD = """\
def quad(x):
    n = double(double(x))
    if n < 0:
        return {"n": n}
    return {"n": n}
"""
BAD_SHOUT = """\
def shout(text):
    match text:
        case "":
            return "!"
    return text.upper() + "!"
"""
HY = "src/demo/lisp"


def project(root: Path, url: str, **specs: str) -> Path:
    make_project(root, url, **specs)
    path = root / "pyproject.toml"
    path.write_text(f'{path.read_text()}\n[tool.intent.mirrors]\nlisp = "{HY}"\n')
    return root


@pytest.fixture
def root(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE], "quad": [GOOD_QUAD]}) as server:
        yield project(tmp_path / "p", server.url, double=DOUBLE, quad=QUAD)


def run(root: Path, *words: str) -> int:
    return main([*words, "--root", str(root)])


def test_modules_are_mirrored_and_hy_can_import_them(root):
    assert run(root, "build", "-q") == 0
    text = (root / HY / "quad.hy").read_text()
    assert "(import .double [double])" in text
    assert "(setv n (double (double x)))" in text
    entry = read_lock(root / "intent.lock", root / ".intent").entries["quad", "py"]
    assert (entry.mirror, entry.mirror_tool[:3]) == (f"{HY}/quad.hy", "hy ")
    code = "import hy; from demo.lisp.quad import quad; print(quad(3))"
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, cwd=root / "src", capture_output=True, text=True, check=False)
    assert done.stdout == "{'n': 12}\n", done.stderr


def test_frozen_and_fresh_builds_need_no_hy(root, monkeypatch):
    assert run(root, "build", "-q") == 0
    before = snapshot(root)
    monkeypatch.setattr("hatch_intent.mirrors.hy.find_spec", lambda _: None)
    (root / ".intent/settled").unlink()
    assert run(root, "build", "-q") == run(root, "build", "-q", "--frozen") == 0
    assert snapshot(root) == before
    assert extra_requirements(root) == []


def test_a_build_with_something_to_derive_asks_for_hy(root, monkeypatch, capsys):
    assert any(each.startswith("hy") for each in extra_requirements(root))
    monkeypatch.setattr("hatch_intent.mirrors.hy.find_spec", lambda _: None)
    assert run(root, "build", "-q") == 1
    assert "mirrors in Lisp need Hy, which is not installed" in capsys.readouterr().err
    assert not (root / HY).exists()
    assert (root / "src/demo/auto/double.py").is_file()


def test_an_edited_one_is_refused_and_one_whose_spec_goes_goes(root, capsys):
    assert run(root, "build", "-q") == 0
    path = root / HY / "quad.hy"
    good = path.read_text()
    path.write_text(good.replace("double x", "double 1"))
    assert run(root, "build", "-q") == run(root, "check", "-q") == 1
    assert f"{HY}/quad.hy was edited by hand or isn't ours" in capsys.readouterr().err
    path.write_text(good)
    (root / "specs/quad.intent.md").unlink()
    assert run(root, "build", "-q") == 0
    assert [each.name for each in (root / HY).iterdir()] == ["double.hy"]


def test_a_construct_that_cannot_be_expressed_is_named(tmp_path, capsys):
    with ghostwriter({"shout": [BAD_SHOUT]}) as server:
        root = project(tmp_path / "p", server.url, shout=SHOUT)
        assert run(root, "build", "-q") == 1
    said = capsys.readouterr().err
    assert "can't be expressed in Hy: Match: match text:" in said
    assert "src/demo/auto/shout.py:" in said
    assert (root / "src/demo/auto/shout.py").is_file()
    assert not (root / HY).exists()


def test_a_mirror_that_fails_its_examples_is_not_written(root, monkeypatch, capsys):
    monkeypatch.setattr("hatch_intent.mirrors.hy.same", lambda *_: True)
    monkeypatch.setattr(
        Expressions,
        "_BinOp",
        lambda self, node: f"(+ {self.show(node.left)} {self.show(node.right)})",
    )
    assert run(root, "build", "-q") == 1
    assert f"{HY}/double.hy would not do what its spec says" in capsys.readouterr().err
    assert not (root / HY).exists()


def test_hy_that_reads_something_else_is_an_error(root, monkeypatch, capsys):
    monkeypatch.setattr("hatch_intent.mirrors.hy.same", lambda *_: False)
    assert run(root, "build", "-q") == 1
    assert "reads the mirror as other code" in capsys.readouterr().err
    assert not (root / HY).exists()


def test_doctor_and_explain_name_the_tool(root, capsys):
    assert run(root, "build", "-q") == 0
    run(root, "doctor")
    assert run(root, "explain", "double") == 0
    out = capsys.readouterr().out
    assert "mirrors" in out
    assert f"{HY}/double.hy (hy " in out
