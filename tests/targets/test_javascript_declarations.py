"""TypeScript takes what `.d.ts` files of JavaScript modules say, and refuses wrong calls."""

import subprocess
from pathlib import Path

import pytest
from specs_by_hand import origin_of, spec_of

from hatch_intent.spec.types import (
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Array,
    Field,
    Literal,
    Map,
    Object,
    Tuple,
    Union,
)
from hatch_intent.targets import target_named
from hatch_intent.targets.javascript_types import declaration

ROOT = Path(__file__).parents[2]
TSC = ROOT / ".node" / "node_modules" / ".bin" / "tsc"
JS = target_named("js")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not TSC.exists(), reason="no TypeScript; python3 tools/javascript_environment.py"
    ),
]

SPECS = [
    spec_of(
        "mixed",
        {"kind": Union((Literal("a"), Literal("b"))), "point": Tuple((NUMBER, INTEGER))},
        Object(
            (Field("odd key", INTEGER), Field("sums", Map(NUMBER)), Field("rest", STRING, True))
        ),
    ),
    spec_of("words", {"fresh": Union((BOOLEAN, NULL))}, Array(STRING)),
    spec_of(
        "total", {"rows": Array(Object((Field("x", NUMBER), Field("y", INTEGER, True))))}, NUMBER
    ),
]
GOOD = """\
import { mixed, total, words } from './index.js';
const answer = mixed('a', [1.5, 2]);
const odd: number = answer['odd key'];
const sum: number = answer.sums['x'] ?? 0;
const rest: string | undefined = answer.rest;
const list: string[] = words(null);
const all: number = total([{ x: 1 }, { x: 2, y: 3 }]);
export { all, list, odd, rest, sum };
"""
BAD = {
    "wrong-word": "mixed('c', [1, 2]);",
    "too-short": "mixed('a', [1]);",
    "too-few": "words();",
    "wrong-key": "total([{ x: 1, z: 2 }]);",
    "no-promise": "const n: Promise<number> = total([]);",
    "missing-key": "mixed('a', [1, 2]).other;",
    "no-such-function": "import { other } from './index.js';",
}


def tsc(folder: Path, *programs: str) -> str:
    flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"]
    flags += ["--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
    command = [TSC, *flags, *(f"{name}.mts" for name in programs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout + done.stderr


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_typescript_reads_the_declarations_of_modules(tmp_path: Path) -> None:
    put(tmp_path, "package.json", '{ "type": "module" }')
    for spec in SPECS:
        names = ", ".join(each.name for each in spec.signature.parameters)
        module = JS.render(
            spec, f"function {spec.name}({names}) {{ return null; }}", origin_of(spec)
        )
        put(tmp_path, f"{spec.name}.d.ts", declaration(module, spec.name))
    put(
        tmp_path,
        "index.d.ts",
        "".join(f"export {{ {spec.name} }} from './{spec.name}.js';\n" for spec in SPECS),
    )
    put(tmp_path, "good.mts", GOOD)
    imports = "import { mixed, total, words } from './index.js';\n"
    for name, program in BAD.items():
        put(tmp_path, f"{name}.mts", imports + program)
    said = tsc(tmp_path, "good", *BAD)
    wrong = {line.partition(".mts(")[0] for line in said.splitlines() if ".mts(" in line}
    assert wrong == set(BAD), said
    assert ".d.ts(" not in said


def test_typescript_reads_the_example_project(tmp_path: Path) -> None:
    folder = ROOT / "example_project" / "src" / "demo" / "auto" / "js"
    for path in folder.iterdir():
        put(tmp_path, path.name, path.read_text(encoding="utf-8"))
    call = "import { clamp, normalize2d } from './index.js';\n"
    put(tmp_path, "good.mts", f"{call}export const n: number = clamp(normalize2d(3, 4).mag, 0, 1);")
    put(tmp_path, "bad.mts", f"{call}export const n: string = clamp(normalize2d(3).mag, '0', 1);")
    said = tsc(tmp_path, "good", "bad")
    assert {line.partition(".mts(")[0] for line in said.splitlines() if ".mts(" in line} == {"bad"}
