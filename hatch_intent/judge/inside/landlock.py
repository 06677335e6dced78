"""Landlock: no file, no TCP, no abstract socket, no signal, by ctypes.

No rule is ever added, so whatever the kernel's Landlock knows to handle is refused: workers
need no file at all. Source of the numbers: the kernel's `include/uapi/linux/landlock.h`.
"""

from __future__ import annotations

import ctypes
import os
import struct

from hatch_intent.judge.inside.libc import libc, no_new_privileges

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on x86_64 and aarch64
_VERSION = 1
# What each ABI can refuse: (since, number of file rights)
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_TCP_SINCE, _SCOPES_SINCE = 4, 6
_BIND_CONNECT, _ABSTRACT_SIGNAL = 0b11, 0b11


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    return max(0, int(libc().syscall(_CREATE_RULESET, None, 0, _VERSION)))


def restrict() -> int:
    """Put this process, for good, under an empty ruleset. Returns the ABI, 0 for none."""
    version = abi()
    if not version:
        return 0
    attributes = _attributes(version)
    ruleset = libc().syscall(
        _CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), 0
    )
    if ruleset < 0:
        raise _error("landlock_create_ruleset")
    no_new_privileges()
    try:
        if libc().syscall(_RESTRICT_SELF, ruleset, 0):
            raise _error("landlock_restrict_self")
    finally:
        os.close(ruleset)
    return version


def _attributes(version: int) -> bytes:
    rights = max(count for since, count in _FILE_RIGHTS if version >= since)
    attributes = struct.pack("=Q", (1 << rights) - 1)
    if version >= _TCP_SINCE:
        attributes += struct.pack("=Q", _BIND_CONNECT)
    if version >= _SCOPES_SINCE:
        attributes += struct.pack("=Q", _ABSTRACT_SIGNAL)
    return attributes


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), call)
