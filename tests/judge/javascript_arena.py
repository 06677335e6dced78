"""The arena for JavaScript: the same canaries, listeners and victim around node.

Also a program: `python javascript_arena.py SANDBOX [inverse] [kernel]`; with `kernel`, node goes
without its permission model.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from arena import Arena
from javascript_attacks import ATTACKS

from hatch_intent.judge.node import bench, source

HIDING = "    hideGlobals();\n"


class JavascriptArena(Arena):
    """`kernel`: node without its permission model. Its worker hides no globals."""

    target = "js"

    def __init__(self, sandbox: str, call_timeout: float, *, kernel: bool = False) -> None:
        super().__init__(sandbox, call_timeout)
        text = source.WORKER.read_text(encoding="utf-8")
        assert HIDING in text
        doctored = self.folder / "worker.js"
        doctored.write_text(text.replace(HIDING, ""), encoding="utf-8")
        self._before = source.WORKER, bench.find_node
        source.WORKER = doctored
        if kernel:
            bench.find_node = lambda: replace(self._before[1](), permission="")

    def __enter__(self) -> JavascriptArena:
        super().__enter__()
        self.judge.node.start()
        return self

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)  # type: ignore[arg-type]
        source.WORKER, bench.find_node = self._before

    def _zygotes(self) -> list[int]:
        nodes = self.judge._node
        assert nodes is not None
        assert nodes._source is not None
        running = nodes._source._zygote._running
        return [running.process.pid] if running and running.process.poll() is None else []

    def _survivors(self, zygotes: list[int]) -> list[str]:
        assert self.judge._node is not None
        assert self.judge._node._source is not None
        self.judge._node._source.forget()  # those that were started ahead
        return super()._survivors(zygotes)


def main(sandbox: str, *words: str) -> None:
    inverse = "inverse" in words
    chosen = [attack for attack in ATTACKS if attack.inverse] if inverse else ATTACKS
    with JavascriptArena(sandbox, 3.0 if inverse else 0.5, kernel="kernel" in words) as arena:
        report = {attack.name: arena.harm(attack) for attack in chosen}  # type: ignore[arg-type]
        report["level"] = [arena.judge.node.level]
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
