"""Every message of a bad spec, with its line and column."""

# ruff: noqa: E501  (a message stands on one line here, as people see it)

from __future__ import annotations

import pytest

from hatch_intent.errors import SpecError
from hatch_intent.spec import read_spec

BASE = """\
# name: length
# description:
Length of a vector.
# signature:
(x: number, y: number) -> number
# examples:
- in: {"x": 3, "y": 4} out: 5
"""
SIGNATURE = "(x: number, y: number) -> number"
EXAMPLE = '- in: {"x": 3, "y": 4} out: 5'
NAME_RULE = "a name is at most 64 ASCII letters, digits and underscores and starts with a letter"
HEADINGS = (
    "name, target, description, signature, constraints, examples, properties, uses, requires, model"
)
TYPES = 'number, integer, string, boolean, null, any, T[], { key: T }, "a" | "b"'


def messages(raw: bytes) -> list[str]:
    """What is wrong, each as `line:column  message`."""
    with pytest.raises(SpecError) as caught:
        read_spec(raw, "a.intent.md")
    return [str(problem).removeprefix("a.intent.md") for problem in caught.value.problems]


def test_base_is_good() -> None:
    assert read_spec(BASE.encode(), "a.intent.md").name == "length"


SPEC_CASES: list[tuple[str, str, str, list[str]]] = [
    ("no name", "# name: length\n", "", ['  the heading "name:" is missing; add "# name:"']),
    (
        "no signature",
        "# signature:\n(x: number, y: number) -> number\n",
        "",
        ['  the heading "signature:" is missing; add "# signature:"'],
    ),
    (
        "no description",
        "# description:\nLength of a vector.\n",
        "",
        ['  the heading "description:" is missing; add "# description:"'],
    ),
    (
        "empty name",
        "name: length",
        "name:",
        [':1:3  "name:" is empty; write its value behind it or below'],
    ),
    (
        "empty description",
        "Length of a vector.\n",
        "<!-- later -->\n",
        [':2:3  "description:" is empty; say what the function does'],
    ),
    (
        "typo in heading",
        "out: 5\n",
        "out: 5\n# constrains:\n- fast\n",
        [':8:3  unknown heading "constrains:"; did you mean "constraints:"?'],
    ),
    (
        "heading without colon",
        "out: 5\n",
        "out: 5\n## Properties\n- out > 0\n",
        [':8:4  the heading "Properties" lacks its colon; write "# properties:"'],
    ),
    (
        "heading twice",
        "out: 5\n",
        "out: 5\n# name: width\n",
        [':8:3  the heading "name:" stands twice, first in line 1; join them'],
    ),
    (
        "text before",
        "# name: length",
        "Hello\n# name: length",
        [':1:1  text before the first heading; move it below "# description:"'],
    ),
    (
        "open fence",
        "vector.\n",
        "vector.\n```\n",
        [':4:1  the block that "```" opens is never closed; close it so on a line of its own'],
    ),
    (
        "open comment",
        "out: 5\n",
        "out: 5\n<!-- never\n",
        [':8:1  the comment "<!--" is never closed; close it with "-->"'],
    ),
    (
        "path as name",
        "name: length",
        "name: ../../x",
        [':1:9  "../../x" can\'t be a name; ' + NAME_RULE],
    ),
    (
        "keyword",
        "name: length",
        "name: class",
        [':1:9  "class" can\'t be a name: it is a Python keyword; choose another'],
    ),
    (
        "js word",
        "name: length",
        "name: function",
        [':1:9  "function" can\'t be a name: it is reserved in JavaScript; choose another'],
    ),
    (
        "promise",
        "name: length",
        "name: then",
        [
            ':1:9  "then" can\'t be a name: import() would take the JavaScript module for a promise; choose another'
        ],
    ),
    (
        "builtin",
        "name: length",
        "name: len",
        [':1:9  "len" can\'t be a name: it would hide a Python builtin; choose another'],
    ),
    (
        "module",
        "name: length",
        "name: json",
        [
            ':1:9  "json" can\'t be a name: it would hide a module of the standard library; choose another'
        ],
    ),
    (
        "module of another python",
        "name: length",
        "name: imp",
        [
            ':1:9  "imp" can\'t be a name: it would hide a module of the standard library; choose another'
        ],
    ),
    (
        "device",
        "name: length",
        "name: NUL",
        [':1:9  "NUL" can\'t be a name: Windows keeps it for a device; choose another'],
    ),
    (
        "underscore",
        "name: length",
        "name: __init__",
        [':1:9  "__init__" can\'t be a name; ' + NAME_RULE],
    ),
    ("ligature", "name: length", "name: ﬁne", [':1:9  "ﬁne" can\'t be a name; ' + NAME_RULE]),
    (
        "long name",
        "name: length",
        "name: " + "a" * 65,
        [
            ':1:9  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" can\'t be a name; '
            + NAME_RULE
        ],
    ),
    (
        "target",
        "out: 5\n",
        "out: 5\n# target: py, ts\n",
        [':8:15  unknown target "ts"; known are js, py'],
    ),
    ("no target", "out: 5\n", "out: 5\n# target: ,\n", [":8:11  no target; known are js, py"]),
    (
        "uses a path",
        "out: 5\n",
        "out: 5\n# uses: a/b\n",
        [':8:9  "a/b" can\'t be a name; ' + NAME_RULE],
    ),
    (
        "uses itself",
        "out: 5\n",
        "out: 5\n# uses: hypot, length\n",
        [':8:16  "length" uses itself; a function may call itself without that'],
    ),
    (
        "uses what a parameter is named",
        "out: 5\n",
        "out: 5\n# uses: hypot, x\n",
        [':8:16  uses "x", which a parameter is named too; rename one of them'],
    ),
    (
        "uses twice",
        "out: 5\n",
        "out: 5\n# uses:\n- hypot\n- hypot\n",
        [':10:3  "hypot" stands twice; delete one'],
    ),
    (
        "requires",
        "out: 5\n",
        "out: 5\n# requires: numpy>=2\n",
        [":8:13  \"numpy>=2\" isn't a distribution's name; write the bare name, such as numpy"],
    ),
    (
        "requires twice",
        "out: 5\n",
        "out: 5\n# requires: numpy numpy\n",
        [':8:19  "numpy" stands twice; delete one'],
    ),
    (
        "models",
        "out: 5\n",
        "out: 5\n# model: a\nb\n",
        [':8:10  more than one line; write one model, such as "qwen2.5-coder:7b"'],
    ),
    (
        "bare constraint",
        "out: 5\n",
        "out: 5\n# constraints: be quick\n",
        [':8:16  expected an entry that begins with "- ", got "be"'],
    ),
    (
        "empty property",
        "out: 5\n",
        "out: 5\n# properties:\n-\n- out > 0\n",
        [':9:1  nothing follows "-"; write the entry or delete the line'],
    ),
    (
        "js parameter",
        "# signature:\n(x: number, y: number)",
        "# target: js\n# signature:\n(x: number, y: number, new?: number)",
        [
            ':6:24  the parameter "new" is reserved in JavaScript, one of the targets; choose another name'
        ],
    ),
]
EXAMPLE_CASES: list[tuple[str, str, str, list[str]]] = [
    (
        "nothing to check",
        '- in: {"x": 3, "y": 4} out: 5\n',
        "",
        [
            '  nothing to check: add "# examples:" with at least one "- in: … out: …" or "# properties:"'
        ],
    ),
    (
        "unknown heading in text",
        "vector.\n",
        "vector.\n# Note: see below\n",
        [
            ':4:3  unknown heading "Note:"; known are '
            + HEADINGS
            + "; indent the line or fence it to make it text"
        ],
    ),
    (
        "unknown argument",
        EXAMPLE,
        '- in: { "z":3, "x":1, "y":2 } out: 5',
        [':7:9  example 1: unknown argument "z"; the signature has x, y'],
    ),
    (
        "missing argument",
        EXAMPLE,
        '- in: {"x": 3} out: 5',
        [':7:7  example 1: missing argument "y"; the signature has x, y'],
    ),
    (
        "wrong argument",
        EXAMPLE,
        '- in: {"x": 3, "y": "4"} out: 5',
        [':7:21  example 1: argument y: expected number, got "4"'],
    ),
    (
        "true is no number",
        EXAMPLE,
        '- in: {"x": 3, "y": true} out: 5',
        [":7:21  example 1: argument y: expected number, got true"],
    ),
    (
        "wrong out",
        EXAMPLE,
        '- in: {"x": 3, "y": 4} out: "5"',
        [':7:29  example 1: out: expected number, got "5"'],
    ),
    (
        "too many by position",
        EXAMPLE,
        "- in: [3, 4, 5] out: 5",
        [":7:14  example 1: 3 arguments by position; the signature has x, y"],
    ),
    (
        "too few by position",
        EXAMPLE,
        "- in: [3] out: 5",
        [':7:7  example 1: missing argument "y"; the signature has x, y'],
    ),
    (
        "scalar in",
        EXAMPLE,
        "- in: 3 out: 5",
        [':7:7  example 1: "in:" takes an object (by name) or a list (by position), got "3"'],
    ),
    ("no in", EXAMPLE, '- {"x": 3} out: 5', [':7:3  example 1: expected "in:", got "{"']),
    (
        "no out",
        EXAMPLE,
        '- in: {"x": 3, "y": 4}',
        [':7:23  example 1: expected "out:" or "raises:", got the end'],
    ),
    (
        "no bullet",
        EXAMPLE,
        'in: {"x": 3, "y": 4} out: 5',
        [':7:1  expected an entry that begins with "- ", got "in"'],
    ),
    (
        "typo of out",
        EXAMPLE,
        '- in: {"x": 3, "y": 4} oit: 5',
        [':7:24  example 1: expected "out:" or "raises:", got "oit"'],
    ),
    (
        "duplicate key",
        EXAMPLE,
        '- in: {"x": 3, "y": 4, "x": 5} out: 5',
        [':7:24  example 1: the key "x" stands twice in one object'],
    ),
    (
        "nested duplicate",
        '(x: number, y: number) -> number\n# examples:\n- in: {"x": 3, "y": 4} out: 5\n',
        '(x: any) -> any\n# examples:\n- in: [{"a": {"b": 1,\n    "b": 2}}] out: 5\n',
        [':8:5  example 1: the key "b" stands twice in one object'],
    ),
    (
        "nan",
        EXAMPLE,
        '- in: {"x": NaN, "y": 4} out: 5',
        [":7:13  example 1: NaN isn't JSON; JSON has neither NaN nor infinity"],
    ),
    (
        "infinity",
        EXAMPLE,
        '- in: {"x": 3, "y": 4} out: -Infinity',
        [":7:29  example 1: -Infinity isn't JSON; JSON has neither NaN nor infinity"],
    ),
    (
        "overflow",
        EXAMPLE,
        '- in: {"x": 3, "y": 1e999} out: 5',
        [':7:21  example 1: "1e999" is beyond what a float can hold'],
    ),
    (
        "many digits",
        EXAMPLE,
        '- in: {"x": 3, "y": ' + "9" * 5000 + "} out: 5",
        [":7:21  example 1: a number of 5000 digits; a number has at most 640"],
    ),
    (
        "surrogate",
        EXAMPLE,
        '- in: {"x": 3, "y": "\\ud800"} out: 5',
        [":7:21  example 1: a lone surrogate isn't text; write both halves of the pair"],
    ),
    (
        "python true",
        EXAMPLE,
        '- in: {"x": 3, "y": True} out: 5',
        [':7:21  example 1: expected a JSON value, got "True"; JSON writes "true"'],
    ),
    (
        "single quotes",
        EXAMPLE,
        "- in: {'x': 3, 'y': 4} out: 5",
        [":7:8  example 1: expected a key in double quotes, got \"'x'\""],
    ),
    (
        "single quoted value",
        EXAMPLE,
        '- in: {"x": \'a\', "y": 4} out: 5',
        [":7:13  example 1: expected a JSON value, got \"'a'\"; JSON has double quotes"],
    ),
    (
        "trailing comma",
        EXAMPLE,
        '- in: {"x": 3, "y": 4,} out: 5',
        [':7:23  example 1: expected a key in double quotes, got "}"'],
    ),
    (
        "no comma",
        EXAMPLE,
        '- in: {"x": 3 "y": 4} out: 5',
        [':7:15  example 1: expected "," or "}", got "\\"y\\""'],
    ),
    (
        "no comma in list",
        EXAMPLE,
        "- in: [3 4] out: 5",
        [':7:10  example 1: expected "," or "]", got "4"'],
    ),
    ("no colon", EXAMPLE, '- in: {"x" 3} out: 5', [':7:12  example 1: expected ":", got "3"']),
    (
        "unterminated",
        EXAMPLE,
        '- in: {"x: 3} out: 5',
        [":7:8  example 1: the string is never closed; close it with a double quote"],
    ),
    (
        "bad escape",
        EXAMPLE,
        '- in: {"\\q": 3} out: 5',
        [":7:9  example 1: JSON doesn't know this escape; write \\\\ for a backslash"],
    ),
    (
        "cut off",
        EXAMPLE,
        '- in: {"x": 3,\n- in: [3, 4] out: 5',
        [":7:15  example 1: expected a key in double quotes, got the end"],
    ),
    (
        "leading zero",
        EXAMPLE,
        "- in: [03, 4] out: 5",
        [':7:9  example 1: expected "," or "]", got "3"'],
    ),
    (
        "deep",
        EXAMPLE,
        "- in: [3, 4] out: " + "[" * 102,
        [":7:120  example 1: nested deeper than 100"],
    ),
    (
        "not an exception",
        EXAMPLE,
        "- in: [3, 4] raises: Boom",
        [':7:22  example 1: "Boom" isn\'t a builtin exception; write one such as ValueError'],
    ),
    (
        "not an Exception",
        EXAMPLE,
        "- in: [3, 4] raises: SystemExit",
        [':7:22  example 1: "SystemExit" isn\'t a builtin exception; write one such as ValueError'],
    ),
    (
        "text after raises",
        EXAMPLE,
        "- in: [3, 4] raises: ValueError or so",
        [':7:33  example 1: expected the end of the example, got "or"'],
    ),
    (
        "tolerance zero",
        EXAMPLE,
        "- in: [3, 4] out: 5 tolerance: 0",
        [':7:32  example 1: a tolerance is a number above 0, such as 1e-6, got "0"'],
    ),
    (
        "tolerance word",
        EXAMPLE,
        "- in: [3, 4] out: 5 tolerance: small",
        [':7:32  example 1: a tolerance is a number above 0, such as 1e-6, got "small"'],
    ),
    (
        "tolerance infinite",
        EXAMPLE,
        "- in: [3, 4] out: 5 tolerance: 1e999",
        [':7:32  example 1: a tolerance is a number above 0, such as 1e-6, got "1e999"'],
    ),
    (
        "text after out",
        EXAMPLE,
        "- in: [3, 4] out: 5 maybe",
        [':7:21  example 1: expected "tolerance:" or the end of the example, got "maybe"'],
    ),
    (
        "contradiction",
        "out: 5\n",
        "out: 5\n- in: [3.0, 4] out: 6\n",
        [
            ":8:1  example 2: contradicts the example in line 7: equal arguments, another outcome; delete one"
        ],
    ),
    (
        "contradiction by raises",
        "out: 5\n",
        "out: 5\n- in: [3, 4] raises: ValueError\n",
        [
            ":8:1  example 2: contradicts the example in line 7: equal arguments, another outcome; delete one"
        ],
    ),
    (
        "twice",
        "out: 5\n",
        "out: 5\n- in: [3, 4] out: 5.0\n",
        [":8:1  example 2: is the example of line 7 again; delete one"],
    ),
]
SIGNATURE_CASES: list[tuple[str, str, str, list[str]]] = [
    (
        "promise",
        SIGNATURE,
        "(x: number, y: number) -> Promise<number>",
        [
            ':5:27  the type "Promise" is refused: functions are plain and synchronous; write the type of the value itself'
        ],
    ),
    (
        "async",
        SIGNATURE,
        "async def length(x: float, y: float) -> float:",
        [":5:1  async is refused: functions are plain and synchronous"],
    ),
    (
        "coroutine",
        SIGNATURE,
        "(x: float, y: Coroutine[Any, Any, int]) -> float",
        [
            ':5:15  the type "Coroutine" is refused: functions are plain and synchronous; write the type of the value itself'
        ],
    ),
    (
        "callback",
        SIGNATURE,
        "(x: number, y: (a: number) => number) -> number",
        [":5:16  a function isn't a JSON value; a signature takes and returns JSON values only"],
    ),
    (
        "callback without parameters",
        SIGNATURE,
        "(x: number, y: () => void) -> number",
        [":5:16  a function isn't a JSON value; a signature takes and returns JSON values only"],
    ),
    (
        "callback of types",
        SIGNATURE,
        "(x: number, y: (number) => void) -> number",
        [":5:16  a function isn't a JSON value; a signature takes and returns JSON values only"],
    ),
    (
        "method",
        SIGNATURE,
        "(x: number, y: { f(): void }) -> number",
        [":5:19  a function isn't a JSON value; a signature takes and returns JSON values only"],
    ),
    (
        "callable",
        SIGNATURE,
        "(x: float, y: Callable[[int], int]) -> float",
        [':5:15  the type "Callable" is refused: a function isn\'t a JSON value; pass its result'],
    ),
    (
        "generic",
        SIGNATURE,
        "<T>(x: T, y: T) -> T",
        [":5:1  generics are refused; write the types themselves, or any"],
    ),
    (
        "generic def",
        SIGNATURE,
        "def length[T](x: T, y: T) -> T",
        [":5:11  generics are refused; write the types themselves, or any"],
    ),
    (
        "type variable",
        SIGNATURE,
        "(x: T, y: number) -> number",
        [':5:5  unknown type "T"; classes and generics are refused, write ' + TYPES],
    ),
    (
        "class",
        SIGNATURE,
        "class Vector",
        [":5:1  classes are refused; write a plain function: (x: number, y?: number) -> number"],
    ),
    (
        "instance",
        SIGNATURE,
        "(x: Vector, y: number) -> number",
        [':5:5  unknown type "Vector"; classes and generics are refused, write ' + TYPES],
    ),
    (
        "date",
        SIGNATURE,
        "(x: Date, y: number) -> number",
        [
            ':5:5  the type "Date" is refused: a date isn\'t a JSON value; write string (ISO 8601) or number (seconds)'
        ],
    ),
    (
        "datetime",
        SIGNATURE,
        "(x: datetime.datetime, y: float) -> float",
        [
            ':5:5  the type "datetime.datetime" is refused: a date isn\'t a JSON value; write string (ISO 8601) or number (seconds)'
        ],
    ),
    (
        "ts map",
        SIGNATURE,
        "(x: Map<string, number>, y: number) -> number",
        [':5:5  the type "Map" is refused: it isn\'t a JSON value; write Record<string, T>'],
    ),
    (
        "set",
        SIGNATURE,
        "(x: set[int], y: float) -> float",
        [':5:5  the type "set" is refused: a set isn\'t a JSON value; write an array'],
    ),
    (
        "bytes",
        SIGNATURE,
        "(x: bytes, y: float) -> float",
        [
            ':5:5  the type "bytes" is refused: bytes aren\'t a JSON value; write string (base64) or integer[]'
        ],
    ),
    (
        "int keys",
        SIGNATURE,
        "(x: dict[int, str], y: float) -> float",
        [':5:10  JSON has string keys only; "dict" takes string, not "int"'],
    ),
    (
        "record keys",
        SIGNATURE,
        "(x: Record<number, string>, y: number) -> number",
        [':5:12  JSON has string keys only; "Record" takes string, not "number"'],
    ),
    (
        "index keys",
        SIGNATURE,
        "(x: { [k: number]: string }, y: number) -> number",
        [':5:11  JSON has string keys only; write [key: string], not "number"'],
    ),
    (
        "star args",
        SIGNATURE,
        "(x: float, *y: float) -> float",
        [
            ':5:12  "*" is refused: parameters are a fixed list of plain names; take an array or a record'
        ],
    ),
    (
        "star star",
        SIGNATURE,
        "(x: float, y: float, **more: float) -> float",
        [
            ':5:22  "**" is refused: parameters are a fixed list of plain names; take an array or a record'
        ],
    ),
    (
        "rest",
        SIGNATURE,
        "(x: number, y: number, ...z: number[]) -> number",
        [
            ':5:24  "..." is refused: parameters are a fixed list of plain names; take an array or a record'
        ],
    ),
    (
        "bare star",
        SIGNATURE,
        "(x: float, *, y: float) -> float",
        [
            ':5:12  "*" is refused: parameters are a fixed list of plain names; take an array or a record'
        ],
    ),
    (
        "parameter twice",
        SIGNATURE,
        "(x: number, x: number, y: number) -> number",
        [':5:13  the parameter "x" stands twice'],
    ),
    (
        "required after optional",
        SIGNATURE,
        "(x?: number, y: number) -> number",
        [':5:14  the parameter "y" must be given but follows an optional one; move it before x'],
    ),
    (
        "keyword parameter",
        SIGNATURE,
        "(x: number, y: number, lambda?: number) -> number",
        [':5:24  the parameter "lambda" is a Python keyword; choose another name'],
    ),
    (
        "dunder parameter",
        SIGNATURE,
        "(x: number, y: number, __z?: number) -> number",
        [':5:24  the parameter "__z" starts with two underscores; choose another name'],
    ),
    (
        "composed parameter",
        SIGNATURE,
        "(x: number, y: number, ﬁ?: number) -> number",
        [
            ':5:24  the parameter "ﬁ" isn\'t an identifier in normal form (NFKC); choose another name'
        ],
    ),
    (
        "no type",
        SIGNATURE,
        "(x, y: number) -> number",
        [':5:2  the parameter "x" has no type; write x: number'],
    ),
    (
        "no return",
        SIGNATURE,
        "(x: number, y: number)",
        [':5:23  expected "->" and the type of the answer, got the end'],
    ),
    (
        "not a signature",
        SIGNATURE,
        "x and y",
        [
            ':5:1  the signature is of "x", the spec of "length"; write one name',
            ':5:3  expected "(" to begin the signature, as in (x: number, y?: number) -> number, got "and"',
        ],
    ),
    (
        "strange sign",
        SIGNATURE,
        "(x: number; y: number!) -> number",
        [':5:22  "!" has no meaning in a signature'],
    ),
    (
        "semicolon",
        SIGNATURE,
        "(x: number; y: number) -> number",
        [':5:11  expected "," or ")" after a parameter, got ";"'],
    ),
    (
        "unclosed",
        SIGNATURE,
        "(x: number, y: number[ -> number",
        [':5:22  expected "," or ")" after a parameter, got "["'],
    ),
    (
        "left open",
        SIGNATURE,
        "(x: number, y: number",
        [':5:22  expected "," or ")" after a parameter, got the end'],
    ),
    (
        "junk behind",
        SIGNATURE,
        "(x: number, y: number) -> number number",
        [':5:34  expected the end of the signature, got "number"'],
    ),
    (
        "both optional",
        SIGNATURE,
        "(x: number, y?: number = 1) -> number",
        [':5:24  an optional parameter has either "?" or a default, not both'],
    ),
    (
        "default misfits",
        SIGNATURE,
        "(x: number, y: int = 'a') -> number",
        [':5:22  the default of y: expected integer, got "a"; change it or the type'],
    ),
    (
        "default inside misfits",
        SIGNATURE,
        "(x: number, y: int[] = [1, 'a']) -> number",
        [':5:24  the default of y[1]: expected integer, got "a"; change it or the type'],
    ),
    (
        "default call",
        SIGNATURE,
        "(x: number, y: number = f()) -> number",
        [':5:25  a default is a JSON value, got "f"'],
    ),
    (
        "default too big",
        SIGNATURE,
        "(x: number, y: number = 1e999) -> number",
        [':5:25  "1e999" is beyond what a number can hold'],
    ),
    (
        "bad escape in a literal",
        SIGNATURE,
        "(x: number, y: number | '\\q') -> number",
        [":5:25  '\\q' has an escape that JSON doesn't know"],
    ),
    (
        "intersection",
        SIGNATURE,
        "(x: number, y: number & string) -> number",
        [':5:23  intersections ("&") are refused; write one record with all keys'],
    ),
    (
        "field twice",
        SIGNATURE,
        "(x: number, y: number) -> { a: number, a: string }",
        [':5:40  the field "a" stands twice in one record'],
    ),
    (
        "field no type",
        SIGNATURE,
        "(x: number, y: number) -> { a }",
        [':5:31  expected ":" and a type after the field "a", got "}"'],
    ),
    (
        "field no comma",
        SIGNATURE,
        "(x: number, y: number) -> { a: number b: number }",
        [':5:39  expected "," or "}" after a field, got "b"'],
    ),
    (
        "field no name",
        SIGNATURE,
        "(x: number, y: number) -> { 3: number }",
        [':5:29  expected a field\'s name, got "3"'],
    ),
    (
        "no type at all",
        SIGNATURE,
        "(x: number, y: number) -> ;",
        [':5:27  expected a type, got ";"'],
    ),
    (
        "optional bare",
        SIGNATURE,
        "(x: number, y: Optional) -> number",
        [':5:24  expected a type in brackets after "Optional", got ")"'],
    ),
    (
        "dict of one",
        SIGNATURE,
        "(x: number, y: dict[str]) -> number",
        [':5:16  "dict" takes 2 types, not 1'],
    ),
    (
        "literal list",
        SIGNATURE,
        "(x: number, y: Literal[[1]]) -> number",
        [":5:24  a literal is a string, a number, true or false"],
    ),
    (
        "literal bare",
        SIGNATURE,
        "(x: number, y: Literal) -> number",
        [':5:16  expected values in brackets after "Literal", got ")"'],
    ),
    (
        "many dimensions",
        SIGNATURE,
        "(x: number, y: number[][][][][][]) -> number",
        [":5:32  more than 5 times []; write fewer dimensions"],
    ),
    (
        "deep type",
        SIGNATURE,
        "(x: number, y: " + "[" * 30 + ") -> number",
        [":5:36  nested deeper than 20"],
    ),
    (
        "other name",
        SIGNATURE,
        "def width(x: float, y: float) -> float: ...",
        [':5:5  the signature is of "width", the spec of "length"; write one name'],
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(*case[1:], id=case[0])
        for case in [*SPEC_CASES, *EXAMPLE_CASES, *SIGNATURE_CASES]
    ],
)
def test_message(old: str, new: str, expected: list[str]) -> None:
    assert old in BASE
    assert messages(BASE.replace(old, new, 1).encode()) == expected


