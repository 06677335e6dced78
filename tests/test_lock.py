"""intent.lock: reads back what it wrote, merges, and refuses what nobody can trust."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.errors import LockError
from hatch_intent.lock import MEMO_NAME, Lock, LockEntry, dump_lock, parse_lock, read_lock

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def entry(name: str, **values: object) -> LockEntry:
    fields = dict.fromkeys(
        [
            "targets",
            "spec",
            "spec_sha256",
            "intent",
            "checks",
            "parts",
            "key",
            "output",
            "output_sha256",
            "exports",
            "author",
        ],
        "x",
    )
    return LockEntry(name=name, target="py", **{**fields, **values})


def lock_of(*entries: LockEntry) -> Lock:
    return Lock().with_entries(*entries)


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), texts, st.integers(0, 99))
    )
)
def test_what_is_written_is_read_back(rows):
    lock = lock_of(*(entry(name, model=text, examples=count) for name, text, count in rows))
    assert parse_lock(dump_lock(lock)).entries == lock.entries


def test_a_module_may_be_called_version():
    lock = lock_of(entry("version"))
    assert parse_lock(dump_lock(lock)).entries == lock.entries


def test_bytes_do_not_depend_on_the_order_of_building():
    one, two = entry("one"), entry("two")
    assert dump_lock(lock_of(one, two)) == dump_lock(lock_of(two, one))
    assert dump_lock(Lock()) == dump_lock(lock_of(one).without([("one", "py")]))


def test_additions_of_two_branches_merge_by_git(tmp_path: Path):
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    def save(*names: str) -> None:
        (tmp_path / "intent.lock").write_text(dump_lock(lock_of(*map(entry, names))))
        git("add", ".")
        git("commit", "-qm", "x")

    git("init", "-q", "-b", "main")
    save("b", "m", "y")
    git("checkout", "-qb", "other")
    save("b", "c", "m", "y")
    git("checkout", "-q", "main")
    save("b", "m", "x", "y")
    git("merge", "-q", "other")
    assert sorted(
        name for name, _ in read_lock(tmp_path / "intent.lock", tmp_path).entries
    ) == list("bcmxy")


def refusal(text: str) -> str:
    with pytest.raises(LockError) as caught:
        parse_lock(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


TEXT = dump_lock(lock_of(entry("one", output_sha256="a" * 64), entry("two")))


def test_a_hand_edited_digest_is_refused_with_its_line():
    said = refusal(TEXT.replace("a" * 64, "b" * 64))
    assert said.startswith("intent.lock:4  [one.py] was edited by hand or merged from two builds")


def test_tables_mixed_by_a_merge_are_refused():
    lines = TEXT.splitlines()
    seals = [n for n, line in enumerate(lines) if line.startswith("seal")]
    lines[seals[0]], lines[seals[1]] = lines[seals[1]], lines[seals[0]]
    assert "[one.py] was edited" in refusal("\n".join(lines))


def test_merge_markers_are_refused_with_their_line():
    text = TEXT.replace("[two.py]", "<<<<<<< ours\n[two.py]")
    line = text.splitlines().index("<<<<<<< ours") + 1
    assert refusal(text).startswith(f"intent.lock:{line}  has merge markers")


@pytest.mark.parametrize("cut", [10, 60, len(TEXT) // 2, len(TEXT) - 10])
def test_a_cut_lock_is_refused(cut):
    assert refusal(TEXT[:cut]).startswith("intent.lock")


def test_a_newer_lock_asks_for_an_upgrade():
    assert "upgrade hatch-intent" in refusal(TEXT.replace("lock-version = 1", "lock-version = 2"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lock-version = 1\n[one]\nx = 1\n",
        TEXT.replace("pinned = false", 'pinned = "no"'),
        TEXT.replace('author = "x"\n', ""),
        TEXT + "\nstray = 1\n",
    ],
)
def test_other_damage_is_refused(text):
    assert refusal(text).startswith("intent.lock")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    (tmp_path / "intent.lock").write_bytes(b"lock-version = 1 # \xff")
    with pytest.raises(LockError, match="not UTF-8"):
        read_lock(tmp_path / "intent.lock", tmp_path)


def test_no_lock_is_an_empty_lock(tmp_path: Path):
    assert read_lock(tmp_path / "intent.lock", tmp_path).entries == {}


def test_the_memo_speaks_for_the_very_bytes_only(tmp_path: Path):
    path, state = tmp_path / "intent.lock", tmp_path / ".intent"
    path.write_text(TEXT)
    first = read_lock(path, state)
    assert (state / MEMO_NAME).exists()
    assert read_lock(path, state) == first
    path.write_text(TEXT.replace("a" * 64, "b" * 64))
    with pytest.raises(LockError):
        read_lock(path, state)


@pytest.mark.parametrize(
    "memo", ["[1, 2", "3", "[1, 2]", "[{form}, {digest}, [3]]", "[{form}, {digest}, 3]"]
)
def test_a_damaged_memo_is_passed_over(tmp_path: Path, memo: str):
    path, state = tmp_path / "intent.lock", tmp_path / ".intent"
    path.write_text(TEXT)
    first = read_lock(path, state)
    form, digest, _ = json.loads((state / MEMO_NAME).read_text())
    filled = memo.replace("{form}", json.dumps(form)).replace("{digest}", json.dumps(digest))
    (state / MEMO_NAME).write_text(filled)
    assert read_lock(path, state) == first
