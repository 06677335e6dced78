"""What a command shows, and how much of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

# A model's words and a spec's values may hold anything; a terminal must only ever show it.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


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

    def traceback(self) -> None:
        """Where the error at hand came from, for those who want to know more."""
        if self.verbose:
            import traceback

            self.complain(traceback.format_exc().rstrip())

    def json(self, value: Any) -> None:
        """A value for programs."""
        import json

        self.answer(json.dumps(value, ensure_ascii=False, indent=2))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows in aligned columns, the first being the header."""
        from hatch_intent.report.table import table

        self.answer(table(rows))


def plain(text: str) -> str:
    """Text without anything that a terminal would act on; such characters as escapes."""
    return _UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], text)
