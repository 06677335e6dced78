"""Landlock: no file, no TCP, no abstract socket, no signal, by ctypes.

Whatever the kernel's Landlock knows to handle is refused. Python's workers need no file at
all; another program has to be started from some, and only those may be read and run. Source
of the numbers: the kernel's `include/uapi/linux/landlock.h`.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct

from hatch_intent.judge.inside.libc import libc, no_new_privileges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# the same on x86_64 and aarch64
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
# What each ABI can refuse: (since, number of file rights)
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_TCP_SINCE, _SCOPES_SINCE = 4, 6
_BIND_CONNECT, _ABSTRACT_SIGNAL = 0b11, 0b11
_PATH_BENEATH, _EXECUTE_AND_READ = 1, 0b101


@functools.cache
def abi() -> int:
    """The kernel's Landlock version; 0 where there is none. Asked once, before any fork."""
    return max(0, int(libc().syscall(_CREATE_RULESET, None, 0, _VERSION)))


def restrict(files: Iterable[str] = ()) -> int:
    """Let this process, for good, read and run these files and no other.

    Returns the ABI, 0 for none. A file that isn't there is passed over.
    """
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
        for path in files:
            _allow(ruleset, path)
        if libc().syscall(_RESTRICT_SELF, ruleset, 0):
            raise _error("landlock_restrict_self")
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rule = ctypes.c_char_p(struct.pack("=Qi", _EXECUTE_AND_READ, file))
        if libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0):
            raise _error("landlock_add_rule")
    finally:
        os.close(file)


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
