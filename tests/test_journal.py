"""Several files together or not at all, killed wherever."""

from contextlib import suppress
from pathlib import Path

import pytest

from hatch_intent import files as files_module
from hatch_intent import journal
from hatch_intent.errors import CheckFailed

NEW = {"a.py": "new a", "b.py": "new b", "old.py": None}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("old a")
    (tmp_path / "old.py").write_text("old")
    return tmp_path


def contents(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in root.glob("*.py")}


OLD = {"a.py": "old a", "old.py": "old"}
DONE = {"a.py": "new a", "b.py": "new b"}


def test_files_are_replaced_made_and_removed(root: Path):
    journal.commit(root, root / ".intent", NEW)
    assert contents(root) == DONE
    assert not journal.interrupted(root / ".intent")


def test_killed_at_any_step_all_or_nothing_has_happened_after_recovery(root: Path, monkeypatch):
    class Killed(BaseException):
        pass

    real_replace, real_unlink = Path.replace, Path.unlink
    outcomes = set()
    for steps in range(12):
        for name, text in OLD.items():
            (root / name).write_text(text)
        (root / "b.py").unlink(missing_ok=True)
        left = [steps]

        def counted(real, left=left):
            def step(self, *args, **kwargs):
                if left[0] == 0:
                    raise Killed
                left[0] -= 1
                return real(self, *args, **kwargs)

            return step

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", counted(real_replace))
            patch.setattr(Path, "unlink", counted(real_unlink))
            with suppress(Killed):
                journal.commit(root, root / ".intent", NEW)
        journal.recover(root, root / ".intent")
        assert contents(root) in (OLD, DONE)
        outcomes.add(contents(root) == DONE)
        assert not journal.interrupted(root / ".intent")
    assert outcomes == {True, False}


def test_nothing_is_recovered_when_a_file_changed_in_between(root: Path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_apply", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            journal.commit(root, root / ".intent", NEW)
    (root / "a.py").write_text("by hand")
    journal.recover(root, root / ".intent")
    assert contents(root) == {"a.py": "by hand", "old.py": "old"}
    assert not journal.interrupted(root / ".intent")


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', ""])
def test_a_damaged_journal_is_dropped(root: Path, text):
    (root / ".intent").mkdir()
    (root / ".intent" / "journal.json").write_text(text)
    journal.recover(root, root / ".intent")
    assert contents(root) == OLD
    assert not journal.interrupted(root / ".intent")


def test_a_disk_that_refuses_the_journal_changes_nothing(root: Path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        journal.commit(root, root / ".intent", NEW)
    assert contents(root) == OLD


@pytest.mark.parametrize("link", ["file", "folder"])
def test_nothing_is_written_behind_a_link_out_of_the_project(tmp_path: Path, link):
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "x.py").write_text("theirs")
    if link == "file":
        (root / "auto").mkdir()
        (root / "auto" / "x.py").symlink_to(outside / "x.py")
    else:
        (root / "auto").symlink_to(outside)
    with pytest.raises(CheckFailed, match=r"^auto/x.py  is or lies behind a link"):
        journal.commit(root, root / ".intent", {"auto/x.py": "ours"})
    assert (outside / "x.py").read_text() == "theirs"
