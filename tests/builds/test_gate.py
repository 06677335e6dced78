"""The gate as CI systems run it: other interpreters, the action, pre-commit, the documents."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ghostwriter import ghostwriter
from junitparser import JUnitXml
from projects import make_project

pytestmark = pytest.mark.build

CHECKOUT = Path(__file__).parents[2]

MINUTES = """\
# name: minute_of
# description:
The minute of the hour in a point of time as ISO 8601 writes it.
# signature:
(text: string) -> integer
# examples:
- in: { "text": "2024-01-01T10:20:30" } out: 20
- in: { "text": "2024-01-01T10:21:30Z" } out: 21
"""
# Python 3.11 learned to read the "Z".
MINUTE_OF = """\
from datetime import datetime


def minute_of(text):
    return datetime.fromisoformat(text).minute"""


def run(*words, cwd, **environ):
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter(*versions):
    """The path of a Python of one of these versions; a test without one is skipped, and says so."""
    file = CHECKOUT / "tools" / "environments.py"
    spec = importlib.util.spec_from_file_location("environments", file)
    environments = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environments)
    found = [path for path in map(environments.interpreter, versions) if path]
    if not found:
        pytest.skip(f"NOT TRIED: no Python {' or '.join(versions)} on this machine")
    return found[0]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    done = run(sys.executable, "-m", "uv", "build", "--wheel", "-o", folder, CHECKOUT, cwd=folder)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


def environment(folder, base, wheel):
    """The python of a fresh environment with hatch-intent in it."""
    uv = [sys.executable, "-m", "uv"]
    assert run(*uv, "venv", "-q", "--python", base, folder, cwd=folder.parent).returncode == 0
    python = folder / "bin" / "python"
    words = [*uv, "pip", "install", "-q", "--python", python, f"{wheel}[generate]"]
    done = run(*words, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return python


def test_a_regression_under_another_python_fails_with_its_version(tmp_path, wheel):
    new, old = interpreter("3.12", "3.11", "3.13"), interpreter("3.10")
    pythons = [environment(tmp_path / f"env{n}", each, wheel) for n, each in enumerate((new, old))]
    asking = "import platform; print(platform.python_version())"
    versions = [run(each, "-c", asking, cwd=tmp_path).stdout.strip() for each in pythons]
    with ghostwriter({"minute_of": [MINUTE_OF]}) as server:
        root = make_project(tmp_path / "project", server.url, minute_of=MINUTES)
        built = run(pythons[0], "-m", "hatch_intent", "build", cwd=root)
        assert built.returncode == 0, built.stderr
    # As CI has it: the committed files alone.
    shutil.rmtree(root / ".intent")
    good = run(pythons[0], "-m", "hatch_intent", "check", cwd=root)
    assert (good.returncode, good.stderr) == (0, "")
    words = ["check", "--junit", "report.xml", "--annotations", "github"]
    bad = run(pythons[1], "-m", "hatch_intent", *words, cwd=root)
    assert bad.returncode == 1
    head = "regression in src/demo/auto/minute_of.py (locked, unchanged; it passed under Python "
    assert f"{head}{versions[0]})" in bad.stderr
    assert 'minute_of("2024-01-01T10:21:30Z")  expected 21  raised ValueError' in bad.stderr
    assert "specs/minute_of.intent.md:8" in bad.stderr
    assert f"  Python {versions[1]}" in bad.stderr
    assert "::error file=specs/minute_of.intent.md,line=8,title=" in bad.stdout
    assert f"(Python {versions[1]})" in bad.stdout
    (suite,) = JUnitXml.fromfile(str(root / "report.xml"))
    assert [(each.name, each.is_passed) for each in suite] == [
        ("example-1", True),
        ("example-2", False),
    ]
    assert [each.value for each in suite.properties()] == [versions[1]]


# ---- the composite action


def action():
    return yaml.safe_load((CHECKOUT / "action.yml").read_text())


def act(root, inputs, python, log):
    """Run the action's steps as the runner does, `${{ }}` filled in; the last exit code."""
    known = {name: each.get("default", "") for name, each in action()["inputs"].items()}
    values = {f"inputs.{name}": value for name, value in {**known, **inputs}.items()}
    values["github.action_path"] = str(CHECKOUT)
    for step in action()["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # values come by the environment, never as code
        environ = {
            key: re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: values[found[1]], value)
            for key, value in step["env"].items()
        }
        environ |= {
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(root.parent),
        }
        script = root.parent / "step.sh"
        script.write_text(step["run"])
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script]
        done = run(*bash, cwd=root.parent, **environ)
        log.append(done.stdout + done.stderr)
        if done.returncode:
            return done.returncode
    return 0


def test_the_action_checks_a_project(root, ghost, tmp_path):
    assert run(sys.executable, "-m", "hatch_intent", "build", cwd=root).returncode == 0
    assert run(sys.executable, "-m", "venv", tmp_path / "runner", cwd=tmp_path).returncode == 0
    python, log = tmp_path / "runner" / "bin" / "python", []
    inputs = {"root": root.name, "junit": "out/report.xml"}
    assert act(root, inputs, python, log) == 0, log
    assert "2 modules checked, 4 examples, 400 generated inputs" in log[-1]
    assert JUnitXml.fromfile(str(tmp_path / "out/report.xml")).tests == 4
    inputs = {"root": root.name, "requirement": "hatch-intent", "require": "agreed"}
    assert act(root, inputs, python, log) == 1
    assert '--require is "agreed"' in log[-1]
    spec = root / "specs/double.intent.md"
    spec.write_text(spec.read_text().replace("twice", "two times"))
    only = {**inputs, "require": "", "paths": f"{root.name}/specs/double.intent.md\n"}
    assert act(root, only, python, log) == 1
    assert f"::error file={root.name}/specs/double.intent.md,line=1" in log[-1]
    only["paths"] = f"{root.name}/specs/shout.intent.md\n$(touch {tmp_path}/owned)\n"
    assert act(root, only, python, log) == 2
    assert not (tmp_path / "owned").exists()


# ---- pre-commit


def git(cwd, *words):
    done = run("git", "-c", "user.name=a", "-c", "user.email=a@b", *words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pre_commit_runs_both_hooks(root, ghost, tmp_path):
    assert run(sys.executable, "-m", "hatch_intent", "build", cwd=root).returncode == 0
    source = tmp_path / "source"
    shutil.copytree(
        CHECKOUT, source, ignore=shutil.ignore_patterns(".git", ".venv*", ".intent", "*_cache")
    )
    for folder in (source, root):
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "all")
    words = [sys.executable, "-m", "pre_commit", "try-repo", source, "--all-files", "--verbose"]
    environ = {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    good = run(*words, cwd=root, **environ)
    assert good.returncode == 0, good.stdout + good.stderr
    assert good.stdout.count("Passed") == 2
    assert "2 modules checked, 4 examples, 400 generated inputs" in good.stdout
    spec = root / "specs/double.intent.md"
    spec.write_text(spec.read_text().replace("twice", "two times"))
    bad = run(*words, cwd=root, **environ)
    assert bad.returncode == 1
    assert bad.stdout.count("Failed") == 2
    assert "description changed since it was locked" in bad.stdout
