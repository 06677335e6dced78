"""A good guest in hatchling's builds: every option that chooses files, hooks or layouts.

Real builds, each with the exact list of its wheel's files, while modules are made and once more
when there is nothing to do.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import backends
import pytest
from backends import MODULES, WHEEL, artifact, extend, names, replace, unpack, value
from projects import make_project, snapshot

from hatch_intent.audit.verify import audit

pytestmark = pytest.mark.build

HOOK = "[tool.hatch.build.hooks.intent]\n"
WHEEL_TABLE = "[tool.hatch.build.targets.wheel]"
AUTO = [f"src/demo/{name}" for name in MODULES]


def call(root: Path, hook: str, **environ: str) -> subprocess.CompletedProcess:
    return backends.call(root, "hatchling", hook, "dist", **environ)


def built(root: Path, target: str = "wheel", **environ: str) -> list[str]:
    """What the artifact holds, whose modules are the tree's and known to its bill of materials."""
    path = artifact(root, "hatchling", target, **environ)
    if target == "wheel":
        assert audit(path).problems == ()
    found = names(path)
    path.unlink()
    return found


def twice(root: Path, wanted: list[str]) -> None:
    assert built(root) == wanted
    assert built(root) == wanted


def ignore_modules(root: Path, folder: str = "src/demo/auto") -> None:
    (root / ".gitignore").write_text(f"dist/\n{folder}/\n")


def flat(tmp_path: Path, url: str) -> Path:
    root = make_project(tmp_path / "flat", url)
    (root / "src/demo").rename(root / "demo")
    (root / "src").rmdir()
    replace(root, "src/demo", "demo")
    return root


# ---- cleaning


@pytest.mark.parametrize(
    "words",
    [["--clean-only", "--hooks-only"], ["--clean-only"], ["--clean"], ["--clean-hooks-after"]],
    ids=" ".join,
)
def test_cleaning_removes_neither_modules_nor_lock_nor_specs(root, words):
    built(root)
    before = {path: raw for path, raw in snapshot(root).items() if not path.startswith("dist/")}
    assert {"intent.lock", *AUTO} <= before.keys()
    done = subprocess.run([sys.executable, "-m", "hatchling", "build", *words], cwd=root)
    assert done.returncode == 0
    after = {path: raw for path, raw in snapshot(root).items() if not path.startswith("dist/")}
    assert after == before


# ---- which hooks run


def test_without_hooks_nothing_is_made(root, ghost):
    path = value(call(root, "build_wheel", HATCH_BUILD_NO_HOOKS="true"))
    assert names(root / "dist" / path) == ["demo/__init__.py"]
    assert ghost.asked == []
    assert not (root / "intent.lock").exists()


@pytest.mark.parametrize(
    "name", ["HATCH_BUILD_HOOKS_ENABLE", "HATCH_BUILD_HOOK_ENABLE_INTENT"], ids=["all", "this"]
)
def test_a_hook_that_is_off_runs_when_the_environment_asks_for_it(root, ghost, name):
    replace(root, HOOK, f"{HOOK}enable-by-default = false\n")
    path = value(call(root, "build_wheel"))
    assert names(root / "dist" / path) == ["demo/__init__.py"]
    assert ghost.asked == []
    assert built(root, **{name: "true"}) == WHEEL


def test_the_table_of_one_target_serves_that_target_alone(root, ghost):
    replace(root, HOOK, "[tool.hatch.build.targets.wheel.hooks.intent]\n")
    sdist = artifact(root, "hatchling", "sdist")
    assert ghost.asked == []
    assert "intent.lock" not in names(sdist)
    twice(root, WHEEL)


def test_the_table_of_a_target_replaces_the_global_one(root, ghost):
    extend(root, "[tool.hatch.build.targets.wheel.hooks.intent]\nenable-by-default = false")
    path = value(call(root, "build_wheel"))
    assert names(root / "dist" / path) == ["demo/__init__.py"]
    assert ghost.asked == []
    assert {"intent.lock", *AUTO} <= set(built(root, "sdist"))


def test_a_hook_in_both_tables_runs_in_both_targets(root):
    extend(root, "[tool.hatch.build.targets.wheel.hooks.intent]")
    twice(root, WHEEL)
    assert {"intent.lock", *AUTO} <= set(built(root, "sdist"))


# ---- which files are chosen


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ('packages = ["src/demo"]', WHEEL),
        ('only-include = ["src/demo"]\nsources = ["src"]', WHEEL),
        ('only-include = ["src/demo/auto"]\nsources = ["src"]', WHEEL[1:]),
        ('include = ["/src/demo"]\nsources = ["src"]', WHEEL),
        ('include = ["/src/demo/__init__.py"]\nsources = ["src"]', WHEEL),
        ('only-include = ["src/demo"]', [f"src/{name}" for name in WHEEL]),
        (
            'packages = ["src/demo"]\nsources = { "src/demo" = "other/place" }',
            [name.replace("demo", "other/place", 1) for name in WHEEL],
        ),
        (
            'only-include = ["src/demo"]\nsources = { "src" = "", "src/demo/auto" = "apart" }',
            None,
        ),
        ('packages = ["src/demo"]\nskip-excluded-dirs = true', WHEEL),
        ('packages = ["src/demo"]\nonly-packages = true', WHEEL),
        ('packages = ["src/demo"]\nignore-vcs = true', WHEEL),
    ],
    ids=[
        "packages",
        "only-include",
        "only-include of the modules",
        "include",
        "include of another file",
        "sources not rewritten",
        "sources moved",
        "sources nested",
        "skip-excluded-dirs",
        "only-packages",
        "ignore-vcs",
    ],
)
@pytest.mark.parametrize("ignored", [False, True], ids=["committed", "ignored"])
def test_options_that_choose_and_place_files(root, table, wanted, ignored):
    if ignored:
        ignore_modules(root)
    extend(root, f"{WHEEL_TABLE}\n{table}")
    if wanted is None:
        # hatchling takes the first source that fits; what it does, the bill of materials says.
        wanted = built(root)
        assert len(wanted) == len(WHEEL)
    twice(root, sorted(wanted))


