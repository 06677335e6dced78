"""JavaScript calls Python functions through a child process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from wrapped import environment, node, put, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("node"), reason="there is no node here"),
]

MODULES = {
    "add": ("(x: number, y?: number) -> number", "def add(x, y=10):\n    return x + y\n"),
    "echo": (
        "(value: any, function?: any) -> any",
        "def echo(value, function=None):\n    return value\n",
    ),
    "power": (
        "(base: integer, exponent: integer) -> integer",
        "def power(base, exponent):\n    return base**exponent\n",
    ),
    "square": ("(x: number) -> { area: number }", "def square(x):\n    return {'area': x * x}\n"),
    "fail": (
        "(kind: string) -> null",
        """\
import os, sys


class Odd(ValueError):
    pass


def fail(kind):
    print("said aloud")
    if kind == "odd":
        raise Odd("so odd")
    if kind == "key":
        raise KeyError("missing")
    if kind == "exit":
        sys.exit(3)
    if kind == "set":
        return {1}
    if kind == "end":
        os._exit(7)
    while True:
        pass
""",
    ),
    "pid": ("() -> integer", "import os\n\n\ndef pid():\n    return os.getpid()\n"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, "py", MODULES)


def answers(folder: Path, *expressions: str, **further: str) -> list[str]:
    """What `inspect` shows of each answer or error, asked one after the other."""
    listed = ",\n".join(f"() => {each}" for each in expressions)
    program = f"""
import * as w from './index.mjs';
import {{ inspect }} from 'node:util';
const shown = [];
for (const ask of [{listed}]) {{
  try {{
    shown.push(inspect(await ask(), {{ depth: 9, breakLength: Infinity }}));
  }} catch (error) {{
    shown.push(`${{error.constructor.name}} ${{error.name}}: ${{error.message}}`);
  }}
}}
console.log(JSON.stringify(shown));
"""
    return json.loads(node(folder, program, **further))


def test_answers_arrive(folder):
    assert answers(folder, "w.add(1, 2)", "w.add(1)", "w.add(1, undefined)", "w.square(1.5)") == [
        "3",
        "11",
        "11",
        "{ area: 2.25 }",
    ]


def test_what_json_cannot_hold_goes_there_and_back(folder):
    values = {
        "NaN": "NaN",
        "-0": "-0",
        "0": "0",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
        "9007199254740993n": "9007199254740993n",
        "-(2n ** 70n)": "-1180591620717411303424n",
        "{ $: 1 }": "{ '$': 1 }",
        "{ $: { $: 'NaN' }, b: NaN }": "{ '$': { '$': 'NaN' }, b: NaN }",
        "'$'": "'$'",
        "[[-0], { a: [1.5, NaN] }]": "[ [ -0 ], { a: [ 1.5, NaN ] } ]",
        'JSON.parse(\'{"__proto__": {"$": 1}}\')': "{ ['__proto__']: { '$': 1 } }",
        "'ünï\\ud800'": "'ünï\\ud800'",
        "1e21": "1e+21",
        "{ a: undefined }": "{}",
        "Object.create(null)": "{}",
        "[]": "[]",
        "Array(3).fill(2 ** 53 - 1)": "[ 9007199254740991, 9007199254740991, 9007199254740991 ]",
    }
    assert answers(folder, *(f"w.echo({each})" for each in values)) == list(values.values())


def test_whole_numbers_without_bound(folder):
    """Exact where the signature says integer; the nearest double where it says number."""
    assert answers(
        folder, "w.power(3, 50)", "w.power(2n, 3)", "w.square(2 ** 40)", "w.square(1e200)"
    ) == [
        "717897987691852588770249n",
        "8",
        "{ area: 1.2089258196146292e+24 }",
        "{ area: Infinity }",
    ]


def test_a_value_that_is_none_is_refused_and_nothing_breaks(folder):
    deep = "Array.from({ length: 300 }).reduce((inner) => [inner], 1)"
    assert answers(
        folder,
        "w.echo([undefined])",
        "w.echo([, 1])",
        "w.echo(new Date(0))",
        "w.echo(() => 1)",
        "w.echo(Symbol.iterator)",
        "w.echo({ toJSON() { return 1; } })",
        f"w.echo({deep})",
        "w.add(1, 2)",
    ) == [
        "TypeError TypeError: undefined is no JSON value",
        "TypeError TypeError: undefined is no JSON value",
        "TypeError TypeError: an object of class Date is no JSON value",
        "TypeError TypeError: a function is no JSON value",
        "TypeError TypeError: a symbol is no JSON value",
        "TypeError TypeError: a function is no JSON value",
        "RangeError RangeError: nested deeper than 200 levels",
        "3",
    ]


def test_errors_keep_their_class_and_message(folder):
    assert answers(
        folder,
        "w.fail('odd')",
        "w.fail('odd').catch((error) => error.bases)",
        "w.fail('key')",
        "w.fail('exit')",
        "w.fail('set')",
        "w.add('a', 1)",
        "w.add()",
        "w.fail('odd').catch((error) => error instanceof w.PythonError && error instanceof Error)",
    ) == [
        "PythonError Odd: so odd",
        "[ 'Odd', 'ValueError', 'Exception', 'BaseException' ]",
        "PythonError KeyError: missing",
        "PythonError SystemExit: 3",
        "PythonError TypeError: set is no JSON value",
        'PythonError TypeError: can only concatenate str (not "int") to str',
        "PythonError TypeError: add() missing 1 required positional argument: 'x'",
        "true",
    ]


def test_only_the_functions_of_the_table_can_be_called(folder):
    put(folder.parent / "auto" / "stranger.py", "def stranger():\n    return 1\n")
    put(folder.parent / "__init__.py", "raise RuntimeError('the project itself was imported')\n")
    named = ["stranger", "os.getpid", "add.__globals__", "__import__", "_server", ""]
    program = "import('./_bridge.mjs').then((b) => b.$call(%s, {}))"
    assert answers(folder, *(program % json.dumps(each) for each in named), "w.add(1, 1)") == [
        *(f"PythonError LookupError: {each} is no function of this wrapper" for each in named),
        "2",
    ]


def test_one_process_for_all_calls_started_by_the_first(folder):
    program = """
