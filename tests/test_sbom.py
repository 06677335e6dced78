import json
import shutil
from pathlib import Path

import pytest

import hatch_intent.provenance
from hatch_intent.lock import dump_lock, read_lock
from hatch_intent.sbom import sbom_file

EXAMPLE = Path(__file__).parent.parent / "example_project"
PLACES = {f"src/demo/auto/{name}.py": f"demo/auto/{name}.py" for name in ("clamp", "slugify")}


@pytest.fixture
def tree(tmp_path):
    shutil.copy(EXAMPLE / "intent.lock", tmp_path)
    return tmp_path


@pytest.fixture
def made(monkeypatch):
    """The bills that were made, not only looked at."""
    bills = []
    real = hatch_intent.provenance.sbom

    def counted(*arguments):
        bills.append(real(*arguments))
        return bills[-1]

    monkeypatch.setattr(hatch_intent.provenance, "sbom", counted)
    return bills


def bill(tree: Path, version: str = "1.0", places: dict[str, str] = PLACES) -> Path:
    return Path(sbom_file(str(tree), places, "demo", version))


def test_it_is_made_once_and_named_as_in_the_wheel(tree, made):
    path = bill(tree)
    assert path.name == "hatch-intent.cdx.json"
    assert path.read_bytes() == made[0]
    assert bill(tree) == path
    assert len(made) == 1


def test_it_is_made_anew_for_another_version_place_or_lock(tree, made):
    bill(tree)
    assert json.loads(bill(tree, "2.0").read_bytes())["metadata"]["component"]["version"] == "2.0"
    assert (
        b'"name":"x.py"'
        in bill(tree, places={**PLACES, "src/demo/auto/clamp.py": "x.py"}).read_bytes()
    )
    lock = read_lock(tree / "intent.lock", tree / ".intent").without([("clamp", "py")])
    (tree / "intent.lock").write_text(dump_lock(lock))
    assert b"clamp" not in bill(tree).read_bytes()
    assert len(made) == 4


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"{}"), Path.unlink])
def test_one_that_was_changed_or_removed_is_made_again(tree, made, spoil):
    path = bill(tree)
    spoil(path)
    assert bill(tree).read_bytes() == made[0]


def test_where_the_tree_can_not_be_written_it_is_elsewhere_with_the_same_bytes(tree, made):
    (tree / ".intent").write_text("a file in the way, because root may write anywhere")
    path = bill(tree)
    assert tree not in path.parents
    assert path.name == "hatch-intent.cdx.json"
    (tree / ".intent").unlink()
    assert bill(tree).read_bytes() == path.read_bytes()


def test_old_ones_do_not_pile_up(tree):
    for version in range(12):
        last = bill(tree, str(version))
    assert len(list((tree / ".intent" / "sbom").iterdir())) == 8
    assert last.is_file()
