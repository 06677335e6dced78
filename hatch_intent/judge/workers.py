"""The builder's end: a zygote that is started once, and the workers it forks.

A worker is never trusted. It gets one question at a time over pipes of its own; bytes that
come unasked, a wrong nonce or an oversized frame end it.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import protocol
from hatch_intent.judge.ends import Ends, Polled, left
from hatch_intent.judge.protocol import DROP, END, FORK, HEADER, READY, REPLY, REQUEST, FrameError

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_HERE = Path(__file__).resolve().parent
# The packages' own __init__ modules are the builder's; the other side does without them.
_BOOT = """
import sys, types
if not getattr(sys.flags, "safe_path", False):
    del sys.path[0]
for name, path in zip(("hatch_intent", "hatch_intent.judge"), sys.argv[1:3]):
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [path]
module = __import__("hatch_intent.judge.inside." + sys.argv[3], fromlist=["main"])
module.main(int(sys.argv[4]))
"""
_SAFE_PATH = ("-P",) if sys.version_info >= (3, 11) else ()
# some interpreters, and Windows, need these to start
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")

# What became of a question, beside the kinds of `protocol`
TIMEOUT, DIED, BROKEN = -1, -2, -3


@dataclass(frozen=True)
class Reply:
    """`kind` is one of `protocol`'s, with its decoded value, or TIMEOUT, DIED or BROKEN.

    `value` is then what is known: for BROKEN how the protocol was, for DIED why.
    """

    kind: int
    value: Any = None


class Source(Protocol):
    """Where workers come from: a `Zygote`, or `fresh.Fresh` where there is no fork."""

    def start(self) -> None: ...
    def wait(self) -> None: ...
    def stop(self) -> None: ...
    def fork(self, hold: int) -> Worker: ...
    def end(self, process: int, *, dying: bool = False) -> int: ...
    def drop(self, process: int) -> None: ...


class Worker:
    """One process that holds one module. Not for several threads at once."""

    def __init__(self, source: Source, process: int, ends: Ends) -> None:
        self._source = source
        self._process = process
        self._ends = ends
        self._ended: str | None = None

    @property
    def process(self) -> int:
        """Its id, which is nobody else's until it is ended."""
        return self._process

    def ask(self, body: bytes, seconds: float) -> Reply:
        """Send one question and wait for its answer, at most so long, all told."""
        deadline = time.monotonic() + seconds
        try:
            if self._ends.waiting():
                return Reply(BROKEN, "sent bytes unasked") if self._ends.read(0) else Reply(DIED)
            nonce = secrets.token_bytes(protocol.NONCE_SIZE)
            if not self._ends.send(HEADER.pack(len(body), nonce, 0) + body, seconds):
                return Reply(TIMEOUT)
            return self._receive(nonce, deadline)
        except (BrokenPipeError, EOFError):
            return Reply(DIED)
        except FrameError as error:
            return Reply(BROKEN, str(error))

    def _receive(self, nonce: bytes, deadline: float) -> Reply:
        frame = bytearray()
        size = HEADER.size
        while len(frame) < size:
            part = self._ends.read(left(deadline))
            if part is None:
                return Reply(TIMEOUT)
            if not part:
                raise EOFError
            frame += part
            if size == HEADER.size <= len(frame):
                size += _body_size(frame, nonce)
        if len(frame) > size:
            raise FrameError("sent more than one answer")
        return Reply(frame[HEADER.size - 1], protocol.decode(bytes(frame[HEADER.size :])))

    def end(self, *, dying: bool = False) -> str:
        """Kill it with all it has started; says how it ended by itself, if it did.

        `dying`: it has closed its end, so its own end is worth a short wait.
        """
        if self._ended is None:
            self._ends.close()
            self._ended = _how(self._source.end(self._process, dying=dying))
        return self._ended

    def drop(self) -> None:
        """Kill it without waiting for its end."""
        if self._ended is None:
            self._ends.close()
            self._ended = ""
            self._source.drop(self._process)


def _body_size(frame: bytearray, nonce: bytes) -> int:
    size, echoed, kind = HEADER.unpack_from(frame)
    if echoed != nonce:
        raise FrameError("an answer to no question")
    if size > protocol.MAX_FRAME:
        raise FrameError(f"an answer of more than {protocol.MAX_FRAME} bytes")
    if kind > protocol.UNSAFE:
        raise FrameError("an answer of no known kind")
    return int(size)


