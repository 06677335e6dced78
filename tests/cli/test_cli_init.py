"""`init`: additions to a pyproject.toml that break nothing."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_intent.cli import main
from hatch_intent.cli.init import output_folder
from hatch_intent.cli.pyproject import with_intent
from hatch_intent.project import discover, open_project
from hatch_intent.spec import read_spec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HATCH = """\
# ours
[build-system]
requires = ["hatchling"] # the [backend]
build-backend = "hatchling.build"

[project]
name = "My-Demo"
version = "1"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_bytes(HATCH.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder):
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_project_is_ready_for_its_first_build(folder, capsys):
    assert main(["init"]) == 0
    text = (folder / "pyproject.toml").read_text()
    assert text.startswith("# ours\n[build-system]\nrequires = [")
    table = tomllib.loads(text)
    assert table["build-system"]["requires"] == ["hatchling", "hatch-intent"]
    assert table["tool"]["hatch"]["build"]["hooks"] == {"intent": {}}
    assert table["project"] == {"name": "My-Demo", "version": "1"}
    project = open_project(folder)
    assert project.settings.targets == {"py": "src/my_demo/auto"}
    (spec,) = discover(project)
    assert read_spec(spec.raw, spec.path).name == "slugify"
    assert (folder / ".gitignore").read_text() == ".intent/\n"
    auto = "/src/my_demo/auto"
    assert capsys.readouterr().out.splitlines() == [
        "pyproject.toml  added [tool.intent]",
        "pyproject.toml  added [tool.hatch.build.hooks.intent]",
        "pyproject.toml  added hatch-intent to build-system.requires",
        "specs/slugify.intent.md  an example to build:  hatch-intent build",
        ".gitignore  added .intent/",
        f".gitattributes  added *.intent.md, /intent.lock, {auto}/*.py, {auto}/__init__.py",
    ]


def test_a_hidden_file_is_no_first_spec(folder, capsys):
    (folder / "specs").mkdir()
    (folder / "specs" / "._x.intent.md").write_bytes(b"")
    assert main(["init"]) == 0
    assert "specs/slugify.intent.md  an example to build" in capsys.readouterr().out


def test_again_changes_nothing(folder, capsys):
    assert main(["init"]) == 0
    before = files(folder)
    capsys.readouterr()
    assert main(["init"]) == 0
    assert files(folder) == before
    assert capsys.readouterr().out == "nothing to do, all is there\n"


def test_what_is_there_stays(folder):
    (folder / ".gitignore").write_bytes(b"dist\r\n.intent")
    (folder / "spec").mkdir()
    (folder / "spec/mine.intent.md").write_text("x")
    path = folder / "pyproject.toml"
    path.write_text(HATCH + '[tool.intent]\nspecs=["spec"]\ntargets.py="a"\n')
    assert main(["init"]) == 0
    assert (folder / ".gitignore").read_bytes() == b"dist\r\n.intent"
    assert [each.name for each in (folder / "spec").iterdir()] == ["mine.intent.md"]
    assert open_project(folder).settings.targets == {"py": "a"}


def test_an_ignore_file_without_a_last_line_end(folder):
    (folder / ".gitignore").write_text("dist")
    assert main(["init"]) == 0
    assert (folder / ".gitignore").read_text() == "dist\n.intent/\n"


def test_attributes_that_are_there_stay_and_odd_folders_are_quoted(folder):
    path = folder / "pyproject.toml"
    path.write_text(HATCH + '[tool.intent]\ntargets.py="src/a b"\n')
    (folder / ".gitattributes").write_bytes(b"* text=auto\r\n/intent.lock\t-text")
    assert main(["init"]) == 0
    lines = (folder / ".gitattributes").read_bytes().split(b"\r\n")
    assert lines == [
        b"* text=auto",
        b"/intent.lock\t-text",
        b"*.intent.md text eol=lf",
        b'"/src/a b/*.py" -text',
        b'"/src/a b/__init__.py" -text merge=union',
        b"",
    ]


