"""[tool.intent]: every problem at once, each with its line, its whole path and what is right."""

import json
import subprocess
import sys

import pytest

from hatch_intent.errors import SettingsError
from hatch_intent.settings import DEFAULT_MODEL, Settings, find_line, is_local, trust
from hatch_intent.validation import validate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GOOD = """\
[tool.intent]
rounds = 4
call-timeout = 2
[tool.intent.targets]
py = "src/demo/auto"
[[tool.intent.providers]]
type = "ollama"
model = "small"
options = { temperature = 0.1 }
[[tool.intent.providers]]
type = "openai-compat"
model = "big"
base-url = "http://127.0.0.1:1234/v1"
"""


def table(text: str) -> dict:
    return tomllib.loads(text)["tool"]["intent"]


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        validate(table(text), "pyproject.toml", text)
    return str(caught.value).splitlines()


def with_target(text: str) -> str:
    return f'[tool.intent]\n{text}\n[tool.intent.targets]\npy = "auto"\n'


def test_a_table_is_read_with_its_defaults():
    settings = validate(table(GOOD), "pyproject.toml", GOOD)
    assert settings.rounds == 4
    assert settings.call_timeout == 2
    assert settings.specs == ("specs",)
    assert [each.model for each in settings.ladder] == ["small", "big"]
    assert settings.providers[0].options == {"temperature": 0.1}


def test_without_a_provider_the_embedded_engine_is_asked():
    ladder = Settings(targets={"py": "auto"}).ladder
    assert [(each.type, each.model) for each in ladder] == [("embedded", DEFAULT_MODEL)]


def test_trusting_builds_what_validating_builds():
    assert trust(table(GOOD), "pyproject.toml") == validate(table(GOOD), "pyproject.toml", GOOD)


@pytest.mark.parametrize(
    "bad", [{"nonsense": 1}, {"providers": 3}, {"providers": [{"model": "m"}]}]
)
def test_trusting_what_never_was_valid_is_one_line(bad):
    with pytest.raises(
        SettingsError, match=r"^pyproject.toml  \[tool.intent\] can't be used: [^\n]+$"
    ):
        trust(bad, "pyproject.toml")


def test_an_unknown_key_names_itself_and_the_nearest():
    assert problems(with_target('spec = ["a"]')) == [
        'pyproject.toml:2  tool.intent.spec: unknown key; did you mean "specs"?'
    ]


def test_an_unknown_key_near_nothing_lists_the_known_ones():
    (line,) = problems(with_target("zzz = 1"))
    assert "tool.intent.zzz: unknown key; known are specs, targets, providers" in line


def test_an_unknown_key_of_a_provider_has_its_index_and_line():
    text = GOOD + 'modle = "x"\n'
    assert problems(text) == [
        'pyproject.toml:14  tool.intent.providers[1].modle: unknown key; did you mean "model"?'
    ]


def test_all_problems_are_told_at_once():
    text = with_target('rounds = "3"\nsandbox = "none"\ntimeout = 1').replace('"auto"', "5")
    assert problems(text) == [
        "pyproject.toml:2  tool.intent.rounds: input should be a valid integer",
        "pyproject.toml:3  tool.intent.sandbox: input should be 'require', 'best-effort' or 'off'",
        "pyproject.toml:6  tool.intent.targets.py: input should be a valid string",
    ]


@pytest.mark.parametrize(
    "folder", ["/etc", "../x", "./src", "a//b", "a/../../x", "", "C:/x", "a\\\\b"]
)
def test_folders_stay_inside_the_project(folder):
    (line,) = problems(with_target("").replace('"auto"', f'"{folder}"'))
    assert "tool.intent.targets.py" in line


def test_the_projects_own_folder_is_no_place_for_modules():
    (line,) = problems(with_target("").replace('"auto"', '"."'))
    assert line.endswith('targets.py: "." is the project\'s own folder; name one inside of it')


@pytest.mark.parametrize(
    "setting", ["rounds = 0", "rounds = 21", "timeout = 0", "call-timeout = 0"]
)
def test_numbers_have_their_range(setting):
    (line,) = problems(with_target(setting))
    assert "is not between" in line


