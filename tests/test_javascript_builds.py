"""Builds with modules in JavaScript: node judges them, types and package.json stand beside them."""

import json
import subprocess

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, NOBODY, make_project, snapshot

from hatch_intent.cli import main
from hatch_intent.lock import read_lock
from hatch_intent.settled import recall

GOOD = "export function double(x) {\n  return 2 * x;\n}"
BAD = "export function double(x) {\n  return x + 2;\n}"
BOTH = DOUBLE.replace("# name: double\n", "# name: double\n# target: js,py\n")
QUAD = """\
# name: quad
# target: js
# description:
Four times the number.
# signature:
(x: number) -> number
# uses: double
# examples:
- in: { "x": 2 } out: 8
"""
GOOD_QUAD = "export function quad(x) {\n  return double(double(x));\n}"
NAMES = ("double.js", "double.d.ts", "index.js", "index.d.ts", "package.json")
FILES = {f"src/demo/auto/js/{name}" for name in NAMES}


def project(folder, url, **specs):
    root = make_project(folder, url, **(specs or {"double": BOTH}))
    path = root / "pyproject.toml"
    targets = '[tool.intent.targets]\njs = "src/demo/auto/js"\n'
    path.write_text(path.read_text().replace("[tool.intent.targets]\n", targets))
    return root


@pytest.fixture
def built(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [BAD, GOOD]}) as server:
        root = project(tmp_path / "p", server.url)
        assert run(root, "build", "-q") == 0
        yield root, server


def run(root, *words):
    return main([*words, "--root", str(root)])


def test_both_languages_of_a_spec_are_built_and_node_can_import_one(built):
    root, server = built
    assert sorted(server.asked) == ["double", "double.js", "double.js"]
    assert set(snapshot(root)) >= FILES
    types = (root / "src/demo/auto/js/double.d.ts").read_text()
    assert types.endswith("export declare const double: (x: number) => number;\n")
    code = 'import { double } from "./index.js"; console.log(double(21));'
    node = ["node", "--input-type=module", "-e", code]
    done = subprocess.run(node, cwd=root / "src/demo/auto/js", capture_output=True, text=True)
    assert done.stdout == "42\n"


def test_nothing_is_written_or_asked_when_nothing_has_changed(built):
    root, server = built
    before = snapshot(root)
    assert run(root, "build", "-q") == run(root, "check", "-q") == 0
    assert run(root, "build", "-q", "--frozen") == 0
    assert snapshot(root) == before
    assert len(server.asked) == 3


def test_types_come_back_and_a_frozen_build_says_what_is_missing(built, capsys):
    root, _ = built
    before = snapshot(root)
    (root / "src/demo/auto/js/double.d.ts").unlink()
    assert run(root, "build", "--frozen") == 1
    assert "src/demo/auto/js/double.d.ts does not fit the lock" in capsys.readouterr().err
    assert run(root, "build", "-q") == 0
    assert snapshot(root) == before


def test_a_package_json_of_ones_own_is_left_alone(built):
    root, _ = built
    path = root / "src/demo/auto/js/package.json"
    path.write_text(json.dumps({"type": "module", "name": "mine"}))
    assert run(root, "build", "-q") == 0
    assert json.loads(path.read_text())["name"] == "mine"


def test_all_of_it_goes_with_the_target(built):
    root, _ = built
    path = root / "specs/double.intent.md"
    path.write_text(path.read_text().replace("js,py", "py"))
    assert run(root, "build", "-q") == 0
    assert not FILES & set(snapshot(root))
    assert (root / "src/demo/auto/double.py").is_file()


def test_an_edited_module_is_neither_shipped_nor_overwritten(built, capsys):
    root, _ = built
    path = root / "src/demo/auto/js/double.js"
    path.write_text(path.read_text() + "// mine\n")
    assert run(root, "build") == 1
    assert "src/demo/auto/js/double.js was edited by hand" in capsys.readouterr().err
    assert run(root, "adopt", "double") == 0
    assert "// mine" in path.read_text()
    assert run(root, "check", "-q") == 0


