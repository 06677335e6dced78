"""Examples and properties: the entries that say what a module is checked against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hatch_intent.spec.conform import misfit
from hatch_intent.spec.digest import by_value, canonical_json
from hatch_intent.spec.model import Example, Json, Signature
from hatch_intent.spec.names import exception_name
from hatch_intent.spec.source import Flaw, FlawError, quote
from hatch_intent.spec.strict_json import read_json, seen, skip_space, spots

MAX_EXAMPLES = 1000
_BULLET = re.compile(r"^[ \t]*-(?=\s|$)[ \t]*", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])", re.ASCII)


class Entry(NamedTuple):
    """What one `- ` begins: its text from `begin` on; `bullet` is where the dash stands."""

    bullet: int
    begin: int
    text: str


def entries(text: str, base: int) -> tuple[list[Entry], list[Flaw]]:
    """The bulleted entries of a section's text; `base` is where the text begins."""
    bullets = list(_BULLET.finditer(text))
    head = text[: bullets[0].start()] if bullets else text
    flaws = []
    if head.strip():
        offset = base + len(head) - len(head.lstrip())
        flaws.append(Flaw(offset, f'expected an entry that begins with "- ", got {seen(head, 0)}'))
    ends = [*(match.start() for match in bullets[1:]), len(text)]
    found = []
    for match, end in zip(bullets, ends, strict=False):
        dash = base + text.index("-", match.start())
        found.append(Entry(dash, base + match.end(), text[match.end() : end].rstrip()))
        if not found[-1].text:
            flaws.append(Flaw(dash, 'nothing follows "-"; write the entry or delete the line'))
    return [entry for entry in found if entry.text], flaws


class _Read(NamedTuple):
    """One example before it is held against the signature; offsets are the entry's own."""

    args: Json
    args_at: int
    out: Json
    out_at: int
    raises: str | None
    tolerance: float | None


class ExampleReader:
    """Reads the examples of one spec; collects what is wrong in `flaws`."""

    def __init__(self, signature: Signature | None, line_of: Lines) -> None:
        self.signature = signature
        self.line_of = line_of
        self.flaws: list[Flaw] = []
        self._calls: dict[str, Example] = {}

    def read(self, found: list[Entry]) -> Iterator[Example]:
        """The good ones, in the order of writing."""
        if len(found) > MAX_EXAMPLES:
            message = f"{len(found)} examples; a spec has at most {MAX_EXAMPLES}"
            self.flaws.append(Flaw(found[MAX_EXAMPLES].bullet, message))
        for number, entry in enumerate(found[:MAX_EXAMPLES], 1):
            before = len(self.flaws)
            example = self._example(entry)
            if example:
                self._compare(entry, example)
                yield example
            self.flaws[before:] = [
                Flaw(at, f"example {number}: {message}") for at, message in self.flaws[before:]
            ]

    def _example(self, entry: Entry) -> Example | None:
        try:
            read = _read_entry(entry.text)
        except FlawError as error:
            offset, message = error.flaw
            self.flaws.append(Flaw(entry.begin + offset, message))
            return None
        wrong = list(_misfits(read, self.signature, entry.text)) if self.signature else []
        self.flaws += [Flaw(entry.begin + offset, message) for offset, message in wrong]
        if wrong or not self.signature:
            return None
        args = _by_name(read.args, self.signature)
        line = self.line_of(entry.bullet)
        return Example(line, args, read.out, read.raises, read.tolerance)

    def _compare(self, entry: Entry, example: Example) -> None:
        """Two calls with equal arguments must not be told apart, nor be written twice."""
        key = canonical_json(by_value(self._filled(example.args)))
        other = self._calls.setdefault(key, example)
        if other is example:
            return
        if _outcome(other) != _outcome(example):
            message = f"contradicts the example in line {other.line}: equal arguments, another "
            self.flaws.append(Flaw(entry.bullet, f"{message}outcome; delete one"))
        elif canonical_json(other.args) == canonical_json(example.args):
            message = f"is the example of line {other.line} again; delete one"
            self.flaws.append(Flaw(entry.bullet, message))

    def _filled(self, args: dict[str, Json]) -> dict[str, Json]:
        parameters = self.signature.parameters if self.signature else ()
        return {parameter.name: parameter.default for parameter in parameters} | args


def can_be_read(text: str) -> bool:
    """Whether an example's text, without its bullet, is one by its form."""
    try:
        _read_entry(text)
    except FlawError:
        return False
    return True