def test_targets_are_required_and_known():
    assert "no folder for the modules" in problems("[tool.intent]\n")[0]
    assert (
        "unknown target; known are js, py" in problems(with_target("").replace("py =", "rs ="))[0]
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://10.1.2.3:80", "allow-remote = true"),
        ("http://example.org/v1", "allow-remote = true"),
        ("http://user:pw@127.0.0.1/", "password"),
        ("http://user:pw@127.0.0.1:99999", "password"),
        ("127.0.0.1:1234", "is not a URL"),
        ("ftp://127.0.0.1/", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://127.0.0.1:99999", "is not a URL like http://127.0.0.1:1234/v1: Port out of range"),
        ("http://127.0.0.1:abc", "is not a URL"),
        ("http://127.0.0.1/v1?x=pw@", 'leave out what stands behind "http://127.0.0.1/v1"; '),
        ("http://127.0.0.1:x/?x=pw@", 'leave out what stands behind "http://127.0.0.1:x/"; '),
        ("http://127.0.0.1/v1#x", "the variable that api-key-env names"),
        ("http://gpu..lan:8000", "is not a URL like http://127.0.0.1:1234/v1"),
        ("http://<host>:8000", "no host is called <host>"),
        ("http://127.0.0.1/\\u007f", "characters that can't be seen"),
    ],
)
def test_a_server_is_on_this_machine_unless_allowed(url, said):
    text = GOOD.replace("http://127.0.0.1:1234/v1", url)
    (line,) = problems(text)
    assert line.startswith("pyproject.toml:13  tool.intent.providers[1].base-url: ")
    assert said in line
    assert "pw@" not in line


def test_a_remote_server_may_be_allowed():
    text = GOOD.replace("127.0.0.1:1234", "gpu.example.org") + "allow-remote = true\n"
    assert validate(table(text), "pyproject.toml", text).providers[1].allow_remote


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('options = { temperature = "hot" }', "options.temperature: 'hot' is not a number"),
        ("options = { num_ctx = 10 }", "options.num_ctx: 10 is too small, at least 256 is needed"),
        ("options = { num_predict = 1.5 }", "options.num_predict: 1.5 is not a whole number"),
        ("options = { max_tokens = true }", "options.max_tokens: True is not a whole number"),
        ("options = { stop = 3 }", "options.stop: 3 is neither a string nor a list of strings"),
        ("options = { temprature = 1 }", 'unknown key; did you mean "temperature"?'),
        ("options = { top_k = 40 }", 'options.top_k: unknown key; did you mean "top_p"?'),
        ("threads = -3", "threads: -3 is not at least 1"),
        ('model = "~nobody_of_this_name/x.gguf"', 'no home folder for "~nobody_of_this_name"'),
    ],
)
def test_what_no_provider_could_use_is_told_with_its_key(setting, said):
    text = GOOD.replace(
        "[[tool.intent.providers]]\ntype", f"[[tool.intent.providers]]\n{setting}\ntype", 1
    )
    text = text.replace('"ollama"\n', '"embedded"\n').replace(
        "options = { temperature = 0.1 }\n", ""
    )
    text = text.replace('model = "small"\n', "" if "model" in setting else 'model = "small"\n')
    (line,) = problems(text)
    assert line.startswith("pyproject.toml:7  tool.intent.providers[0].")
    assert said in line


def test_ollama_gets_options_that_are_its_own():
    text = GOOD.replace("temperature = 0.1", "top_k = 40, temperature = 1")
    assert validate(table(text), "pyproject.toml", text).providers[0].options["top_k"] == 40


def test_a_cache_in_nobodys_home_is_refused():
    (line,) = problems(with_target('cache = "~nobody_of_this_name/x"'))
    assert line.startswith("pyproject.toml:2  tool.intent.cache: there is no home folder for")


def test_loopback_names():
    here = ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
    assert all(map(is_local, [*here, "0.0.0.0", "::"]))
    elsewhere = ["10.0.0.1", "localhost.example.org", "a.localhost", "2130706433", "example.org"]
    assert not any(map(is_local, elsewhere))


def test_lines_are_found_under_dotted_tables_and_other_tables_are_passed_over():
    text = (
        '[tool.other]\nrounds = 1\n[tool.intent]\n[tool.intent.targets]\npy = "x"\n[tool.b]\npy=1'
    )
    assert find_line(text, ("targets", "py")) == 5
    assert find_line(text, ("rounds",)) == 3
    assert find_line("", ("rounds",)) == 0


def test_reading_settings_that_were_valid_before_imports_no_pydantic():
    program = (
        "import sys, json\nfrom hatch_intent.settings import trust\n"
        f"trust(json.loads({json.dumps(json.dumps(table(GOOD)))}), 'pyproject.toml')\n"
        "assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