def _how(status: int) -> str:
    if status < 0:
        return ""
    number = status & 0x7F  # Windows has no os.WTERMSIG
    return signal.Signals(number).name if number else f"exit code {status >> 8}"


def command(module: str, argument: str, *words: str) -> list[str]:
    """An interpreter that runs `main(argument)` of a module inside, and loads nothing else."""
    # -I would make the interpreter ignore PYTHONHASHSEED; the environment and sys.path are ours
    # to the last entry anyway. Without -W ignore, a warning has Python read its source line.
    flags = ("-s", "-S", "-B", *_SAFE_PATH, "-W", "ignore", "-X", "utf8", "-c", _BOOT)
    return [sys.executable, *flags, str(_HERE.parent), str(_HERE), module, argument, *words]


def environment(seed: int) -> dict[str, str]:
    """All that the other side gets of an environment."""
    fixed = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": str(seed),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return fixed | {name: os.environ[name] for name in _KEPT if name in os.environ}


@dataclass(frozen=True)
class _Running:
    process: subprocess.Popen[bytes]
    control: socket.socket


class Zygote:
    """A warm interpreter of one hash seed that forks workers. Safe from several threads."""

    def __init__(self, seed: int, inside: str = "zygote", *words: str) -> None:
        self._seed = seed
        self._inside = (inside, words)
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process; does not wait for it."""
        ours, theirs = socket.socketpair()
        module, words = self._inside
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                command(module, str(theirs.fileno()), *words),
                pass_fds=(theirs.fileno(),),
                env=environment(self._seed),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self._running = _Running(process, ours)
        self._ready = False

    def wait(self) -> None:
        """Until it is ready to fork; CheckFailed when it doesn't get there."""
        if self._ready:
            return
        running = self._live()
        running.control.settimeout(_START_SECONDS)
        try:
            ready = running.control.recv(len(READY)) == READY
        except OSError:
            ready = False
        if not ready:
            running.process.kill()
            said = running.process.communicate()[1].decode("utf-8", "replace").split("\n")
            raise CheckFailed(f"the judge's process did not start: {said[-1] or said[-2:][0]}")
        running.control.settimeout(None)
        self._ready = True

    def fork(self, hold: int) -> Worker:
        """A new worker, held as one of `inside.zygote`'s holds says."""
        questions, ask = os.pipe()
        answer_end, answers = os.pipe()
        try:
            with self._lock:
                try:
                    self.wait()
                    process = self._fork(hold, questions, answers)
                except OSError:  # generated code in an unheld worker can kill the zygote
                    self._stop()
                    self.start()
                    self.wait()
                    process = self._fork(hold, questions, answers)
        except BaseException:
            os.close(ask)
            os.close(answer_end)
            raise
        finally:
            os.close(questions)
            os.close(answers)
        return Worker(self, process, Polled(ask, answer_end))

    def _fork(self, hold: int, questions: int, answers: int) -> int:
        socket.send_fds(self._live().control, [REQUEST.pack(FORK, hold, 0)], [questions, answers])
        return self._reply()[0]

    def end(self, process: int, *, dying: bool = False) -> int:
        """Kill and reap a worker. Its wait status if it ended by itself, else 0 or -1."""
        with self._lock:
            try:
                self._live().control.sendall(REQUEST.pack(END, dying, process))
                return self._reply()[1]
            except OSError:
                return -1

    def drop(self, process: int) -> None:
        with self._lock, suppress(OSError):
            self._live().control.sendall(REQUEST.pack(DROP, 0, process))

    def _reply(self) -> tuple[int, int]:
        reply = self._live().control.recv(REPLY.size, socket.MSG_WAITALL)
        if len(reply) != REPLY.size:
            raise ConnectionResetError("the judge's process is gone")
        process, status = REPLY.unpack(reply)
        return process, status

    def stop(self) -> None:
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        """Hang up: the zygote then ends every worker and itself."""
        running, self._running = self._running, None
        if running is None:
            return
        running.control.close()
        try:
            running.process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.communicate()

    def _live(self) -> _Running:
        if self._running is None:
            raise ConnectionResetError("the judge is closed")
        return self._running
