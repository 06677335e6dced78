"""Several packages below one root: shared specs, one cache, builds at once, uv's workspaces."""

import subprocess
import sys

import pytest
from backends import WHEEL, names, replace, unpack
from projects import BACKENDS, DOUBLE, SHOUT, make_project, snapshot
from recipes import CHECKOUT, recipe, run

pytestmark = pytest.mark.build

HATCHLING = '\n[tool.hatch.build.targets.wheel]\npackages = ["src/demo"]\n\n'


@pytest.fixture
def packages(tmp_path, ghost):
    """A package for each backend, with a spec of its own and one that all share."""
    (tmp_path / "shared" / "specs").mkdir(parents=True)
    (tmp_path / "shared" / "specs" / "shout.intent.md").write_text(SHOUT)
    roots = []
    for backend in BACKENDS:
        root = make_project(
            tmp_path / "packages" / backend, ghost.url, backend=backend, double=DOUBLE
        )
        replace(root, "[tool.intent]\n", recipe("[tool.intent]"))
        (root / "shared").symlink_to("../../shared/specs")
        roots.append(root)
    return roots


def test_packages_share_specs_and_a_cache_and_build_at_once(packages, ghost, tmp_path):
    words = [sys.executable, "-m", "build", "--no-isolation"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    builds = [subprocess.Popen(words, cwd=root, **pipes) for root in packages]
    for build in builds:
        said, _ = build.communicate()
        assert build.returncode == 0, said
    modules = [snapshot(root / "src" / "demo") for root in packages]
    assert modules == [modules[0]] * len(packages)
    for root in packages:
        (wheel,) = (root / "dist").glob("*.whl")
        assert names(wheel) == sorted(WHEEL)
        (sdist,) = (root / "dist").glob("*.tar.gz")
        unpacked = unpack(sdist, tmp_path / "unpacked" / root.name)
        shared = unpacked / "shared"
        assert not shared.is_symlink()
        assert (shared / "shout.intent.md").read_text() == SHOUT
        assert "2 modules match its lock" in run("hatch_intent", "audit", sdist, cwd=root)
        assert not (root / ".intent" / "cache").exists()
    assert (tmp_path / ".intent-cache").is_dir()
    # Made once more from nothing, by the one cache alone.
    asked = len(ghost.asked)
    for path in [packages[0] / "intent.lock", *(packages[0] / "src/demo/auto").glob("*.py")]:
        path.unlink()
    run("hatch_intent", "build", cwd=packages[0])
    assert len(ghost.asked) == asked


def test_two_builds_of_one_package_at_once(root, ghost):
    words = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    builds = [subprocess.Popen([*words, f"dist{n}"], cwd=root, **pipes) for n in (1, 2)]
    for build in builds:
        said, _ = build.communicate()
        assert build.returncode == 0, said
    assert sorted(ghost.asked) == ["double", "shout"]
    (first,), (second,) = ((root / f"dist{n}").glob("*.whl") for n in (1, 2))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("told", [True, False], ids=["cache-keys", "no-cache-keys"])
def test_uv_sync_in_a_workspace_sees_a_changed_spec_when_told_to(ghost, tmp_path, told):
    top = tmp_path / "top"
    root = make_project(top / "packages" / "demo", ghost.url)
    (top / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    replace(root, 'version = "1.0"\n', 'version = "1.0"\nrequires-python = ">=3.10"\n')
    with (root / "pyproject.toml").open("a") as file:
        file.write(HATCHLING + (recipe("[tool.uv]") if told else ""))
    run("uv", "build", "-q", "--wheel", "-o", tmp_path / "wheels", CHECKOUT, cwd=tmp_path)
    found = {"UV_FIND_LINKS": str(tmp_path / "wheels"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    sync = ["uv", "sync", "--no-editable", "--package", "demo", "--python", sys.executable]
    run("hatch_intent", "build", cwd=root)
    run(*sync, cwd=top, **found)
    (installed,) = (top / ".venv").rglob("demo/auto/shout.py")
    spec = root / "specs/shout.intent.md"
    spec.write_text(spec.read_text().replace("Make the text", "Make all of the text"))
    ghost.answers["shout"] = ["def shout(text):\n    return f'{text.upper()}!'"]
    run(*sync, cwd=top, **found)
    assert ("{text.upper()}" in installed.read_text()) == told
    assert len(ghost.asked) == 2 + told
