"""Every backend, from tree and sdist, editable and strict: the example project's modules."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import backends
import pytest
from backends import artifact, extend, names, replace, unpack, value
from projects import BACKENDS, make_project

pytestmark = pytest.mark.build

EXAMPLE = Path(__file__).parents[2] / "example_project"
MODULES = ["__init__.py", "clamp.py", "normalize2d.py", "slugify.py"]
WRAPPER = sorted(path.name for path in (EXAMPLE / "src/demo/js").iterdir() if path.is_file())
JAVASCRIPT = sorted(path.name for path in (EXAMPLE / "src/demo/auto/js").iterdir())
WHEEL = sorted(
    [
        "demo/__init__.py",
        *(f"demo/auto/{name}" for name in MODULES),
        *(f"demo/auto/js/{name}" for name in JAVASCRIPT),
        *(f"demo/js/{name}" for name in WRAPPER),
    ]
)
FROZEN = {"HATCH_INTENT_MODE": "frozen"}
STRICT = {
    "hatchling": "[tool.hatch.build]\ndev-mode-exact = true",
    "setuptools": "",  # its option comes with the call
    "pdm": '[tool.pdm.build]\neditable-backend = "editables"',
}
USE = """\
import json, site, sys
site.addsitedir(sys.argv[1])
import demo.auto
from demo.auto import clamp, normalize2d, slugify
files = {name: sys.modules[f"demo.auto.{name}"].__file__ for name in json.loads(sys.argv[2])}
print(json.dumps([demo.auto.__file__, files, slugify("Hello, World!"), clamp(5, 1, 3)]))
"""


def example(where: Path, backend: str, *, ignored: bool) -> Path:
    """The example project's committed files, built by another backend."""
    root = where / "project"
    left_out = shutil.ignore_patterns(".intent", "dist", "__pycache__")
    shutil.copytree(EXAMPLE, root, ignore=left_out)
    requires, module, _ = BACKENDS[backend]
    replace(root, '"hatchling>=1.29"', f'"{requires}"')
    replace(root, "hatchling.build", module)
    if ignored:
        (root / ".gitignore").write_text("dist/\nsrc/demo/auto/\n")
    return root


def modules(where: Path) -> dict[str, bytes]:
    return {name: (where / name).read_bytes() for name in MODULES}


CODE = modules(EXAMPLE / "src/demo/auto")
every_backend = pytest.mark.parametrize("backend", sorted(BACKENDS))
kept_or_ignored = pytest.mark.parametrize("ignored", [False, True], ids=["committed", "ignored"])


def assert_wheel(path: Path) -> None:
    assert names(path) == WHEEL
    with zipfile.ZipFile(path) as wheel:
        assert {name: wheel.read(f"demo/auto/{name}") for name in MODULES} == CODE


@every_backend
@kept_or_ignored
def test_from_the_tree(tmp_path, backend, ignored):
    root = example(tmp_path, backend, ignored=ignored)
    assert_wheel(artifact(root, backend, "wheel", **FROZEN))


@every_backend
@kept_or_ignored
def test_from_the_sdist(tmp_path, backend, ignored):
    root = example(tmp_path, backend, ignored=ignored)
    sdist = unpack(artifact(root, backend, "sdist", **FROZEN), tmp_path / "unpacked")
    assert modules(sdist / "src/demo/auto") == CODE
    assert_wheel(artifact(sdist, backend, "wheel"))


@every_backend
@kept_or_ignored
@pytest.mark.parametrize("strict", [False, True], ids=["editable", "strict"])
def test_editable(tmp_path, backend, ignored, strict):
    root = example(tmp_path, backend, ignored=ignored)
    extend(root, STRICT[backend] if strict else "")
    options = {"editable_mode": "strict"} if strict and backend == "setuptools" else {}
    done = backends.call(root, backend, "build_editable", "dist", options, **FROZEN)
    with zipfile.ZipFile(root / "dist" / value(done)) as wheel:
        wheel.extractall(tmp_path / "site")
        assert [name for name in wheel.namelist() if name.endswith("/sboms/hatch-intent.cdx.json")]
    words = [tmp_path / "site", json.dumps([name[:-3] for name in MODULES[1:]])]
    said = subprocess.run(
        [sys.executable, "-c", USE, *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    package, files, slug, clamped = json.loads(said.stdout)
    assert (slug, clamped) == ("hello-world", 3)
    found = {"__init__.py": package, **{f"{name}.py": file for name, file in files.items()}}
    assert {name: Path(file).read_bytes() for name, file in found.items()} == CODE
    assert all(Path(file).is_relative_to(root) for file in found.values())


def test_all_backends_make_the_same_modules_of_the_same_specs(tmp_path, ghost):
    made = []
    for backend in sorted(BACKENDS):
        root = make_project(tmp_path / backend, ghost.url, backend=backend)
        with zipfile.ZipFile(artifact(root, backend, "wheel")) as wheel:
            made.append({name: wheel.read(f"demo/{name}") for name in backends.MODULES})
        made.append((root / "intent.lock").read_bytes())
    assert made[0::2] == [made[0]] * 3
    assert made[1::2] == [made[1]] * 3


@every_backend
def test_wheels_are_the_same_bytes_from_tree_and_sdist_for_everybody(tmp_path, backend):
    # setuptools writes the time that files were changed into wheels where this isn't set.
    environ = {**FROZEN, "SOURCE_DATE_EPOCH": "1700000000"}

    def wheel(where: Path, umask: int, zone: str) -> bytes:
        before = os.umask(umask)
        try:
            path = artifact(where, backend, "wheel", TZ=zone, **environ)
        finally:
            os.umask(before)
        raw = path.read_bytes()
        path.unlink()
        return raw

    root = example(tmp_path, backend, ignored=True)
    first = wheel(root, 0o022, "UTC")
    assert wheel(root, 0o022, "UTC") == first
    sdist = unpack(artifact(root, backend, "sdist", **environ), tmp_path / "unpacked")
    assert wheel(sdist, 0o077, "Asia/Tokyo") == first
