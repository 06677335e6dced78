"""The builder's two ends of a worker's pipes, where the system can wait for them and where not."""

from __future__ import annotations

import os
import queue
import select
import subprocess
import threading
import time
from contextlib import suppress
from typing import Protocol

_READ = 1 << 16
_PARTS = 64  # unread parts that are kept before the worker has to wait
_PATIENCE = 0.1  # seconds between looks at whether anyone still reads


def left(deadline: float) -> float:
    """Seconds until the deadline, at least 0."""
    return max(0.0, deadline - time.monotonic())


class Ends(Protocol):
    """The builder's two ends of a worker's pipes."""

    def waiting(self) -> bool:
        """Whether there is something to read, be it the end."""

    def read(self, seconds: float) -> bytes | None:
        """Some bytes, none at the end, None when nothing came in time."""

    def send(self, frame: bytes, seconds: float) -> bool:
        """Whether all of it went out in time."""

    def close(self) -> None: ...


class Polled:
    """Ends that the system can wait for."""

    def __init__(self, questions: int, answers: int) -> None:
        self._questions = questions
        self._answers = answers
        self._incoming, self._outgoing = select.poll(), select.poll()
        self._incoming.register(answers, select.POLLIN)
        self._outgoing.register(questions, select.POLLOUT)
        for end in (questions, answers):
            os.set_blocking(end, False)

    def waiting(self) -> bool:
        return bool(self._incoming.poll(0))

    def read(self, seconds: float) -> bytes | None:
        if not self._incoming.poll(seconds * 1000):
            return None
        return os.read(self._answers, _READ)

    def send(self, frame: bytes, seconds: float) -> bool:
        rest = memoryview(frame)
        deadline = time.monotonic() + seconds
        while True:
            with suppress(BlockingIOError):
                rest = rest[os.write(self._questions, rest) :]
            if not rest:
                return True
            if not self._outgoing.poll(left(deadline) * 1000):
                return False

    def close(self) -> None:
        os.close(self._questions)
        os.close(self._answers)


class Threaded:
    """Ends that the system can't wait for: a thread reads, another writes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._parts: queue.Queue[bytes] = queue.Queue(_PARTS)
        self._closed = False
        threading.Thread(target=self._collect, daemon=True).start()

    def waiting(self) -> bool:
        return not self._parts.empty()

    def read(self, seconds: float) -> bytes | None:
        try:
            return self._parts.get(timeout=seconds) if seconds else self._parts.get_nowait()
        except queue.Empty:
            return None

    def send(self, frame: bytes, seconds: float) -> bool:
        failed: list[BaseException] = []
        writer = threading.Thread(target=self._write, args=(frame, failed), daemon=True)
        writer.start()
        writer.join(seconds)
        if failed:
            raise BrokenPipeError from failed[0]
        return not writer.is_alive()

    def close(self) -> None:
        """Kill the process, which ends both threads."""
        self._closed = True
        if self._process.poll() is None:
            self._process.kill()

    def _collect(self) -> None:
        with self._process.stdout or open(os.devnull, "rb") as stdout:  # noqa: PTH123 - a stand-in
            part = b"-"
            while part and not self._closed:
                part = os.read(stdout.fileno(), _READ)
                self._keep(part)

    def _keep(self, part: bytes) -> None:
        while not self._closed:
            with suppress(queue.Full):
                self._parts.put(part, timeout=_PATIENCE)
                return

    def _write(self, frame: bytes, failed: list[BaseException]) -> None:
        rest = memoryview(frame)
        try:
            while rest and self._process.stdin is not None:
                rest = rest[self._process.stdin.write(rest) or 0 :]
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile
            failed.append(error)