def test_all_problems_come_at_once_and_sorted() -> None:
    raw = BASE.replace("length", "../x").replace("y: number", "y: Date").replace('"x": 3', '"z": 3')
    assert messages(raw.encode()) == [
        f':1:9  "../x" can\'t be a name; {NAME_RULE}',
        ':5:16  the type "Date" is refused: a date isn\'t a JSON value; write string (ISO 8601) or number (seconds)',
    ]
    raw = BASE.replace("length", "../x").replace('"x": 3', '"z": "3"').replace("out: 5", "out: []")
    assert [message.split(" ")[0] for message in messages(raw.encode())] == [
        ":1:9",
        ":7:7",
        ":7:8",
        ":7:31",
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"# name: a\n\xc3\xa9t\xff", ":2:3  byte 0xFF isn't UTF-8; save the file as UTF-8"),
        (b"\xff\xfe#\x00", ":1:1  byte 0xFF isn't UTF-8; save the file as UTF-8"),
        (b"# name: a\x00b", ":1:10  control character U+0000; a spec is plain text"),
        (b"# name: a\r\n\x1b[0m", ":2:1  control character U+001B; a spec is plain text"),
        (b"# name: a\rb", ":1:10  control character U+000D; a spec is plain text"),
        (
            b" " * ((1 << 20) + 1),
            "  the file has more than 1048576 bytes; make more than one spec of it",
        ),
        (
            b"\xef\xbb\xbf \r\n",
            '  the spec is empty; write at least "# name:", "# description:", "# signature:" and "# examples:"',
        ),
    ],
    ids=["latin", "utf-16", "nul", "escape", "lone cr", "too big", "empty"],
)
def test_bytes_that_are_no_text(raw: bytes, expected: str) -> None:
    assert messages(raw) == [expected]


def test_more_than_a_thousand_examples() -> None:
    lines = "".join(f"- in: [{n}, 0] out: {n}\n" for n in range(1000))
    good = BASE.replace(f"{EXAMPLE}\n", lines)
    assert len(read_spec(good.encode(), "a.intent.md").examples) == 1000
    assert messages(f"{good}- in: [1000, 0] out: 1000\n".encode()) == [
        ":1007:1  1001 examples; a spec has at most 1000"
    ]


def test_column_counts_characters_after_a_comment() -> None:
    raw = BASE.replace("- in:", "<!-- ä\nö --> \n- in: <!-- é -->").replace("out: 5", 'out: "5"')
    assert messages(raw.encode()) == [':9:40  example 1: out: expected number, got "5"']
