"""`build`, `check` and `status`."""

import json

import pytest
from ghostwriter import ghostwriter
from projects import BAD_DOUBLE, DOUBLE, make_project, snapshot

from hatch_intent.checking import Checked
from hatch_intent.cli import status
from hatch_intent.cli.check import _refuse_skipped
from hatch_intent.errors import CheckFailed
from hatch_intent.judge.verdict import Verdict
from hatch_intent.project import open_project
from hatch_intent.tree import look

DOUBLE_PATH = "specs/double.intent.md"


def edit(root, old, new, name=DOUBLE_PATH):
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_build_tells_what_it_does(intent, root):
    code, out, err = intent("build")
    assert (code, err) == (0, "")
    assert out.startswith("intent  2 modules, 2 stale (new)\n")
    assert "2 modules written, lock updated, 2 calls" in out
    assert "intent  double           py  written    trust: examples\n" in out
    assert (root / "src/demo/auto/double.py").is_file()


def test_a_second_build_is_silent_but_with_v(built):
    assert built("build") == (0, "", "")
    assert "2 modules fresh, checked by stamp" in built("build", "-v")[1]


@pytest.mark.parametrize("words", [(), ("build",)])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_path_limits_the_build(intent, root, ghost, words, absolute):
    path = str(root / DOUBLE_PATH) if absolute else DOUBLE_PATH
    assert intent(*words, path)[0] == 0
    assert ghost.asked == ["double"]


def test_a_path_is_relative_to_where_one_stands(intent, root, ghost, monkeypatch):
    monkeypatch.chdir(root / "specs")
    assert intent("double.intent.md")[0] == 0
    assert ghost.asked == ["double"]
    assert intent(".")[0] == 0
    assert ghost.asked == ["double", "shout"]


def test_a_path_names_its_project_from_outside_of_any(intent, root, ghost, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert intent(str(root / DOUBLE_PATH))[0] == 0
    assert ghost.asked == ["double"]


def test_a_path_through_a_link_is_the_same_spec(intent, root, ghost, tmp_path):
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert intent(str(tmp_path / "link" / DOUBLE_PATH))[0] == 0
    assert ghost.asked == ["double"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("specs/dobule.intent.md", "no such file or folder; there is specs/double.intent.md"),
        ("specs/none.intent.md", "specs/none.intent.md: no such file or folder"),
        ("pyproject.toml", "pyproject.toml is no spec of this project: it is no *.intent.md"),
        ("src", "src: no specs in this folder; they are looked for in specs"),
        ("other.intent.md", "other.intent.md is no spec of this project: it is not below specs"),
        ("..", "is not in the project"),
    ],
)
@pytest.mark.parametrize("command", ["build", "check", "watch"])
def test_what_is_no_spec_is_named(intent, root, ghost, command, path, said):
    (root / "other.intent.md").write_text(DOUBLE)
    code, out, err = intent(command, path)
    assert (code, out, ghost.asked) == (2, "", [])
    assert said in err


def test_a_frozen_build_fails_and_asks_nobody(intent, ghost):
    code, _, err = intent("build", "--frozen")
    assert code == 1
    assert err.startswith("intent  2 of 2 modules are stale and this build is frozen\n")
    assert ghost.asked == []


def test_frozen_and_refresh_exclude_each_other(intent, monkeypatch):
    code, _, err = intent("build", "--frozen", "--refresh")
    assert (code, "--frozen and --refresh exclude each other" in err) == (2, True)
    monkeypatch.setenv("HATCH_INTENT_MODE", "frozen")
    assert "this project is frozen" in intent("build", "--refresh")[2]


def test_refresh_asks_again(built, ghost):
    assert built("build", "--refresh", DOUBLE_PATH)[0] == 0
    assert ghost.asked == ["double"]


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_jobs_are_a_number_from_one(intent, number):
    assert intent("build", f"--jobs={number}")[0] == 2