def test_the_seeds_configuration_stays_in_force(folder):
    (folder / ".promirror").mkdir()
    (folder / ".promirror/intent.config.json").write_text('{"targets": {"pyDir": "auto"}}')
    assert main(["init"]) == 0
    assert open_project(folder).config == ".promirror/intent.config.json"
    assert open_project(folder).settings.targets == {"py": "auto"}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (None, 2, "no pyproject.toml in "),
        (b"[tool", 2, "is not valid TOML"),
        (b"x = '\xff'", 2, "is not UTF-8 text"),
        (b"tool = {}\n", 1, 'add:\n[tool.intent]\nspecs = ["specs"]'),
    ],
)
def test_what_can_not_be_added_to_stays_as_it_is(folder, capsys, text, code, said):
    path = folder / "pyproject.toml"
    path.unlink()
    if text is not None:
        path.write_bytes(text)
    before = files(folder)
    assert main(["init"]) == code
    assert said in capsys.readouterr().err
    assert files(folder).items() >= before.items()
    assert not (folder / "specs").exists()


@pytest.mark.parametrize(
    "requires",
    [
        '["hatchling"]',
        "[]",
        "[ ]",
        '["hatchling",]',
        '[ "hatchling" ]',
        '[\n  "hatchling",\n]',
        '[\n  "hatchling"\n]',
        '[\n    "hatchling", # a ]\n    "x[y]", # b, ]\n]',
        "[\"a]\", 'b]'] # ] c",
        '[\r\n  "hatchling"\r\n]',
        '["hatchling",\n "x"]',
    ],
)
def test_the_requirement_is_added_in_any_layout(requires):
    text = f'[project]\nx = ["]"]\n[build-system]\nrequires = {requires}\n'
    text += 'build-backend = "hatchling.build"\n'
    before = tomllib.loads(text)["build-system"]["requires"]
    addition = with_intent(text, "a/auto", settings=True)
    after = tomllib.loads(addition.text)["build-system"]["requires"]
    assert after == [*before, "hatch-intent"]
    assert addition.advice == ()
    assert with_intent(addition.text, "a/auto", settings=True).added == ()


def test_where_a_comment_is_in_the_way_the_person_is_told(folder, capsys):
    path = folder / "pyproject.toml"
    path.write_text(HATCH.replace('["hatchling"]', '["hatchling" # no comma\n]'))
    assert main(["init"]) == 1
    assert 'requires = [..., "hatch-intent"]' in capsys.readouterr().err
    assert tomllib.loads(path.read_text())["build-system"]["requires"] == ["hatchling"]


@pytest.mark.parametrize(
    "known", ["hatch-intent", "Hatch_Intent>=0.1", "hatch.intent[embedded] ~= 1"]
)
def test_a_requirement_that_is_there_is_seen(known):
    text = f'[build-system]\nrequires = ["{known}"]\nbuild-backend = "hatchling.build"\n'
    added = with_intent(text, "a/auto", settings=True).added
    assert added == ("[tool.intent]", "[tool.hatch.build.hooks.intent]")


def test_another_backend_gets_the_settings_only():
    text = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    addition = with_intent(text, "a/auto", settings=True)
    assert addition.added == ("[tool.intent]",)
    said = "flit_core.buildapi: its builds don't run hatch-intent; build and check before them"
    assert addition.note == f"pyproject.toml  {said}"


def test_without_a_backend_it_says_that_no_build_runs_it(folder, capsys):
    (folder / "pyproject.toml").write_text('[project]\nname = "a"\n')
    assert main(["init"]) == main(["init"]) == 0
    (line,) = {each for each in capsys.readouterr().out.splitlines() if "builds" in each}
    assert line.startswith("pyproject.toml  no build backend: its builds don't run hatch-intent")


