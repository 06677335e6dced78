"""TypeScript takes what wrappers declare, and refuses wrong calls."""

import subprocess
from pathlib import Path

import pytest
from wrapped import put, write

TSC = Path(__file__).parents[2] / ".node" / "node_modules" / ".bin" / "tsc"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not TSC.exists(), reason="no TypeScript; python3 tools/javascript_environment.py"
    ),
]

SIGNATURES = {
    "mixed": (
        '(kind: "a" | "b", point: [number, integer], tags?: string[]) -> '
        '{ "odd key": integer, sums: Record<string, number>, rest?: any }'
    ),
    "words": "(function: string, new: boolean | null) -> string[]",
    "total": "(rows: { x: number, y?: integer }[]) -> number",
}
GOOD = """\
import { batch, close, configure, mixed, PythonError, total, words } from './index.mjs';
import type { Options } from './index.mjs';

const options: Options = { python: '/usr/bin/python3' };
configure(options);
configure({ pyodide: new URL('https://example.org/pyodide.mjs') });
const fixed: readonly string[] = ['x'];
const answer = await mixed('a', [1.5, 2n], fixed);
const odd: number | bigint = answer['odd key'];
const sum: number = answer.sums['x'] ?? 0;
const rest: unknown = answer.rest;
const list: string[] = await words('f', null);
const [first, second, third]: [number, string[], string] = await batch(() => [
  total([{ x: 1 }]),
  words('g', true),
  'plain',
]);
try {
  await close();
} catch (error) {
  if (error instanceof PythonError) console.log(error.name, error.bases.length, error.message);
}
export { first, list, odd, rest, second, sum, third };
"""
BAD = {
    "wrong-word": "await mixed('c', [1, 2]);",
    "too-short": "await mixed('a', [1]);",
    "too-few": "await words('f');",
    "wrong-key": "await total([{ x: 1, z: 2 }]);",
    "whole-is-no-number": "const n: number = (await mixed('a', [1, 2]))['odd key'];",
    "a-promise": "const n: number = total([]);",
    "no-such-function": "await w.other();",
    "no-such-option": "w.configure({ command: 'python3' });",
}


def check(tmp_path: Path, programs: dict[str, str]) -> str:
    modules = {name: (text, "") for name, text in SIGNATURES.items()}
    folder = write(tmp_path, "py", modules)
    for name, program in programs.items():
        put(folder / f"{name}.mts", program)
    flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"]
    flags += ["--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--lib", "es2022,dom"]
    done = subprocess.run(
        [
            str(TSC),
            *flags,
            "--lib",
            "es2022,dom",
            *(str(folder / f"{name}.mts") for name in programs),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.stdout + done.stderr


def test_typescript_takes_them_and_refuses_wrong_calls(tmp_path):
    imports = (
        "import * as w from './index.mjs';\nimport { mixed, total, words } from './index.mjs';\n"
    )
    said = check(tmp_path, {"good": GOOD, **{name: imports + text for name, text in BAD.items()}})
    wrong = {line.partition(".mts(")[0] for line in said.splitlines() if ".mts(" in line}
    assert wrong == set(BAD), said
