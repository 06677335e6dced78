"""The Hatch hook, by real hatchling builds in a subprocess with this environment."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, NOBODY, make_project

from hatch_intent.extras import REQUIREMENTS
from hatch_intent.hooks.hatch import IntentBuildHook

pytestmark = pytest.mark.build

SPECS = ["specs/double.intent.md", "specs/shout.intent.md"]
MODULES = ["auto/__init__.py", "auto/double.py", "auto/shout.py"]


def hatchling(root: Path, *words: str, **environ: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def built(root: Path, target: str, **environ: str) -> list[str]:
    """The names in the artifact of a build that went well, sorted."""
    done = hatchling(root, "build", "-t", target, **environ)
    assert done.returncode == 0, done.stderr
    return names(root, target)


def names(root: Path, target: str) -> list[str]:
    if target == "sdist":
        (path,) = (root / "dist").glob("*.tar.gz")
        with tarfile.open(path) as archive:
            return sorted(name.removeprefix("demo-1.0/") for name in archive.getnames())
    (path,) = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info" not in name)


def git_ignored(root: Path) -> None:
    (root / ".gitignore").write_text("dist/\nsrc/demo/auto/\n")


@pytest.mark.parametrize("prepare", [lambda root: None, git_ignored], ids=["committed", "ignored"])
def test_the_wheel_holds_the_modules_and_nothing_else(root, prepare):
    prepare(root)
    wanted = ["demo/__init__.py", *(f"demo/{name}" for name in MODULES)]
    assert built(root, "wheel") == wanted
    # Nothing is stale now: the modules have to be named all the same.
    assert built(root, "wheel") == wanted


@pytest.mark.parametrize("prepare", [lambda root: None, git_ignored], ids=["committed", "ignored"])
def test_the_sdist_holds_specs_lock_and_modules_and_no_state(root, prepare):
    prepare(root)
    wanted = sorted(
        [
            *([".gitignore"] if (root / ".gitignore").exists() else []),
            "PKG-INFO",
            "intent.lock",
            "pyproject.toml",
            *SPECS,
            "src/demo/__init__.py",
            *(f"src/demo/{name}" for name in MODULES),
        ]
    )
    assert built(root, "sdist") == wanted
    assert built(root, "sdist") == wanted


def test_an_sdist_that_selects_files_still_builds_again(root):
    path = root / "pyproject.toml"
    path.write_text(
        path.read_text() + '\n[tool.hatch.build.targets.sdist]\nonly-include = ["src"]\n'
    )
    files = built(root, "sdist")
    assert {"intent.lock", *SPECS} <= set(files)
    assert len(files) == len(set(files))


def test_a_wheel_from_the_sdist_asks_nobody_and_ships_the_same_bytes(root, ghost, tmp_path):
    git_ignored(root)
    built(root, "sdist")
    asked = list(ghost.asked)
    (archive,) = (root / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(
            tmp_path / "unpacked", **({"filter": "data"} if sys.version_info >= (3, 12) else {})
        )
    unpacked = tmp_path / "unpacked" / "demo-1.0"
    text = (unpacked / "pyproject.toml").read_text()
    (unpacked / "pyproject.toml").write_text(text.replace(ghost.url, NOBODY))
    assert built(unpacked, "wheel") == ["demo/__init__.py", *(f"demo/{name}" for name in MODULES)]
    assert ghost.asked == asked
    with zipfile.ZipFile(next((unpacked / "dist").glob("*.whl"))) as wheel:
        for name in MODULES:
            assert wheel.read(f"demo/{name}") == (root / "src/demo" / name).read_bytes()


def test_an_sdist_whose_module_was_changed_does_not_build(root, tmp_path):
    built(root, "sdist")
    (archive,) = (root / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    module = tmp_path / "demo-1.0/src/demo/auto/double.py"
    module.write_text(module.read_text() + "\n")
    done = hatchling(tmp_path / "demo-1.0", "build", "-t", "wheel")
    assert done.returncode == 1
    assert "was edited by hand; not shipped, not overwritten" in done.stderr


def test_wheels_are_the_same_bytes_twice(root):
    built(root, "wheel")
    (path,) = (root / "dist").glob("*.whl")
    first = path.read_bytes()
    path.unlink()
    for each in root.rglob("*.py"):
        each.touch()
    built(root, "wheel")
    assert path.read_bytes() == first


def sbom(root: Path) -> bytes:
    (path,) = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        raw = wheel.read("demo-1.0.dist-info/sboms/hatch-intent.cdx.json")
        assert (
            "sboms/hatch-intent.cdx.json,sha256="
            in wheel.read("demo-1.0.dist-info/RECORD").decode()
        )
    path.unlink()
    return raw


def test_wheel_wheel_from_sdist_and_editable_carry_the_same_sbom(root, tmp_path):
    git_ignored(root)
    built(root, "wheel")
    first = sbom(root)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.decode()) is None
    named = {each["name"]: each for each in json.loads(first)["components"]}
    for name in ("double", "shout"):
        digest = hashlib.sha256((root / f"src/demo/auto/{name}.py").read_bytes()).hexdigest()
        assert named[f"demo/auto/{name}.py"]["hashes"][0]["content"] == digest
    assert hatchling(root, "build", "-t", "wheel:editable").returncode == 0
    assert sbom(root) == first
    shutil.rmtree(root / ".intent")
    built(root, "sdist")
    (archive,) = (root / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, **({"filter": "data"} if sys.version_info >= (3, 12) else {}))
    built(tmp_path / "demo-1.0", "wheel")
    assert sbom(tmp_path / "demo-1.0") == first


def test_sboms_of_others_stay(root):
    path = root / "pyproject.toml"
    other = '[tool.hatch.build.targets.wheel]\nsbom-files = ["other.cdx.json"]\n\n[tool.intent]\n'
    path.write_text(path.read_text().replace("[tool.intent]\n", other, 1))
    (root / "other.cdx.json").write_text("{}")
    built(root, "wheel")
    (wheel,) = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if "/sboms/" in name]
    assert sorted(Path(name).name for name in found) == ["hatch-intent.cdx.json", "other.cdx.json"]


def test_a_project_without_specs_has_no_sbom(root):
    for spec in SPECS:
        (root / spec).unlink()
    built(root, "wheel")
    (wheel,) = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if "/sboms/" in name]


def test_an_editable_build_generates_in_the_tree(root):
    done = hatchling(root, "build", "-t", "wheel:editable")
    assert done.returncode == 0, done.stderr
    assert (root / "src/demo/auto/double.py").is_file()


def test_failure_is_one_clean_message_and_no_artifact(root, ghost):
    ghost.answers["double"] = ["def double(x):\n    return 0"]
    done = hatchling(root, "build", "-t", "wheel")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert not any("Traceback" in line for line in lines)
    assert lines[-3:-1] == [
        "intent  double  py  no code passed in 2 attempts; the best passed 0 of 2 examples",
        "  double(2)  expected 4  got 0      specs/double.intent.md:7",
    ]
    assert list((root / "dist").iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "code", "message"),
    [
        ("[tool.intent]\nround = 2\n", 2, 'tool.intent.round: unknown key; did you mean "rounds"?'),
        ('[tool.intent]\nspecs = ["nowhere"]\n', 2, "no folder nowhere"),
    ],
)
def test_bad_settings_are_one_line_and_their_exit_code(root, spoil, code, message):
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.intent]\n", spoil, 1))
    done = hatchling(root, "build", "-t", "wheel")
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert message in done.stderr


def test_no_provider_is_exit_3(tmp_path):
    root = make_project(tmp_path / "p")
    done = hatchling(root, "build", "-t", "wheel")
    assert done.returncode == 3
    assert "no provider answered" in done.stderr


def test_progress_is_shown_and_a_fresh_build_is_quiet(root):
    first = hatchling(root, "build", "-t", "wheel").stderr.splitlines()
    assert first[0] == "intent  2 modules, 2 stale (new)"
    assert any("passed 2 examples" in line for line in first)
    assert "2 modules written, lock updated, 2 calls" in first[-2]
    assert hatchling(root, "build", "-t", "wheel").stderr.splitlines() == [first[-1]]
    verbose = hatchling(root, "build", "-t", "wheel", HATCH_VERBOSE="1").stderr
    assert "intent  2 modules fresh, checked by stamp" in verbose


def hook(root: Path) -> IntentBuildHook:
    return IntentBuildHook(str(root), {}, None, None, str(root / "dist"), "wheel")


def test_strangers_among_ignored_modules_stay_out_and_odd_names_are_literal(root):
    path = root / "pyproject.toml"
    odd = "src/demo/a [b]*! #"
    path.write_text(path.read_text().replace("src/demo/auto", odd))
    (root / ".gitignore").write_text("dist/\nsrc/demo/a*\n")
    wanted = ["demo/__init__.py", *(f"demo/a [b]*! #/{Path(name).name}" for name in MODULES)]
    assert built(root, "wheel") == wanted
    for stranger in ("left over!.py", "[x].py", "notes.txt"):
        (root / odd / stranger).write_text("x = 1\n")
    assert built(root, "wheel") == wanted


def test_artifacts_of_other_hooks_stay(root):
    path = root / "pyproject.toml"
    other = "[tool.hatch.build.hooks.custom]\n\n[tool.hatch.build.hooks.intent]\n"
    text = path.read_text().replace("[tool.hatch.build.hooks.intent]\n", other)
    path.write_text(text.replace("src/demo/auto", "src/demo"))
    (root / "src/demo/__init__.py").unlink()
    (root / ".gitignore").write_text("dist/\n_version.py\n")
    (root / "hatch_build.py").write_text(
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
        "class Hook(BuildHookInterface):\n"
        "    def initialize(self, version, build_data):\n"
        "        open(f'{self.root}/src/demo/_version.py', 'w').write('x = 1\\n')\n"
        "        build_data['artifacts'].append('/src/demo/_version.py')\n"
    )
    built(root, "wheel")
    wanted = ["demo/__init__.py", "demo/_version.py", "demo/double.py", "demo/shout.py"]
    assert built(root, "wheel") == wanted


def test_the_engine_is_asked_for_only_when_something_is_stale(root):
    generate, engine = map(REQUIREMENTS.get, ("generate", "embedded"))
    assert hook(root).dependencies() == [*generate]
    path = root / "pyproject.toml"
    further = '\n[[tool.intent.providers]]\ntype = "embedded"\nmodel = "qwen2.5-coder:0.5b"\n'
    path.write_text(path.read_text() + further)
    assert hook(root).dependencies() == [*generate, *engine]
    built(root, "wheel", HATCH_BUILD_HOOKS_ENABLE="1")
    assert hook(root).dependencies() == []


def test_a_broken_project_asks_for_nothing_more(root):
    (root / "intent.lock").write_text("<<<<<<< ours\n")
    assert hook(root).dependencies() == []


def imported(root: Path, **environ: str) -> set[str]:
    """The top-level modules that a wheel build imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "hatchling", "build", "-t", "wheel"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environ},
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize("stamped", [True, False], ids=["by stamp", "by the judge"])
def test_a_build_with_nothing_to_make_imports_the_standard_library_and_hatchling_alone(
    root, stamped
):
    built(root, "wheel")
    built(root, "wheel")
    if not stamped:
        shutil.rmtree(root / ".intent" / "stamps")
        shutil.rmtree(root / ".intent" / "sbom")
    more = imported(root) - imported(root, HATCH_BUILD_NO_HOOKS="true")
    assert "hatch_intent" in more
    assert more - set(sys.stdlib_module_names) == {"hatch_intent"}


# A shell that starts the tests in the background makes them ignore Ctrl-C.
INTERRUPTIBLE = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('hatchling', run_name='__main__')"
)


def test_ctrl_c_does_not_wait_for_the_model(tmp_path):
    asked, release = threading.Event(), threading.Event()

    def hold(_):
        asked.set()
        release.wait(60)

    with ghostwriter({"double": [GOOD_DOUBLE]}, hold) as server:
        root = make_project(tmp_path / "p", server.url, double=DOUBLE)
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, "build", "-t", "wheel"],
            cwd=root,
            stderr=subprocess.PIPE,
        )
        try:
            assert asked.wait(60)
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=30)[1]
        finally:
            release.set()
            process.kill()
    assert process.returncode == 130
    assert errors.endswith(b"intent  interrupted\n")
