"""Where settings come from, what mode a build is in, which files are specs."""

import json
import os
import re
from pathlib import Path

import pytest

from hatch_intent.errors import SettingsError, UsageError
from hatch_intent.project import discover, find_root, open_project
from hatch_intent.settings import Settings

PYPROJECT = '[tool.intent]\n[tool.intent.targets]\npy = "src/demo/auto"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.delenv("HATCH_INTENT_MODE", raising=False)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "specs").mkdir()
    return tmp_path


def seed(root: Path, **config: object) -> None:
    (root / "pyproject.toml").unlink()
    (root / ".promirror").mkdir()
    (root / ".promirror" / "intent.config.json").write_text(json.dumps(config))


def said(root: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        open_project(root)
    return str(caught.value)


def test_settings_come_from_pyproject(root: Path):
    project = open_project(root)
    assert project.settings.targets == {"py": "src/demo/auto"}
    assert not project.frozen
    assert project.config == "pyproject.toml"


def test_settings_are_validated_once_per_change(root: Path, monkeypatch):
    open_project(root)
    with monkeypatch.context() as patch:
        patch.setattr("hatch_intent.validation.validate", lambda *_: pytest.fail("validated again"))
        assert open_project(root).settings == Settings(targets={"py": "src/demo/auto"})
    (root / "pyproject.toml").write_text(PYPROJECT + "\n[tool.intent.extra]\n")
    assert "tool.intent.extra: unknown key" in said(root)


def test_an_unpacked_sdist_is_frozen_and_its_settings_were_validated(root: Path, monkeypatch):
    (root / "PKG-INFO").write_text("")
    monkeypatch.setattr("hatch_intent.validation.validate", lambda *_: pytest.fail("validated"))
    assert open_project(root).frozen


@pytest.mark.parametrize(("named", "frozen"), [("frozen", True), ("auto", False), ("", False)])
def test_the_mode_can_come_from_the_environment(root: Path, monkeypatch, named, frozen):
    monkeypatch.setenv("HATCH_INTENT_MODE", named)
    assert open_project(root).frozen is frozen


def test_a_cache_in_nobodys_home_is_refused(root: Path, monkeypatch):
    monkeypatch.setenv("HATCH_INTENT_CACHE", "~nobody_of_this_name/x")
    with pytest.raises(SettingsError, match="environment  HATCH_INTENT_CACHE: there is no home"):
        _ = open_project(root).cache_dir


@pytest.mark.parametrize("wrap", ['["py"]', "3", "{}"])
def test_a_wrapper_that_is_no_language_is_refused(root: Path, wrap):
    text = (root / "pyproject.toml").read_text()
    short = f'py = {{ folder = "a", wrap = {wrap} }}'
    (root / "pyproject.toml").write_text(re.sub("(?m)^py = .*", short, text))
    with pytest.raises(SettingsError, match=r"targets\.py: input should be a valid str"):
        open_project(root)


def test_an_unknown_mode_is_refused(root: Path, monkeypatch):
    monkeypatch.setenv("HATCH_INTENT_MODE", "forzen")
    assert 'HATCH_INTENT_MODE is "forzen"; use auto or frozen' in said(root)


def test_the_seeds_configuration_is_read_where_no_table_stands(root: Path):
    seed(
        root,
        cacheDir=".cache",
        rounds=2,
        targets={"jsDir": "js", "pyDir": "auto"},
        providers=[
            {
                "type": "ollama",
                "host": "http://127.0.0.1:11434",
                "model": "m",
                "options": {"stop": ["```"]},
            },
            {
                "type": "openai_compat",
                "baseUrl": "http://127.0.0.1:1234/v1",
                "model": "n",
                "params": {"temperature": 0.1},
            },
        ],
    )
    project = open_project(root)
    settings = project.settings
    assert (settings.rounds, settings.cache) == (2, ".cache")
    assert settings.targets == {"js": "js", "py": "auto"}
    assert [each.type for each in settings.providers] == ["ollama", "openai-compat"]
    assert settings.providers[0].options == {"stop": ["```"]}
    assert settings.providers[1].options == {"temperature": 0.1}
    assert project.cache_dir == root / ".cache"


def test_options_that_were_ignored_in_the_seeds_configuration_are_so_still(root: Path):
    options = {"temperature": 0.5, "top_k": 40}
    kinds = ("ollama", "openai_compat", "embedded")
    entries = [{"type": each, "model": "m", "options": options} for each in kinds]
    seed(root, targets={"py": "a"}, providers=entries)
    first, *others = open_project(root).settings.providers
    assert first.options == options
    assert [each.options for each in others] == [{"temperature": 0.5}] * 2


def test_an_unknown_key_in_the_seeds_configuration_is_refused(root: Path):
    seed(root, targets={"pyDir": "a"}, roundz=2)
    assert "tool.intent.roundz: unknown key" in said(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.intent", "is not valid TOML"),
        ("[tool]\nintent = 3\n", "should be a table"),
        ("tool = 3\n", "pyproject.toml  tool: should be a table"),
        ("[project]\n", "no [tool.intent]; add it"),
    ],
)
def test_a_broken_pyproject_is_one_line(root: Path, text, message):
    (root / "pyproject.toml").write_text(text)
    assert message in said(root)
    assert "\n" not in said(root)


