"""The warm parent of all workers: forks one for each module, ends it, leaves none behind.

It is started once for a build and talks to the builder over a socket: fixed-size requests, of
which `FORK` carries the worker's two pipe ends. It never sees a module's source nor an
expected value. When the builder is gone, even by `kill -9`, the socket is at its end: the
zygote kills every worker and exits.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import struct
import sys
import time
from _socket import CMSG_LEN, SCM_RIGHTS, SOL_SOCKET, socket  # a tenth of the start is saved
from contextlib import suppress
from importlib import import_module

from hatch_intent.judge.inside.libc import adopt_orphans, die_with_parent
from hatch_intent.judge.inside.lockdown import prepare
from hatch_intent.judge.inside.preload import ALWAYS
from hatch_intent.judge.inside.worker import Ended, Pipe, rehearse, serve
from hatch_intent.judge.protocol import END, FORK, READY, REPLY, REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Become = Callable[[int, int, list[int]], None]

_PAIR = struct.Struct("=ii")
_HIGHEST_DESCRIPTOR = 4096  # a zygote has a dozen
_LAST_BREATH = 0.2  # seconds from a closed pipe to the end of its process

# Loaded while nobody waits, so that workers seldom have to. Not random: it seeds itself anew
# at every fork. socket, so that it is the kernel that refuses one, not a file that can't be read.
_WARM = (
    "re", "math", "json", "datetime", "collections.abc", "itertools", "functools", "string",
    "dataclasses", "typing", "decimal", "fractions", "textwrap", "operator", "enum", "copy",
    "bisect", "heapq", "socket", *ALWAYS,
)  # fmt: skip


class Zygote:
    """`become` turns a fork into a worker and does not return; it gets the zygote's process,
    the hold and the two descriptors. `warm` names modules to load while nobody waits."""

    def __init__(
        self, control: socket, become: Become | None = None, warm: tuple[str, ...] = _WARM
    ) -> None:
        self._control = control
        self._become = become or _become_worker
        self._workers: set[int] = set()
        self._dropped: set[int] = set()
        self._cold = list(reversed(warm))

    def run(self) -> None:
        self._control.sendall(READY)
        while True:
            self._warm_up()
            request, descriptors = _received(self._control)
            if not request:
                break
            verb, hold, worker = REQUEST.unpack(request)
            if verb == FORK:
                self._control.sendall(REPLY.pack(self._fork(hold, descriptors), 0))
            elif verb == END:
                self._control.sendall(REPLY.pack(worker, self._end(worker, _LAST_BREATH * hold)))
            else:
                self._drop(worker)
            self._reap()
        for worker in tuple(self._workers):
            self._end(worker)

    def _warm_up(self) -> None:
        """Import what workers may need, one module at a time, while nobody asks anything."""
        while self._cold and not select.select([self._control], [], [], 0)[0]:
            import_module(self._cold.pop())
            if not self._cold:
                rehearse()
                gc.collect()
        gc.freeze()  # what workers share must not be touched by their collector

    def _fork(self, hold: int, descriptors: list[int]) -> int:
        zygote = os.getpid()
        worker = os.fork()
        if worker == 0:
            self._become(zygote, hold, descriptors)
        self._workers.add(worker)
        for descriptor in descriptors:
            os.close(descriptor)
        return worker

    def _drop(self, worker: int) -> None:
        """Kill it and see to its remains later: nobody asks how it ended."""
        if worker in self._workers:
            _kill(worker)
            self._dropped.add(worker)

    def _reap(self) -> None:
        for worker in tuple(self._dropped):
            if os.waitpid(worker, os.WNOHANG)[0]:
                self._dropped.discard(worker)
                self._workers.discard(worker)
                self._end_orphans()

    def _end(self, worker: int, seconds: float = 0.0) -> int:
        """Its wait status if it ends by itself within the time, else 0, or -1 if unknown."""
        if worker not in self._workers:
            return -1
        self._dropped.discard(worker)
        status = _wait(worker, seconds)
        if status is None:
            _kill(worker)
            os.waitpid(worker, 0)
            status = 0
        self._workers.discard(worker)
        self._end_orphans()
        return status

    def _end_orphans(self) -> None:
        """Whatever a worker without seccomp has left running was handed to this process."""
        while True:
            orphans = _children() - self._workers
            if not orphans:
                return
            for orphan in orphans:
                _kill(orphan)
                os.waitpid(orphan, 0)


def _received(control: socket) -> tuple[bytes, list[int]]:
    """A request and the descriptors that came with it, as `socket.recv_fds` has them."""
    request, told, _, _ = control.recvmsg(REQUEST.size, CMSG_LEN(_PAIR.size))
    descriptors: list[int] = []
    for level, kind, data in told:
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS) and len(data) == _PAIR.size:
            descriptors += _PAIR.unpack(data)
    return request, descriptors


def _wait(worker: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.001)


def _children() -> set[int]:
    try:
        path = f"/proc/self/task/{os.getpid()}/children"
        with open(path) as children:  # noqa: PTH123 - pathlib is slow to import
            return set(map(int, children.read().split()))
    except OSError:
        return set()


def _kill(process: int) -> None:
    for end in (os.kill, os.killpg):
        with suppress(ProcessLookupError, PermissionError):
            end(process, signal.SIGKILL)


def _become_worker(zygote: int, hold: int, descriptors: list[int]) -> None:
    code = 1
    try:
        pipe = only_pipes(*descriptors)
        os.setsid()
        if sys.platform == "linux":
            die_with_parent(signal.SIGKILL)
            if os.getppid() != zygote:
                return
        serve(pipe, hold)
        code = 0
    except (Ended, BrokenPipeError):
        code = 0
    finally:
        os._exit(code)


def only_pipes(questions: int, answers: int) -> Pipe:
    """Close everything but the two pipe ends, which become 3 and 4; 0 to 2 lead nowhere."""
    questions, answers = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (questions, answers))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.dup2(questions, 3)
    os.dup2(answers, 4)
    os.closerange(5, _HIGHEST_DESCRIPTOR)
    return Pipe(3, 4)


def socket_of(control: int) -> socket:
    """The builder's socket, where `only_pipes` closes it in every worker.

    It came with the number that it had in the builder, whose descriptors may be many.
    """
    low = fcntl.fcntl(control, fcntl.F_DUPFD_CLOEXEC, 3)
    if low < control:
        os.close(control)
        control = low
    else:
        os.close(low)
    return socket(fileno=control)


def vanish() -> None:
    """Live in a folder that is already gone: nothing can be created in it."""
    folder = f"/tmp/hatch-intent-{os.urandom(8).hex()}"  # noqa: S108 - gone at once
    os.mkdir(folder, 0o700)  # noqa: PTH102 - pathlib is slow to import
    os.chdir(folder)
    os.rmdir(folder)  # noqa: PTH106 - same


def _forget_ourselves() -> None:
    """Generated code has no use for these modules."""
    for name in [name for name in sys.modules if name.split(".")[0] == "hatch_intent"]:
        del sys.modules[name]


def main(control: int) -> None:
    vanish()
    _forget_ourselves()
    prepare()
    if sys.platform == "linux":
        adopt_orphans()
    Zygote(socket_of(control)).run()
