"""What node needs of the kernel beyond a Python worker: found by tracing node 18 to 24.

Threads of its own process, never a process; waiting for descriptors; opening files, which
Landlock narrows to the program and its libraries and the judge's seal ends for good; looking
at a descriptor, not at a path; starting the program itself. As everywhere, what isn't listed
answers EPERM.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hatch_intent.judge.inside.seccomp import Rule, Test

_ALL = 0xFFFFFFFF
# CLONE_VM, CLONE_SIGHAND and CLONE_THREAD set, no new namespace, no child that outlives us
_THREAD = 0x00000100 | 0x00000800 | 0x00010000
_NAMESPACES = 0x7E020080 | 0x00004000 | 0x00008000
_COMMANDS = {"F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_DUPFD_CLOEXEC": 1030}
_REQUESTS = {"TCGETS": 0x5401, "FIONREAD": 0x541B, "FIONBIO": 0x5421, "FIOCLEX": 0x5451}
_PR_SET_NAME = 15
_AT_EMPTY_PATH = 0x1000

X86_64 = {
    "fstat": 5, "pread64": 17, "getppid": 110, "execve": 59, "getcwd": 79, "sysinfo": 99,
    "capget": 125, "arch_prctl": 158, "sched_getaffinity": 204, "epoll_wait": 232,
    "set_tid_address": 218, "openat": 257, "set_robust_list": 273, "epoll_pwait": 281,
    "eventfd2": 290, "epoll_create1": 291, "epoll_ctl": 233, "pipe2": 293,
    "membarrier": 324, "pkey_mprotect": 329, "pkey_alloc": 330, "pkey_free": 331,
}  # fmt: skip
AARCH64 = {
    "fstat": 80, "pread64": 67, "getppid": 173, "execve": 221, "getcwd": 17, "sysinfo": 179,
    "capget": 90, "sched_getaffinity": 123, "set_tid_address": 96, "openat": 56,
    "set_robust_list": 99, "epoll_pwait": 22, "eventfd2": 19, "epoll_create1": 20,
    "epoll_ctl": 21, "pipe2": 59, "membarrier": 283, "pkey_mprotect": 288, "pkey_alloc": 289,
    "pkey_free": 290,
}  # fmt: skip
# Allowed with some arguments only.
X86_64_TESTED = {
    "ioctl": 16, "clone": 56, "fcntl": 72, "prctl": 157, "newfstatat": 262, "prlimit64": 302,
}  # fmt: skip
AARCH64_TESTED = {
    "fcntl": 25, "ioctl": 29, "newfstatat": 79, "prctl": 167, "clone": 220, "prlimit64": 261,
}  # fmt: skip


def _rules(plain: dict[str, int], tested: dict[str, int]) -> tuple[Rule, ...]:
    nothing: tuple[Test, ...] = ()
    return (
        *((number, nothing) for number in plain.values()),
        *((tested["fcntl"], ((2, _ALL, command),)) for command in _COMMANDS.values()),
        *((tested["ioctl"], ((2, _ALL, request),)) for request in _REQUESTS.values()),
        (tested["clone"], ((0, _THREAD | _NAMESPACES, _THREAD),)),
        (tested["prctl"], ((0, _ALL, _PR_SET_NAME),)),
        (tested["newfstatat"], ((6, _AT_EMPTY_PATH, _AT_EMPTY_PATH),)),
        # its own limits, to read: no process by its number, no new value
        (tested["prlimit64"], ((0, _ALL, 0), (4, _ALL, 0), (5, _ALL, 0))),
    )


RULES = {
    "x86_64": _rules(X86_64, X86_64_TESTED),
    "aarch64": _rules(AARCH64, AARCH64_TESTED),
}
