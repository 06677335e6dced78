"""A kernel that lacks something, as some containers' are: `python old_kernel.py NAMES -- ARGS`
runs `python ARGS` with the named system calls answering "not implemented"."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_CALLS = {
    "x86_64": {"seccomp": 317, "landlock": 444, "setrlimit": 160, "prlimit64": 302},
    "aarch64": {"seccomp": 277, "landlock": 444, "setrlimit": 164, "prlimit64": 261},
}[platform.machine()]
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _NOT_THERE = 0x7FFF0000, 0x00050000 | errno.ENOSYS
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


def remove(names: list[str]) -> None:
    """Have the system calls answer ENOSYS, in this process and all it starts."""
    steps = [(_LOAD, 0, 0, 0)]
    for name in names:
        steps += [(_EQUAL, 0, 1, _CALLS[name]), (_RETURN, 0, 0, _NOT_THERE)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    split = sys.argv.index("--")
    remove(sys.argv[1:split])
    os.execv(sys.executable, [sys.executable, *sys.argv[split + 1 :]])
