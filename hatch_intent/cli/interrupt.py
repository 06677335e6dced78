"""Ctrl-C and SIGTERM end a command soon, also while a model is in the middle of an answer."""

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
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What a terminal sends, and what CI and containers send before they kill."""
SAID = "intent  interrupted"
told = threading.Event()
"""Set by whoever tells the person; nobody tells twice."""
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first signal, and end the process if that isn't enough.

    Threads that wait for an answer can't be told to stop. Nothing is lost: files change by
    journal, and every child process ends with its input.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told.clear()
    timer = threading.Timer(GRACE_SECONDS, _leave)
    timer.daemon = True

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if timer.ident is not None:
            _leave()
        timer.start()
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _SIGNALS}
    try:
        yield
    finally:
        # Once begun it goes on: the interpreter, too, waits for threads before it ends.
        for each, handler in before.items():
            signal.signal(each, handler)


def _leave() -> None:
    if not told.is_set():
        told.set()
        cursor = _SHOW_CURSOR if sys.stdout.isatty() else ""
        os.write(2, f"{cursor}{SAID}\n".encode())
    os._exit(INTERRUPTED)
