"""Runs attacks among canaries and says what harm was done.

Also a program of its own, so that the attacks can be run as another user by an interpreter
without pytest: `python arena.py SANDBOX [inverse]`, with PYTHONPATH at the repository, prints
a JSON object of attack to harms.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType

from attacks import ATTACKS, Attack
from judge_specs import build_spec

from hatch_intent.judge import Judge
from hatch_intent.judge.verdict import Verdict
from hatch_intent.spec.model import Example

_NUMBERS = {
    "x86_64": {
        "clone": 56, "openat": 257, "statx": 332, "process_vm_readv": 310,
        "name_to_handle_at": 303, "inotify_init1": 294, "socket": 41, "tkill": 200,
        "ptrace": 101, "shmget": 29, "add_key": 248, "unshare": 272, "userfaultfd": 323,
        "bpf": 321, "perf_event_open": 298,
    },
    "aarch64": {
        "clone": 220, "openat": 56, "statx": 291, "process_vm_readv": 270,
        "name_to_handle_at": 264, "inotify_init1": 26, "socket": 198, "tkill": 130,
        "ptrace": 117, "shmget": 194, "add_key": 217, "unshare": 97, "userfaultfd": 282,
        "bpf": 280, "perf_event_open": 241,
    },
}[platform.machine()]  # fmt: skip
_IPC_RMID = 0
_SEEN = 1.0  # seconds for a harm that has to be seen
_SETTLE = 0.01  # seconds for a datagram to reach its thread


class Listeners:
    """A TCP, a UDP, a unix and an abstract unix socket that count who comes."""

    def __init__(self, folder: Path) -> None:
        self.hits: Counter[str] = Counter()
        self.unix = str(folder / "s.sock")
        self.abstract = f"hatch-intent-{secrets.token_hex(6)}"
        self.tcp = self._accept("tcp", socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        self._accept("unix", socket.AF_UNIX, self.unix)
        self._accept("abstract", socket.AF_UNIX, f"\0{self.abstract}")
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("127.0.0.1", 0))
        self.udp = datagrams.getsockname()[1]
        self._sockets = [datagrams]
        self._serve(lambda: datagrams.recv(100), "udp")

    def _accept(self, name: str, family: int, address: object) -> socket.socket:
        listener = socket.socket(family)
        listener.bind(address)  # type: ignore[arg-type]
        listener.listen(50)
        self._serve(lambda: listener.accept()[0].close(), name)
        return listener

    def _serve(self, take: object, name: str) -> None:
        def loop() -> None:
            while True:
                take()  # type: ignore[operator]
                self.hits[name] += 1

        threading.Thread(target=loop, daemon=True).start()


class Arena:
    """Canary files, listeners and a victim process around one judge."""

    target = "py"

    def __init__(self, sandbox: str, call_timeout: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="arena-"))
        self.home, self.project = self.folder / "home", self.folder / "project"
        self.scratch = self.folder / "scratch"
        self.expected = f"EXPECTED-{secrets.token_hex(6)}"
        self.secret = f"SECRET-{secrets.token_hex(6)}"
        self.listeners = Listeners(self.folder)
        # Shared memory has one name space for all arenas of the machine: names of one's own.
        self.shm_key = secrets.randbelow(1 << 30) + 1
        self.shm_file = Path(f"/dev/shm/EVIL-{secrets.token_hex(6)}")
        self.judge = Judge(sandbox, call_timeout)  # type: ignore[arg-type]
        self._open = sandbox == "off"
        self._victim: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Arena:
        os.environ["TOKEN"] = self.secret
        self.judge.start()
        for zygote in self.judge._zygotes:
            zygote.wait()  # until then its folder is the one that it was started in
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        self.judge.close()
        del os.environ["TOKEN"]
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()
        shutil.rmtree(self.folder)

    def harm(self, attack: Attack) -> list[str]:
        """Everything that the attack did and should not have been able to do."""
        victim = self._prepare()
        before = self._state(victim)
        zygotes = self._zygotes()
        hits = Counter(self.listeners.hits)
        verdict = self.judge.check(self._source(attack, victim.pid), self._spec(), self.target)
        time.sleep(_SETTLE)
        # What has to be seen may take its time on a busy machine: signals, accepted connections.
        deadline = time.monotonic() + (_SEEN if self._open and attack.inverse else 0.0)
        told = self._told(verdict)
        harms = self._seen(victim, before, hits)
        while not (harms or told) and time.monotonic() < deadline:
            time.sleep(_SETTLE)
            harms = self._seen(victim, before, hits)
        harms += told
        harms += [f"left process {p}" for p in self._survivors(zygotes)]
        if zygotes != self._zygotes():
            harms.append("zygote killed")
        return harms

    def _seen(
        self, victim: subprocess.Popen[bytes], before: dict[str, object], hits: Counter[str]
    ) -> list[str]:
        harms = [what for what, value in self._state(victim).items() if value != before[what]]
        return harms + [f"reached {name}" for name in self.listeners.hits - hits]

    def _prepare(self) -> subprocess.Popen[bytes]:
        for folder in (self.home / ".ssh", self.project):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        (self.home / ".bashrc").unlink(missing_ok=True)
        (self.home / ".bashrc").write_text("clean")
        (self.home / ".ssh" / "id_rsa").write_text(self.secret)
        (self.project / "a.py").write_text("clean = True")
        (self.project / "a.py").chmod(0o644)
        self.shm_file.unlink(missing_ok=True)
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()
        self._victim = subprocess.Popen(["sleep", "1000"], env={**os.environ})
        while _status(self._victim.pid)[0] != "S":
            time.sleep(0.001)
        return self._victim

    def _state(self, victim: subprocess.Popen[bytes]) -> dict[str, object]:
        fields = _status(victim.pid)
        limits = Path(f"/proc/{victim.pid}/limits")
        return {
            "files changed": self._files(),
            "victim ended or stopped": fields[0] in "ZTXt",
            "victim's nice value": fields[16],
            "victim's limits": limits.read_text() if victim.poll() is None else "",
            "shared memory": self._shared_memory(),
            "file in shared memory": self.shm_file.exists(),
            "builder's limits": Path("/proc/self/limits").read_text(),
        }

    def _files(self) -> list[tuple[object, ...]]:
        return sorted(
            (str(path), status.st_mode, status.st_mtime_ns, status.st_size, status.st_nlink)
            for path in self.folder.rglob("*")
            for status in [path.lstat()]
            if path.parent != self.folder
        )

    def _shared_memory(self) -> bool:
        libc = ctypes.CDLL(None)
        found = libc.shmget(self.shm_key, 0, 0)
        if found >= 0:
            libc.shmctl(found, _IPC_RMID, None)
        return bool(found >= 0)

    def _told(self, verdict: Verdict) -> list[str]:
        text = repr(verdict)
        harms = ["a forged pass"] if verdict.passed else []
        answers = [str(result.got) for result in verdict.results]
        answers += [result.error for result in verdict.results]
        if any(answer.startswith("HARM") for answer in answers):
            harms.append(f"said {answers}")
        if self.secret in text or any(self.expected in answer for answer in answers[:1]):
            harms.append("a secret came out")
        return harms + (["a control character"] if re.search(r"[\x00-\x1f]", text) else [])

    def _zygotes(self) -> list[int]:
        return [
            zygote._running.process.pid
            for zygote in self.judge._zygotes
            if zygote._running is not None and zygote._running.process.poll() is None
        ]

    def _survivors(self, zygotes: list[int]) -> list[str]:
        """Whoever lives in a zygote's folder, which is like no other, for longer than it takes
        to end."""
        homes = set(map(_folder, zygotes)) - {""}
        deadline = time.monotonic() + 2.0
        while True:
            left = [
                process
                for process in _processes()
                if process not in zygotes and _folder(process) in homes
            ]
            if not left or time.monotonic() > deadline:
                return [Path(f"/proc/{p}/cmdline").read_text()[:40] for p in left if _alive(p)]
            time.sleep(0.005)

    def _source(self, attack: Attack, victim: int) -> str:
        names = {
            "HOME": self.home, "PROJECT": self.project, "SCRATCH": self.scratch,
            "TCP": self.listeners.tcp, "UDP": self.listeners.udp, "UNIX": self.listeners.unix,
            "ABSTRACT": self.listeners.abstract, "VICTIM": victim, "BUILDER": os.getpid(),
            "SHM_KEY": self.shm_key, "SHM_FILE": self.shm_file,
            **_NUMBERS,
        }  # fmt: skip
        return re.sub("@([A-Za-z_0-9]+)@", lambda match: str(names[match[1]]), attack.source)

    def _spec(self) -> object:
        return build_spec(examples=[Example(1, {"x": [1, 2]}, self.expected)])


def _status(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _alive(process: int) -> bool:
    return Path(f"/proc/{process}/cwd").is_symlink()


def _folder(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/cwd").readlink())
    except OSError:
        return ""


def main(sandbox: str, *which: str) -> None:
    chosen = [a for a in ATTACKS if a.inverse] if which else ATTACKS
    with Arena(sandbox, 3.0 if which else 0.5) as arena:
        report = {attack.name: arena.harm(attack) for attack in chosen}
        report["level"] = [arena.judge.level]
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
