"""Wrappers as part of a build: written, verified, refused, removed. No node needed."""

import json
import re
from pathlib import Path

import pytest
from projects import DOUBLE, make_project, snapshot

from hatch_intent.errors import CheckFailed, SettingsError
from hatch_intent.generate.events import Notice
from hatch_intent.lock import read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.settled import recall
from hatch_intent.wrappers import plan

SHARED = {
    "index.mjs",
    "index.d.mts",
    "_bridge.mjs",
    "_bridge.d.mts",
    "_values.mjs",
    "_node.mjs",
    "_pyodide.mjs",
    "_server.py",
}
OF_DOUBLE = {"double.mjs", "double.d.mts"}
OF_SHOUT = {"shout.mjs", "shout.d.mts"}


@pytest.fixture
def root(tmp_path: Path, ghost) -> Path:
    return wrapped(make_project(tmp_path / "project", ghost.url))


def wrapped(root: Path, setting: str = '\n[tool.intent.wrappers]\njs = "src/demo/js"\n') -> Path:
    path = root / "pyproject.toml"
    path.write_text(path.read_text() + setting)
    return root


def run(root: Path, **options):
    frozen = options.pop("frozen", None)
    told: list[object] = []
    built = build(open_project(root, frozen=frozen), listener=told.append, **options)
    assert not [each for each in told if isinstance(each, Notice)]
    return built


def says(root: Path, error: type[Exception] = CheckFailed, **options) -> str:
    with pytest.raises(error) as caught:
        run(root, **options)
    return str(caught.value)


def names(root: Path, folder: str = "src/demo/js") -> set[str]:
    return {path.name for path in (root / folder).iterdir()} if (root / folder).is_dir() else set()


