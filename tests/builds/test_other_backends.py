"""Backends without hooks, each by its recipe in docs/backends.md: build by hand, check, ship."""

import zipfile

import pytest
from backends import WHEEL, names, replace, unpack
from projects import snapshot
from recipes import recipe, run

pytestmark = pytest.mark.build

OTHERS = {
    "poetry-core": ("poetry-core>=2", "poetry.core.masonry.api"),
    "flit": ("flit_core>=3.12", "flit_core.buildapi"),
    "uv_build": ("uv_build", "uv_build"),
}


@pytest.mark.parametrize("backend", OTHERS)
def test_the_recipe_ships_what_was_checked(root, ghost, tmp_path, backend):
    requires, module = OTHERS[backend]
    replace(root, '"hatchling", "hatch-intent"', f'"{requires}"')
    replace(root, "hatchling.build", module)
    replace(root, 'version = "1.0"', 'version = "1.0"\ndescription = "demo"')
    replace(root, "[tool.hatch.build.hooks.intent]\n", recipe(f"# {backend}"))
    run("hatch_intent", "build", cwd=root)
    assert "2 modules checked" in run("hatch_intent", "check", cwd=root)
    run("build", "--installer", "uv", cwd=root)
    assert len(ghost.asked) == 2

    (wheel,) = (root / "dist").glob("*.whl")
    assert [name for name in names(wheel) if not name.endswith("/")] == sorted(WHEEL)
    with zipfile.ZipFile(wheel) as archive:
        for name in WHEEL:
            assert archive.read(name) == (root / "src" / name).read_bytes()
    assert "hatch-intent.cdx.json  is missing" in run(
        "hatch_intent", "audit", wheel, cwd=root, code=1
    )

    (sdist,) = (root / "dist").glob("*.tar.gz")
    assert "2 modules match its lock" in run("hatch_intent", "audit", sdist, cwd=root)
    unpacked = unpack(sdist, tmp_path / "unpacked")
    assert "2 modules checked" in run("hatch_intent", "check", cwd=unpacked)
    shipped, tree = snapshot(unpacked), snapshot(root)
    assert {path for path in tree if path.startswith(("specs/", "intent.lock", "src/"))} <= set(
        shipped
    )

    # The gate is CI's: these backends would ship a stale module.
    spec = root / "specs/double.intent.md"
    spec.write_text(spec.read_text().replace("twice", "two times"))
    assert "description changed" in run("hatch_intent", "check", cwd=root, code=1)
