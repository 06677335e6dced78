"""`audit` on what hatchling, pip's kin and installers really make."""

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hatch_intent.audit.verify import audit

pytestmark = pytest.mark.build

BILL = "demo-1.0.dist-info/sboms/hatch-intent.cdx.json"


def run(*words: object, cwd: Path, code: int = 0, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.fixture
def dist(root):
    """Wheel and sdist, the wheel being made from the sdist."""
    run("build", "--no-isolation", cwd=root)
    return root / "dist"


def test_both_artifacts_are_as_they_were_locked(root, dist):
    artifacts = sorted(dist.iterdir())
    assert len(artifacts) == 2
    for artifact in artifacts:
        said = run("hatch_intent", "audit", artifact, "--lock", "intent.lock", cwd=root)
        assert "2 modules match" in said
        assert "ghost" in said


def test_any_byte_of_a_module_that_is_tampered_with_is_found(root, dist, tmp_path):
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    module = "demo/auto/double.py"
    for place in random.Random(1).sample(range(len(files[module])), 40):
        changed = bytearray(files[module])
        changed[place] ^= 1
        spoilt = tmp_path / wheel.name
        with zipfile.ZipFile(spoilt, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, bytes(changed) if name == module else data)
        assert any(each.startswith(f"{module}  was changed") for each in audit(spoilt).problems)


def test_installed_and_editable(root, tmp_path):
    uv = (
        "uv",
        "pip",
        "install",
        "-q",
        "--no-build-isolation",
        "--no-deps",
        "--python",
        sys.executable,
    )
    for way in ([root], ["-e", root]):
        site = tmp_path / f"site{len(way)}"
        run(*uv, "--target", site, *way, cwd=tmp_path)
        found = {"PYTHONPATH": str(site)}
        said = run("hatch_intent", "audit", "--installed", "demo", cwd=tmp_path, **found)
        assert "2 modules match its bill of materials and RECORD" in said
    bills = {(tmp_path / f"site{n}" / BILL).read_bytes() for n in (1, 2)}
    assert len(bills) == 1
    module = root / "src/demo/auto/double.py"
    module.write_text(module.read_text() + "\n")
    said = run("hatch_intent", "audit", "--installed", "demo", cwd=tmp_path, code=1, **found)
    assert "demo/auto/double.py  was changed" in said


def test_an_editable_wheel_says_where_its_modules_are(root):
    run("hatchling", "build", "-t", "wheel:editable", cwd=root)
    (wheel,) = (root / "dist").glob("*.whl")
    (problem,) = audit(wheel).problems
    assert problem.startswith("is an editable wheel, its modules are in the tree")
