"""The files that CI systems and pre-commit read, against their public schemas."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
SCHEMAS = {
    ".github/workflows/intent.yml": "vendor.github-workflows",
    ".github/workflows/release.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}


def valid(schema, path):
    # Azure's schema has patterns that are none in ECMAScript's unicode mode.
    check = [sys.executable, "-m", "check_jsonschema", "--regex-variant", "nonunicode"]
    words = [*check, "--builtin-schema", schema, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_action_is_one(tmp_path):
    action = CHECKOUT / "action.yml"
    assert valid("vendor.github-actions", action)[0]
    (tmp_path / "action.yml").write_text(action.read_text().replace("using:", "use:"))
    assert not valid("vendor.github-actions", tmp_path / "action.yml")[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_page_shows_is_valid(tmp_path, name):
    path = tmp_path / name.rpartition("/")[2]
    path.write_text(BLOCKS[name])
    good, said = valid(SCHEMAS[name], path)
    assert good, said


def test_every_block_is_looked_at():
    assert {*SCHEMAS, ".pre-commit-config.yaml"} == {*BLOCKS}
    assert PAGE.count("```yaml") == len(BLOCKS)


@pytest.mark.parametrize("what", ["manifest", "config"])
def test_pre_commit_takes_the_hooks(tmp_path, what):
    path = CHECKOUT / ".pre-commit-hooks.yaml"
    if what == "config":
        path = tmp_path / "config.yaml"
        path.write_text(BLOCKS[".pre-commit-config.yaml"])
    words = [sys.executable, "-m", "pre_commit", f"validate-{what}", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_names_hooks_inputs_and_pins_that_are_there():
    hooks = {
        each["id"] for each in yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text())
    }
    (repo,) = yaml.safe_load(BLOCKS[".pre-commit-config.yaml"])["repos"]
    assert {each["id"] for each in repo["hooks"]} == hooks
    inputs = yaml.safe_load((CHECKOUT / "action.yml").read_text())["inputs"]
    uses = re.findall(r"uses: (\S+)", PAGE)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in uses)
    for text in BLOCKS.values():
        for job in (yaml.safe_load(text).get("jobs") or {}).values():
            for step in job["steps"]:
                if "hatch-intent@" in step.get("uses", ""):
                    assert {*step["with"]} <= {*inputs}
    table = PAGE.split("| Input | |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([a-z]+)`", table, re.MULTILINE) == [*inputs]
