"""From a warm interpreter to one that can only compute: limits, Landlock, seccomp, in order."""

from __future__ import annotations

import mmap
import os
import sys
from contextlib import suppress

from hatch_intent.judge.inside import landlock, seccomp

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

MEMORY = 512 << 20
"""Bytes of address space beyond what the worker already has."""
_OPEN_FILES = 32


class Layers:
    """What holds a worker; also what to ask for.

    `landlock` is the ABI, or -1 to ask for whatever is there. `audit`: Python's own audit
    hook refuses as well, which is advice, not a boundary.
    """

    def __init__(
        self,
        *,
        rlimits: bool = False,
        landlock: int = 0,
        seccomp: bool = False,
        audit: bool = False,
    ) -> None:
        self.rlimits = rlimits
        self.landlock = landlock
        self.seccomp = seccomp
        self.audit = audit

    def to_json(self) -> dict[str, Any]:
        return vars(self)


# How a worker is held, by the byte in a request.
STRICT, STRICT_WITHOUT_LANDLOCK, BEST, OFF = range(4)
_HOLDS = {
    STRICT: Layers(rlimits=True, landlock=-1, seccomp=True),
    STRICT_WITHOUT_LANDLOCK: Layers(rlimits=True, seccomp=True),
    BEST: Layers(rlimits=True, landlock=-1, seccomp=True, audit=True),
    OFF: Layers(),
}


def layers(hold: int) -> tuple[Layers, bool]:
    """What the hold asks for, and whether nothing may run unless all of it is there."""
    return _HOLDS[hold], hold in (STRICT, STRICT_WITHOUT_LANDLOCK)


def lock_down(wanted: Layers, cpu_seconds: int, memory: int = MEMORY) -> tuple[Layers, list[str]]:
    """Apply each wanted layer to this process. Returns those that hold and why others don't."""
    reached, missing = Layers(), []
    if wanted.rlimits:
        try:
            limit(cpu_seconds, memory)
            reached.rlimits = True
        except (OSError, ValueError) as error:
            missing.append(f"rlimits: {error}")
    if wanted.landlock:
        try:
            reached.landlock = _landlock()
        except (OSError, AttributeError) as error:
            missing.append(f"Landlock: {error}")
    if wanted.seccomp:
        try:
            _seccomp()
            reached.seccomp = True
        except (OSError, AttributeError) as error:
            missing.append(f"seccomp: {error}")
    return reached, missing


def _landlock() -> int:
    _linux_only()
    version = landlock.restrict()
    if not version:
        raise OSError("this kernel has none")
    return version


def _seccomp() -> None:
    _linux_only()
    seccomp.restrict()


def _linux_only() -> None:
    if sys.platform != "linux":
        raise OSError(f"{sys.platform} has none")


def prepare() -> None:
    """Do once, before any fork, what every lockdown needs."""
    if sys.platform == "linux":
        with suppress(OSError):  # a machine without a table says so at the probe
            seccomp.prepare()
        with suppress(OSError, AttributeError):  # same
            landlock.abi()


def limit(cpu_seconds: int, memory: int) -> None:
    """Resource limits, hard as well as soft, so that they can't be raised again."""
    if resource is None:
        raise OSError(f"{sys.platform} has none")
    limits = {
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if sys.platform == "linux":  # elsewhere the size so far isn't known, or not limited
        limits["RLIMIT_AS"] = _address_space() + memory
    for name, value in limits.items():
        kind = getattr(resource, name, None)  # macOS lacks some
        if kind is not None:
            resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    statm = os.open("/proc/self/statm", os.O_RDONLY)  # a file object costs ten times as much
    try:
        return int(os.read(statm, 80).split()[0]) * mmap.PAGESIZE
    finally:
        os.close(statm)