class Lines:
    """Tells the line, counted from 1, of an offset."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1

    def __call__(self, offset: int) -> int:
        # asked in rising order, so that a thousand examples don't count a megabyte each
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def _misfits(read: _Read, signature: Signature, text: str) -> Iterator[Flaw]:
    """What keeps the example from fitting the signature, at the entry's own offsets."""
    names = [parameter.name for parameter in signature.parameters]
    listed = f"the signature has {', '.join(names) or 'no parameters'}"
    by_name = isinstance(read.args, dict)
    keys: list[str | int] = [*names] if by_name else [*range(len(names))]
    present = set(read.args) if by_name else set(range(len(read.args)))
    if by_name:
        for name in sorted(present - set(names)):
            at = spots(text, read.args_at)[name][0]
            yield Flaw(at, f"unknown argument {quote(str(name))}; {listed}")
    elif len(present) > len(names):
        at = spots(text, read.args_at)[len(names)][0]
        yield Flaw(at, f"{len(present)} arguments by position; {listed}")
    for key, parameter in zip(keys, signature.parameters, strict=True):
        wrong = misfit(read.args[key], parameter.type) if key in present else None
        if wrong:
            at = spots(text, read.args_at)[key][1]
            yield Flaw(at, f"argument {_at(parameter.name, wrong)}")
        elif key not in present and not parameter.optional:
            yield Flaw(read.args_at, f"missing argument {quote(parameter.name)}; {listed}")
    wrong = None if read.raises else misfit(read.out, signature.returns)
    if wrong:
        yield Flaw(read.out_at, _at("out", wrong))


def _by_name(args: Json, signature: Signature) -> dict[str, Json]:
    names = [parameter.name for parameter in signature.parameters]
    if isinstance(args, list):
        return dict(zip(names, args, strict=False))
    return {name: args[name] for name in names if name in args}


def _outcome(example: Example) -> str:
    return example.raises or canonical_json(by_value(example.out))


def _at(name: str, wrong: str) -> str:
    return f"{name}{wrong}" if wrong.startswith("[") else f"{name}: {wrong}"


def _read_entry(text: str) -> _Read:
    args_at = _key(text, 0, "in")
    args, end = read_json(text, args_at)
    if not isinstance(args, (dict, list)):
        message = '"in:" takes an object (by name) or a list (by position), got '
        raise FlawError(args_at, message + seen(text, args_at))
    if _is_key(text, end, "raises"):
        raises_at = _key(text, end, "raises")
        raises, end = _raises(text, raises_at)
        _at_end(text, end, "the end of the example")
        return _Read(args, args_at, None, raises_at, raises, None)
    if not _is_key(text, end, "out"):
        place = skip_space(text, end)
        raise FlawError(place, f'expected "out:" or "raises:", got {seen(text, end)}')
    out_at = _key(text, end, "out")
    out, end = read_json(text, out_at)
    tolerance = None
    if _is_key(text, end, "tolerance"):
        tolerance, end = _tolerance(text, _key(text, end, "tolerance"))
    _at_end(text, end, '"tolerance:" or the end of the example')
    return _Read(args, args_at, out, out_at, None, tolerance)


def _is_key(text: str, at: int, word: str) -> bool:
    at = skip_space(text, at)
    return text.startswith(word, at) and text.startswith(":", skip_space(text, at + len(word)))


def _key(text: str, at: int, word: str) -> int:
    """Where the value behind `word:` begins."""
    at = skip_space(text, at)
    if not _is_key(text, at, word):
        raise FlawError(at, f'expected "{word}:", got {seen(text, at)}')
    return skip_space(text, text.index(":", at) + 1)


def _raises(text: str, at: int) -> tuple[str, int]:
    match = _WORD.match(text, at)
    name = exception_name(match[0]) if match else None
    if not match or not name:
        message = f"{seen(text, at)} isn't a builtin exception; write one such as ValueError"
        raise FlawError(at, message)
    return name, match.end()


def _tolerance(text: str, at: int) -> tuple[float, int]:
    match = _NUMBER.match(text, at)
    value = float(match[0]) if match else 0.0
    if not match or not 0.0 < value < float("inf"):
        raise FlawError(at, f"a tolerance is a number above 0, such as 1e-6, got {seen(text, at)}")
    return value, match.end()


def _at_end(text: str, at: int, wanted: str) -> None:
    place = skip_space(text, at)
    if place < len(text):
        raise FlawError(place, f"expected {wanted}, got {seen(text, place)}")