import * as w from './index.mjs';
import { readFileSync } from 'node:fs';
const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
const before = children();
const pids = await Promise.all([w.pid(), w.pid(), w.batch(() => [w.pid()]).then(([p]) => p)]);
const own = children();
await w.close();
console.log(JSON.stringify([before, new Set(pids).size, String(pids[0]) === own, children()]));
console.log((await w.pid()) !== pids[0]);
"""
    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not list children")
    assert node(folder, program).split("\n")[:2] == ['["",1,true,""]', "true"]


def test_node_ends_by_itself_and_an_ended_python_is_started_anew(folder):
    shown = answers(folder, "w.fail('end')", "w.add(1, 1)")
    assert shown == ["WrapperError WrapperError: Python ended (exit code 7)", "2"]


def test_a_batch_is_one_frame_and_fails_as_one(folder):
    program = """
import * as w from './index.mjs';
import { Socket } from 'node:net';
let frames = 0;
await w.add(0, 0);
const write = Socket.prototype.write;
Socket.prototype.write = function (text, ...rest) {
  if (String(text).includes('"call"')) frames += String(text).trimEnd().split('\\n').length;
  return write.call(this, text, ...rest);
};
const answers = await w.batch(() => [w.add(1, 2), w.square(3), 'as it is']);
const failed = await w.batch(() => [w.add(1, 2), w.fail('odd')]).catch((error) => error.name);
const nested = await w.batch(() => [w.batch(() => [])]).catch((error) => error.message);
const thrown = await w.batch(() => { throw new Error('mine'); }).catch((error) => error.message);
const none = await w.batch(() => []);
Socket.prototype.write = write;
console.log(JSON.stringify({ answers, failed, nested, thrown, none, frames }));
"""
    assert json.loads(node(folder, program)) == {
        "answers": [3, {"area": 9}, "as it is"],
        "failed": "Odd",
        "nested": "a batch can not be within a batch",
        "thrown": "mine",
        "none": [],
        "frames": 2,
    }


def test_more_than_the_pipes_hold_in_both_directions(folder):
    """Neither side waits for the other for ever, and Node's own queue stays short."""
    program = """
import * as w from './index.mjs';
import { Socket } from 'node:net';
await w.add(0, 0);
let most = 0;
const write = Socket.prototype.write;
Socket.prototype.write = function (...all) {
  const more = write.apply(this, all);
  most = Math.max(most, this.writableLength ?? 0);
  return more;
};
const text = 'x'.repeat(1 << 20);
const big = await Promise.all(Array.from({ length: 24 }, (_, i) => w.echo(text + i)));
const small = await Promise.all(Array.from({ length: 20000 }, (_, i) => w.add(i, 0)));
Socket.prototype.write = write;
const right = big.every((each, i) => each === text + i) && small.every((each, i) => each === i);
console.log(JSON.stringify([right, most < 4 * text.length]));
"""
    assert node(folder, program) == "[true,true]\n"


def test_where_python_is(folder, tmp_path):
    nowhere = str(tmp_path / "nowhere" / "python")
    remedy = "name one in HATCH_INTENT_PYTHON or configure({ python })"
    missing = f"WrapperError WrapperError: no Python found as {nowhere}; {remedy}"
    assert answers(folder, "w.add(1, 1)", HATCH_INTENT_PYTHON=nowhere) == [missing]
    assert answers(
        folder,
        f"w.configure({{ python: {json.dumps(nowhere)} }})",
        "w.add(1, 1)",
        "w.configure({ python: process.env.RIGHT })",
        "w.add(1, 1)",
        "w.configure({ python: 'late' })",
        RIGHT=sys.executable,
    ) == [
        "undefined",
        missing,
        "undefined",
        "2",
        "WrapperError WrapperError: configure comes before the first call, or after close",
    ]


def test_close_fails_what_is_under_way(folder):
    program = """
import * as w from './index.mjs';
await w.add(1, 1);
const endless = w.fail('loop').catch((error) => `${error.name}: ${error.message}`);
await w.close();
console.log(await endless, await w.add(1, 1));
"""
    assert node(folder, program) == "WrapperError: closed 2\n"


@pytest.mark.skipif(os.name != "posix", reason="signals and poll are POSIX's")
@pytest.mark.parametrize("amid", ["between calls", "amid a call"])
def test_python_ends_with_node_even_when_that_is_killed(folder, amid):
    put(
        folder / "program.mjs",
        "import * as w from './index.mjs';\n"
        "console.log(String(await w.pid()));\n"
        + ("w.fail('loop');\n" if amid == "amid a call" else "")
        + "setInterval(() => {}, 1000);\n",
    )
    command = ["node", str(folder / "program.mjs")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True
    ) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)  # into the loop
        assert alive(child)
        parent.kill()
    deadline = time.monotonic() + 30
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    gone = not alive(child)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    assert gone


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_what_lies_beside_the_server_hides_nothing(tmp_path):
    code = "import queue\n\n\ndef size():\n    return queue.Queue(3).maxsize\n"
    folder = write(tmp_path, "py", {"size": ("() -> integer", code)})
    put(folder / "queue.py", "raise RuntimeError('not the standard library')\n")
    assert answers(folder, "w.size()") == ["3"]
