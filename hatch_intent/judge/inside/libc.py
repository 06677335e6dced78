"""The C library, for the calls that Python doesn't have."""

from __future__ import annotations

import ctypes
import functools
import os

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38


@functools.cache
def libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def _prctl(option: int, value: int) -> None:
    if libc().prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"prctl({option})")


def no_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent(signal_number: int) -> None:
    """The signal comes when the *thread* that forked this process ends, not its process."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Descendants whose parent ended become children of this process, not of init."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
