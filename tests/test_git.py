"""Projects in git as people share them: branches that meet, and line ends that change."""

import subprocess
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.errors import CheckFailed, LockError
from hatch_intent.lock import dump_lock, read_lock
from hatch_intent.pipeline import Build
from hatch_intent.pipeline import build as _build
from hatch_intent.project import Project, open_project

pytestmark = pytest.mark.slow

NAMES = ("alpha", "beta", "gamma", "delta")


def build(project: Project) -> Build:
    return _build(project, listener=lambda event: None)


def git(root: Path, *words: str, fails: bool = False) -> None:
    known = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *known, *words], cwd=root, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr


def save(root: Path) -> None:
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")


def add(root: Path, *names: str, text: str = "") -> None:
    for name in names:
        spec = DOUBLE.replace("double", name).replace("twice", text or f"twice, {name}")
        (root / f"specs/{name}.intent.md").write_text(spec)
    build(open_project(root))
    save(root)


@pytest.fixture
def shared(tmp_path):
    """A project in git, as init sets it up, with one module and a server that knows them all."""
    answers = {name: [GOOD_DOUBLE.replace("double", name)] for name in ("double", *NAMES)}
    with ghostwriter(answers) as server:
        root = make_project(tmp_path / "project", server.url, double=DOUBLE)
        assert main(["init", "--root", str(root)]) == 0
        git(root, "init", "-q")
        build(open_project(root))
        save(root)
        yield root


def packaged(root: Path) -> str:
    return (root / "src/demo/auto/__init__.py").read_text()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(["alpha"], ["beta"]), (["alpha", "gamma"], ["beta", "delta"])],
    ids=["one each", "two each, interleaved"],
)
def test_branches_that_add_specs_meet_without_conflict_and_the_next_build_joins_them(
    shared, ours, theirs
):
    git(shared, "checkout", "-qb", "other")
    add(shared, *theirs)
    git(shared, "checkout", "-q", "main")
    add(shared, *ours)
    git(shared, "merge", "-q", "--no-edit", "other")
    with pytest.raises(CheckFailed, match=r"src/demo/auto/__init__\.py"):
        build(open_project(shared, frozen=True))  # CI says that somebody has to build
    build(open_project(shared))
    names = sorted(["double", *ours, *theirs])
    for name in names:
        assert f"from .{name} import {name}\n" in packaged(shared)
    assert packaged(shared).count("# sha256: ") == packaged(shared).count("__all__") == 1
    raw = (shared / "intent.lock").read_text()
    lock = read_lock(shared / "intent.lock", shared / ".intent")
    assert raw == dump_lock(lock)
    assert sorted(name for name, _ in lock.entries) == names
    settled = snapshot(shared)
    build(open_project(shared, frozen=True))
    assert snapshot(shared) == settled


def test_a_merged_package_file_that_a_person_has_added_to_is_left_alone(shared):
    git(shared, "checkout", "-qb", "other")
    add(shared, "beta")
    git(shared, "checkout", "-q", "main")
    add(shared, "alpha")
    git(shared, "merge", "-q", "--no-edit", "other")
    path = shared / "src/demo/auto/__init__.py"
    path.write_text(path.read_text() + "VERSION = 1\n")
    mine = packaged(shared)
    build(open_project(shared))
    assert packaged(shared) == mine


def test_a_module_that_both_branches_built_is_for_a_person_to_settle(shared):
    git(shared, "checkout", "-qb", "other")
    add(shared, "alpha", text="two times")
    git(shared, "checkout", "-q", "main")
    add(shared, "alpha", text="the double of")
    git(shared, "merge", "-q", "--no-edit", "other", fails=True)  # the spec itself
    with pytest.raises(LockError, match=r"^intent\.lock:\d+  \[alpha\.py\] was built by two"):
        build(open_project(shared))


@pytest.mark.parametrize("attributes", [True, False], ids=["as init sets it up", "without"])
def test_a_checkout_with_other_line_ends(shared, tmp_path, attributes):
    if not attributes:
        (shared / ".gitattributes").unlink()
        save(shared)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", str(shared), str(clone))
    assert b"\r\n" in (clone / "pyproject.toml").read_bytes()
    if attributes:
        build(open_project(clone, frozen=True))
        for path in ("intent.lock", "specs/double.intent.md", "src/demo/auto/double.py"):
            assert (clone / path).read_bytes() == (shared / path).read_bytes()
        return
    with pytest.raises(CheckFailed) as caught:
        build(open_project(clone, frozen=True))
    assert "src/demo/auto/double.py has other line ends than it was locked with" in str(
        caught.value
    )
    assert "hatch-intent init" in str(caught.value)
