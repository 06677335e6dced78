"""From bytes to text whose every character has a place that can be named."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import NamedTuple

from hatch_intent.errors import Problem, SpecError

MAX_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Flaw(NamedTuple):
    """Something wrong at a character of the text, counted from 0; -1 when it has no place."""

    offset: int
    message: str


class FlawError(Exception):
    """Ends the reading of one part of a spec; the parser turns it into a `Problem`."""

    def __init__(self, offset: int, message: str) -> None:
        self.flaw = Flaw(offset, message)
        super().__init__(message)


def decode(raw: bytes, path: str) -> str:
    """The file's text without BOM and with LF line ends.

    Raises `SpecError` for more than 1 MiB, invalid UTF-8, control characters and no content.
    """
    if len(raw) > MAX_BYTES:
        # `raw` may be cut there, as `discover` reads no further.
        message = f"the file has more than {MAX_BYTES} bytes; make more than one spec of it"
        raise SpecError(Problem(path, 0, 0, message))
    raw = raw.removeprefix(_BOM).replace(b"\r\n", b"\n")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(_not_utf8(raw, error.start, path)) from None
    control = _CONTROL.search(text)
    if control:
        message = f"control character U+{ord(control[0]):04X}; a spec is plain text"
        raise SpecError(problems(text, path, [Flaw(control.start(), message)]))
    if not text.strip():
        message = 'the spec is empty; write at least "# name:", "# description:", "# signature:"'
        raise SpecError(Problem(path, 0, 0, message + ' and "# examples:"'))
    return text


def _not_utf8(raw: bytes, offset: int, path: str) -> Problem:
    before = raw[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8")) + 1
    message = f"byte 0x{raw[offset]:02X} isn't UTF-8; save the file as UTF-8"
    return Problem(path, before.count(b"\n") + 1, column, message)


def problems(text: str, path: str, flaws: list[Flaw]) -> list[Problem]:
    """The flaws with lines and columns, counted from 1 in characters."""
    starts = line_starts(text)
    found = []
    for offset, message in flaws:
        if offset < 0:
            found.append(Problem(path, 0, 0, message))
        else:
            line = bisect_right(starts, offset)
            found.append(Problem(path, line, offset - starts[line - 1] + 1, message))
    return sorted(set(found))


def line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def quote(text: str, limit: int = 60) -> str:
    """The text in double quotes on one line, shortened, for a message."""
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return json.dumps(text, ensure_ascii=False)
