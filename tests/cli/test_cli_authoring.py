"""`new`, `adopt` and `discard`."""

import shutil

import pytest
from projects import snapshot

from hatch_intent.cli import hand
from hatch_intent.cli.new import template
from hatch_intent.errors import UsageError
from hatch_intent.project import open_project
from hatch_intent.spec import read_spec
from hatch_intent.tree import look

OUTPUT = "src/demo/auto/double.py"


def entry(root, name="double"):
    return look(open_project(root)).lock.get(name, "py")


def write(root, old, new, path=OUTPUT):
    text = (root / path).read_bytes().decode()
    assert old in text
    (root / path).write_bytes(text.replace(old, new).encode())


# ---- new


@pytest.mark.parametrize(
    ("signature", "example"),
    [
        (None, '{ "text": "a" } out: "a"'),
        ("(x: number, y?: integer) -> number", '{ "x": 1 } out: 1'),
        ("()->  integer", "{} out: 1"),
    ],
)
def test_a_template_is_a_spec_once_it_is_filled(intent, root, signature, example):
    words = ("--signature", signature) if signature else ()
    code, out, _ = intent("new", "title", *words)
    path = root / "specs/title.intent.md"
    assert (code, "hatch-intent build specs/title.intent.md" in out) == (0, True)
    filled = path.read_text().replace("<!-- What it does, in a sentence or two. -->", "Does it.")
    filled = filled.replace("# constraints:", "") + f"- in: {example}\n"
    spec = read_spec(filled.encode(), "specs/title.intent.md")
    assert (spec.name, spec.targets, len(spec.examples)) == ("title", ("py",), 1)
    code, _, err = intent("build")
    assert code == 2
    assert '"description:" is empty; say what the function does' in err


def test_the_template_names_the_arguments():
    text = template("p", "n", "py", "(a: string, b: string) -> null")
    assert '- in: { "a": ..., "b": ... } out: ...' in text


def test_new_never_overwrites(intent, root):
    before = snapshot(root)
    for name, said in (("double", "is already there"), ("Double", "has this name already")):
        code, _, err = intent("new", name)
        assert (code, said in err) == (2, True)
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("name", "said"), [("class", "Python keyword"), ("../x", "can't be a name"), ("json", "hide")]
)
def test_new_keeps_to_the_rule_for_names(intent, name, said):
    code, _, err = intent("new", name)
    assert (code, said in err) == (2, True)
    assert "--signature" not in err


def test_new_refuses_a_bad_signature(intent, root):
    code, _, err = intent("new", "title", "--signature", "(x: nmber) -> number")
    assert code == 2
    assert "--signature: " in err
    assert not (root / "specs/title.intent.md").exists()
    with pytest.raises(UsageError):
        template("p", "n", "py", "x")


def test_new_in_a_folder_of_the_specs(intent, root):
    assert intent("new", "title", "--dir", "specs/text")[0] == 0
    assert (root / "specs/text/title.intent.md").is_file()
    for folder in ("src", "..", "/tmp"):
        code, _, err = intent("new", "other", "--dir", folder)
        assert (code, "is not below specs" in err) == (2, True)


def test_new_makes_the_first_folder(intent, root):
    shutil.rmtree(root / "specs")
    assert intent("new", "title")[0] == 0


# ---- adopt


def test_adopt_locks_what_a_person_wrote(built, root):
    write(root, "return 2 * x", "return x + x")
    raw = (root / OUTPUT).read_bytes()
    assert built("build")[0] == 1
    code, out, _ = built("adopt", "double")
    assert (code, "adopted: passed 2 examples" in out) == (0, True)
    assert (entry(root).author, entry(root).trust, entry(root).model) == ("hand", "hand", "")
    assert (root / OUTPUT).read_bytes() == raw
    assert built("status")[0] == 0
    assert built("build") == (0, "", "")
    assert "by hand, adopted" in built("explain", "double")[1]


def test_adopt_keeps_every_byte(built, root):
    raw = (root / OUTPUT).read_bytes().replace(b"\n", b"\r\n")
    (root / OUTPUT).write_bytes(raw)
    assert built("adopt", "double")[0] == 0
    assert (root / OUTPUT).read_bytes() == raw
    assert built("build") == (0, "", "")


def test_adopt_refuses_what_fails_and_locks_nothing(built, root):
    write(root, "return 2 * x", "return x + 2")
    write(root, "text.upper()", "str(text).upper()", "src/demo/auto/shout.py")
    before = snapshot(root)
    code, out, err = built("adopt", "shout", "double")
    assert (code, out) == (1, "")
    assert f"{OUTPUT} does not do what its spec says; the lock is as it was" in err
    assert "double(-1.5)  expected -3  " in err
    assert "specs/double.intent.md:" in err
    assert snapshot(root) == before


def test_adopt_a_file_that_no_lock_knows(intent, root):
    (root / OUTPUT).parent.mkdir()
    (root / OUTPUT).write_text("def double(x: float) -> float:\n    return x + x\n")
    assert intent("adopt", "double")[0] == 0
    assert entry(root).author == "hand"
    assert (root / "src/demo/auto/__init__.py").is_file()


def test_adopt_again_when_the_spec_has_changed(built, root, ghost):
    write(root, "return 2 * x", "return x + x")
    assert built("adopt", "double")[0] == 0
    asked = list(ghost.asked)
    write(root, "twice", "two times", "specs/double.intent.md")
    assert built("adopt", "double")[0] == 0
    assert (built("status")[0], ghost.asked) == (0, asked)


