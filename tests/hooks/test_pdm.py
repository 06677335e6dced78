"""The adapter for PDM's backend, by real builds in a subprocess with this environment."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import backends
import pytest
from backends import MODULES, SPECS, WHEEL, artifact, extend, names, replace, unpack, value
from projects import NOBODY, make_project, snapshot

from hatch_intent.audit.verify import audit

pytestmark = pytest.mark.build

SDIST = sorted(
    [
        "PKG-INFO",
        "intent.lock",
        "pyproject.toml",
        *SPECS,
        "src/demo/__init__.py",
        *(f"src/demo/{name}" for name in MODULES),
    ]
)


@pytest.fixture
def root(tmp_path, ghost):
    """A project for PDM's backend with two specs, nothing built."""
    return make_project(tmp_path / "project", ghost.url, backend="pdm")


def built(root: Path, target: str, **environ: str) -> list[str]:
    return names(artifact(root, "pdm", target, **environ))


def test_wheel_and_sdist_hold_what_they_should_stale_and_fresh(root, ghost):
    assert built(root, "wheel") == WHEEL
    assert built(root, "wheel") == WHEEL
    assert built(root, "sdist") == SDIST
    assert sorted(ghost.asked) == ["double", "shout"]


def test_an_sdist_of_a_stale_tree_holds_the_modules_and_no_state(root):
    extend(root, '[tool.pdm.build]\nsource-includes = [".intent"]')
    assert built(root, "sdist") == SDIST
    assert built(root, "sdist") == SDIST


def test_a_wheel_from_the_sdist_asks_nobody_and_ships_the_same_bytes(root, ghost, tmp_path):
    sdist = unpack(artifact(root, "pdm", "sdist"), tmp_path)
    ghost.asked.clear()
    replace(sdist, ghost.url, NOBODY)
    assert built(sdist, "wheel") == WHEEL
    assert ghost.asked == []
    with zipfile.ZipFile(next((sdist / "dist").glob("*.whl"))) as wheel:
        for name in MODULES:
            assert wheel.read(f"demo/{name}") == (root / "src/demo" / name).read_bytes()


def test_an_editable_build_generates_in_the_tree(root):
    assert "_editable_impl_demo.pth" in built(root, "editable")
    assert (root / "src/demo/auto/double.py").is_file()


def sbom(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("demo-1.0.dist-info/sboms/hatch-intent.cdx.json")


def test_wheel_wheel_from_sdist_and_editable_carry_the_same_sbom(root, tmp_path):
    first = artifact(root, "pdm", "wheel")
    bill = sbom(first)
    assert audit(first).problems == ()
    sdist = unpack(artifact(root, "pdm", "sdist"), tmp_path)
    assert sbom(artifact(sdist, "pdm", "wheel")) == bill
    assert sbom(artifact(root, "pdm", "editable")) == bill


def test_metadata_alone_generates_nothing(root, ghost):
    value(backends.call(root, "pdm", "prepare_metadata_for_build_wheel", "dist"))
    assert ghost.asked == []
    assert not (root / "intent.lock").exists()


def test_a_project_without_the_table_is_left_alone(tmp_path):
    root = make_project(tmp_path / "p", backend="pdm")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.partition("[tool.intent]")[0])
    done = backends.call(root, "pdm", "build_wheel", "dist")
    assert names(root / "dist" / value(done)) == ["demo/__init__.py"]
    assert done.stderr == ""
    assert not (root / ".intent").exists()
    assert "intent.lock" not in snapshot(root)


def test_failure_is_one_clean_message_and_no_artifact(root, ghost):
    ghost.answers["double"] = ["def double(x):\n    return 0"]
    done = backends.call(root, "pdm", "build_wheel", "dist")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-3:-1] == [
        "intent  double  py  no code passed in 2 attempts; the best passed 0 of 2 examples",
        "  double(2)  expected 4  got 0      specs/double.intent.md:7",
    ]
    assert "Traceback" not in done.stderr
    assert not list((root / "dist").glob("*"))


@pytest.mark.parametrize(
    "frontend",
    [
        ["pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "."],
        ["build", "-n"],
        ["uv", "build", "--no-build-isolation", "--python", sys.executable],
    ],
    ids=["pip", "build", "uv"],
)
def test_a_bad_setting_is_one_line_under_every_frontend(root, frontend):
    replace(root, "[tool.intent]\n", "[tool.intent]\nround = 2\n")
    done = subprocess.run(
        [sys.executable, "-m", *frontend], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    line = 'intent  pyproject.toml:10  tool.intent.round: unknown key; did you mean "rounds"'
    assert said.count(line) == 1


def test_a_flat_layout(tmp_path, ghost):
    root = make_project(tmp_path / "p", ghost.url, backend="pdm")
    (root / "src/demo").rename(root / "demo")
    (root / "src").rmdir()
    replace(root, "src/demo", "demo")
    assert built(root, "wheel") == WHEEL
    assert built(root, "wheel") == WHEEL


def test_a_namespace_package(root):
    (root / "src/demo/__init__.py").unlink()
    (root / "src/demo").rmdir()
    assert built(root, "wheel") == WHEEL[1:]
    assert built(root, "wheel") == WHEEL[1:]


def test_a_wheel_that_lacks_modules_is_refused_unless_the_project_says_so(root):
    replace(root, "src/demo/auto", "generated")
    line = "generated/__init__.py, generated/double.py, generated/shout.py: not inside the wheel's"
    done = backends.call(root, "pdm", "build_wheel", "dist")
    assert done.returncode == 1
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((root / "dist").glob("*"))
    replace(root, "[tool.intent]\n", '[tool.intent]\noutside = "report"\n')
    done = backends.call(root, "pdm", "build_wheel", "dist")
    assert line in done.stderr
    assert names(root / "dist" / value(done)) == ["demo/__init__.py"]


def test_wheels_are_the_same_bytes_for_everybody(root, tmp_path):
    def wheel(where: Path, umask: int, zone: str) -> bytes:
        before = os.umask(umask)
        try:
            path = artifact(where, "pdm", "wheel", TZ=zone, SOURCE_DATE_EPOCH="1700000000")
        finally:
            os.umask(before)
        raw = path.read_bytes()
        path.unlink()
        return raw

    first = wheel(root, 0o022, "UTC")
    assert wheel(root, 0o022, "UTC") == first
    sdist = unpack(artifact(root, "pdm", "sdist"), tmp_path)
    assert wheel(sdist, 0o077, "Asia/Tokyo") == first
