"""`[tool.intent]` without pydantic: what a build with nothing to make must still find."""

import sys

import pytest
from projects import make_project

from hatch_intent.errors import SettingsError
from hatch_intent.plain_settings import look_over
from hatch_intent.project import open_project
from hatch_intent.validation import validate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GOOD = """\
[tool.intent]
rounds = 4
sandbox = "best-effort"
[tool.intent.targets]
py = "src/demo/auto"
[[tool.intent.providers]]
type = "openai-compat"
model = "big"
base-url = "http://127.0.0.1:1234/v1"
"""


def table(text: str) -> dict:
    return tomllib.loads(text)["tool"]["intent"]


def test_good_settings_are_the_ones_that_pydantic_gives():
    assert look_over(table(GOOD), "pyproject.toml", GOOD) == validate(
        table(GOOD), "pyproject.toml", GOOD
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rounds", "round"),
        ("model =", "modell ="),
        ("rounds = 4", "rounds = 99"),
        ("src/demo/auto", "../auto"),
        ("127.0.0.1", "example.org"),
        ('"best-effort"', '"none"'),
        ('"best-effort"', "3"),
        ('"openai-compat"', '"gpt"'),
        ('"openai-compat"', "[]"),
        ("rounds = 4", 'rounds = "4"'),
        ("rounds = 4", "rounds = 4.0"),
        ("rounds = 4", "rounds = true"),
        ("rounds = 4", 'seed = "x"'),
        ("rounds = 4", "timeout = true"),
        ("rounds = 4", "cache = 3"),
        ("rounds = 4", 'specs = "specs"'),
        ("rounds = 4", 'specs = ["a", 3]'),
        ("rounds = 4", "providers = 4"),
        ("rounds = 4", "providers = [3]"),
        ("rounds = 4", 'providers = [{ model = "m" }]'),
        ("rounds = 4", "wrappers = 4"),
        ('"src/demo/auto"', "3"),
        ('model = "big"', "model = 3\nthreads = '2'\npin = 1\noptions = 3"),
        ("base-url", "options.temperature = 'hot'\nbase-url"),
    ],
)
def test_problems_are_told_in_the_same_words(old, new):
    text = GOOD.replace(old, new)
    if "providers =" in new:
        text = text.partition("[[")[0]
    said = []
    for check in (validate, look_over):
        with pytest.raises(SettingsError) as caught:
            check(table(text), "pyproject.toml", text)
        said.append(str(caught.value).splitlines())
    assert said[0] == said[1]


@pytest.mark.parametrize("new", ["timeout = 3", "timeout = 3.5", 'cache = "x"', 'specs = ["a"]'])
def test_what_pydantic_takes_passes(new):
    text = GOOD.replace("rounds = 4", new) + "threads = 2\noptions = { stop = ['a'] }\n"
    assert look_over(table(text), "pyproject.toml", text) == validate(
        table(text), "pyproject.toml", text
    )


def test_a_project_opens_without_pydantic_and_keeps_no_word_of_it(tmp_path, monkeypatch):
    root = make_project(tmp_path / "p", settings="rounds = 2")
    monkeypatch.setitem(sys.modules, "pydantic", None)
    assert open_project(root).settings.rounds == 2
    assert not (root / ".intent").exists()


def test_null_of_a_json_file_is_as_good_as_nothing():
    table = {"targets": {"py": "a"}, "cache": None}
    entry = {"type": "ollama", "model": "m", "base-url": None, "threads": None}
    assert look_over({**table, "providers": [entry]}, "c.json", "").cache is None
    with pytest.raises(SettingsError, match="rounds: input should be a valid integer"):
        look_over({**table, "rounds": None}, "c.json", "")
