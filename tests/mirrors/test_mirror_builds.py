"""Mirrors as part of a build: derived, recorded, refused, removed.

The compiler here is a script that takes everything and erases what a mirror adds; what the real
one says is in test_mirror_compiler.py.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, NOBODY, SHOUT, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.errors import CheckFailed, SettingsError
from hatch_intent.lock import read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.settled import recall

pytestmark = pytest.mark.slow

TS = "src/demo/ts"
SPECS = {
    name: text.replace(f"# name: {name}\n", f"# name: {name}\n# target: js\n")
    for name, text in (("double", DOUBLE), ("shout", SHOUT))
}
CODE = {
    "double.js": ["export function double(x) {\n  return 2 * x;\n}"],
    "shout.js": ['export function shout(text) {\n  return text.toUpperCase() + "!";\n}'],
}
COMPILER = """\
#!{python}
import pathlib, shutil, sys
if "--version" in sys.argv:
    print("Version 9.9")
else:
    log = pathlib.Path(__file__).with_suffix(".log")
    there = sorted(path.name for path in pathlib.Path("in/ts").iterdir())
    with log.open("a") as file:
        print(*there, file=file)
    for part in ("ts", "js"):
        shutil.copytree("in/js", "out/" + part)
    for path in pathlib.Path("out/ts").iterdir() if {wrong!r} else ():
        path.write_text(path.read_text().replace("2 * x", "3 * x"))
