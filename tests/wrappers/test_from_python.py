"""Python calls JavaScript functions through a child process."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from test_from_node import alive
from wrapped import environment, put, python, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("node"), reason="there is no node here"),
]

MODULES = {
    "add": (
        "(x: number, y?: number) -> number",
        "export function add(x, y = 10) { return x + y; }",
    ),
    "echo": ("(value: any) -> any", "export function echo(value) { return value; }"),
    "whole": ("(digits: string) -> integer", "export const whole = (digits) => BigInt(digits);"),
    "fail": (
        "(kind: string) -> null",
        """\
export function fail(kind) {
  console.log('said aloud');
  process.stdout.write('and more');
  if (kind === 'value') throw Object.assign(new Error('no good'), { name: 'ValueError' });
  if (kind === 'range') throw new RangeError('too far');
  if (kind === 'text') throw 'just text';
  if (kind === 'decode') throw Object.assign(new Error('odd'), { name: 'UnicodeDecodeError' });
  if (kind === 'undefined') return undefined;
  if (kind === 'date') return new Date(0);
  if (kind === 'end') process.exit(7);
  for (;;);
}
""",
    ),
    "pid": ("() -> integer", "export function pid() { return process.pid; }"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, "js", MODULES)


def answers(folder: Path, *expressions: str, **further: str) -> list[str]:
    """The text of each answer or error, asked one after the other."""
    program = f"""
from math import inf, nan
from pkg.from_js import *
shown = []
for ask in {list(expressions)!r}:
    try:
        shown.append(repr(eval(ask)))
    except Exception as error:
        shown.append(f"{{type(error).__name__}} {{getattr(error, 'name', '')}}: {{error}}")
print(ascii(shown))
"""
    return ast.literal_eval(python(folder.parents[1], program, **further))


def test_answers_arrive(folder):
    assert answers(folder, "add(1, 2)", "add(1)", "add(1, None)", "add(y=2, x=1.5)") == [
        "3",
        "11",
        "11",
        "3.5",
    ]


def test_what_json_cannot_hold_goes_there_and_back(folder):
    values = {
        "nan": "nan",
        "-0.0": "-0.0",
        "inf": "inf",
        "-inf": "-inf",
        "2**53": "9007199254740992",
        "{'$': 1}": "{'$': 1}",
        "{'$': {'$': 'NaN'}, 'b': nan}": "{'$': {'$': 'NaN'}, 'b': nan}",
        "[[-0.0], {'__proto__': -0.0}]": "[[-0.0], {'__proto__': -0.0}]",
        "(1, [True, None])": "[1, [True, None]]",
        "'ünï\\ud800'": "'ünï\\ud800'",
    }
    assert answers(folder, *(f"echo({each})" for each in values)) == list(values.values())


def test_whole_numbers_are_exact_or_refused(folder):
    assert answers(folder, "whole('9007199254740993')", "echo(2**70)", "echo([2**53 + 1])") == [
        "9007199254740993",
        "1.1805916207174113e+21",
        (
            "OverflowError : 9007199254740993 is no number of JavaScript's; "
            "the nearest is 9007199254740992.0"
        ),
    ]


def test_errors_keep_their_class_and_message(folder):
    kinds = ["value", "range", "text", "decode", "undefined", "date"]
    asked = [*(f"fail('{kind}')" for kind in kinds), "echo({1})", "echo({1: 2})", "add(1)"]
    assert answers(folder, *asked) == [
        "ValueError : no good",
        "JavaScriptError RangeError: too far",
        "JavaScriptError Error: just text",
        "JavaScriptError UnicodeDecodeError: odd",
        "TypeError : undefined is no JSON value",
        "TypeError : an object of class Date is no JSON value",
        "TypeError : set is no JSON value",
        "TypeError : a key is int, not a string",
        "11",
    ]


def test_only_the_functions_of_the_table_can_be_called(folder):
    put(folder.parent / "auto" / "js" / "stranger.js", "export const stranger = () => 1;\n")
    named = ["stranger", "../stranger", "constructor", "process.exit", ""]
    bridge = "__import__('sys').modules['pkg.from_js._bridge']"
    shown = answers(folder, *(f"{bridge}.call({each!r}, [])" for each in named))
    assert shown == [
        f"JavaScriptError RangeError: {each} is no function of this wrapper" for each in named
    ]


def test_a_batch_answers_in_order(folder):
    assert answers(
        folder,
        "batch((add, 1, 2), (add, 1), (echo, [nan]))",
        "batch()",
        "batch((add, 1, 2), (fail, 'range'))",
        "batch((add, 1, 2), (fail, 'value'), return_exceptions=True)",
        "batch((add, 1, 2), (len, 'x'))",
        "batch((batch, (add, 1, 2)))",
        "batch((echo, {1}), (add, 1, 2))",
        "add(2, 2)",
    ) == [
        "[3, 11, [nan]]",
        "[]",
        "JavaScriptError RangeError: too far",
        "[3, ValueError('no good')]",
        "WrapperError : <built-in function len> is no function of this wrapper",
        "WrapperError : a batch can not be within a batch",
        "TypeError : set is no JSON value",
        "4",
    ]


def test_more_than_the_pipes_hold_in_both_directions(folder):
    program = """
