"""Where workers that run node come from: a small zygote starts one for each module.

A worker is only handed out when node is up and sealed: no descriptor more than it has, so
that no file can be opened and not even be looked for, no thread more for an ordinary user,
and no more memory than a module may have beyond what node itself takes.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import protocol
from hatch_intent.judge.inside.lockdown import BEST, OFF
from hatch_intent.judge.inside.node import BARE
from hatch_intent.judge.node.finding import Node
from hatch_intent.judge.protocol import encode
from hatch_intent.judge.workers import Worker, Zygote

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

WORKER = Path(__file__).with_name("worker.js")
_HEAP = 384  # MiB of objects; the seal caps everything else
_RESERVED = 2 << 30
"""Bytes of address space beyond what node has: most of it is never touched."""
_START_SECONDS = 30.0
_FLAGS = ("--no-warnings", "--experimental-vm-modules", f"--max-old-space-size={_HEAP}")
_QUESTIONS, _ANSWERS = "3", "4"


class NodeSource:
    """Starts node ahead of need. Safe from several threads."""

    def __init__(self, node: Node) -> None:
        text = WORKER.read_text(encoding="utf-8")
        tail = ("-e", text, _QUESTIONS, _ANSWERS)
        held = (node.permission,) if node.permission else ()
        job = {
            "bare": [node.path, *_FLAGS, *tail],
            "command": [node.path, *held, *_FLAGS, *tail],
            "files": node.files,
        }
        self._zygote = Zygote(0, "node", json.dumps(job))
        self._lock = threading.Lock()
        self._booting: dict[int, list[Worker]] = {}

    def start(self) -> None:
        self._zygote.start()

    def wait(self) -> None:
        self._zygote.wait()

    def stop(self) -> None:
        with self._lock:
            self._booting.clear()  # the zygote ends them with itself
        self._zygote.stop()

    def end(self, process: int, *, dying: bool = False) -> int:
        return self._zygote.end(process, dying=dying)

    def drop(self, process: int) -> None:
        self._zygote.drop(process)

    def ahead(self, hold: int, number: int) -> None:
        """Have so many workers start; waits for none of them."""
        with self._lock:
            started = self._booting.setdefault(hold, [])
            while len(started) < number:
                started.append(self._zygote.fork(hold))

    def forget(self) -> None:
        """End those that were started ahead and nobody has asked for."""
        with self._lock:
            for workers in self._booting.values():
                while workers:
                    workers.pop().drop()

    def fork(self, hold: int, memory: int) -> Worker:
        """A worker that is up and sealed; CheckFailed when it doesn't get there."""
        with self._lock:
            started = self._booting.setdefault(hold, [])
            worker = started.pop(0) if started else self._zygote.fork(hold)
        reply = worker.ask(encode({}), _START_SECONDS)
        if reply.kind != protocol.LOADED:
            how = worker.end(dying=True)
            raise CheckFailed(f"node did not start in the sandbox ({how or reply.value or 'lost'})")
        try:
            if hold & ~BARE != OFF:
                seal(worker.process, memory)
        except OSError as error:
            if hold & ~BARE != BEST:
                worker.drop()
                raise CheckFailed(f"the sandbox no longer holds: {error}") from None
        return worker


def seal(process: int, memory: int) -> None:
    """Give a process that is up its last limits. OSError where that isn't possible."""
    if resource is None or not hasattr(resource, "prlimit"):
        raise OSError("no limits for another process on this system")
    pages = resource.getpagesize()
    sizes = [int(word) * pages for word in Path(f"/proc/{process}/statm").read_text().split()]
    for kind, value in (
        (resource.RLIMIT_AS, sizes[0] + memory + _RESERVED),
        (resource.RLIMIT_DATA, sizes[5] + memory),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.prlimit(process, kind, (value, value))