def test_without_node_it_is_an_error_and_no_pass(built, monkeypatch, capsys):
    root, _ = built
    monkeypatch.setenv("PATH", str(root))
    assert run(root, "check") == 1
    assert "checking JavaScript needs node, and there is none" in capsys.readouterr().err


def test_a_build_is_only_settled_under_the_node_that_it_was_checked_with(built, monkeypatch):
    root, _ = built
    assert run(root, "build", "-q") == 0
    assert recall(str(root))
    monkeypatch.setenv("PATH", str(root))
    assert recall(str(root)) is None
    assert run(root, "build", "-q") == 1


def test_a_build_is_not_settled_when_files_beside_modules_come_or_go(built):
    root, _ = built
    types = root / "src/demo/auto/js/double.d.ts"
    types.write_text("export declare function double(x: 1 | 2): number;\n")
    assert run(root, "build", "-q") == 0
    assert "1 | 2" in types.read_text()  # one's own
    assert recall(str(root))
    types.unlink()
    assert recall(str(root)) is None
    assert run(root, "build", "-q") == 0
    assert types.is_file()


def test_both_sides_of_a_merged_index_are_ours(built):
    root, _ = built
    path = root / "src/demo/auto/js/index.js"
    whole = path.read_text()
    seal, head, export = whole.splitlines()
    other = seal[:-4] + "0000", head, export.replace("double", "triple")
    path.write_text("\n".join([seal, *other, export]) + "\n")
    assert run(root, "build", "-q") == 0
    assert path.read_text() == whole
    path.write_text(f"{whole}export const mine = 1;\n")
    assert run(root, "build", "-q") == 0
    assert "mine" in path.read_text()


def test_no_module_can_have_the_name_of_the_index(tmp_path, capsys):
    root = project(tmp_path / "p", NOBODY, index=BOTH.replace("double", "index"))
    assert run(root, "build") == 2
    line = 'specs/index.intent.md  can\'t be called "index" in JavaScript'
    assert line in capsys.readouterr().err


def test_a_module_imports_what_it_uses_from_beside_it(tmp_path):
    codes = {"double": [GOOD_DOUBLE], "double.js": [GOOD], "quad.js": [GOOD_QUAD]}
    with ghostwriter(codes) as server:
        root = project(tmp_path / "p", server.url, double=BOTH, quad=QUAD)
        assert run(root, "build", "-q") == 0
    module = (root / "src/demo/auto/js/quad.js").read_text()
    assert 'import { double } from "./double.js";' in module
    assert run(root, "check", "-q") == 0


def test_where_no_answer_passes_the_call_is_shown(tmp_path, capsys):
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [BAD]}) as server:
        root = project(tmp_path / "p", server.url)
        assert run(root, "build") == 1
    assert "double(-1.5)  expected -3  got 0.5" in capsys.readouterr().err
    assert not FILES & set(snapshot(root))


@pytest.mark.slow
def test_properties_hold_in_javascript_alone(tmp_path):
    text = BOTH.replace("js,py", "js").replace(
        "# examples:", "# properties:\n- out - x == x\n# examples:"
    )
    wrong = GOOD.replace("2 * x", "x > 9 ? 9 : 2 * x")
    with ghostwriter({"double.js": [wrong, GOOD]}) as server:
        root = project(tmp_path / "p", server.url, double=text)
        assert run(root, "build", "-q") == 0
        feedback = server.bodies("/v1/chat/completions")[1]["messages"][-1]["content"]
    assert "- double(10) returned 9: out - x == x does not hold" in feedback
    entry = read_lock(root / "intent.lock", root / ".intent").get("double", "js")
    assert (entry.trust, entry.inputs) == ("properties", 200)
    module = root / "src/demo/auto/js/double.js"
    module.write_text(module.read_text().replace("2 * x", "x > 9 ? 9 : 2 * x"))
    assert run(root, "adopt", "double") == 1