def test_a_pyproject_that_is_no_text_says_where(root: Path):
    (root / "pyproject.toml").write_bytes(b"[tool.intent]\nx = '\xff'\n")
    assert said(root).startswith("pyproject.toml:2  is not UTF-8 text")


def test_what_is_no_table_is_told_on_the_way_up_too(root: Path):
    (root / "pyproject.toml").write_text("tool = 3\n")
    with pytest.raises(SettingsError, match="tool: should be a table"):
        find_root(root / "specs")


def test_the_root_is_found_from_below(root: Path):
    (root / "src" / "deep").mkdir(parents=True)
    assert find_root(root / "src" / "deep") == root.resolve()


def test_a_folder_without_settings_is_a_usage_error(tmp_path: Path):
    with pytest.raises(UsageError, match="hatch-intent init"):
        find_root(tmp_path)


def test_specs_are_found_below_the_folders_in_order(root: Path):
    for name in (
        "b.intent.md",
        "sub/a.intent.md",
        ".hidden/c.intent.md",
        "._b.intent.md",
        "notes.md",
    ):
        (root / "specs" / name).parent.mkdir(exist_ok=True)
        (root / "specs" / name).write_text(name)
    files = discover(open_project(root))
    assert [file.path for file in files] == ["specs/b.intent.md", "specs/sub/a.intent.md"]
    assert files[0].raw == b"b.intent.md"


def test_what_editors_put_beside_specs_is_none(root: Path):
    (root / "specs" / "b.intent.md").write_text("")
    (root / "specs" / ".#b.intent.md").symlink_to("somebody@somewhere.12345")
    assert [file.path for file in discover(open_project(root))] == ["specs/b.intent.md"]


def test_what_can_t_be_read_as_a_spec_is_named(root: Path):
    folder = root / "specs"
    (folder / "gone.intent.md").symlink_to("nowhere")
    (folder / "loop.intent.md").symlink_to("loop.intent.md")
    os.mkfifo(folder / "pipe.intent.md")
    with pytest.raises(SettingsError) as caught:
        discover(open_project(root))
    nothing, loop, pipe = str(caught.value).splitlines()
    assert nothing == (
        "specs/gone.intent.md  can't be read: No such file or directory (a link to nothing); "
        "mend or remove it"
    )
    assert loop.startswith("specs/loop.intent.md  can't be read: ")
    assert pipe == "specs/pipe.intent.md  is no plain file; remove it, or give it another name"


def test_a_missing_specs_folder_is_named(root: Path):
    (root / "specs").rmdir()
    with pytest.raises(SettingsError, match="no folder specs"):
        discover(open_project(root))


def test_a_giant_spec_is_not_read_whole(root: Path):
    (root / "specs" / "big.intent.md").write_bytes(b"x" * (3 << 20))
    (file,) = discover(open_project(root))
    assert len(file.raw) == (1 << 20) + 1


@pytest.mark.parametrize("name", ["d\udcff.intent.md", "d\n.intent.md"])
def test_a_spec_whose_name_is_no_text_is_refused(root: Path, name):
    (root / "specs" / name).write_text("x")
    with pytest.raises(SettingsError, match="has a name that is not plain UTF-8 text"):
        discover(open_project(root))
