"""A build as it goes: a live line per running module on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from hatch_intent.cli.screen import Screen
from hatch_intent.generate.events import Listener
from hatch_intent.report.terminal import Lines


@contextmanager
def showing(screen: Screen) -> Iterator[Listener]:
    """A listener for one build."""
    if screen.quiet or not _redraws() or find_spec("rich") is None:
        yield Lines(screen.say, screen.detail)
        return
    from hatch_intent.cli.live import Live

    with Live(screen) as live:
        yield live


def _redraws() -> bool:
    """Whether lines can be redrawn in place: on a terminal that can, and rich asks the same."""
    return sys.stdout.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
