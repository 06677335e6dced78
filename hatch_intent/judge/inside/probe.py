"""Tries from inside what generated code must not be able to do."""

from __future__ import annotations

import os
import sys
from _socket import AF_INET, SOCK_DGRAM, socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _socket() -> None:
    socket(AF_INET, SOCK_DGRAM).close()


def _read() -> None:
    os.close(os.open(sys.executable, os.O_RDONLY))


def _write() -> None:
    os.close(os.open(os.devnull, os.O_WRONLY))


def _stat() -> None:
    os.stat(os.sep)  # noqa: PTH116 - pathlib is slow to import


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _signal() -> None:
    if sys.platform != "win32":  # there, it would be sent
        os.kill(os.getppid(), 0)


_PROBES: dict[str, Callable[[], None]] = {
    "socket": _socket,
    "read": _read,
    "write": _write,
    "stat": _stat,
    "fork": _fork,
    "signal": _signal,
}


def refused() -> list[str]:
    """The probes that the system refuses to this process."""
    return [name for name, attempt in _PROBES.items() if not _succeeds(attempt)]


def _succeeds(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except AttributeError:  # a way that this system lacks; it has others
        return True
    except OSError:
        return False
    return True
