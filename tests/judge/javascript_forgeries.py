"""`forgeries.py` for JavaScript: wrong modules that want to be told "passed"."""

from __future__ import annotations

from dataclasses import dataclass

from forgeries import TENS, Forgery

from hatch_intent.spec.types import INTEGER


@dataclass(frozen=True)
class JavascriptForgery(Forgery):
    def module(self, secret: str) -> str:
        return self.source.replace("@SECRET@", secret)


def _forgery(name: str, source: str, *values: object, **fields: object) -> JavascriptForgery:
    return JavascriptForgery(name, source, *values, **fields)  # type: ignore[arg-type]


VALUES = [
    _forgery("text for a number", "export function f(x) { return '7'; }", 7),
    _forgery("a list of one for a number", "export function f(x) { return [7]; }", 7),
    _forgery("a boxed number", "export function f(x) { return new Number(7); }", 7),
    _forgery("a boxed text", "export function f(x) { return new String('a'); }", "a"),
    _forgery("true for one", "export function f(x) { return true; }", 1),
    _forgery("nothing for null", "export function f(x) { return undefined; }", None),
    _forgery("a function for nothing", "export function f(x) { return [f]; }", [None]),
    _forgery("not a number for null", "export function f(x) { return [NaN]; }", [None]),
    _forgery("a hole for null", "export function f(x) { return [, 1]; }", [None, 1]),
    _forgery(
        "an object that says what it is worth",
        "export function f(x) { return { valueOf: () => 7 }; }",
        7,
    ),
    _forgery(
        "a key that nobody sees",
        "export function f(x) { return Object.defineProperty({ a: 1 }, 'b', { value: 2 }); }",
        {"a": 1},
    ),
    _forgery(
        "a date for its text",
        "export function f(x) { return new Date(0); }",
        "1970-01-01T00:00:00.000Z",
    ),
    _forgery(
        "a list with an item behind its end",
        "export function f(x) { const a = [1]; a['01'] = 2; return a; }",
        [1],
    ),
]

TRICKS = [
    _forgery(
        "JSON that only knows one answer",
        "JSON.stringify = () => '1';\nexport function f(x) { return 2; }",
    ),
    _forgery(
        "items that every array has",
        "Object.defineProperty(Array.prototype, 1, { get: () => 2, configurable: true });\n"
        "export function f(x) { return [1, , 3]; }",
        [1, 2, 3],
        harmless=True,
    ),
    _forgery(
        "an answer that changes in the next task",
        "const a = ['wrong'];\nexport function f(x) {\n"
        "  Promise.resolve().then(() => { a[0] = 'right'; }); return a; }",
        ["right"],
        harmless=True,
    ),
    _forgery(
        "a promise of the answer",
        "export function f(x) { return Promise.resolve('right'); }",
        "right",
        harmless=True,
    ),
    _forgery(
        "too large to be written down, which throws",
        "const part = 'x'.repeat(1 << 20);\n"
        "export function f(x) { return new Array(1000).fill(part); }",
        raises="ValueError",
        harmless=True,
    ),
    _forgery(
        "text from halves, too large together",
        "const part = { a: 'x'.repeat(1 << 20) };\n"
        "export function f(x) { const a = {}; for (let n = 0; n < 600; n++) a[n] = part;"
        " return a; }",
        raises="ValueError",
        harmless=True,
    ),
    _forgery(
        "an error returned",
        "export function f(x) { return new RangeError('no'); }",
        raises="ValueError",
        harmless=True,
    ),
    _forgery(
        "a promise that fails",
        "export function f(x) { const p = Promise.reject(new RangeError('no'));"
        " p.catch(() => 0); return p; }",
        raises="ValueError",
        harmless=True,
    ),
]

ELSEWHERE = [
    _forgery(
        "counts the calls",
        "let calls = 0;\nexport function f(x) { return ++calls * 10; }",
        10,
        more=TENS,
    ),
    _forgery(
        "knows the examples and throws elsewhere",
        "export function f(x) { const a = [0, 10, 20, 30][x];"
        " if (!a) throw new RangeError('no'); return a; }",
        10,
        more=TENS,
        properties=("out == x * 10",),
        type=INTEGER,
    ),
]

JAVASCRIPT_FORGERIES = [*VALUES, *TRICKS, *ELSEWHERE]
