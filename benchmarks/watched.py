"""A command with its memory, threads and children looked at while it runs. Linux's /proc."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Watched:
    """`peak` in bytes, of the command's own process; processor seconds apart from its children."""

    process: subprocess.Popen[str]
    peak: int = 0
    threads: int = 0
    own_cpu: float = 0.0
    children_cpu: float = 0.0
    seconds: float = 0.0
    to_end: float = 0.0
    """Seconds from the signal to the end."""
    output: str = ""
    left: list[int] = field(default_factory=list)
    """Processes that outlived it by two seconds."""
    _seen: dict[int, str] = field(default_factory=dict)

    def look(self) -> None:
        pid = self.process.pid
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            times = _stat(pid)
        except OSError:
            return
        if not (high := re.search(r"VmHWM:\s+(\d+)", status)):
            return  # a zombie has no memory
        self.peak = max(self.peak, int(high[1]) * 1024)
        self.threads = max(self.threads, int(re.search(r"Threads:\s+(\d+)", status)[1]))
        own, children = sum(map(int, times[11:13])), sum(map(int, times[13:15]))
        self.own_cpu, self.children_cpu = own / _TICKS, children / _TICKS
        self._seen.update({pid: began for pid, began in _below(pid).items() if began})

    def end(self) -> None:
        until = time.monotonic() + 2
        while True:
            self.left = [pid for pid, began in self._seen.items() if _began(pid) == began]
            if not self.left or time.monotonic() > until:
                return
            time.sleep(0.05)


def run(command: list[str], cwd: Path, kill: tuple[float, signal.Signals] | None = None) -> Watched:
    """Run a command to its end, or send it a signal after so many seconds."""
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    watched = Watched(process)
    reader = threading.Thread(target=_read, args=(watched,))
    reader.start()
    sent = 0.0
    while process.poll() is None:
        watched.look()
        passed = time.monotonic() - started
        if kill and not sent and passed >= kill[0]:
            sent = time.monotonic()
            process.send_signal(kill[1])
        time.sleep(0.02 if sent else min(_EVERY, max(kill[0] - passed, 0.01)) if kill else _EVERY)
    ended = time.monotonic()
    watched.seconds = ended - started
    watched.to_end = ended - sent if sent else 0.0
    watched.end()
    reader.join(5)
    return watched


def _read(watched: Watched) -> None:
    for line in watched.process.stdout or ():
        watched.output = (watched.output + line)[-20_000:]


def _stat(pid: int) -> list[str]:
    """The fields behind the command's name: state, parent and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _began(pid: int) -> str:
    """When a process was started; empty when it is gone or a zombie."""
    try:
        fields = _stat(pid)
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _below(root: int) -> dict[int, str]:
    """All processes started by one, and by those: when each began, by number."""
    parents: dict[int, list[int]] = {}
    for pid in (int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()):
        with suppress(OSError):  # it has just ended
            parents.setdefault(int(_stat(pid)[1]), []).append(pid)
    found, queue = {}, [root]
    while queue:
        for pid in parents.get(queue.pop(), ()):
            found[pid] = _began(pid)
            queue.append(pid)
    return found
