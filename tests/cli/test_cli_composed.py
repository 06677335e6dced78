"""The command line on specs that use one another."""

import json
import shutil

import pytest
from composed import FOUR, GOOD, NARROW, TWICE
from ghostwriter import ghostwriter
from projects import NOBODY, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.project import open_project
from hatch_intent.tree import look

USED = "src/demo/auto/twice.py"
USER = "src/demo/auto/four.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with ghostwriter(GOOD) as server:
        root = make_project(
            tmp_path_factory.mktemp("made") / "p", server.url, twice=TWICE, four=FOUR
        )
        assert main(["build", "--root", str(root), "-q"]) == 0
        path = root / "pyproject.toml"
        path.write_text(path.read_text().replace(server.url, NOBODY))
    return root


@pytest.fixture
def root(made, tmp_path):
    return shutil.copytree(made, tmp_path / "p")


def write(root, path, old, new):
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


def entry(root, name):
    return look(open_project(root)).lock.get(name, "py")


# ---- check


def test_check_runs_users_on_what_they_use(intent):
    told = "intent  2 modules checked, 3 examples, 400 generated inputs\n"
    assert intent("check") == (0, told, "")


@pytest.mark.parametrize(
    ("path", "old", "new", "state"),
    [
        (USED, "2 * x", "3 * x", "edited"),
        ("specs/twice.intent.md", "What twice does.", "Two times x.", "stale"),
    ],
)
def test_check_of_a_user_says_what_it_is_built_on(intent, root, path, old, new, state):
    write(root, path, old, new)
    code, _, err = intent("check", "specs/four.intent.md")
    assert code == 1
    assert "regression" not in err
    assert USED in err
    if state == "edited":
        told = "specs/four.intent.md  built on twice, which is edited; not checked"
        assert told in err


# ---- adopt and discard


def test_adopt_judges_a_user_on_what_it_uses(intent, root):
    write(root, USER, "twice(twice(x))", "twice(x) + twice(x)")
    before = entry(root, "four")
    assert intent("adopt", "four")[0] == 0
    after = entry(root, "four")
    assert (after.author, after.uses) == ("hand", before.uses)
    assert intent("build", "--frozen") == (0, "", "")


def test_adopted_code_below_has_users_checked_again(intent, root):
    write(root, USED, "return 2 * x", "return 4 if x == 2 else 8 if x == 4 else 0")
    assert intent("adopt", "twice")[0] == 0
    code, _, err = intent("build", "--frozen")
    assert code == 1
    assert "it passed before twice was written anew" in err
    assert "four(1.5)  expected 6  got 0" in err


def test_a_user_and_what_it_uses_are_adopted_together(intent, root):
    write(root, USED, "return 2 * x", "return x + x")
    write(root, USER, "twice(twice(x))", "twice(x) + twice(x)")
    before = snapshot(root)
    code, _, err = intent("adopt", "four")
    assert code == 1
    way = "together:  hatch-intent adopt twice four"
    assert f"built on twice, which is edited (was edited by hand); {way}\n" in err
    assert snapshot(root) == before
    assert intent("adopt", "four", "twice")[0] == 0
    assert intent("build", "--frozen") == (0, "", "")


def test_a_users_hand_written_code_is_kept_when_what_it_uses_changes(intent, root):
    write(root, USER, "twice(twice(x))", "twice(x) + twice(x)")
    assert intent("adopt", "four")[0] == 0
    write(root, "specs/twice.intent.md", "What twice does.", "Two times x.")
    code, _, err = intent("build")
    assert code == 1
    assert f"{USER} was written by hand and is stale (uses twice, whose description changed)" in err
    first = "hatch-intent build specs/twice.intent.md"
    assert f"  first:     {first}  " in err
    code, _, err = intent("adopt", "four")
    assert code == 1
    assert err.rstrip().endswith(f"which is stale (description changed); first:  {first}")


def test_discard_brings_the_users_check_back(intent, root):
    write(root, USED, "2 * x", "3 * x")
    assert intent("discard", "twice")[0] == 0
    assert intent("build", "--frozen") == (0, "", "")


# ---- explain and status


def test_explain_tells_both_ways_and_shows_the_prompt(intent):
    assert "uses      twice\n" in intent("explain", "four")[1]
    assert "used by    four\n" in intent("explain", "twice")[1]
    (told,) = json.loads(intent("explain", "four", "--json")[1])
    assert (told["uses"], told["used_by"]) == (["twice"], [])
    assert "def twice(x: float) -> float:" in told["prompt"][1]["content"]


def test_status_tells_why_a_user_is_stale(intent, root):
    write(root, "specs/twice.intent.md", "(x: number)", "(x: integer)")
    code, out, _ = intent("status")
    assert code == 1
    assert "uses twice, whose signature changed" in out


def test_a_regression_found_by_check_is_one_of_the_user(intent, root):
    write(root, USED, "return 2 * x", NARROW.partition("\n    ")[2])
    assert intent("adopt", "twice")[0] == 0
    code, _, err = intent("check")
    assert code == 1
    assert err.count("regression in") == 1
    assert f"regression in {USER}" in err