def test_adopt_moves_what_was_edited_where_it_was(built, root):
    write(root, "return 2 * x", "return x + x")
    raw = (root / OUTPUT).read_bytes()
    write(root, "src/demo/auto", "src/demo/made", "pyproject.toml")
    assert built("adopt", "double")[0] == 0
    assert (root / "src/demo/made/double.py").read_bytes() == raw
    assert not (root / OUTPUT).exists()


def test_adopt_keeps_what_a_pull_adds_to_the_lock_meanwhile(built, root, monkeypatch):
    path = root / "intent.lock"
    whole = path.read_text()
    path.write_text(whole[: whole.index("[shout.py]")])
    (root / "specs/shout.intent.md").rename(root / "shout.intent.md")
    write(root, "2 * x", "x + x")

    def judged(*asked):
        path.write_text(whole)
        return hand_judged(*asked)

    hand_judged = hand.judged
    monkeypatch.setattr(hand, "judged", judged)
    assert built("adopt", "double")[0] == 0
    assert (entry(root).author, entry(root, "shout").author) == ("hand", "model")


def test_adopt_what_is_trusted_less_than_the_settings_require(built, root):
    raw = (root / OUTPUT).read_bytes()
    write(root, "[tool.intent]\n", '[tool.intent]\nrequire = "agreed"\n', "pyproject.toml")
    assert "hatch-intent adopt NAME" in built("build")[2]
    assert built("adopt", "double", "shout")[0] == 0
    assert (entry(root).trust, (root / OUTPUT).read_bytes()) == ("hand", raw)
    assert built("build") == (0, "", "")
    assert "nothing to adopt: double is fresh" in built("adopt", "double")[2]


def test_adopt_what_a_check_asked_more_of_than_the_settings(built, root):
    assert built("check", "--require", "agreed")[0] == 1
    assert built("adopt", "--require", "agreed", "double", "shout")[0] == 0
    assert entry(root).trust == "hand"
    assert built("check", "--require", "agreed")[0] == 0


@pytest.mark.parametrize("verb", ["adopt", "discard"])
def test_there_must_be_an_edit(built, root, verb):
    before = snapshot(root)
    code, _, err = built(verb, "double")
    assert (code, f"nothing to {verb}: double is fresh" in err) == (2, True)
    code, _, err = built(verb, "dobule")
    assert (code, 'did you mean "double"?' in err) == (2, True)
    write(root, "twice", "two times", "specs/double.intent.md")
    assert f"nothing to {verb}: double is stale" in built(verb, "double")[2]
    write(root, "two times", "twice", "specs/double.intent.md")
    assert snapshot(root) == before


def test_adopt_no_text(built, root):
    (root / OUTPUT).write_bytes(b"\xff")
    code, _, err = built("adopt", "double")
    assert (code, "is not UTF-8 text" in err) == (1, True)


# ---- discard


def test_discard_brings_back_what_is_kept(built, root, ghost):
    before, asked = snapshot(root), list(ghost.asked)
    write(root, "return 2 * x", "return 3 * x")
    code, out, _ = built("discard", "double")
    assert (code, f"{OUTPUT}  restored as it was locked" in out) == (0, True)
    assert (snapshot(root), ghost.asked) == (before, asked)


def test_discard_without_a_cache_removes(built, root, ghost):
    before = snapshot(root)
    shutil.rmtree(root / ".intent/cache")
    write(root, "return 2 * x", "return 3 * x")
    code, out, _ = built("discard", "double")
    assert (code, "removed; the next build makes it" in out) == (0, True)
    assert not (root / OUTPUT).exists()
    assert built("build")[0] == 0
    assert snapshot(root) == before


def test_discard_doesnt_believe_a_cache_that_holds_other_code(built, root):
    write(root, "return 2 * x", "return 3 * x")
    from hatch_intent.cache import DiskCache

    cache = DiskCache(root / ".intent/cache", "modules")
    cache.put(entry(root).key, {"code": "def double(x): return 9", "model_digest": ""})
    assert "removed" in built("discard", "double")[1]
    assert not (root / OUTPUT).exists()


def test_discard_refuses_what_only_version_control_has(built, root):
    write(root, "return 2 * x", "return x + x")
    assert built("adopt", "double")[0] == 0
    write(root, "return x + x", "return x + x + x")
    before = snapshot(root)
    code, _, err = built("discard", "double")
    assert (code, "restore it from version control" in err) == (1, True)
    assert snapshot(root) == before


def test_one_name_that_means_nothing_discards_nothing(built, root):
    write(root, "return 2 * x", "return 3 * x")
    before = snapshot(root)
    assert built("discard", "double", "shout")[0] == 2
    assert snapshot(root) == before


def test_discard_a_file_that_no_lock_knows(intent, root):
    (root / OUTPUT).parent.mkdir()
    (root / OUTPUT).write_text("x = 1\n")
    assert intent("discard", "double")[0] == 0
    assert not (root / OUTPUT).exists()


def test_init_in_a_project_with_bad_settings_is_one_line(intent, root):
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.intent]\n", "[tool.intent]\nspecs = []\n", 1))
    code, _, err = intent("init")
    assert code == 2
    assert "tool.intent.specs: name at least one folder" in err
    assert "Traceback" not in err
