"""Starts node for each worker: the zygote forks, locks the fork down and becomes node.

The last steps are the builder's: once node is up and before it is given a module, no more
descriptor can be opened and no more memory had than a module may have.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from hatch_intent.judge.inside import landlock, seccomp, zygote
from hatch_intent.judge.inside.libc import adopt_orphans, die_with_parent
from hatch_intent.judge.inside.lockdown import OFF, Layers, layers
from hatch_intent.judge.inside.seccomp_node import RULES

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BARE = 0x10
"""With a hold: node without its own permission model, so that the kernel's layers show."""
_CPU_SECONDS = 3600  # the builder's patience is far shorter
_OPEN_FILES = 64


class Node:
    """How to become node: `job` has the commands and the files that node is made of."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job

    def become(self, parent: int, hold: int, descriptors: list[int]) -> None:
        try:
            zygote.only_pipes(*descriptors)
            os.setsid()
            if sys.platform == "linux":
                die_with_parent(signal.SIGKILL)
                if os.getppid() != parent:
                    return
            self._exec(hold)
        finally:
            os._exit(1)

    def _exec(self, hold: int) -> None:
        wanted, strict = layers(hold & ~BARE)
        command = self._job["bare" if hold & BARE or hold == OFF else "command"]
        environment = {
            "HOME": "/",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "OPENSSL_CONF": os.devnull,  # node ends where it may not read its own
            "UV_USE_IO_URING": "0",
            "HATCH_INTENT_STRICT": "1" if strict else "0",
        }
        reached, missing = self._lock_down(wanted)
        reported = {"layers": reached.to_json(), "missing": missing}
        environment["HATCH_INTENT_LAYERS"] = json.dumps(reported)
        os.execve(command[0], command, environment)  # noqa: S606 - the user's node, by its path

    def _lock_down(self, wanted: Layers) -> tuple[Layers, list[str]]:
        reached, missing = Layers(), []
        if wanted.rlimits:
            try:
                _limit()
                reached.rlimits = True
            except (OSError, ValueError) as error:
                missing.append(f"rlimits: {error}")
        if wanted.landlock:
            try:
                reached.landlock = self._landlock()
            except (OSError, AttributeError) as error:
                missing.append(f"Landlock: {error}")
        if wanted.seccomp:
            try:
                _seccomp()
                reached.seccomp = True
            except (OSError, AttributeError) as error:
                missing.append(f"seccomp: {error}")
        return reached, missing

    def _landlock(self) -> int:
        _linux_only()
        version = landlock.restrict(self._job["files"])
        if not version:
            raise OSError("this kernel has none")
        return version


def _seccomp() -> None:
    _linux_only()
    seccomp.restrict(RULES)


def _linux_only() -> None:
    if sys.platform != "linux":
        raise OSError(f"{sys.platform} has none")


def _limit() -> None:
    if resource is None:
        raise OSError(f"{sys.platform} has none")
    limits = {
        "RLIMIT_CPU": _CPU_SECONDS,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in limits.items():
        kind = getattr(resource, name, None)  # macOS lacks some
        if kind is not None:
            resource.setrlimit(kind, (value, value))


def main(control: int) -> None:
    job = json.loads(sys.argv[5])
    zygote.vanish()
    if sys.platform == "linux":
        adopt_orphans()
    zygote.Zygote(zygote.socket_of(control), Node(job).become, ()).run()
