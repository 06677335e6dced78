"""Distributions as an installer lays them out."""

import json
import os
import shutil

import pytest
from bench import BILL, CLAMP, EXAMPLE, INFO, record, wheel_files

from hatch_intent.audit.reading import ArchiveError
from hatch_intent.audit.verify import audit_installed
from hatch_intent.errors import UsageError


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lays out files, a RECORD of them, and what an installer adds."""
    monkeypatch.syspath_prepend(tmp_path / "site")

    def laid_out(files: dict[str, bytes]):
        files = {**files, f"{INFO}/INSTALLER": b"pip\n"}
        rows = record(files) + b"demo/__pycache__/x.cpython-311.pyc,,\n../bin/gone.pyc,,\n"
        for name, data in {**files, f"{INFO}/RECORD": rows}.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path / "site"

    return laid_out


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "a tree")
    return tmp_path / "a tree"


def editable(tree) -> dict[str, bytes]:
    files = {name: data for name, data in wheel_files().items() if name.startswith(INFO)}
    origin = {"url": tree.as_uri(), "dir_info": {"editable": True}}
    return {**files, "demo.pth": b"", f"{INFO}/direct_url.json": json.dumps(origin).encode()}


def test_a_good_installation(install):
    install(wheel_files())
    found = audit_installed("Demo")
    assert found.problems == ()
    assert (found.kind, len(found.modules)) == ("installed", 3)


def test_a_module_changed_after_installing(install):
    site = install(wheel_files())
    (site / CLAMP).write_text("import evil\n")
    assert [each.split("  ")[0] for each in audit_installed("demo").problems] == [CLAMP, CLAMP]


def test_a_module_that_became_a_pipe(install):
    site = install(wheel_files())
    (site / CLAMP).unlink()
    os.mkfifo(site / CLAMP)
    assert audit_installed("demo").problems == (
        f"{CLAMP}  is in RECORD and not there",
        f"{CLAMP}  is missing; it was built from specs/clamp.intent.md",
    )


def test_an_editable_installation_is_looked_up_in_its_tree(install, tree):
    install(editable(tree))
    assert audit_installed("demo").problems == ()
    (tree / "src" / CLAMP).write_text("import evil\n")
    (problem,) = audit_installed("demo").problems
    assert problem.startswith(f"{CLAMP}  was changed: ")


def test_an_editable_installation_whose_tree_is_gone(install, tree):
    install(editable(tree))
    shutil.rmtree(tree)
    assert len(audit_installed("demo").problems) == 3


def test_a_bill_that_leads_out_of_the_tree_is_not_followed(install, tree, tmp_path):
    files = editable(tree)
    shutil.copy(tree / "src" / CLAMP, tmp_path / "clamp.py")
    bill = json.loads(files[BILL])
    from hatch_intent.provenance import serial_number

    text = json.dumps(bill).replace(f"src/{CLAMP}", "../clamp.py")
    bill = json.loads(text)
    files[BILL] = json.dumps({**bill, "serialNumber": serial_number(bill)}).encode()
    install(files)
    assert audit_installed("demo").problems == (
        f"{CLAMP}  is missing; it was built from specs/clamp.intent.md",
    )


@pytest.mark.parametrize("origin", [b"", b"[]", b"{", b'{"url": 5}', b'{"url": "http://x/"}'])
def test_an_origin_that_tells_nothing_is_no_editable_one(install, tree, origin):
    install({**wheel_files(), f"{INFO}/direct_url.json": origin})
    assert audit_installed("demo").problems == ()


def test_what_is_not_installed_or_has_no_record(install):
    with pytest.raises(UsageError, match="nowhere-to-be-found  is not installed"):
        audit_installed("nowhere-to-be-found")
    with pytest.raises(UsageError, match="is not installed"):
        audit_installed("")
    site = install(wheel_files())
    (site / INFO / "RECORD").write_bytes(b"\xff\xfe,,\n")
    with pytest.raises(ArchiveError):
        audit_installed("demo")
    (site / INFO / "RECORD").unlink()
    with pytest.raises(ArchiveError, match="no RECORD"):
        audit_installed("demo")