@pytest.mark.parametrize("ignored", [False, True], ids=["committed", "ignored"])
def test_modules_from_elsewhere_that_the_project_forces_into_its_package(root, ignored):
    replace(root, "src/demo/auto", "generated")
    if ignored:
        ignore_modules(root, "generated")
    extend(root, f'{WHEEL_TABLE}\nforce-include = {{ "generated" = "demo/auto" }}')
    twice(root, WHEEL)


def test_an_excluded_folder_that_hatchling_skips_is_told_and_no_wheel_is_left(root):
    ignore_modules(root)
    table = f'{WHEEL_TABLE}\ninclude = ["/src/demo"]\nsources = ["src"]\nskip-excluded-dirs = true'
    extend(root, table)
    done = call(root, "build_wheel")
    assert done.returncode == 1
    assert "src/demo/auto/shout.py: not inside the wheel's packages" in done.stderr
    assert not list((root / "dist").glob("*"))


def test_a_wheel_that_lacks_modules_is_refused_unless_the_project_says_so(root):
    replace(root, "src/demo/auto", "generated")
    line = "generated/__init__.py, generated/double.py, generated/shout.py: not inside the wheel's"
    done = call(root, "build_wheel")
    assert done.returncode == 1
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((root / "dist").glob("*"))
    replace(root, "[tool.intent]\n", '[tool.intent]\noutside = "report"\n')
    done = call(root, "build_wheel")
    assert line in done.stderr
    path = root / "dist" / value(done)
    assert names(path) == ["demo/__init__.py"]
    with zipfile.ZipFile(path) as wheel:
        assert not [name for name in wheel.namelist() if "/sboms/" in name]


# ---- layouts


@pytest.mark.parametrize("ignored", [False, True], ids=["committed", "ignored"])
def test_a_flat_layout(tmp_path, ghost, ignored):
    root = flat(tmp_path, ghost.url)
    if ignored:
        ignore_modules(root, "demo/auto")
    twice(root, WHEEL)


@pytest.mark.parametrize("ignored", [False, True], ids=["committed", "ignored"])
def test_a_namespace_package_of_nothing_but_modules(root, ignored):
    (root / "src/demo/__init__.py").unlink()
    (root / "src/demo").rmdir()
    if ignored:
        ignore_modules(root)
    extend(root, f'{WHEEL_TABLE}\npackages = ["src/demo"]')
    twice(root, WHEEL[1:])


def test_a_package_within_a_namespace(root):
    (root / "src/demo").rename(root / "src/inner")
    (root / "src/space").mkdir()
    (root / "src/inner").rename(root / "src/space/demo")
    replace(root, "src/demo", "src/space/demo")
    extend(root, f'{WHEEL_TABLE}\npackages = ["src/space"]')
    twice(root, [f"space/{name}" for name in WHEEL])


def test_a_package_that_the_modules_alone_make(root):
    (root / "src/demo/__init__.py").unlink()
    replace(root, "src/demo/auto", "src/demo")
    ignore_modules(root, "src/demo")
    twice(root, ["demo/__init__.py", "demo/double.py", "demo/shout.py"])


def test_a_wheel_whose_package_hatchling_cannot_find_is_no_wheel_of_stray_modules(root):
    (root / "src/demo/__init__.py").unlink()
    done = call(root, "build_wheel")
    assert done.returncode == 1
    assert "Unable to determine which files to ship inside the wheel" in done.stderr
    assert not list((root / "dist").glob("*"))


def test_a_root_that_its_own_ignore_file_names(tmp_path, ghost, root):
    """A folder called as a pattern within, as under tox or in a build folder (hatchling #1964)."""
    inner = make_project(tmp_path / "build" / "demo", ghost.url)
    (inner / ".gitignore").write_text("build/\ndemo\n!src/demo\nsrc/demo/auto\ndist/\n")
    assert set(MODULES) <= {name.removeprefix("demo/") for name in built(inner)}
    first = built(inner)
    assert built(inner) == first
    assert {"intent.lock", *AUTO} <= set(built(inner, "sdist"))


def test_a_root_below_an_ignored_folder_of_a_repository(tmp_path, ghost):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*\n")
    root = make_project(tmp_path / "work", ghost.url)
    assert set(WHEEL[1:]) <= set(built(root))
    sdist = unpack(artifact(root, "hatchling", "sdist"), tmp_path / "unpacked")
    assert set(WHEEL[1:]) <= set(built(sdist))
