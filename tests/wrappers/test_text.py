"""What stands in wrapper files, without running any of it."""

import ast
import json
import math
import os
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wrapped import entry_of, spec_of, write

from hatch_intent.files import sha256
from hatch_intent.spec.signature import read_type
from hatch_intent.targets.typescript import TypeScript
from hatch_intent.wrappers import javascript, plan, python
from hatch_intent.wrappers.runtime.values import pack, unpack

TYPES = {
    "number": "number",
    "integer": "number | bigint",
    "any": "unknown",
    '"a" | "b" | 3': '"a" | "b" | 3',
    "integer[]": "(number | bigint)[]",
    "number[][]": "number[][]",
    "[string, boolean]": "[string, boolean]",
    "Record<string, integer>": "{ [key: string]: number | bigint }",
    '{ a: number, "b c"?: null }': '{ a: number; "b c"?: null }',
    "{ }": "Record<string, unknown>",
}
READONLY = {
    "number[][]": "readonly (readonly number[])[]",
    "[string, number[]]": "readonly [string, readonly number[]]",
    "{ a: number[] }": "{ readonly a: readonly number[] }",
    "Record<string, number>": "{ readonly [key: string]: number }",
}


@pytest.mark.parametrize("text", TYPES)
def test_types_of_answers(text):
    assert TypeScript(integer="number | bigint").show(read_type(text)) == TYPES[text]


@pytest.mark.parametrize("text", READONLY)
def test_types_of_arguments(text):
    assert TypeScript(readonly=True).show(read_type(text)) == READONLY[text]


PLACES = {
    "number": {()},
    "integer": set(),
    "any": set(),
    "integer | number": set(),
    "number | null": {()},
    "{ a: number, b: integer, c: number[] }": {("a",), ("c", None)},
    "[number, Record<string, number>]": {(0,), (1, None)},
    "{ a: integer } | { a: number }": set(),
}


@pytest.mark.parametrize("text", PLACES)
def test_where_an_answer_holds_doubles(text):
    assert javascript.double_places(read_type(text)) == PLACES[text]


def test_words_that_javascript_keeps_are_renamed_and_sent_as_they_are():
    spec = spec_of("f", "(function: any, function_?: any, new?: any) -> any")
    text = javascript.module(spec)
    assert "export function f(function__, function_, new_) {" in text
    assert "{ function: function__, function_, new: new_ }" in text


def test_a_description_cannot_end_its_comment():
    text = javascript.module(spec_of("f", "(x: number) -> number", "a */ import('x') /*\n\nb"))
    assert text.count("*/") == 1
    assert " * a *\\/ import('x') /*\n *\n * b\n" in text
    hostile = 'a """ b \\'
    tree = ast.parse(python.module(spec_of("f", "(x: number) -> number", hostile)))
    assert ast.get_docstring(tree.body[-1]).startswith('a """ b')


def test_python_functions_have_the_types_of_the_py_target():
    text = python.module(spec_of("f", "(x: number, y?: string) -> { a: integer }"))
    assert "class FResult(TypedDict):\n    a: int\n" in text
    assert "def f(x: float, y: str | None = None) -> FResult:" in text
    assert "[x, __bridge.LEFT_OUT if y is None else y]" in text
    ast.parse(text, feature_version=(3, 10))


def test_files_are_whole_and_need_nothing_of_ours(tmp_path):
    modules = {"f": ("(x: number) -> number", "")}
    for target in ("py", "js"):
        for path in write(tmp_path, target, modules).iterdir():
            text = path.read_text()
            first, rest = text.split("\n", 1)
            assert first.endswith(f" sha256: {sha256(rest.encode())}")
            assert "hatch_intent." not in text
            if path.suffix == ".py":
                ast.parse(text, feature_version=(3, 10))
    server = (tmp_path / "pkg/wrapped/_server.py").read_text()
    assert re.search(r"^FOLDER = \"\.\./auto\"$", server, re.MULTILINE)
    assert re.search(r"^FUNCTIONS: Sequence\[str\] = \[\"f\"\]$", server, re.MULTILINE)
    for name in ("pkg/wrapped/_pyodide.mjs", "pkg/from_js/_server.mjs"):
        assert re.search(
            r"^const FOLDER = \"\.\./auto(/js)?\";$", (tmp_path / name).read_text(), re.M
        )


def test_an_origin_changes_with_what_a_file_follows_from_and_with_nothing_else():
    entry = entry_of(spec_of("f", "(x: number) -> number"), "py")
    own = plan.WrapperFile("a/f.mjs", "module", "js", "../auto", (entry,))
    shared = replace(own, path="a/_server.py", part="server")
    changed = (replace(entry, intent="e" * 64),)
    assert replace(own, entries=changed).origin != own.origin
    assert replace(shared, entries=changed).origin == shared.origin
    renamed = (replace(entry, name="g"),)
    assert replace(shared, entries=renamed).origin != shared.origin
    assert replace(shared, modules="../other").origin != shared.origin


def test_the_format_is_raised_with_every_change_of_the_text(tmp_path):
    """Builds that may write bring files of older formats up to date: only the number tells them."""
    modules = {
        "f": ("(new: number, y?: integer[]) -> { a: number, b: string }", ""),
        "g": ("() -> null", ""),
    }
    texts = []
    for target in ("py", "js"):
        texts += [path.read_text() for path in sorted(write(tmp_path, target, modules).iterdir())]
    digest = sha256("\n".join(texts).encode())[:16]
    assert (plan.FORMAT, digest) == (1, "51409a416754ec8e"), (
        "what wrappers are made of has changed: raise FORMAT if a release had the old one, then "
        "put the new digest here"
    )


def test_an_answer_does_not_wait_for_slow_ones_behind_it(tmp_path):
    """The second call sees the first one's answer on its way."""
    nap = "import time\n\n\ndef nap():\n    time.sleep(0.05)\n"
    look = "import select\n\n\ndef look(fd):\n    return bool(select.select([fd], [], [], 0)[0])\n"
    modules = {"nap": ("() -> null", nap), "look": ("(fd: integer) -> boolean", look)}
    path = write(tmp_path, "py", modules) / "_server.py"
    # Not by runpy: it is broken in a process that has imported Hy under some versions of Python.
    server = {"__name__": "_server", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), server)
    reads, writes = os.pipe()
    frames = [
        '{"id":1,"call":"nap","arguments":{}}',
        json.dumps({"id": 2, "call": "look", "arguments": {"fd": reads}}),
    ]
    server["_answer_all"]([each.encode() for each in frames], writes)
    said = os.read(reads, 1000).decode()
    os.close(reads)
    os.close(writes)
    assert said == '{"id":1,"result":null}\n{"id":2,"result":true}\n'


NUMBERS = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text() | st.just("$"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$", "a", "__proto__", ""]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back(value):
    text = pack(value)
    assert text.isascii()
    assert "\n" not in text
    json.loads(text, parse_constant=pytest.fail)
    back = unpack(text)
    assert repr(back) == repr(value)


def test_nan_comes_back_in_any_place():
    (value,) = unpack(pack({"a": [math.nan]})).values()
    assert math.isnan(value[0])
