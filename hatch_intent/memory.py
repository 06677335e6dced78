"""Memory under many threads."""

from __future__ import annotations

import sys

_MANY = 8
_ARENA_MAX = -8
"""glibc's number for the option, in malloc.h."""


def share_arenas(threads: int) -> None:
    """Have many threads share two of malloc's arenas, where there are such.

    glibc gives up to eight for each core, and each keeps what was freed in it: with 64 threads a
    build that makes 250 modules took 156 MiB in place of 98 (docs/benchmarks.md).
    """
    if sys.platform != "linux" or threads < _MANY:
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_ARENA_MAX, 2)
