"""What a command shows, and how much of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

# A model's words and a spec's values may hold anything; a terminal must only ever show it.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# What CI systems take for commands wherever it stands in a log, or at the start of a line.
_ANYWHERE = re.compile(r"##(?=(?:vso)?\[)")
_AT_START = re.compile(r"^([ \t]*):(?=:)", re.MULTILINE)


class Screen(NamedTuple):
    """Answers go to standard output, errors to standard error."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """A line that everyone should see who didn't ask for quiet."""
        if not self.quiet:
            self.answer(text)

    def detail(self, text: str) -> None:
        """A line for those who want to know more."""
        if self.verbose and not self.quiet:
            self.answer(text)

    def answer(self, text: str) -> None:
        """What was asked for: shown in any case."""
        # Errors stand where they happened only if each line is out at once.
        print(plain(text), flush=True)  # noqa: T201 - the one place that prints

    def complain(self, text: str) -> None:
        """What went wrong."""
        print(plain(text), file=sys.stderr, flush=True)  # noqa: T201 - as above

    def command(self, line: str) -> None:
        """A line that is meant for a CI system, and made so that nothing else is in it."""
        print(_shown(line), flush=True)  # noqa: T201 - as above

    def traceback(self) -> None:
        """Where the error at hand came from, for those who want to know more."""
        if self.verbose:
            import traceback

            self.complain(traceback.format_exc().rstrip())

    def json(self, value: Any) -> None:
        """A value for programs."""
        import json

        text = _ANYWHERE.sub(r"#\\u0023", json.dumps(value, ensure_ascii=False, indent=2))
        text = _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        print(text, flush=True)  # noqa: T201 - as above

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows in aligned columns, the first being the header."""
        from hatch_intent.report.table import table

        self.answer(table(rows))


def plain(text: str) -> str:
    """Text without anything that a terminal or a CI system would act on; such as escapes."""
    text = _ANYWHERE.sub(r"#\\x23", _shown(text))
    return _AT_START.sub(r"\1\\x3a", text)


def _shown(text: str) -> str:
    return _UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], text)