@pytest.mark.parametrize(
    ("requires", "backend"),
    [
        ("setuptools", '\nbuild-backend = "setuptools.build_meta"'),
        ("setuptools", '\nbuild-backend = "setuptools.build_meta:__legacy__"'),
        ("setuptools", ""),
        ("pdm-backend", '\nbuild-backend = "pdm.backend"'),
    ],
)
def test_other_backends_with_an_adapter_get_the_requirement_alone(requires, backend):
    addition = with_intent(
        f'[build-system]\nrequires = ["{requires}"]{backend}', "a/auto", settings=True
    )
    assert addition.added == ("[tool.intent]", "hatch-intent to build-system.requires")
    assert addition.note == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tool = 3", "tool: should be a table"),
        ("tool.hatch = 3", "tool.hatch: should be a table"),
        ("tool.hatch.build.hooks = []", "tool.hatch.build.hooks: should be a table"),
        ("tool.intent = 3", "tool.intent: should be a table"),
        ("project = 3", "project: should be a table"),
        ("build-system = 3", "build-system: should be a table"),
        ("build-system.requires = 3", "build-system.requires: should be a list of strings"),
        ("build-system.requires = [3]", "build-system.requires: should be a list of strings"),
    ],
)
def test_what_is_no_table_is_one_line(folder, capsys, text, said):
    (folder / "pyproject.toml").write_text(text)
    assert main(["init"]) == 2
    assert capsys.readouterr().err == (f"pyproject.toml  {said}\n1 error, nothing was changed\n")
    assert (folder / "pyproject.toml").read_text() == text


def test_line_ends_stay_those_of_the_file():
    addition = with_intent(HATCH.replace("\n", "\r\n"), "a/auto", settings=True)
    assert addition.text.count("\n") == addition.text.count("\r\n")


_ITEMS = st.lists(st.sampled_from(["hatchling", "a]", "b[c]", "d # e", 'f"', "g,"]), max_size=4)


@given(
    _ITEMS, st.sampled_from([", ", ",\n  ", " ,", ", # ] x\n"]), st.sampled_from(["", "\n", " "])
)
def test_whatever_the_layout_nothing_else_changes(items, comma, edge):
    import json

    array = f"[{edge}{comma.join(map(json.dumps, items))}{edge}]"
    text = f'tool.x = [1]\n[build-system]\nrequires = {array}\nbuild-backend = "hatchling.build"\n'
    before = tomllib.loads(text)
    addition = with_intent(text, "a/auto", settings=True)
    after = tomllib.loads(addition.text)
    assert after["build-system"]["requires"][: len(items)] == items
    assert after["tool"]["x"] == before["tool"]["x"]
    assert len(addition.added) + len(addition.advice) == 3


def test_modules_go_into_the_projects_own_package(tmp_path):
    table = {"project": {"name": "My.demo"}}
    assert output_folder(tmp_path, table) == "src/my_demo/auto"
    (tmp_path / "my_demo").mkdir()
    assert output_folder(tmp_path, table) == "my_demo/auto"
    (tmp_path / "src").mkdir()
    assert output_folder(tmp_path, table) == "src/my_demo/auto"


def test_git_keeps_the_bytes_of_wrappers_too(folder):
    path = folder / "pyproject.toml"
    path.write_text(HATCH + '[tool.intent]\ntargets.py="a"\nwrappers.js="a/js"\n')
    assert main(["init"]) == 0
    lines = (folder / ".gitattributes").read_text().splitlines()
    assert {"/a/js/*.mjs -text", "/a/js/*.mts -text", "/a/js/*.py -text"} < set(lines)


def test_git_keeps_the_bytes_of_what_stands_beside_javascript(folder):
    path = folder / "pyproject.toml"
    path.write_text(HATCH + '[tool.intent]\ntargets.js="web"\n')
    assert main(["init"]) == 0
    lines = (folder / ".gitattributes").read_text().splitlines()
    assert lines[2:] == [
        "/web/*.js -text",
        "/web/*.d.ts -text",
        "/web/package.json -text",
        "/web/index.js -text merge=union",
        "/web/index.d.ts -text merge=union",
    ]
