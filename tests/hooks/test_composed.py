"""Specs that use one another, in sdists, wheels and pytest runs."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from composed import FOUR, GOOD, TWICE
from ghostwriter import ghostwriter
from projects import NOBODY, make_project

from hatch_intent.audit.verify import audit, lock_at

CALL = "import demo.auto; print(demo.auto.four(2))"


@pytest.fixture
def root(tmp_path):
    """Everything built, and nobody left to ask."""
    with ghostwriter(GOOD) as server:
        root = make_project(tmp_path / "project", server.url, twice=TWICE, four=FOUR)
        run("-m", "hatch_intent", "build", "-q", cwd=root)
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(server.url, NOBODY))
    return root


def run(*words, cwd, **environ):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.build
def test_a_wheel_from_the_sdist_is_checked_frozen_and_runs(root, tmp_path):
    shutil.rmtree(root / ".intent")
    run("-m", "hatchling", "build", "-t", "sdist", cwd=root)
    (sdist,) = (root / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        safe = {"filter": "data"} if sys.version_info >= (3, 12) else {}
        archive.extractall(tmp_path / "unpacked", **safe)
    unpacked = tmp_path / "unpacked" / "demo-1.0"
    run("-m", "hatchling", "build", "-t", "wheel", cwd=unpacked)
    assert len(list((unpacked / ".intent/stamps").glob("four.py-*"))) == 1
    (wheel,) = (unpacked / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        (name,) = (each for each in archive.namelist() if each.endswith(".cdx.json"))
        bill = json.loads(archive.read(name))
    assert run("-c", CALL, cwd=tmp_path, PYTHONPATH=str(tmp_path / "installed")) == "8\n"
    depends = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert "module:demo/auto/twice.py" in depends["module:demo/auto/four.py"]
    found = audit(wheel, lock_at(root / "intent.lock"))
    assert found.problems == ()
    assert [each.uses for each in found.modules] == [("src/demo/auto/twice.py",), ()]
    assert audit(sdist, lock_at(root / "intent.lock")).problems == ()


@pytest.mark.build
def test_a_frozen_build_notices_other_code_below(root):
    path = root / "src/demo/auto/twice.py"
    path.write_text(path.read_text().replace("2 * x", "4 if x == 2 else 0"))
    run("-m", "hatch_intent", "adopt", "twice", cwd=root)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=root,
        env={**os.environ, "HATCH_INTENT_MODE": "frozen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "it passed before twice was written anew" in done.stdout + done.stderr
    assert not list((root / "dist").glob("*.whl"))


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--intent-in-process",)], ids=["judged", "in process"])
def test_pytest_runs_users_on_what_they_use(root, pytester, words):
    shutil.copytree(root, pytester.path, dirs_exist_ok=True)
    done = pytester.runpytest_subprocess("--intent", *words, "specs")
    done.assert_outcomes(passed=3)


@pytest.mark.slow
def test_pytest_fails_a_user_of_what_was_edited(root, pytester):
    shutil.copytree(root, pytester.path, dirs_exist_ok=True)
    path = pytester.path / "src/demo/auto/twice.py"
    path.write_text(path.read_text().replace("2 * x", "3 * x"))
    done = pytester.runpytest_subprocess("--intent", "specs")
    done.assert_outcomes(failed=3)
    assert "built on twice, which is edited; not checked" in done.stdout.str()
