"""The parent's side of the embedded engine: one child process, its pipes and its life.

A native crash must not take the build with it, so the engine runs in a child. One child
is shared in a process by all who ask for the same weights, context and threads.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError

CHILD = "hatch_intent.providers.embedded_child"
_SECRET_FREE = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMP", "TEMP", "TMPDIR", "LANG")
_ENGINE_SETTINGS = ("GGML_", "LLAMA_", "OMP_", "CUDA_", "HIP_", "VK_", "LD_LIBRARY_", "DYLD_")


@dataclass(frozen=True)
class EngineKey:
    """What makes two providers share a child. `threads` may be -1: llama.cpp's choice."""

    path: Path
    n_ctx: int
    threads: int


class Engine:
    """Asks one child, one answer at a time; starts it when first asked."""

    def __init__(self, key: EngineKey) -> None:
        self._key = key
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._crashes = 0
        self._users: set[object] = set()

    def ask(
        self,
        user: object,
        body: dict[str, Any],
        timeout: float,
        on_tokens: Callable[[int], None] | None = None,
    ) -> dict[str, Any]:
        """Give the child a chat body, return its `answer`. See `embedded_child`.

        `timeout` seconds, loading included, count from when its turn comes. Raises
        `ProviderError`; after a crash the next call starts a new child, after two in a
        row none does.
        """
        with self._turn:
            self._users.add(user)
            deadline = time.monotonic() + timeout
            try:
                child = self._started(deadline)
                child.send({"body": body})
                answer = self._answer(child, deadline, on_tokens)
            except ContextError:
                raise
            except BaseException:  # Ctrl-C too: a child in mid-answer is of no more use
                self._end()
                raise
            self._crashes = 0
            return answer

    def release(self, user: object) -> None:
        """End the child once nobody who asked needs it any more."""
        with self._turn:
            self._users.discard(user)
            if not self._users:
                self._end()

    def end(self) -> None:
        """Kill the child without waiting for an answer in progress."""
        self._end()

    def _started(self, deadline: float) -> _Child:
        if self._child and self._child.alive():
            return self._child
        if self._child:  # it died between two answers
            self._crashes += 1
            self._end()
        if self._crashes > 1:
            raise ProviderError(
                f"embedded: the engine crashed twice with {self._key.path.name}; not started again",
                remedy="try a smaller num_ctx or model, or free some memory",
            )
        self._child = child = _Child(self._key)
        self._line(child, deadline)
        return child

    def _answer(
        self, child: _Child, deadline: float, on_tokens: Callable[[int], None] | None
    ) -> dict[str, Any]:
        while True:
            line = self._line(child, deadline)
            if "answer" in line:
                answer: dict[str, Any] = line["answer"]
                return answer
            if on_tokens:
                on_tokens(line["tokens"])

    def _line(self, child: _Child, deadline: float) -> dict[str, Any]:
        try:
            line = child.read(deadline - time.monotonic())
        except queue.Empty:
            raise ProviderError("embedded: no whole answer in the time allowed") from None
        if line is None:
            self._crashes += 1
            raise ProviderError(f"embedded: the engine crashed ({child.obituary()})")
        if "error" in line:
            raise _error(line["error"], self._key)
        return line

    def _end(self) -> None:
        child, self._child = self._child, None
        if child:
            child.kill()


def _error(error: dict[str, str], key: EngineKey) -> ProviderError:
    kind, message = error["type"], error["message"]
    if kind == "exceed_context_size_error":
        return ContextError(f"embedded: {message}", remedy="set a larger num_ctx in options")
    if kind == "import":
        return ProviderError(
            f"embedded: xllamacpp can't be loaded: {message}",
            remedy='pip install "hatch-intent[embedded]"',
        )
    if kind == "load":
        return ProviderError(f"embedded: llama.cpp can't load {key.path}: {message}")
    return ProviderError(f"embedded: {message}")


class _Child:
    """The process, and the thread that spawned it and lives exactly as long.

    That thread matters on Linux: the kernel's parent-death signal comes when the spawning
    thread ends, and a pool's thread may end long before the engine is done with.
    """

    def __init__(self, key: EngineKey) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        spawned: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()
        threading.Thread(target=self._keep, args=(spawned,), daemon=True).start()
        process = spawned.get()
        if isinstance(process, OSError):
            raise ProviderError(f"embedded: can't start a child process: {process}") from process
        self._process = process
        self.send({"model": str(key.path), "n_ctx": key.n_ctx, "threads": key.threads})

    def _keep(self, spawned: queue.SimpleQueue[subprocess.Popen[bytes] | OSError]) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", CHILD, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=_environment(),
                # "-m" puts the working folder on the path: nobody else's files may be there.
                cwd=Path(__file__).parents[2],
            )
        except OSError as error:
            spawned.put(error)
            return
        spawned.put(process)
        assert process.stdout  # noqa: S101 - asked for above
        with process.stdout as stdout:
            for line in stdout:
                self._lines.put(line)
        process.wait()
        self._lines.put(None)

    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, line: dict[str, Any]) -> None:
        assert self._process.stdin  # noqa: S101 - asked for when it was spawned
        try:
            self._process.stdin.write(json.dumps(line).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError:
            return  # it died; reading says how

    def read(self, timeout: float) -> dict[str, Any] | None:
        """The next line; None once it is dead. Raises `queue.Empty` when the time is up."""
        line = self._lines.get(timeout=max(timeout, 0.001))
        if line is None:
            return None
        parsed: dict[str, Any] = json.loads(line)
        return parsed

    def obituary(self) -> str:
        """How it died, with the engine's last words."""
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if code == -9:
            how += ", perhaps out of memory"
        self._stderr.seek(0)
        words = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return f"{how}: {words[-1].strip()[:200]}" if words else how

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._stderr.close()
        assert self._process.stdin  # noqa: S101 - asked for when it was spawned
        try:
            self._process.stdin.close()
        except OSError:
            return  # unsent bytes of a request nobody will read


def _environment() -> dict[str, str]:
    """What the child needs, and no key or token of the user's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _SECRET_FREE or name.startswith(("LC_", *_ENGINE_SETTINGS))
    }
    # A build's isolated environment may have extended the path inside this process only.
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return {**kept, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}


_engines: dict[tuple[int, EngineKey], Engine] = {}
_engines_lock = threading.Lock()


def shared(key: EngineKey) -> Engine:
    """The engine of this process for these weights, context and threads."""
    with _engines_lock:
        # The process id is in the key because a fork must not use its parent's pipes.
        return _engines.setdefault((os.getpid(), key), Engine(key))


@atexit.register
def _end_all() -> None:
    for (owner, _), engine in list(_engines.items()):
        if owner == os.getpid():
            engine.end()
