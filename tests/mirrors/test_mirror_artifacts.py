"""Mirrors in wheels and sdists: shipped, told of in the bill of materials, audited."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, make_project

from hatch_intent.audit.verify import audit, lock_at
from hatch_intent.cli import main

pytest.importorskip("hy", reason="Hy is in the dependency group test")
pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project's root with both artifacts; one mirror in its package, built without a model."""
    root = tmp_path_factory.mktemp("mirrored")
    with ghostwriter({"double": [GOOD_DOUBLE]}) as server:
        make_project(root, server.url, double=DOUBLE)
        path = root / "pyproject.toml"
        path.write_text(f'{path.read_text()}\n[tool.intent.mirrors]\nlisp = "src/demo/lisp"\n')
        assert main(["build", "-q", "--root", str(root)]) == 0
    command = [sys.executable, "-m", "build", "--no-isolation", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def artifact(root: Path, pattern: str) -> Path:
    (path,) = (root / "dist").glob(pattern)
    return path


def test_a_mirror_ships_and_audits_match(built):
    wheel, sdist = artifact(built, "*.whl"), artifact(built, "*.tar.gz")
    assert "demo/lisp/double.hy" in zipfile.ZipFile(wheel).namelist()
    with tarfile.open(sdist) as archive:
        assert "demo-1.0/src/demo/lisp/double.hy" in archive.getnames()
    lock = lock_at(built / "intent.lock")
    assert audit(wheel, lock).problems == audit(sdist, lock).problems == ()


def test_a_mirror_that_was_changed_in_a_wheel_is_found(built, tmp_path):
    wheel = artifact(built, "*.whl")
    bad = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b";\n" * name.endswith(".hy"))
    assert any(
        each.startswith("demo/lisp/double.hy  was changed: ") and "locked as" in each
        for each in audit(bad).problems
    )
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            if not name.endswith(".hy"):
                new.writestr(name, old.read(name))
    assert "demo/lisp/double.hy  is missing; it mirrors a module" in audit(bad).problems


def test_a_mirror_that_was_changed_in_an_sdist_is_found(built, tmp_path):
    sdist = artifact(built, "*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "demo-1.0/src/demo/lisp/double.hy"
    path.write_text(path.read_text() + ";\n")
    bad = tmp_path / sdist.name
    with tarfile.open(bad, "w:gz") as archive:
        archive.add(tmp_path / "demo-1.0", "demo-1.0")
    (problem,) = audit(bad).problems
    assert problem.startswith("src/demo/lisp/double.hy  was changed: ")
