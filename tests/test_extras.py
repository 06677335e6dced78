"""Without the packages of the extra `generate`: what still works, and one line for the rest."""

import subprocess
import sys
from pathlib import Path

import pytest
from projects import DOUBLE, SHOUT, make_project

from hatch_intent.cli import main
from hatch_intent.extras import GENERATION, REQUIREMENTS
from hatch_intent.hooks.adapter import further_requirements

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROGRAM = f"""\
import sys
for name in {GENERATION}:
    sys.modules[name] = None
from hatch_intent.cli import main
sys.exit(main(sys.argv[1:]))
"""


def bare(root: Path, *words: str) -> subprocess.CompletedProcess:
    """The command line in an environment as `pip install hatch-intent` makes it."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_stale_project_says_what_to_install(root, ghost):
    done = bare(root, "build")
    assert done.returncode == 2
    said, remedy = done.stderr.splitlines()
    assert said.endswith("packages that are not installed: filelock, httpx, pydantic")
    assert remedy.startswith('  pip install "hatch-intent[generate]"')
    assert not (root / "intent.lock").exists()
    assert ghost.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("words", [("build",), ("status",), ("check",), ("explain", "double")])
def test_what_is_locked_is_checked_and_built_without_them(root, words):
    assert main(["build", "-q", "--root", str(root)]) == 0
    (root / ".intent" / "settings").unlink()
    (root / ".intent" / "settled").unlink()
    done = bare(root, *words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("model", "pull", "qwen2.5-coder:0.5b"), ("doctor",)])
def test_other_commands_say_it_too(tmp_path, words):
    done = bare(make_project(tmp_path / "p"), *words)
    assert done.returncode in (1, 2)
    assert 'pip install "hatch-intent[generate]"' in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_what_builds_ask_for_is_what_the_extras_bring():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    bare = {name: [each for each in extras[name] if "hatch-intent" not in each] for name in extras}
    assert {name: list(found) for name, found in REQUIREMENTS.items()} == {
        name: bare[name] for name in REQUIREMENTS
    }


@pytest.mark.parametrize("word", ["requires:", "Requires :"])
def test_a_build_asks_for_what_generated_code_may_import(tmp_path, ghost, word):
    """Stale, fresh or frozen: modules are run where the build runs."""
    spec = DOUBLE.replace("# examples:", f"# {word} pyyaml, attrs, tomllib, nobodys\n# examples:")
    other = SHOUT.replace("# examples:", "# requires: attrs\n# examples:")
    root = make_project(tmp_path / "p", ghost.url, double=spec, shout=other)
    imported = ["PyYAML<7 ; os_name != 'x'", "attrs>=20"]
    project = root / "pyproject.toml"
    needed = f'version = "1.0"\ndependencies = {["numpy", *imported]}\n'
    project.write_text(project.read_text().replace('version = "1.0"\n', needed))
    assert further_requirements(str(root)) == [*imported, *REQUIREMENTS["generate"]]
    assert main(["build", "-q", "--root", str(root)]) == 0
    assert further_requirements(str(root)) == []  # the memory of that build says: nothing is run
    (root / ".intent" / "settled").unlink()
    assert further_requirements(str(root)) == imported
    (root / "PKG-INFO").touch()
    (root / "intent.lock").unlink()
    assert further_requirements(str(root)) == imported


def test_a_build_asks_for_nothing_that_javascript_can_t_import(tmp_path):
    spec = DOUBLE.replace("# examples:", "# target: js\n# requires: pyyaml\n# examples:")
    root = make_project(tmp_path / "p", double=spec)
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("\npy = ", '\njs = "js"\npy = '))
    assert further_requirements(str(root)) == [*REQUIREMENTS["generate"]]
