"""Files change whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from hatch_intent.files import remember, write_atomic


def test_a_file_and_its_folders_are_made(tmp_path: Path):
    write_atomic(tmp_path / "a" / "b" / "c.txt", b"new")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c.txt"]


def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path: Path):
    old = tmp_path / "old"
    old.write_bytes(b"")
    old.chmod(0o755)
    write_atomic(old, b"x")
    assert old.stat().st_mode & 0o777 == 0o755
    mask = os.umask(0o027)
    try:
        write_atomic(tmp_path / "new", b"x")
    finally:
        os.umask(mask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_the_umask_of_all_threads_is_left_alone(tmp_path: Path, monkeypatch):
    """To read it is to change it for a moment, in which others make files."""

    def touched(_: int) -> int:
        raise AssertionError("touched")

    monkeypatch.setattr(os, "umask", touched)
    write_atomic(tmp_path / "new", b"x")


def test_what_is_private_is_so_while_it_is_written(tmp_path: Path, monkeypatch):
    def look(handle: int) -> None:
        modes.append(os.fstat(handle).st_mode & 0o777)

    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", look)
    path = tmp_path / "key"
    path.write_bytes(b"")
    path.chmod(0o600)
    write_atomic(path, b"secret")
    assert (modes, path.stat().st_mode & 0o777) == ([0o600], 0o600)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "x"
    path.write_bytes(b"old")
    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_where_a_file_cannot_be_moved_it_is_written_beside(tmp_path: Path, monkeypatch):
    """A volume mounted at the scratch folder, be it of the same file system."""

    def across(self: Path, target: Path) -> Path:
        if self.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return move(self, target)

    move, scratch, path = Path.replace, tmp_path / "scratch", tmp_path / "folder" / "x"
    scratch.mkdir()
    monkeypatch.setattr(Path, "replace", across)
    write_atomic(path, b"new", scratch=scratch)
    assert path.read_bytes() == b"new"
    assert [each.name for each in path.parent.iterdir()] == ["x"]
    assert list(scratch.iterdir()) == []


def test_state_is_ignored_by_git_and_may_fail(tmp_path: Path):
    remember(tmp_path / ".intent", "note", b"x")
    assert (tmp_path / ".intent" / ".gitignore").read_bytes() == b"*\n"
    (tmp_path / "file").write_bytes(b"")
    remember(tmp_path / "file", "note", b"x")
    assert (tmp_path / "file").read_bytes() == b""
