"""A strict allow-list of system calls, in classic BPF, by ctypes.

A worker may compute, allocate, read and write the pipes it has, sleep and end. Everything
else answers EPERM: opening, looking at or naming a file, sockets, processes, threads,
signals to others, `fcntl` (F_SETOWN with F_SETSIG sends any signal to any process of the
user), `prctl`, limits. `clone3` answers ENOSYS, so that libc falls back to `clone`, which is
refused. Numbers: the kernel's `syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct

from hatch_intent.judge.inside.libc import libc, no_new_privileges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SECCOMP_SET_MODE_FILTER = 1
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32_BIT = 0x40000000


Test = tuple[int, int, int]
"""A 32-bit word of the arguments (two for each, the low one first), a mask, its value under it."""
Rule = tuple[int, tuple[Test, ...]]
"""A call that is allowed when all tests of its arguments hold."""


class Architecture:
    """Where the kernel's system calls are on one kind of machine."""

    def __init__(self, audit: int, seccomp: int, clone3: int, allowed: tuple[int, ...]) -> None:
        self.audit = audit
        self.seccomp = seccomp
        self.clone3 = clone3
        self.allowed = allowed


_X86_64 = {
    "read": 0, "write": 1, "close": 3, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "readv": 19, "writev": 20, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63, "gettimeofday": 96, "getrusage": 98,
    "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108,
    "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "restart_syscall": 219,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "pselect6": 270, "ppoll": 271, "getrandom": 318, "rseq": 334,
}  # fmt: skip
_AARCH64 = {
    "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66,
    "pselect6": 72, "ppoll": 73, "exit": 93, "exit_group": 94, "futex": 98, "nanosleep": 101,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_yield": 124,
    "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
    "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165, "gettimeofday": 169,
    "getpid": 172, "getuid": 174, "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178,
    "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233,
    "getrandom": 278, "rseq": 293,
}  # fmt: skip

ARCHITECTURES = {
    "x86_64": Architecture(0xC000003E, 317, 435, tuple(_X86_64.values())),
    "aarch64": Architecture(0xC00000B7, 277, 435, tuple(_AARCH64.values())),
}


NO_RULES: Mapping[str, Sequence[Rule]] = {}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def instructions(architecture: Architecture, rules: Sequence[Rule] = ()) -> list[bytes]:
    """The BPF program: any other architecture or the x32 calls kill the process."""
    program = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture.audit, then=1),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32_BIT, otherwise=1),
        _step(_RETURN, _KILL_PROCESS),
    ]
    for number in architecture.allowed:
        program += [_step(_EQUAL, number, otherwise=1), _step(_RETURN, _ALLOW)]
    for number, tests in rules:
        program += _allowed_when(number, tests)
    program += [
        _step(_EQUAL, architecture.clone3, otherwise=1),
        _step(_RETURN, _ERRNO | errno.ENOSYS),
        _step(_RETURN, _ERRNO | errno.EPERM),
    ]
    return program


def _allowed_when(number: int, tests: Sequence[Test]) -> list[bytes]:
    inner: list[bytes] = []
    last = 3 * len(tests)
    for word, mask, value in tests:
        inner += [_step(_LOAD, _ARGUMENTS + 4 * word), _step(_AND, mask)]
        # when it differs, on to the end of this rule, where the number is loaded again
        inner.append(_step(_EQUAL, value, otherwise=last - len(inner)))
    steps = [*inner, _step(_RETURN, _ALLOW), _step(_LOAD, _NUMBER)]
    return [_step(_EQUAL, number, otherwise=len(steps)), *steps]


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


class _Filter:
    """The program for this machine, in the shape that the kernel takes."""

    def __init__(self, machine: str, rules: Mapping[str, Sequence[Rule]] = NO_RULES) -> None:
        architecture = ARCHITECTURES.get(machine)
        if architecture is None or ctypes.sizeof(ctypes.c_void_p) != 8:
            raise OSError(errno.ENOSYS, f"no system call table for {machine}")
        steps = instructions(architecture, rules.get(machine, ()))
        self._code = ctypes.create_string_buffer(b"".join(steps))
        self.call = architecture.seccomp
        self.program = _Program(len(steps), ctypes.addressof(self._code))


@functools.cache
def prepare() -> _Filter:
    """Build the filter once, before any fork. OSError where there is no table."""
    return _Filter(os.uname().machine)


def restrict(rules: Mapping[str, Sequence[Rule]] = NO_RULES) -> None:
    """Put this process, for good, under the allow-list; OSError where that isn't possible.

    `rules` allow more, by machine.
    """
    ready = _Filter(os.uname().machine, rules) if rules else prepare()
    no_new_privileges()
    if libc().syscall(ready.call, _SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(ready.program)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "seccomp")