def test_code_that_never_passes_is_code_one(tmp_path, intent, monkeypatch):
    with ghostwriter({"double": [BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "rounds = 1", double=DOUBLE)
        monkeypatch.chdir(root)
        code, _, err = intent("build")
    assert code == 1
    assert "no code passed in 1 attempt; the best passed 1 of 2 examples" in err


# ---- check


def test_check_runs_everything_again_and_writes_stamps_only(built, root, ghost):
    before, asked = snapshot(root), list(ghost.asked)
    for stamp in (root / ".intent" / "stamps").glob("*.py-*"):
        stamp.unlink()
    assert built("check") == (
        0,
        "intent  2 modules checked, 4 examples, 400 generated inputs\n",
        "",
    )
    assert (snapshot(root), ghost.asked) == (before, asked)
    assert len(list((root / ".intent" / "stamps").glob("*.py-*"))) == 2


def test_check_names_the_stale_and_still_judges_the_others(built, root, ghost):
    regress(root, "shout", "'!'", "'?'")
    edit(root, "twice", "two times")
    asked = list(ghost.asked)
    code, _, err = built("check")
    assert (code, ghost.asked) == (1, asked)
    assert "1 of 2 modules is stale and this build is frozen" in err
    assert "regression in src/demo/auto/shout.py" in err


def test_check_doesnt_believe_a_stamp(built, root):
    regress(root, "double", "2 * x", "3 * x")
    for stamp in list((root / ".intent" / "stamps").glob("double.py-*")):
        stamp.unlink()
    # As if the module had passed here once, under a judge that was wrong.
    from hatch_intent.checking import stamp as keep

    project = open_project(root)
    keep(project, look(project).lock.get("double", "py"), {})
    assert built("build") == (0, "", "")
    code, _, err = built("check")
    assert code == 1
    assert "double(2)  expected 4  got 6" in err


def regress(root, name, old, new):
    """Lock other bytes than those that passed, as an upgrade of Python might turn out."""
    from dataclasses import replace

    from hatch_intent.files import sha256
    from hatch_intent.lock import dump_lock

    path = root / "src/demo/auto" / f"{name}.py"
    text = path.read_text()
    changed = text.replace(old, new).replace(old.replace("'", '"'), new.replace("'", '"'))
    assert changed != text
    path.write_text(changed)
    lock = look(open_project(root)).lock
    entry = replace(lock.get(name, "py"), output_sha256=sha256(path.read_bytes()))
    (root / "intent.lock").write_text(dump_lock(lock.with_entries(entry)))


def test_what_was_not_run_is_no_pass(built, root):
    module = look(open_project(root)).assessment.modules[0]
    skipped = Checked(module, module.entry, Verdict(passed=True))
    with pytest.raises(CheckFailed, match=r"double.py: 0 of 2 examples were run"):
        _refuse_skipped([skipped])


# ---- status


def test_status_shows_every_state(built, root):
    assert built("status")[0] == 0
    edit(root, "twice", "two times")
    with (root / "src/demo/auto/shout.py").open("a") as file:
        file.write("# mine\n")
    code, out, _ = built("status")
    assert code == 1
    assert out.splitlines()[0].split() == [*status._HEADER]
    assert "double   py       stale    description changed   ghost   2 + 200   examples" in out
    assert "shout    py       edited   was edited by hand" in out


def test_status_shows_orphans(built, root):
    (root / DOUBLE_PATH).unlink()
    code, out, _ = built("status")
    assert code == 1
    assert "double   py       orphan   no spec stands for it" in out


def test_status_sees_a_package_file_that_does_not_fit(built, root):
    path = root / "src/demo/auto/__init__.py"
    assert built("status")[0] == 0
    path.unlink()
    code, out, _ = built("status")
    assert code == 1
    assert "src/demo/auto/__init__.py does not fit the lock" in out


def test_status_as_json(built, root):
    (root / "specs/shout.intent.md").unlink()
    edit(root, "twice", "two times")
    code, out, _ = built("status", "--json")
    told = json.loads(out)
    assert (code, told["fresh"], told["packages"]) == (1, False, [])
    assert told["modules"] == [
        {
            "name": "double",
            "target": "py",
            "spec": DOUBLE_PATH,
            "output": "src/demo/auto/double.py",
            "state": "stale",
            "why": "description changed",
            "author": "model",
            "model": "ghost",
            "examples": 2,
            "inputs": 200,
            "trust": "examples",
        }
    ]
    assert [each["name"] for each in told["orphans"]] == ["shout"]


def test_status_runs_no_code(built, monkeypatch):
    monkeypatch.setattr("hatch_intent.judge.check.Judge.start", lambda _: pytest.fail("judged"))
    assert built("status")[0] == 0


def test_status_without_specs(tmp_path, intent, monkeypatch):
    root = make_project(tmp_path / "p", double=DOUBLE)
    (root / DOUBLE_PATH).unlink()
    monkeypatch.chdir(root)
    assert intent("status") == (0, "no specs in specs; hatch-intent new NAME\n", "")


def test_check_does_not_pass_what_it_could_not_try(intent, root, monkeypatch):
    path = root / "specs/double.intent.md"
    path.write_text(path.read_text() + "# properties:\n- abs(out) >= abs(x)\n")
    assert intent("build")[0] == 0
    said = "specs/double.intent.md:9  nothing fits"
    monkeypatch.setattr("hatch_intent.judge.thorough.obstacle", lambda *_: said)
    code, _, err = intent("check")
    assert code == 1
    assert said in err
    assert "regression" not in err


def test_status_is_the_same_by_memory_and_by_looking(intent, root):
    assert intent("build")[0] == 0
    assert (root / ".intent" / "settled").is_file()
    quick = [intent("status"), intent("status", "--json"), intent("status", "--root", str(root))]
    (root / ".intent" / "settled").unlink()
    assert [
        intent("status"),
        intent("status", "--json"),
        intent("status", "--root", str(root)),
    ] == quick
    assert quick[0][0] == 0


def test_status_of_a_project_inside_another_is_its_own(intent, root, monkeypatch):
    assert intent("build")[0] == 0
    inner = root / "inner"
    (inner / "specs").mkdir(parents=True)
    (inner / "pyproject.toml").write_text('[tool.intent]\ntargets.py = "auto"\n')
    monkeypatch.chdir(inner)
    assert "no specs in specs" in intent("status")[1]
