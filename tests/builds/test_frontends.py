"""Isolated builds as users run them: pip, build, hatch and uv, then the wheel in use.

hatch-intent itself comes from a wheel of this checkout, found by the tools' own settings.
"""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from projects import snapshot

pytestmark = pytest.mark.build

CHECKOUT = Path(__file__).parents[2]
CALL = "import demo.auto as a; print(a.double(4), a.shout('a'))"
MODULES = ["__init__.py", "double.py", "shout.py"]


def run(*words: object, cwd: Path, fails: bool = False, **environ: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def found(tmp_path_factory) -> dict[str, str]:
    """Settings under which pip and uv find this checkout's hatch-intent."""
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, CHECKOUT]
    run(*pip, cwd=wheels)
    links = f"{os.environ.get('PIP_FIND_LINKS', '')} {wheels}".strip()
    return {"PIP_FIND_LINKS": links, "UV_FIND_LINKS": str(wheels)}


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The python of a fresh environment with pip alone."""
    run(sys.executable, "-m", "venv", tmp_path / "user", cwd=tmp_path)
    return tmp_path / "user" / "bin" / "python"


def call(user: Path, tmp_path: Path) -> str:
    return run(user, "-c", CALL, cwd=tmp_path).strip()


def wheel_of(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_build_makes_an_sdist_and_a_wheel_from_it(root, ghost, found, user, tmp_path):
    said = run(sys.executable, "-m", "build", cwd=root, **found)
    assert "2 modules written, lock updated, 2 calls" in said
    assert sorted(ghost.asked) == ["double", "shout"]
    run(user, "-m", "pip", "install", "-q", wheel_of(root / "dist"), cwd=tmp_path)
    assert call(user, tmp_path) == "8 A!"
    before = snapshot(root)
    run(sys.executable, "-m", "build", cwd=root, **found)
    assert len(ghost.asked) == 2
    assert snapshot(root) == before


def test_hatch_build_shows_progress(root, found, tmp_path):
    data = str(tmp_path / "hatch")
    said = run(sys.executable, "-m", "hatch", "build", cwd=root, HATCH_DATA_DIR=data, **found)
    assert "intent  2 modules, 2 stale (new)" in said
    assert "passed 2 examples" in said
    assert sorted(path.suffix for path in (root / "dist").iterdir()) == [".gz", ".whl"]


def test_uv_build(root, ghost, found):
    uv = [sys.executable, "-m", "uv", "build", "--python", sys.executable]
    run(*uv, cwd=root, **found)
    with zipfile.ZipFile(wheel_of(root / "dist")) as wheel:
        for name in MODULES:
            assert wheel.read(f"demo/auto/{name}") == (root / "src/demo/auto" / name).read_bytes()
    assert len(ghost.asked) == 2


def test_pip_install_and_editable(root, ghost, found, user, tmp_path):
    run(user, "-m", "pip", "install", "-q", root, cwd=tmp_path, **found)
    assert call(user, tmp_path) == "8 A!"
    run(user, "-m", "pip", "uninstall", "-q", "-y", "demo", cwd=tmp_path)
    run(user, "-m", "pip", "install", "-q", "-e", root, cwd=tmp_path, **found)
    assert call(user, tmp_path) == "8 A!"
    assert len(ghost.asked) == 2


def test_people_install_the_sdist_without_model_and_lock_state(root, ghost, found, user, tmp_path):
    (root / ".gitignore").write_text("src/demo/auto/\n")
    run(sys.executable, "-m", "build", "--sdist", cwd=root, **found)
    (sdist,) = (root / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        text = archive.extractfile("demo-1.0/pyproject.toml").read().decode()
    assert ghost.url in text  # and nobody listens there any more when this runs elsewhere
    ghost.leave()
    run(user, "-m", "pip", "install", "-q", sdist, cwd=tmp_path, **found)
    assert call(user, tmp_path) == "8 A!"


def test_a_failed_build_is_one_clean_message_under_pip(root, ghost, found, user, tmp_path):
    ghost.answers["double"] = ["def double(x):\n    return 0"]
    said = run(user, "-m", "pip", "install", root, cwd=tmp_path, fails=True, **found)
    assert "double  py  no code passed in 2 attempts" in said
    assert "Traceback" not in said


def test_a_stale_tree_fails_in_ci(root, found):
    path = root / "pyproject.toml"
    path.write_text(
        path.read_text().replace("[tool.intent]\n", '[tool.intent]\nmode = "frozen"\n', 1)
    )
    said = run(sys.executable, "-m", "build", "--wheel", cwd=root, fails=True, **found)
    assert "2 of 2 modules are stale and this build is frozen" in said
    assert not list((root / "dist").glob("*"))
