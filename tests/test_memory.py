from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from hatch_intent.memory import share_arenas

share_arenas(int(sys.argv[1]))
barrier = threading.Barrier(9)

def work():
    barrier.wait()
    kept = [bytes(100) for _ in range(1000)]
    barrier.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
barrier.wait()
barrier.wait()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc")
def test_many_threads_share_two_arenas_and_a_few_are_left_alone() -> None:
    def arenas(threads: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(threads)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stderr.count("Arena ")

    assert arenas(64) == 2
    assert arenas(2) > 2