"""


def compiler(folder: Path, monkeypatch, wrong: str = "") -> Path:
    path = folder / "tsc"
    path.write_text(COMPILER.format(python=sys.executable, wrong=wrong))
    path.chmod(0o755)
    monkeypatch.setenv("HATCH_INTENT_TSC", str(path))
    return path.with_suffix(".log")


@pytest.fixture
def log(tmp_path, monkeypatch):
    return compiler(tmp_path, monkeypatch)


@pytest.fixture
def ghost():
    with ghostwriter(CODE) as server:
        yield server


def mirrored(root: Path, url: str, setting: str = f'ts = "{TS}"', **specs: str) -> Path:
    make_project(root, url, **(specs or SPECS))
    change(root, "pyproject.toml", 'py = "src/demo/auto"', 'js = "src/demo/js"')
    path = root / "pyproject.toml"
    path.write_text(f"{path.read_text()}\n[tool.intent.mirrors]\n{setting}\n")
    return root


@pytest.fixture
def root(tmp_path, ghost, log) -> Path:
    return mirrored(tmp_path / "project", ghost.url)


def run(root: Path, **options):
    frozen = options.pop("frozen", None)
    return build(open_project(root, frozen=frozen), listener=lambda _: None, **options)


def says(root: Path, error: type[Exception] = CheckFailed, **options) -> str:
    with pytest.raises(error) as caught:
        run(root, **options)
    return str(caught.value)


def change(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


def names(root: Path, folder: str = TS) -> set[str]:
    return {path.name for path in (root / folder).iterdir()} if (root / folder).is_dir() else set()


def locked(root: Path, name: str = "double"):
    return read_lock(root / "intent.lock", root / ".intent").entries[name, "js"]


def test_every_module_of_the_target_has_a_mirror_and_it_ships(root):
    built = run(root)
    assert names(root) == {"double.ts", "shout.ts"}
    assert {f"{TS}/double.ts", f"{TS}/shout.ts"} < set(built.outputs)
    assert "export function double(x: number): number {" in (root / TS / "double.ts").read_text()
    entry = locked(root)
    assert (entry.mirror, entry.mirror_tool) == (f"{TS}/double.ts", "typescript 9.9")
    assert entry.mirror_of == entry.output_sha256


def test_nothing_is_derived_again_and_no_compiler_is_needed_then(root, log, monkeypatch):
    run(root)
    before = snapshot(root)
    assert recall(str(root)) is not None
    monkeypatch.setenv("HATCH_INTENT_TSC", str(root / "none"))
    run(root)
    run(root, frozen=True)
    (root / ".intent/settled").unlink()
    run(root)
    assert snapshot(root) == before
    assert log.read_text() == "double.ts shout.ts\n"


def test_only_what_changed_is_derived_anew(root, log, ghost):
    run(root)
    before = (root / TS / "shout.ts").read_bytes()
    change(root, "specs/double.intent.md", "Return twice", "Give back twice")
    run(root)
    assert log.read_text() == "double.ts shout.ts\ndouble.ts\n"
    assert "Give back twice" in (root / TS / "double.ts").read_text()
    assert (root / TS / "shout.ts").read_bytes() == before
    run(root, frozen=True)


def test_what_is_missing_comes_back(root):
    run(root)
    before = snapshot(root)
    (root / TS / "double.ts").unlink()
    assert recall(str(root)) is None
    assert f"{TS}/double.ts does not fit the lock and this build" in says(root, frozen=True)
    run(root)
    assert snapshot(root) == before


@pytest.mark.parametrize("frozen", [False, True], ids=["auto", "frozen"])
def test_what_was_edited_by_hand_is_refused_with_the_ways_out(root, frozen):
    run(root)
    path = root / TS / "double.ts"
    path.write_text(path.read_text().replace("2 *", "3 *"))
    before = snapshot(root)
    said = says(root, frozen=frozen)
    assert said.startswith(f"{TS}/double.ts was edited by hand or isn't ours; not shipped, not")
    assert "hatch-intent adopt double" in said
    assert snapshot(root) == before
    path.unlink()
    run(root)
    assert "2 *" in path.read_text()


def test_an_edited_one_is_not_overwritten_when_its_module_changes_nor_when_its_spec_goes(root):
    run(root)
    path = root / TS / "double.ts"
    path.write_text("// mine\n")
    change(root, "specs/double.intent.md", "Return twice", "Give back twice")
    assert "double.ts was edited by hand" in says(root)
    (root / "specs/double.intent.md").unlink()
    assert "double.ts was edited by hand" in says(root)
    assert path.read_text() == "// mine\n"


def test_a_file_of_somebody_else_is_refused(root):
    (root / TS).mkdir()
    (root / TS / "double.ts").write_text("export const mine = 1;\n")
    assert "double.ts was edited by hand or isn't ours" in says(root)
    assert names(root) == {"double.ts"}
    assert (root / TS / "double.ts").read_text() == "export const mine = 1;\n"


def test_a_mirror_goes_with_its_spec(root):
    run(root)
    (root / "specs/shout.intent.md").unlink()
    run(root)
    assert names(root) == {"double.ts"}


def test_mirrors_move_with_the_setting_and_go_with_it(root):
    run(root)
    change(root, "pyproject.toml", TS, "src/demo/typed")
    assert "does not fit the lock and this build is frozen" in says(root, frozen=True)
    run(root)
    assert (names(root), names(root, "src/demo/typed")) == (set(), {"double.ts", "shout.ts"})
    change(root, "pyproject.toml", '[tool.intent.mirrors]\nts = "src/demo/typed"\n', "")
    assert "has mirrors that the settings don't ask for" in says(root, frozen=True)
    run(root)
    assert names(root, "src/demo/typed") == set()
    assert "mirror" not in (root / "intent.lock").read_text()


def test_without_a_compiler_modules_are_locked_and_the_build_says_what_lacks(
    root, monkeypatch, capsys
):
    monkeypatch.delenv("HATCH_INTENT_TSC")
    monkeypatch.setenv("HATCH_INTENT_NODE", shutil.which("node") or "")
    monkeypatch.setenv("PATH", str(root))
    assert "mirrors in TypeScript need its compiler, and there is no tsc" in says(root)
    assert locked(root).mirror == ""
    assert names(root) == set()
    assert main(["doctor", "--root", str(root)]) == 1
    assert "there is no tsc" in capsys.readouterr().out


def test_other_code_than_the_module_is_not_written(root, tmp_path, monkeypatch):
    compiler(tmp_path, monkeypatch, wrong="yes")
    said = says(root)
    assert f"{TS}/double.ts would be other code than src/demo/js/double.js" in said
    assert names(root) == set()


def test_a_mirror_that_fails_its_examples_is_not_written(root, tmp_path, monkeypatch):
    compiler(tmp_path, monkeypatch, wrong="yes")
    monkeypatch.setattr("hatch_intent.mirrors.strict._same", lambda *_: True)
    said = says(root)
    assert f"{TS}/double.ts would not do what its spec says; not written" in said
    assert "double(2)" in said
    assert names(root) == set()


def test_a_module_that_fails_leaves_the_mirrors_as_they_were(root):
    run(root)
    before = snapshot(root / TS)
    change(root, "specs/double.intent.md", "out: 4", "out: 5")
    assert "double" in says(root)
    assert snapshot(root / TS) == before


def test_an_adopted_module_is_mirrored_by_the_next_build(root):
    run(root)
    change(root, "src/demo/js/double.js", "2 * x", "x + x")
    assert main(["adopt", "double", "--root", str(root)]) == 0
    assert f"{TS}/double.ts does not fit the lock" in says(root, frozen=True)
    run(root)
    assert "x + x" in (root / TS / "double.ts").read_text()


def test_specs_for_python_alone_have_no_mirror(tmp_path, log):
    with ghostwriter({**CODE, "shout": ["def shout(text):\n    return text.upper() + '!'"]}) as s:
        root = mirrored(tmp_path / "p", s.url, double=SPECS["double"], shout=SHOUT)
        change(
            root, "pyproject.toml", 'js = "src/demo/js"', 'js = "src/demo/js"\npy = "src/demo/auto"'
        )
        run(root)
    assert names(root) == {"double.ts"}
    assert {"double.js", "shout.py"} < {path.name for path in root.rglob("src/demo/*/*")}


def test_status_and_explain_speak_of_them(root, capsys):
    run(root)
    assert main(["explain", "double", "--root", str(root)]) == 0
    assert f"{TS}/double.ts (typescript 9.9)" in capsys.readouterr().out
    (root / TS / "double.ts").unlink()
    assert main(["status", "--json", "--root", str(root)]) == 1
    assert json.loads(capsys.readouterr().out)["packages"] == [f"{TS}/double.ts"]
    assert main(["check", "--root", str(root)]) == 1
    assert f"{TS}/double.ts does not fit the lock" in capsys.readouterr().err


def test_init_has_git_keep_their_bytes(root):
    main(["init", "--root", str(root)])
    assert f"/{TS}/*.ts -text" in (root / ".gitattributes").read_text().splitlines()


BAD = {
    "unknown-language": ('rb = "src/demo/rb"', "mirrors.rb: unknown language; known are ts, lisp"),
    "outside": ('ts = "../ts"', 'mirrors.ts: "../ts" is not a folder inside the project'),
    "the-target's": ('ts = "src/demo/js"', "lies in the folder of targets.js"),
    "within-the-target's": ('ts = "src/demo/js/ts/"', "lies in the folder of targets.js"),
    "not-text": ("ts = 3", "mirrors.ts"),
}


@pytest.mark.parametrize("name", BAD)
def test_settings_that_cannot_be_used_are_errors(tmp_path, name):
    line, message = BAD[name]
    root = mirrored(tmp_path / "p", NOBODY, line)
    said = says(root, SettingsError)
    assert message in said
    number = (root / "pyproject.toml").read_text().split("\n").index(line) + 1
    assert said.startswith(f"pyproject.toml:{number}  tool.intent.mirrors")


def test_without_the_target_there_is_nothing_to_mirror(tmp_path):
    root = mirrored(tmp_path / "p", NOBODY, double=DOUBLE)
    change(root, "pyproject.toml", 'js = "src/demo/js"', 'py = "src/demo/auto"')
    said = says(root, SettingsError)
    assert "mirrors.ts: mirrors the modules of targets.js, which has no folder" in said
