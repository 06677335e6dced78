"""How long a model server had nothing to do while a build asked it: what the build itself takes.

    llama-server -m MODEL.gguf --log-timestamps --log-prefix 2> SERVER.log
    python -m benchmarks.idle SERVER.log

Reads the lines that llama.cpp's server writes when a slot takes up an answer and when it is free
again; the time is the server's own. From the first answer to the last one, what isn't spent on
any answer is the build's: to judge what came, to compare, to write, to ask for the next.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_LINE = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+) \w slot +(launch_slot_|release).*?\| task (\d+)")


def idle(lines: Iterable[str]) -> tuple[float, float]:
    """Seconds from the first answer to the last, and those of them in which none was under way.

    Raises ValueError where the lines tell of no whole answer.
    """
    under_way: set[str] = set()
    first = free = None
    spare = gap = 0.0
    for now, begins, task in _turns(lines):
        first = now if first is None else first
        if begins:
            gap += now - free if free is not None and not under_way else 0.0
            under_way.add(task)
        elif task in under_way:
            under_way.remove(task)
            free, spare = now, gap
    if first is None or free is None:
        raise ValueError("no answer of a llama.cpp server, with time stamps, is told of there")
    return free - first, spare


def _turns(lines: Iterable[str]) -> Iterator[tuple[float, bool, str]]:
    """When a task began or ended, by the server's clock in seconds."""
    for line in lines:
        if found := _LINE.match(line):
            minutes, seconds, milli, micro = map(int, found.groups()[:4])
            now = 60 * minutes + seconds + milli / 1e3 + micro / 1e6
            yield now, found[5] == "launch_slot_", found[6]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle")
    parser.add_argument("log", type=Path)
    path = parser.parse_args().log
    try:
        span, spare = idle(path.read_text(encoding="utf-8", errors="replace").splitlines())
    except ValueError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    print(
        f"{span:.0f} s, of which the server had nothing to do for {spare:.1f}: {spare / span:.2%}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
