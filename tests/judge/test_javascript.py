"""JavaScript modules get verdicts by the same gates. Without node these tests fail, and say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from judge_specs import MakeSpec, build_spec

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import Judge
from hatch_intent.judge.node import finding
from hatch_intent.judge.node.module import inexact
from hatch_intent.judge.node.parameters import parameters
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.spec import read_spec
from hatch_intent.spec.model import Example
from hatch_intent.spec.types import INTEGER


def verdict_on(
    judge: Judge, make_spec: MakeSpec, code: str, *examples: Example, **fields: object
) -> Verdict:
    spec = make_spec(examples=list(examples) or [Example(1, {"x": 1}, 1)], **fields)
    return judge.check(code, spec, "js")


def test_the_level_names_the_layers_and_node(judge: Judge) -> None:
    assert judge.node.level.startswith("strict: seccomp, ")
    assert "; node " in judge.node.level
    assert judge.node.start().open == ()


def test_a_module_that_meets_its_examples_passes(judge: Judge, make_spec: MakeSpec) -> None:
    examples = [Example(1, {"x": "é"}, "É"), Example(2, {"x": ""}, "")]
    code = "export function f(x) { return x.toUpperCase(); }"
    verdict = verdict_on(judge, make_spec, code, *examples)
    assert verdict.passed
    assert [result.got for result in verdict.results] == ["É", ""]
    assert verdict.level == judge.node.level


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("export function f(x { }", "does not parse: "),
        ("export function g(x) { }", "does not export function f"),
        ("const f = 1; export { f };", "does not export function f"),
        ("export default function f(x) { }", "does not export function f"),
        ("export async function f(x) { }", "f is asynchronous; write function f(x)"),
        ("export function* f(x) { }", "f is a generator; write function f(x)"),
        ("export class f { }", "f is a class; write function f(x)"),
        ("export function f({ x }) { }", "has function f({ x }); the signature is function f(x)"),
        ("export function f(y) { }", "has function f(y); the signature is function f(x)"),
        ("import 'node:fs'; export function f(x) { }", 'imports "node:fs", which is not allowed'),
        ("import { g } from './g.js'; export function f(x) { }", 'imports "./g.js", which is not'),
        ("throw new RangeError('no'); export function f(x) { }", "importing it raised RangeError"),
        ("await new Promise(() => {}); export function f(x) { }", "waits at its top level"),
    ],
)  # fmt: skip
def test_a_module_that_cannot_be_called(
    judge: Judge, make_spec: MakeSpec, code: str, problem: str
) -> None:
    verdict = verdict_on(judge, make_spec, code)
    assert not verdict.passed
    assert verdict.problem.startswith(problem)


UNFIT = [
    ("undefined", "undefined is not a JSON value; return null"),
    ("NaN", "NaN is not a JSON number"),
    ("-1 / 0", "-Infinity is not a JSON number"),
    ("10n", "a BigInt is not a JSON value; return a number"),
    ("Symbol()", "a symbol is not a JSON value"),
    ("() => 1", "a function is not a JSON value"),
    ("Promise.resolve(1)", "a promise is not a JSON value; the function has to be synchronous"),
    ("new Map()", "a Map is not a JSON value; return an object"),
    ("new Set()", "a Set is not a JSON value; return an array"),
    ("new Uint8Array(2)", "Uint8Array is not a JSON value; return an array"),
    ("new Date(0)", "Date is not a JSON value"),
    ("new (class Point {})()", "Point is not a JSON value"),
    ("new Number(1)", "Number is not a JSON value"),
    ("new Proxy({}, {})", "a Proxy is not a JSON value"),
    ("[1, , 3]", "item 1 of 3 is a hole: the array is sparse"),
    ("[undefined]", "item 0 is undefined; make it null"),
    ("Object.assign([], { a: 1 })", "an array with keys beside its items"),
    ("new (class extends Array {})()", "an array of another kind is not a plain array"),
    ("({ a: undefined })", '"a" is undefined; leave it out, or make it null'),
    ("({ get a() { return 1; } })", '"a" is a getter, not a value'),
    ("({ [Symbol.iterator]: 1 })", "a key is a symbol, not a string"),
    ("({ toJSON() { return 1; } })", "a function is not a JSON value"),
    ("Object.defineProperty({}, 'a', { value: 1 })", '"a" is hidden: it is not enumerable'),
    ("'x'.repeat(2 ** 21)", "too large: more than 1048576 bytes"),
]
FIT = [
    ("-0", 0),
    ("5.0", 5),
    ("2 ** 60", 2**60),
    ("1e21", 10**21),
    ("0.1 + 0.2", 0.30000000000000004),
    ("5e-324", 5e-324),
    ("null", None),
    ("Object.create(null)", {}),
    ("({ ['__proto__']: 1 })", {"__proto__": 1}),
    ("'\\u2028\\ud800'", "\u2028\ud800"),
]


@pytest.fixture(scope="module")
def answers(judge: Judge) -> dict[str, CallResult]:
    """What each expression of the two tables comes to, all in one worker."""
    expected = {**{value: 1 for value, _ in UNFIT}, **dict(FIT)}
    table = ", ".join(f"() => {value}" for value in expected)
    code = f"const table = [{table}];\nexport const f = (x) => table[x]();"
    examples = [Example(n, {"x": n}, out) for n, out in enumerate(expected.values())]
    results = judge.check(code, build_spec(examples=examples), "js").results
    return dict(zip(expected, results, strict=True))


@pytest.mark.parametrize(("value", "error"), UNFIT, ids=[value for value, _ in UNFIT])
def test_an_answer_that_is_no_json_value(
    answers: dict[str, CallResult], value: str, error: str
) -> None:
    result = answers[value]
    status = "large" if error.startswith("too large") else "type"
    assert (result.status, result.error) == (status, f"the answer: {error}")


@pytest.mark.parametrize(("value", "got"), FIT, ids=[value for value, _ in FIT])
def test_an_answer_that_is_one(answers: dict[str, CallResult], value: str, got: object) -> None:
    assert answers[value].passed
    assert repr(answers[value].got) == repr(got)


def test_whole_numbers_are_integers(judge: Judge, make_spec: MakeSpec) -> None:
    code = "export function f(x) { return x / 2; }"
    examples = [Example(1, {"x": 4}, 2), Example(2, {"x": 3}, 1.5)]
    results = verdict_on(judge, make_spec, code, *examples, returns=INTEGER).results
    assert [result.status for result in results] == ["passed", "type"]


def test_optional_arguments_are_left_out(judge: Judge, make_spec: MakeSpec) -> None:
    code = "export function f(a, b = 'B', c = 'C') { return [a, b, c, arguments.length]; }"
    examples = [
        Example(1, {"a": 1}, [1, "B", "C", 1]),
        Example(2, {"a": 1, "c": 2}, [1, "B", 2, 3]),
        Example(3, {"a": 1, "b": None}, [1, None, "C", 2]),
    ]
    assert verdict_on(judge, make_spec, code, *examples, parameters="a b? c?").passed


@pytest.mark.parametrize(
    ("thrown", "raises", "passes"),
    [
        ("new RangeError('no')", "ValueError", True),
        ("new TypeError('no')", "TypeError", True),
        ("new TypeError('no')", "ValueError", False),
        ("new Error('no')", "ValueError", False),
        ("Object.assign(new Error('no'), { name: 'ValueError' })", "ValueError", True),
        ("new (class KeyError extends Error {})('no')", "KeyError", True),
        ("'ValueError'", "ValueError", False),
        ("new RangeError('no')", "UnicodeDecodeError", True),
        # JavaScript has no word for it: an Error will do, what the language itself throws won't
        ("new Error('no')", "OSError", True),
        ("new (class Closed extends Error {})('no')", "OSError", True),
        ("undefined.x", "OSError", False),
        ("new RangeError('no')", "OSError", False),
        # an endless recursion is no judgement on a value
        ("f(x)", "ValueError", False),
        ("f(x)", "RecursionError", True),
    ],
)
def test_errors(judge: Judge, make_spec: MakeSpec, thrown: str, raises: str, passes: bool) -> None:
    code = f"export function f(x) {{\n  throw {thrown};\n}}"
    (result,) = verdict_on(judge, make_spec, code, Example(1, {"x": 1}, raises=raises)).results
    assert result.passed == passes


def test_an_error_shows_its_line(judge: Judge, make_spec: MakeSpec) -> None:
    code = "export function f(x) {\n  return g(x);\n}\nfunction g(x) { return x.y.z; }\n"
    (result,) = verdict_on(judge, make_spec, code).results
    assert result.status == "raised"
    assert result.error.startswith("TypeError: Cannot read properties of undefined")
    assert result.frames == ("line 2: return g(x);", "line 4: function g(x) { return x.y.z; }")


def test_a_module_may_export_a_then(judge: Judge, make_spec: MakeSpec) -> None:
    code = "export function f(x) { return x; }\nexport function then(resolve) { resolve(null); }"
    assert verdict_on(judge, make_spec, code, Example(1, {"x": 1}, 1)).passed


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("export function f(x) { x.push(1); return 1; }", "mutated"),
        ("let n = 0;\nexport function f(x) { n += 1; return n; }", "unstable"),
    ],
)
def test_state_is_found(judge: Judge, make_spec: MakeSpec, code: str, status: str) -> None:
    examples = [Example(1, {"x": []}, 1), Example(2, {"x": []}, 2 if status == "unstable" else 1)]
    results = verdict_on(judge, make_spec, code, *examples).results
    assert [result.status for result in results] == [status, status]


def test_what_is_no_javascript_of_its_own_is_not_there(judge: Judge, make_spec: MakeSpec) -> None:
    names = "process require module Buffer fetch setTimeout WebAssembly crypto performance global"
    code = "export function f(x) { return x.filter((n) => n in globalThis); }"
    kept = ["structuredClone", "URL", "JSON"]
    example = Example(1, {"x": [*names.split(), *kept]}, kept)
    assert verdict_on(judge, make_spec, code, example).passed


def test_a_module_uses_others(judge: Judge, make_spec: MakeSpec) -> None:
    spec = make_spec(examples=[Example(1, {"x": 1}, 3)], uses=("g",))
    code = "import { g } from './g.js';\nexport function f(x) { return g(x) + 1; }"
    g = "import { h } from './h.js';\nexport function g(x) { return h(x); }"
    h = "export function h(x) { return x + 1; }"
    assert judge.check(code, spec, "js", {"h": h, "g": g}).passed
    assert judge.check(code, spec, "js").problem == "uses g, of which there is no module yet"
    other = make_spec(examples=list(spec.examples))
    assert judge.check(code, other, "js", {"g": g, "h": h}).problem.startswith("imports")


def test_integers_that_javascript_rounds_are_refused(judge: Judge, make_spec: MakeSpec) -> None:
    code = "export function f(x) { return x; }"
    example = Example(7, {"x": 2**53 + 1}, 1)
    assert "line 7 has 9007199254740993" in verdict_on(judge, make_spec, code, example).problem
    assert inexact({"a": [2**60, -(2**53) - 1]}) == -(2**53) - 1
    assert inexact([2**60, 10**400]) == 10**400


SPEC = """\
# name: half
# description:
x
# signature:
(x: integer) -> number
# properties:
- out * 2 == x
# examples:
- in: [4] out: 2
"""


@pytest.mark.slow
def test_properties_hold_on_made_up_inputs(judge: Judge) -> None:
    spec = read_spec(SPEC.encode(), "half.intent.md")
    good = judge.check("export const half = (x) => x / 2;", spec, "js", generated=50)
    assert (good.passed, good.generated, good.properties) == (True, 50, 1)
    wrong = judge.check("export const half = (x) => (x > 9 ? 1 : x / 2);", spec, "js", None, 50)
    assert wrong.counterexample is not None
    assert wrong.counterexample.example.args == {"x": 10}
    assert wrong.counterexample.status == "property"


def test_a_hostile_serializer_is_not_asked(judge: Judge, make_spec: MakeSpec) -> None:
    code = """
    export function f(x) {
      JSON.stringify = JSON.parse = () => '1';
      for (const key of ["0", "kind", "text", "missing", "then", "header", "why", "length"])
        Object.prototype.__defineGetter__(key, () => 1);
      Object.prototype.toJSON = Object.prototype.value = Object.prototype.get = () => 1;
      Array.prototype[Symbol.iterator] = function* () { yield 1; };
      Reflect.ownKeys = Object.keys = () => [];
      String.prototype.toJSON = () => 1;
      Function.prototype.call = Function.prototype.apply = () => 1;
      return { a: [2, "b"] };
    }"""
    examples = [Example(n, {"x": {"a": [n]}}, {"a": [2, "b"]}) for n in (1, 2, 3)]
    assert verdict_on(judge, make_spec, code, *examples).passed


def test_without_node_the_error_says_so(
    make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding.shutil, "which", lambda name: None)
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    with Judge() as judge, pytest.raises(CheckFailed, match="install node 18 or newer"):
        verdict_on(judge, make_spec, "export function f(x) { return x; }")


def test_an_old_or_a_false_node_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text(
        '#!/bin/sh\necho \'{"path": "/n", "version": "16.20.2", "files": [], "flags": []}\'\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv(finding.VARIABLE, str(old))
    with pytest.raises(CheckFailed, match=r"is node 16\.20\.2; checking JavaScript needs 18"):
        finding.find_node()
    monkeypatch.setenv(finding.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(CheckFailed, match="doesn't run as node does"):
        finding.find_node()
    monkeypatch.setenv(finding.VARIABLE, str(tmp_path))
    with pytest.raises(CheckFailed, match=r"does: it is a folder; name the program in it$"):
        finding.find_node()


@pytest.mark.parametrize(
    ("does", "why"),
    [
        pytest.param("echo 3", "what it says of itself is nothing that node says", id="number"),
        pytest.param("echo '{}'", "what it says of itself is nothing", id="nothing"),
        pytest.param(
            'echo \'{"path": 1, "version": "20.1.0", "files": [], "flags": []}\'',
            "what it says of itself is nothing",
            id="no-path",
        ),
        pytest.param(
            'echo \'{"path": "/n", "version": "v20", "files": [], "flags": []}\'',
            "what it says of itself is nothing",
            id="no-version",
        ),
        pytest.param("exit 3", "it ended with exit status 3$", id="ends"),
    ],
)
def test_what_is_no_node_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str, why: str
) -> None:
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv(finding.VARIABLE, str(program))
    with pytest.raises(CheckFailed, match=f"doesn't run as node does: {why}"):
        finding.find_node()


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("function f(a, b = [1, 2], ...rest) {}", ["a", "b", "...rest"]),
        ("(a, b = ')') => 1", ["a", "b"]),
        ("a => 1", ["a"]),
        ("function f(/* x, */ a, // y\n b) {}", ["a", "b"]),
        ("function f({ a, b } = {}) {}", ["{ a, b }"]),
        ("function f() {}", []),
        ("function f(a", None),
    ],
)
def test_parameters_by_source_text(head: str, names: list[str] | None) -> None:
    assert parameters(head) == names
