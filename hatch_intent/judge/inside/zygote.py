"""The warm parent of all workers: forks one for each module, ends it, leaves none behind.

It is started once for a build and talks to the builder over a socket: fixed-size requests, of
which `FORK` carries the worker's two pipe ends. It never sees a module's source nor an
expected value. When the builder is gone, even by `kill -9`, the socket is at its end: the
zygote kills every worker and exits.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import struct
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from hatch_intent.judge.inside.lockdown import ALL, NONE, Layers
from hatch_intent.judge.inside.worker import Ended, Pipe, serve

_HIGHEST_DESCRIPTOR = 4096  # a zygote has a dozen
REQUEST = struct.Struct("=BBi")
REPLY = struct.Struct("=ii")
FORK, END = 1, 2
READY = b"ready"
# How a worker is held, by the byte in a request
STRICT, BEST, OFF, ADVICE = range(4)
_HOLDS = {
    STRICT: ALL,
    BEST: ALL,
    OFF: NONE,
    ADVICE: Layers(rlimits=True, audit=True),
}

# Loaded while nobody waits, so that workers seldom have to. The second column of names is
# what CPython itself imports late, inside functions, where a locked-down worker can't.
_WARM = (
    "re", "math", "json", "datetime", "collections.abc", "itertools", "functools", "string",
    "dataclasses", "typing", "decimal", "_strptime", "encodings.latin_1", "encodings.ascii",
    "encodings.idna", "encodings.utf_16", "encodings.utf_32", "unicodedata", "random",
    "fractions", "statistics", "textwrap", "operator", "enum", "copy", "bisect", "heapq",
)  # fmt: skip


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._workers: set[int] = set()

    def run(self) -> None:
        self._control.sendall(READY)
        self._warm_up()
        gc.freeze()
        while True:
            request, descriptors, _, _ = socket.recv_fds(self._control, REQUEST.size, 2)
            if not request:
                break
            verb, hold, worker = REQUEST.unpack(request)
            reply = self._fork(hold, descriptors) if verb == FORK else self._end(worker)
            self._control.sendall(REPLY.pack(*reply))
        self._end_all()

    def _warm_up(self) -> None:
        for name in _WARM:
            if select.select([self._control], [], [], 0)[0]:
                return
            import_module(name)

    def _fork(self, hold: int, descriptors: list[int]) -> tuple[int, int]:
        zygote = os.getpid()
        worker = os.fork()
        if worker == 0:
            _become_worker(zygote, hold, descriptors)
        self._workers.add(worker)
        for descriptor in descriptors:
            os.close(descriptor)
        return worker, 0

    def _end(self, worker: int) -> tuple[int, int]:
        if worker not in self._workers:
            return worker, -1
        ended, status = os.waitpid(worker, os.WNOHANG)
        if not ended:
            _kill(worker)
            os.waitpid(worker, 0)
            status = 0
        self._workers.discard(worker)
        self._end_orphans()
        return worker, status

    def _end_orphans(self) -> None:
        """Whatever a worker without seccomp has left running was handed to this process."""
        while True:
            orphans = _children() - self._workers
            if not orphans:
                return
            for orphan in orphans:
                _kill(orphan)
                os.waitpid(orphan, 0)

    def _end_all(self) -> None:
        for worker in tuple(self._workers):
            self._end(worker)


def _children() -> set[int]:
    try:
        return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
    except OSError:
        return set()


def _kill(process: int) -> None:
    for end in (os.kill, os.killpg):
        with suppress(ProcessLookupError, PermissionError):
            end(process, signal.SIGKILL)


def _become_worker(zygote: int, hold: int, descriptors: list[int]) -> None:
    code = 1
    try:
        pipe = _only_pipes(*descriptors)
        os.setsid()
        if sys.platform == "linux":
            from hatch_intent.judge.inside.libc import die_with_parent

            die_with_parent(signal.SIGKILL)
            if os.getppid() != zygote:
                return
        serve(pipe, _HOLDS[hold], strict=hold == STRICT)
        code = 0
    except (Ended, BrokenPipeError):
        code = 0
    finally:
        os._exit(code)


def _only_pipes(questions: int, answers: int) -> Pipe:
    """Close everything but the two pipe ends, which become 3 and 4; 0 to 2 lead nowhere."""
    import fcntl

    questions, answers = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (questions, answers))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.dup2(questions, 3)
    os.dup2(answers, 4)
    os.closerange(5, _HIGHEST_DESCRIPTOR)
    return Pipe(3, 4)


def _vanish() -> None:
    """Live in a folder that is already gone: nothing can be created in it."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()


def main(control: int) -> None:
    _vanish()
    if sys.platform == "linux":
        from hatch_intent.judge.inside.libc import adopt_orphans, libc

        libc()
        adopt_orphans()
    Zygote(socket.socket(fileno=control)).run()