from pkg.from_js import add, batch, echo
text = "x" * 20_000_000
assert echo(text) == text
numbers = [each / 7 for each in range(200_000)]
assert echo(numbers) == numbers
assert batch(*((add, each, 0) for each in range(20_000))) == list(range(20_000))
assert batch(*[(echo, text[:1_000_000])] * 8) == [text[:1_000_000]] * 8
"""
    assert python(folder.parents[1], program) == ""


def test_one_process_for_all_threads_started_by_the_first_call(folder):
    program = """
from concurrent.futures import ThreadPoolExecutor
from pkg.from_js import _bridge, add, close, pid
assert not _bridge._process.running
with ThreadPoolExecutor(8) as pool:
    sums = list(pool.map(add, range(500), range(500)))
    pids = set(pool.map(lambda _: pid(), range(20)))
assert sums == [2 * each for each in range(500)] and len(pids) == 1
close()
assert not _bridge._process.running and pid() not in pids
"""
    assert python(folder.parents[1], program) == ""


def test_an_ended_node_is_started_anew(folder):
    assert answers(folder, "fail('end')", "add(1, 1)") == [
        "WrapperError : Node ended (exit code 7)",
        "2",
    ]


def test_where_node_is(folder, tmp_path):
    nowhere = str(tmp_path / "nowhere")
    assert answers(folder, "add(1, 1)", HATCH_INTENT_NODE=nowhere) == [
        (
            f"WrapperError : {nowhere} can't be started: [Errno 2] No such file or directory: "
            f"'{nowhere}'"
        )
    ]
    assert answers(folder, "add(1, 1)", PATH="") == [
        "WrapperError : no node found; name it in HATCH_INTENT_NODE or configure(node=…)"
    ]
    node = shutil.which("node")
    late = "WrapperError : configure comes before the first call, or after close"
    assert answers(
        folder, f"configure(node={node!r})", "add(1, 1)", "configure(node='x')", PATH=""
    ) == ["None", "2", late]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_node_of_its_own(folder):
    program = """
import os, sys
from pkg.from_js import add, pid
mine = pid()
if os.fork() == 0:
    os._exit(0 if pid() != mine and add(1, 1) == 2 else 1)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert pid() == mine
"""
    if sys.version_info >= (3, 12):
        program = "import warnings; warnings.simplefilter('ignore')\n" + program
    assert python(folder.parents[1], program) == ""


def test_an_interrupted_call_leaves_no_answer_behind(folder):
    program = """
import signal, threading, os
signal.signal(signal.SIGINT, signal.default_int_handler)
from pkg.from_js import add, fail
add(1, 1)
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    fail("loop")
except KeyboardInterrupt:
    print(add(2, 2))
"""
    assert python(folder.parents[1], program) == "4\n"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("amid", ["between calls", "amid a call"])
def test_node_ends_with_python_even_when_that_is_killed(folder, amid):
    lines = ["import time", "from pkg.from_js import fail, pid", "print(pid(), flush=True)"]
    lines += ["fail('loop')" if amid == "amid a call" else "time.sleep(99)"]
    put(folder.parents[1] / "program.py", "\n".join(lines))
    command = [sys.executable, str(folder.parents[1] / "program.py")]
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
