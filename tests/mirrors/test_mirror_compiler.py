"""What TypeScript's own compiler says of mirrors, and of the types beside JavaScript modules."""

import subprocess
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import make_project

from hatch_intent.cli import main

TSC = Path(__file__).parents[2] / ".node" / "node_modules" / ".bin" / "tsc"
TESTS = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not TSC.exists(), reason="no TypeScript; python3 tools/javascript_environment.py"
    ),
]

COUNT = """\
# name: count_letters
# target: js
# description:
How often each letter comes.
# signature:
(text: string) -> Record<string, number>
# examples:
- in: { "text": "abca" } out: { "a": 2, "b": 1, "c": 1 }
"""
COUNT_CODE = """\
const each = (text, act) => [...text].forEach((letter) => act(letter));
function first({ found }, ...rest) {
  return found ?? rest[0];
}
export function count_letters(text) {
  const counts = {};
  let last = null;
  each(text, letter => {
    counts[letter] = first({ found: counts[letter] }, 0) + 1;
    last = letter;
  });
  return text.length && last.length ? counts : {};
}
"""
TOTAL = """\
# name: total
# target: js
# description:
How many letters there are.
# signature:
(text: string, factor?: number) -> number
# uses: count_letters
# examples:
- in: { "text": "abca" } out: 4
- in: { "text": "abca", "factor": 2 } out: 8
"""
TOTAL_CODE = """\
export function total(text, factor = 1) {
  return factor * Object.values(count_letters(text)).reduce((sum, each) => sum + each, 0);
}
"""
LENGTH = """\
# name: length
# target: js
# description:
The length of the first word.
# signature:
(text: string) -> number
# examples:
- in: { "text": "ab c" } out: 2
"""
LENGTH_CODE = "export function length(text) {\n  return text.match(/[a-z]+/)[0].length;\n}"
STRICT = ["--noEmit", "--strict", "--target", "esnext", "--module", "esnext"]
STRICT += ["--moduleResolution", "bundler", "--types", ""]


@pytest.fixture(autouse=True)
def compiler(monkeypatch):
    monkeypatch.setenv("HATCH_INTENT_TSC", str(TSC))


def project(root: Path, url: str, **specs: str) -> Path:
    make_project(root, url, **specs)
    path = root / "pyproject.toml"
    text = path.read_text().replace('py = "src/demo/auto"', 'js = "src/demo/js"')
    path.write_text(text + '\n[tool.intent.mirrors]\nts = "src/demo/ts"\n')
    return root


def strict(folder: Path, *files: str) -> str:
    command = [str(TSC), *STRICT, *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not done.stdout), done.stdout + done.stderr
    return done.stdout


def test_mirrors_are_strict_typescript_and_refuse_wrong_calls(tmp_path):
    with ghostwriter({"count_letters.js": [COUNT_CODE], "total.js": [TOTAL_CODE]}) as server:
        root = project(tmp_path, server.url, count_letters=COUNT, total=TOTAL)
        assert main(["build", "-q", "--root", str(root)]) == 0
        path = root / "specs/total.intent.md"
        path.write_text(path.read_text().replace("there are", "are there"))
        # by itself too, with the types of what it uses
        assert main(["build", "-q", "--root", str(root)]) == 0
    mirror = root / "src/demo/ts"
    assert strict(mirror, "count_letters.ts", "total.ts") == ""
    text = (mirror / "count_letters.ts").read_text()
    assert "const each = (text: any, act: any) => [...text].forEach((letter) =>" in text
    assert "function first({ found }: any, ...rest: any[]) {" in text
    assert "const counts: any = {};" in text
    good = 'import { total } from "./total";\nexport const n: number = total("a", 2);\n'
    (mirror / "good.ts").write_text(good)
    assert strict(mirror, "good.ts") == ""
    (mirror / "bad.ts").write_text(good.replace('"a", 2', "1"))
    assert "bad.ts(2,32): error TS2345" in strict(mirror, "bad.ts")


def test_what_cannot_be_expressed_is_named_and_nothing_is_lost(tmp_path, capsys):
    codes = {"count_letters.js": [COUNT_CODE], "length.js": [LENGTH_CODE]}
    with ghostwriter(codes) as server:
        root = project(tmp_path, server.url, count_letters=COUNT, length=LENGTH)
        assert main(["build", "-q", "--root", str(root)]) == 1
    said = capsys.readouterr().err
    lines = (root / "src/demo/js/length.js").read_text().split("\n")
    number = next(place for place, line in enumerate(lines, 1) if "match" in line)
    head = f"src/demo/js/length.js:{number}  can't be expressed in strict TypeScript: return text"
    assert head in said
    assert "Object is possibly 'null'. (TS2531)" in said
    assert not (root / "src/demo/ts").exists()
    assert (root / "src/demo/js/count_letters.js").is_file()


def test_the_types_beside_modules_are_strict_too(tmp_path):
    with ghostwriter({"count_letters.js": [COUNT_CODE], "total.js": [TOTAL_CODE]}) as server:
        root = project(tmp_path, server.url, count_letters=COUNT, total=TOTAL)
        assert main(["build", "-q", "--root", str(root)]) == 0
    folder = root / "src/demo/js"
    program = 'import { count_letters, total } from "./index.js";\n'
    program += 'export const n: number = total("a") + (count_letters("a").a ?? 0);\n'
    (folder / "good.ts").write_text(program)
    assert strict(folder, "good.ts") == ""
    (folder / "bad.ts").write_text(program.replace('total("a")', "total([])"))
    assert "bad.ts(2," in strict(folder, "bad.ts")