def change(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


def test_every_module_gets_a_wrapper_and_all_of_it_ships(root):
    built = run(root)
    assert names(root) == SHARED | OF_DOUBLE | OF_SHOUT
    assert {f"src/demo/js/{name}" for name in names(root)} < set(built.outputs)
    text = (root / "src/demo/js/double.d.mts").read_text()
    assert "Return twice the number." in text
    assert "export declare function double(x: number): Promise<number>;" in text
    assert (
        'FUNCTIONS: Sequence[str] = ["double", "shout"]'
        in (root / "src/demo/js/_server.py").read_text()
    )
    entries = read_lock(root / "intent.lock", root / ".intent").entries.values()
    assert {entry.wrapper for entry in entries} == {"src/demo/js"}


def test_a_second_build_writes_nothing_and_sees_it_at_a_glance(root):
    run(root)
    before = snapshot(root)
    assert recall(str(root)) is not None
    run(root)
    run(root, frozen=True)
    assert snapshot(root) == before
    (root / "src/demo/js/double.mjs").unlink()
    assert recall(str(root)) is None


def test_two_machines_write_the_same_bytes(root, ghost, tmp_path):
    run(root)
    other = wrapped(make_project(tmp_path / "other", ghost.url))
    run(other, scope=["specs/shout.intent.md"])
    run(other)
    assert snapshot(root / "src") == snapshot(other / "src")


def test_what_is_missing_comes_back(root):
    run(root)
    before = snapshot(root)
    for name in ("double.mjs", "_server.py", "index.mjs"):
        (root / "src/demo/js" / name).unlink()
    assert "does not fit the lock and this build is frozen" in says(root, frozen=True)
    run(root)
    assert snapshot(root) == before


@pytest.mark.parametrize("frozen", [False, True], ids=["auto", "frozen"])
def test_what_was_edited_by_hand_is_refused(root, frozen):
    run(root)
    for name in sorted(SHARED | OF_DOUBLE):
        path = root / "src/demo/js" / name
        good = path.read_text()
        path.write_text(good + "\n")
        before = snapshot(root)
        assert says(root, frozen=frozen).startswith(
            f"src/demo/js/{name} was edited by hand or isn't ours; not shipped, not overwritten\n"
        )
        assert snapshot(root) == before
        path.write_text(good)
    path.unlink()
    run(root)
    assert path.read_text() == good


def test_a_file_of_somebody_else_is_refused(root):
    (root / "src/demo/js").mkdir()
    (root / "src/demo/js/index.mjs").write_text("export const mine = 1;\n")
    for _ in range(2):
        assert "src/demo/js/index.mjs was edited by hand or isn't ours" in says(root)
    assert names(root) == {"index.mjs"}
    assert (root / "src/demo/js/index.mjs").read_text() == "export const mine = 1;\n"


def test_both_sides_of_a_merge_are_ours(root):
    run(root)
    path = root / "src/demo/js/index.mjs"
    good = path.read_text()
    path.write_text(f"<<<<<<< here\n{good}=======\n{good}>>>>>>> there\n")
    run(root)
    assert path.read_text() == good


def test_a_changed_signature_changes_the_wrapper_of_that_function_alone(root, ghost):
    run(root)
    before = snapshot(root / "src/demo/js")
    change(root, "specs/double.intent.md", "(x: number)", "(x: number, factor?: number)")
    run(root)
    after = snapshot(root / "src/demo/js")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == OF_DOUBLE
    assert b"double(x: number, factor?: number)" in after["double.d.mts"]


def test_new_examples_change_no_wrapper(root):
    run(root)
    before = snapshot(root / "src")
    change(
        root,
        "specs/double.intent.md",
        '- in: { "x": 2 }',
        '- in: { "x": 1 } out: 2\n- in: { "x": 2 }',
    )
    run(root)
    assert snapshot(root / "src/demo/js") == {
        name.removeprefix("demo/js/"): text
        for name, text in before.items()
        if name.startswith("demo/js/")
    }


def test_a_wrapper_goes_with_its_spec(root):
    run(root)
    (root / "specs/shout.intent.md").unlink()
    run(root)
    assert names(root) == SHARED | OF_DOUBLE
    assert "shout" not in (root / "src/demo/js/index.mjs").read_text()
    assert "shout" not in (root / "src/demo/js/_server.py").read_text()
    (root / "specs/double.intent.md").unlink()
    run(root)
    assert names(root) == set()


def test_an_edited_wrapper_stays_when_its_spec_goes(root):
    run(root)
    path = root / "src/demo/js/shout.mjs"
    path.write_text("// mine\n")
    (root / "specs/shout.intent.md").unlink()
    assert "shout.mjs was edited by hand" in says(root)
    assert path.read_text() == "// mine\n"


def test_wrappers_move_with_the_setting_and_go_with_it(root):
    run(root)
    change(root, "pyproject.toml", 'js = "src/demo/js"', 'js = "src/demo/web"')
    assert "does not fit the lock and this build is frozen" in says(root, frozen=True)
    run(root)
    assert (names(root), names(root, "src/demo/web")) == (set(), SHARED | OF_DOUBLE | OF_SHOUT)
    change(root, "pyproject.toml", '[tool.intent.wrappers]\njs = "src/demo/web"\n', "")
    assert "has other folders of wrappers than the settings" in says(root, frozen=True)
    run(root)
    assert names(root, "src/demo/web") == set()
    assert "wrapper" not in (root / "intent.lock").read_text()


def test_a_module_that_fails_leaves_the_wrappers_as_they_were(root, ghost):
    run(root)
    before = snapshot(root / "src/demo/js")
    change(root, "specs/double.intent.md", "out: 4", "out: 5")
    assert "double" in says(root)
    assert snapshot(root / "src/demo/js") == before


def test_a_module_that_passes_beside_one_that_fails_keeps_its_wrapper(root):
    run(root)
    change(root, "specs/double.intent.md", "Return twice", "Give back twice")
    change(root, "specs/shout.intent.md", '"HI!"', '"HO!"')
    assert "shout" in says(root)
    assert names(root) == SHARED | OF_DOUBLE | OF_SHOUT
    change(root, "specs/shout.intent.md", '"HO!"', '"HI!"')
    run(root)
    assert "Give back twice" in (root / "src/demo/js/double.mjs").read_text()


def test_modules_that_move_are_found_where_they_are(root):
    run(root)
    assert 'FOLDER = "../auto"' in (root / "src/demo/js/_server.py").read_text()
    change(root, "pyproject.toml", 'py = "src/demo/auto"', 'py = "src/demo/deep/er"')
    run(root)
    assert 'FOLDER = "../deep/er"' in (root / "src/demo/js/_server.py").read_text()
    assert "const FOLDER = '.'" not in (root / "src/demo/js/_pyodide.mjs").read_text()
    assert names(root) == SHARED | OF_DOUBLE | OF_SHOUT


def test_wrap_on_the_target_puts_it_beside_the_modules(tmp_path, ghost):
    root = make_project(tmp_path / "project", ghost.url)
    change(
        root,
        "pyproject.toml",
        'py = "src/demo/auto"',
        'py = { folder = "src/demo/auto", wrap = "js" }',
    )
    built = run(root)
    modules = {"double.py", "shout.py", "__init__.py"}
    assert names(root, "src/demo/auto") - {"__pycache__"} == SHARED | OF_DOUBLE | OF_SHOUT | modules
    assert len(built.outputs) == len(set(built.outputs)) == 15
    run(root, frozen=True)


def test_a_newer_version_renews_what_an_older_one_wrote_but_ships_it_while_frozen(
    root, monkeypatch
):
    run(root)
    old = snapshot(root / "src")
    monkeypatch.setattr(plan, "FORMAT", plan.FORMAT + 1)
    run(root, frozen=True)
    assert snapshot(root / "src") == old
    run(root)
    text = (root / "src/demo/js/double.mjs").read_text()
    assert f"// from: {plan.FORMAT} " in text


def test_a_function_called_index_has_no_place(tmp_path, ghost):
    spec = DOUBLE.replace("name: double", "name: index")
    root = wrapped(make_project(tmp_path / "project", ghost.url, index=spec))
    assert says(root, SettingsError).startswith(
        'specs/index.intent.md  can\'t be called "index": its wrapper exports everything'
    )
    assert not ghost.asked


BAD = {
    "unknown-language": ('rb = "src/demo/rb"', "wrappers.rb: unknown language; known are js, py"),
    "outside": ('js = "../js"', 'wrappers.js: "../js" is not a folder inside the project'),
    "nothing-to-wrap": (
        'py = "src/demo/x"',
        "wraps the modules of targets.js, which has no folder",
    ),
    "not-text": ("js = 3", "wrappers.js"),
}


@pytest.mark.parametrize("name", BAD)
def test_settings_that_cannot_be_used_are_errors(tmp_path, ghost, name):
    line, message = BAD[name]
    root = wrapped(make_project(tmp_path / "p", ghost.url), f"\n[tool.intent.wrappers]\n{line}\n")
    said = says(root, SettingsError)
    assert message in said
    number = (root / "pyproject.toml").read_text().split("\n").index(line) + 1
    assert said.startswith(f"pyproject.toml:{number}  tool.intent.wrappers")


RIGHT_PLACE = re.compile(r"^pyproject.toml:1[16]  tool.intent.(targets.py|wrappers.rb): ")
WRONG_WRAPS = {
    "itself": '{ folder = "src/demo/auto", wrap = "py" }',
    "unknown": '{ folder = "src/demo/auto", wrap = "rb" }',
    "key": '{ folder = "src/demo/auto", wraps = "js" }',
    "no-folder": '{ wrap = "js" }',
}


@pytest.mark.parametrize("name", WRONG_WRAPS)
def test_a_wrong_wrap_is_an_error(tmp_path, ghost, name):
    root = make_project(tmp_path / "project", ghost.url)
    change(root, "pyproject.toml", '"src/demo/auto"', WRONG_WRAPS[name])
    assert RIGHT_PLACE.search(says(root, SettingsError))


def test_status_names_what_does_not_fit(root, capsys):
    from hatch_intent.cli import main

    run(root)
    (root / "src/demo/js/double.mjs").unlink()
    assert main(["status", "--json", "--root", str(root)]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["fresh"], shown["packages"]) == (False, ["src/demo/js/double.mjs"])


def test_an_adopted_module_keeps_its_wrapper(root):
    from hatch_intent.cli import main

    run(root)
    before = snapshot(root / "src/demo/js")
    path = root / "src/demo/auto/double.py"
    path.write_text("def double(x: float) -> float:\n    return x + x\n")
    assert main(["adopt", "double", "--root", str(root)]) == 0
    assert snapshot(root / "src/demo/js") == before
    run(root, frozen=True)
