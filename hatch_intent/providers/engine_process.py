"""The parent's end of an engine's child process: its pipes, its calls and its death."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from hatch_intent.errors import ProviderError

CHILD = "hatch_intent.providers.embedded_child"
_SECRET_FREE = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMP", "TEMP", "TMPDIR", "LANG")
_ENGINE_SETTINGS = ("GGML_", "LLAMA_", "OMP_", "CUDA_", "HIP_", "VK_", "LD_LIBRARY_", "DYLD_")


@dataclass(frozen=True)
class EngineKey:
    """What makes two providers share a child. `threads` may be -1: llama.cpp's choice.

    `n_ctx` tokens for each of the `at_once` bodies.
    """

    path: Path
    n_ctx: int
    threads: int
    at_once: int = 1


@dataclass(frozen=True, eq=False)
class Call:
    """A body under way; the child's lines come in `lines`, None once it is dead."""

    number: int
    on_answer: Callable[[dict[str, Any]], None] | None = None
    """Told of each answer in the thread that reads, before its line is taken; never raises."""
    lines: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)


class Child:
    """The process, and the thread that spawned it and lives exactly as long.

    That thread matters on Linux: the kernel's parent-death signal comes when the spawning
    thread ends, and a pool's thread may end long before the engine is done with.
    """

    def __init__(self, key: EngineKey) -> None:
        self._calls: dict[int, Call] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._dead = False
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        spawned: queue.SimpleQueue[subprocess.Popen[bytes] | Exception] = queue.SimpleQueue()
        self.loading = self._new_call()
        threading.Thread(target=self._keep, args=(spawned,), daemon=True).start()
        process = spawned.get()
        if isinstance(process, Exception):
            self._stderr.close()
            raise ProviderError(f"embedded: can't start a child process: {process}") from process
        self._process = process
        wanted = {"model": str(key.path), "n_ctx": key.n_ctx, "threads": key.threads}
        self._send({**wanted, "at_once": key.at_once})

    def _keep(self, spawned: queue.SimpleQueue[subprocess.Popen[bytes] | Exception]) -> None:
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
        except Exception as error:  # noqa: BLE001 - raised where the child is waited for
            spawned.put(error)
            return
        spawned.put(process)
        try:
            self._hand_out(process)
        except BaseException:
            process.kill()  # nobody would hear it any more
            raise
        finally:
            process.wait()
            with self._lock:
                self._dead = True
                for call in self._calls.values():
                    call.lines.put(None)

    def _hand_out(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout  # noqa: S101 - asked for when it was spawned
        with process.stdout as stdout:
            for raw in stdout:
                line = json.loads(raw)
                with self._lock:
                    call = self._calls.get(line.get("id", self.loading.number))
                if call:  # else nobody waits for it any more
                    if call.on_answer and "answer" in line:
                        call.on_answer(line["answer"])
                    call.lines.put(line)

    def alive(self) -> bool:
        return self._process.poll() is None

    def call(
        self, body: dict[str, Any], on_answer: Callable[[dict[str, Any]], None] | None = None
    ) -> Call:
        """Send a chat body."""
        call = self._new_call(on_answer)
        self._send({"id": call.number, "body": body})
        return call

    def cancel(self, call: Call) -> None:
        """Have the engine stop at its next token."""
        self._send({"cancel": call.number})

    def forget(self, call: Call) -> None:
        """Nobody waits for its lines any more."""
        with self._lock:
            self._calls.pop(call.number, None)

    def sole(self, call: Call) -> bool:
        """Whether nothing else is under way."""
        with self._lock:
            return not self._calls.keys() - {call.number, self.loading.number}

    def _new_call(self, on_answer: Callable[[dict[str, Any]], None] | None = None) -> Call:
        with self._lock:
            call = Call(next(self._numbers), on_answer)
            self._calls[call.number] = call
            if self._dead:
                call.lines.put(None)
            return call

    def _send(self, line: dict[str, Any]) -> None:
        assert self._process.stdin  # noqa: S101 - asked for when it was spawned
        data = json.dumps(line).encode("ascii") + b"\n"
        with self._sending:
            try:
                self._process.stdin.write(data)
                self._process.stdin.flush()
            except (OSError, ValueError):
                return  # it died or was ended; reading says how

    def obituary(self) -> str:
        """How it died, with the engine's last words."""
        code = self._process.wait()
        if self._stderr.closed:
            return "it was ended by this build"
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
