"""`[tool.intent]` without pydantic: what a build with nothing to make must still find."""

import sys

import pytest
from projects import make_project

from hatch_intent.errors import SettingsError
from hatch_intent.plain_settings import look_over
from hatch_intent.project import open_project
from hatch_intent.settings import validate

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
    ],
)
def test_problems_are_told_in_the_same_words(old, new):
    text = GOOD.replace(old, new)
    said = []
    for check in (validate, look_over):
        with pytest.raises(SettingsError) as caught:
            check(table(text), "pyproject.toml", text)
        said.append(str(caught.value).splitlines())
    assert said[1][0] in said[0]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"best-effort"', '"none"', "pyproject.toml:3  tool.intent.sandbox: should be one of"),
        ('"openai-compat"', '"gpt"', "pyproject.toml:7  tool.intent.providers[0].type: should be"),
        ("rounds = 4", 'rounds = "4"', "pyproject.toml  a value of [tool.intent] can't be used"),
        ("rounds = 4", "providers = 4", "can't be used"),
    ],
)
def test_wrong_choices_and_types_do_not_pass(old, new, line):
    text = GOOD.replace(old, new)
    if "providers = 4" in new:
        text = text.partition("[[")[0]
    with pytest.raises(SettingsError) as caught:
        look_over(table(text), "pyproject.toml", text)
    assert line in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_project_opens_without_pydantic_and_keeps_no_word_of_it(tmp_path, monkeypatch):
    root = make_project(tmp_path / "p", settings="rounds = 2")
    monkeypatch.setitem(sys.modules, "pydantic", None)
    assert open_project(root).settings.rounds == 2
    assert not (root / ".intent").exists()
