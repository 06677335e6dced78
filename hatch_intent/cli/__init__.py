"""The command line: `hatch-intent`, short `intent`.

Nothing of a command is imported before it is the one that runs.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import TextIO

from hatch_intent.cli.parser import parse
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import AuthorError, IntentError, ProviderError, UsageError
from hatch_intent.extras import GENERATION, REMEDY
from hatch_intent.interrupt import INTERRUPTED, SAID, interruptible, told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code.

    0 good · 1 stale, failed, regressed or skipped · 2 bad spec, settings or usage ·
    3 no provider could answer, and nothing else is amiss · 130 interrupted.
    """
    sys.stdout, sys.stderr = _there(sys.stdout), _there(sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        _accept_any_text(stream)
    screen = Screen()
    try:
        args = parse(list(sys.argv[1:] if arguments is None else arguments))
        screen = Screen(quiet=args.quiet, verbose=args.verbose)
        with interruptible():
            code = _run(args, screen)
        sys.stdout.flush()
    except SystemExit as stop:  # argparse, after it has printed help or a usage error
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        if not told.is_set():
            told.set()
            screen.complain(SAID)
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except (IntentError, OSError) as error:
        screen.traceback()
        screen.complain(said(error))
        return error.exit_code if isinstance(error, IntentError) else 1
    return code


def _run(args: Namespace, screen: Screen) -> int:
    try:
        command = import_module(f"hatch_intent.cli.{args.module}")
        code: int = getattr(command, args.function)(args, screen)
    except ModuleNotFoundError as error:
        if error.name not in GENERATION:
            raise
        raise UsageError(f"this command needs {error.name}: {REMEDY}") from error
    return code


def said(error: IntentError | OSError) -> str:
    """An error in the words that a person sees."""
    if isinstance(error, OSError):
        if isinstance(error, FileNotFoundError) and not error.filename and _nowhere():
            return "hatch-intent: the current folder is gone; change to one that is there"
        place = f"{error.filename}  " if error.filename else ""
        return f"hatch-intent: {place}{error.strerror or error}"
    if isinstance(error, AuthorError):
        number = len(error.problems)
        return f"{error}\n{number} error{'s' * (number != 1)}, nothing was changed"
    if isinstance(error, UsageError):
        return f"hatch-intent: {error}"
    if isinstance(error, ProviderError) and error.remedy:
        return f"intent  {error}\n  {error.remedy}"
    return f"intent  {error}"


def _nowhere() -> bool:
    """Whether somebody deleted the folder that this process stands in."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib costs
    except FileNotFoundError:
        return True
    return False


def _there(stream: TextIO | None) -> TextIO:
    """The stream, or nowhere: Python has None for one that whoever started it had closed."""
    return stream or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _accept_any_text(stream: TextIO) -> None:
    # A terminal that can't show an arrow gets its escape instead of a traceback.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _reader_left() -> int:
    # Python flushes once more at its end; there the pipe must not break again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
