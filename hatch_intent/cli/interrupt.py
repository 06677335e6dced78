"""Ctrl-C ends a command soon, also while a model is in the middle of an answer."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
GRACE_SECONDS = 1.0
SAID = "intent  interrupted"
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first Ctrl-C, and end the process if that isn't enough.

    Threads that wait for an answer can't be told to stop. Nothing is lost: files change by
    journal, and every child process ends with its input.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    timer = threading.Timer(GRACE_SECONDS, _leave)
    timer.daemon = True

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if timer.ident is not None:
            _leave()
        timer.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


def _leave() -> None:
    cursor = _SHOW_CURSOR if sys.stdout.isatty() else ""
    os.write(2, f"{cursor}{SAID}\n".encode())
    os._exit(INTERRUPTED)
