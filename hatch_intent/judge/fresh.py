"""A fresh interpreter for each module, where there is no fork: slower, the same protocol."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading

from hatch_intent.judge.ends import Threaded
from hatch_intent.judge.workers import Worker, command, environment

_LAST_BREATH = 0.2  # seconds from a closed pipe to the end of its process


class Fresh:
    """Starts an interpreter whenever a worker is asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Make the empty folder that the interpreters run in."""
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)

    def wait(self) -> None:
        """Nothing to wait for: each interpreter is waited for by its first question."""

    def fork(self, hold: int) -> Worker:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            command("fresh", str(hold)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(self._seed),
            cwd=self._folder.name if self._folder else None,
            bufsize=0,
            start_new_session=sys.platform != "win32",
        )
        with self._lock:
            self._processes[process.pid] = process
        return Worker(self, process.pid, Threaded(process))

    def end(self, process: int, *, dying: bool = False) -> int:
        """Kill and reap. Its wait status if it ended by itself, else 0 or -1."""
        with self._lock:
            running = self._processes.pop(process, None)
        if running is None:
            return -1
        code = _code(running, _LAST_BREATH if dying else 0.0)
        if code is None:
            running.kill()
            running.wait()
        if running.stdin is not None:
            running.stdin.close()
        if code is None:
            return 0
        return -code if code < 0 else code << 8  # as os.wait gives it

    def drop(self, process: int) -> None:
        self.end(process)

    def stop(self) -> None:
        for process in tuple(self._processes):
            self.end(process)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _code(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
