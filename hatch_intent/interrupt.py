"""Ctrl-C and SIGTERM end a build soon, also while a model is in the middle of an answer."""

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
def interruptible(*, guest: bool = False) -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first signal, and end the process if that isn't enough.

    Threads that wait for an answer can't be told to stop. Nothing is lost: files change by
    journal, and every child process ends with its input. A `guest` in a process of others takes
    no signal but a Ctrl-C that raises `KeyboardInterrupt` there anyway, and lets the process go on
    where it has stopped in time.
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

    ours = [each for each in _SIGNALS if not guest or _raises(each)]
    before = {each: signal.signal(each, interrupt) for each in ours}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        # Else it goes on once begun: the interpreter, too, waits for threads before it ends.
        if guest:
            timer.cancel()


def _raises(number: int) -> bool:
    return signal.getsignal(number) is signal.default_int_handler


def _leave() -> None:
    if not told.is_set():
        told.set()
        cursor = _SHOW_CURSOR if sys.stdout.isatty() else ""
        os.write(2, f"{cursor}{SAID}\n".encode())
    os._exit(INTERRUPTED)
