"""The setuptools adapter, by real builds in a subprocess with this environment."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import backends
import pytest
from backends import MODULES, SPECS, WHEEL, artifact, extend, names, replace, unpack, value
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from projects import DOUBLE, NOBODY, make_project, snapshot

from hatch_intent.audit.verify import audit
from hatch_intent.extras import REQUIREMENTS

pytestmark = pytest.mark.build

SDIST = sorted(
    [
        "PKG-INFO",
        "intent.lock",
        "pyproject.toml",
        "setup.cfg",
        *SPECS,
        "src/demo/__init__.py",
        *(f"src/demo/{name}" for name in MODULES),
        *(f"src/demo.egg-info/{name}.txt" for name in ("SOURCES", "dependency_links", "top_level")),
        "src/demo.egg-info/PKG-INFO",
    ]
)


@pytest.fixture
def root(tmp_path, ghost):
    """A setuptools project with two specs, nothing built."""
    return make_project(tmp_path / "project", ghost.url, backend="setuptools")


def call(root: Path, hook: str, *values: object, **environ: str):
    return backends.call(root, "setuptools", hook, *values, **environ)


def built(root: Path, target: str, **environ: str) -> list[str]:
    """The names in the artifact of a build that went well, sorted."""
    return names(artifact(root, "setuptools", target, **environ))


def ignore_modules(root: Path) -> None:
    (root / ".gitignore").write_text("dist/\nsrc/demo/auto/\n")


@pytest.mark.parametrize("prepare", [lambda root: None, ignore_modules], ids=["kept", "ignored"])
def test_wheel_and_sdist_hold_what_they_should_stale_and_fresh(root, ghost, prepare):
    prepare(root)
    assert built(root, "wheel") == WHEEL
    assert built(root, "wheel") == WHEEL
    assert built(root, "sdist") == SDIST
    assert sorted(ghost.asked) == ["double", "shout"]


def sbom(root: Path, done: subprocess.CompletedProcess) -> bytes:
    """The bill of materials in the wheel that a hook has named; the audit has read the wheel."""
    path = root / "dist" / value(done)
    with zipfile.ZipFile(path) as wheel:
        return wheel.read("demo-1.0.dist-info/sboms/hatch-intent.cdx.json")


def test_wheel_wheel_from_sdist_editable_and_strict_carry_the_same_sbom(root, tmp_path):
    editable = call(root, "build_editable", "dist")  # stale: nothing has been built yet
    first = sbom(root, editable)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.decode()) is None
    wheel = call(root, "build_wheel", "dist")
    assert sbom(root, wheel) == first
    assert audit(root / "dist" / value(wheel)).problems == ()
    strict = call(root, "build_editable", "dist", {"editable_mode": "strict"})
    assert sbom(root, strict) == first
    prepared = value(call(root, "prepare_metadata_for_build_wheel", "dist"))
    again = call(root, "build_wheel", "dist", None, f"dist/{prepared}")
    assert sbom(root, again) == first
    built(root, "sdist")
    sdist = unpack(root / "dist/demo-1.0.tar.gz", tmp_path)
    (sdist / "dist").mkdir()
    assert sbom(sdist, call(sdist, "build_wheel", "dist")) == first


def test_an_sdist_of_a_stale_tree_holds_the_modules(root):
    assert built(root, "sdist") == SDIST
    assert built(root, "sdist") == SDIST


def test_a_wheel_from_the_sdist_asks_nobody_and_ships_the_same_bytes(root, ghost, tmp_path):
    built(root, "sdist")
    ghost.asked.clear()
    sdist = unpack(root / "dist/demo-1.0.tar.gz", tmp_path)
    replace(sdist, ghost.url, NOBODY)
    assert value(call(sdist, "get_requires_for_build_wheel")) == []
    assert built(sdist, "wheel") == WHEEL
    assert ghost.asked == []
    with zipfile.ZipFile(next((sdist / "dist").glob("*.whl"))) as wheel:
        for name in MODULES:
            assert wheel.read(f"demo/{name}") == (root / "src/demo" / name).read_bytes()


def test_an_sdist_whose_module_was_changed_does_not_build(root, tmp_path):
    built(root, "sdist")
    sdist = unpack(root / "dist/demo-1.0.tar.gz", tmp_path)
    module = sdist / "src/demo/auto/double.py"
    module.write_text(module.read_text() + "\n")
    done = call(sdist, "build_wheel", "dist")
    assert done.returncode == 1
    assert "was edited by hand; not shipped, not overwritten" in done.stderr
    assert not list((sdist / "dist").glob("*.whl"))


def test_the_manifest_can_neither_drop_specs_nor_add_the_state_folder(root):
    (root / "MANIFEST.in").write_text("graft .intent\nprune specs\nexclude intent.lock\n")
    assert built(root, "sdist") == sorted([*SDIST, "MANIFEST.in"])
    assert built(root, "sdist") == sorted([*SDIST, "MANIFEST.in"])


def test_requirements_for_generation_are_asked_for_only_when_something_is_stale(root):
    for hook in ("wheel", "sdist", "editable"):
        wanted = value(call(root, f"get_requires_for_build_{hook}"))
        assert wanted == [*REQUIREMENTS["generate"]]
    built(root, "wheel")
    assert value(call(root, "get_requires_for_build_wheel")) == []


def test_metadata_alone_generates_nothing(root, ghost):
    (root / "dist").mkdir()
    value(call(root, "prepare_metadata_for_build_wheel", "dist"))
    assert ghost.asked == []
    assert not (root / "intent.lock").exists()


def test_a_project_without_the_table_is_left_alone(tmp_path):
    root = make_project(tmp_path / "p", backend="setuptools")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.partition("[tool.intent]")[0])
    assert value(call(root, "get_requires_for_build_wheel")) == []
    done = call(root, "build_wheel", "dist")
    assert names(root / "dist" / value(done)) == ["demo/__init__.py"]
    assert "intent" not in done.stdout.replace(str(root), "") + done.stderr
    assert not (root / ".intent").exists()
    assert "intent.lock" not in snapshot(root)


def test_a_pyproject_that_is_no_toml_is_for_setuptools_to_complain_of(root):
    extend(root, "[broken")
    done = call(root, "build_wheel", "dist")
    assert done.returncode == 1
    assert "hatch_intent" not in done.stderr


def test_unrelated_builds_load_little_of_us(tmp_path):
    root = make_project(tmp_path / "p", backend="setuptools")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.partition("[tool.intent]")[0])
    program = (
        "import sys; from setuptools import build_meta as b; b.get_requires_for_build_wheel();"
        "print(sorted(name for name in sys.modules if name.startswith('hatch')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    ours = ["", ".hooks", ".hooks.adapter", ".hooks.setuptools", ".settled"]
    assert done.stdout.splitlines()[-1] == str([f"hatch_intent{name}" for name in ours])


def test_failure_is_one_clean_message_and_no_artifact(root, ghost):
    ghost.answers["double"] = ["def double(x):\n    return 0"]
    done = call(root, "build_wheel", "dist")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: intent  double  py  no code passed in 2 attempts; the best passed 0 of 2 examples",
        "  double(2)  expected 4  got 0      specs/double.intent.md:7",
        "  double(-1.5)  expected -3  got 0      specs/double.intent.md:8",
    ]
    assert not list((root / "dist").glob("*"))


@pytest.mark.parametrize(
    "frontend",
    [
        ["pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "."],
        ["pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-e", "."],
        ["build", "-n"],
        ["uv", "build", "--no-build-isolation", "--python", sys.executable],
    ],
    ids=["pip", "editable", "build", "uv"],
)
def test_a_bad_setting_is_one_line_under_every_frontend(root, frontend):
    replace(root, "[tool.intent]\n", "[tool.intent]\nround = 2\n")
    done = subprocess.run(
        [sys.executable, "-m", *frontend], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    line = 'error: intent  pyproject.toml:10  tool.intent.round: unknown key; did you mean "rounds"'
    assert said.count(line) == 1


def test_commands_of_the_project_itself_are_extended_too(root):
    (root / "own.py").write_text(
        "from setuptools.command.build import build\n"
        "class Own(build):\n"
        "    def run(self):\n"
        "        print('their own build')\n"
        "        super().run()\n"
    )
    extend(root, '[tool.setuptools.cmdclass]\nbuild = "own.Own"')
    done = call(root, "build_wheel", "dist")
    assert "their own build" in done.stdout
    assert names(root / "dist" / value(done)) == WHEEL


def test_flat_layout_and_explicit_packages_take_the_modules_in(tmp_path, ghost):
    root = make_project(tmp_path / "p", ghost.url, backend="setuptools")
    (root / "src/demo").rename(root / "demo")
    (root / "src").rmdir()
    replace(root, "src/demo", "demo")
    extend(root, '[tool.setuptools]\npackages = ["demo"]')
    assert built(root, "wheel") == WHEEL
    assert built(root, "wheel") == WHEEL


def test_a_namespace_package_of_nothing_but_ignored_modules(tmp_path, ghost):
    root = make_project(tmp_path / "p", ghost.url, backend="setuptools")
    (root / "src/demo/__init__.py").unlink()
    (root / "src/demo").rmdir()
    (root / "src/README").write_text("Made by the build.")
    extend(root, '[tool.setuptools.packages.find]\nwhere = ["src"]')
    assert built(root, "wheel") == WHEEL[1:]
    assert built(root, "wheel") == WHEEL[1:]


def test_package_dir_says_where_the_modules_go(tmp_path, ghost):
    root = make_project(tmp_path / "p", ghost.url, backend="setuptools")
    extend(root, '[tool.setuptools]\npackages = ["other"]\npackage-dir = {other = "src/demo"}')
    wanted = [name.replace("demo", "other") for name in WHEEL]
    assert built(root, "wheel") == wanted


def test_a_wheel_that_lacks_modules_is_refused_unless_the_project_says_so(root):
    replace(root, "src/demo/auto", "generated")
    line = "generated/__init__.py, generated/double.py, generated/shout.py: not inside the wheel's"
    done = call(root, "build_wheel", "dist")
    assert done.returncode == 1
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((root / "dist").glob("*"))
    replace(root, "[tool.intent]\n", '[tool.intent]\noutside = "report"\n')
    done = call(root, "build_wheel", "dist")
    assert line in done.stderr
    assert names(root / "dist" / value(done)) == ["demo/__init__.py"]


def test_a_module_whose_spec_is_gone_leaves_the_build_folder_too(root):
    (root / "specs/third.intent.md").write_text(DOUBLE)
    (root / "specs/double.intent.md").unlink()
    path = root / "specs/third.intent.md"
    assert built(root, "wheel") == WHEEL
    path.unlink()
    assert built(root, "wheel") == [name for name in WHEEL if "double" not in name]


def installed(root: Path, user: Path, *words: str) -> str:
    """What the modules say once pip has installed the project, without isolation."""
    site = Path(pytest.__file__).parents[1]
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(site)])
    pip = [user, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", *words]
    environ = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(pip, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    program = "import demo.auto as a; print(a.double(4), a.shout('a'))"
    said = subprocess.run([user, "-c", program], cwd=user.parent, capture_output=True, text=True)
    return said.stdout.strip() or said.stderr


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The python of a fresh environment with pip alone."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "user"], check=True)
    return tmp_path / "user" / "bin" / "python"


@pytest.mark.parametrize("words", [(), ("-C", "editable_mode=strict")], ids=["lenient", "strict"])
def test_editable_installs_generate_in_the_tree(root, user, ghost, words):
    assert installed(root, user, *words, "-e", ".") == "8 A!"
    assert (root / "src/demo/auto/double.py").is_file()
    assert installed(root, user, *words, "-e", ".") == "8 A!"
    assert sorted(ghost.asked) == ["double", "shout"]


def test_wheels_are_the_same_bytes_for_everybody(root, tmp_path):
    environ = {"SOURCE_DATE_EPOCH": "1700000000"}

    def wheel(where: Path, umask: int, zone: str) -> bytes:
        before = os.umask(umask)
        try:
            built(where, "wheel", TZ=zone, **environ)
        finally:
            os.umask(before)
        (path,) = (where / "dist").glob("*.whl")
        raw = path.read_bytes()
        path.unlink()
        return raw

    first = wheel(root, 0o022, "UTC")
    assert wheel(root, 0o022, "UTC") == first
    built(root, "sdist", **environ)
    sdist = unpack(root / "dist/demo-1.0.tar.gz", tmp_path)
    assert wheel(sdist, 0o077, "Asia/Tokyo") == first
