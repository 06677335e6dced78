"""A worker that wasn't forked: its own interpreter, the pipes are its standard streams."""

from __future__ import annotations

import os
import sys

from hatch_intent.judge.inside.lockdown import prepare
from hatch_intent.judge.inside.worker import Ended, Pipe, serve


def main(hold: int) -> None:
    pipe = _only_pipes()
    prepare()
    for name in [name for name in sys.modules if name.split(".")[0] == "hatch_intent"]:
        del sys.modules[name]
    try:
        serve(pipe, hold)
    except (Ended, OSError):
        os._exit(0)


def _only_pipes() -> Pipe:
    """Move the pipes away from the standard streams, which then lead nowhere."""
    questions, answers = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for end in (questions, answers):
            msvcrt.setmode(end, os.O_BINARY)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return Pipe(questions, answers)
