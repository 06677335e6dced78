"""What a judge has for JavaScript: node, held as well as this machine can, and its modules."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import replace

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import isolation
from hatch_intent.judge.inside.lockdown import BEST, MEMORY
from hatch_intent.judge.inside.node import BARE
from hatch_intent.judge.isolation import Isolation
from hatch_intent.judge.node.finding import Node, find_node
from hatch_intent.judge.node.module import JavascriptModule, inexact
from hatch_intent.judge.node.source import NodeSource
from hatch_intent.judge.static import MAX_SOURCE
from hatch_intent.judge.workers import Worker
from hatch_intent.spec.model import Spec


class Bench:
    """Node workers for one judge. Nothing runs before `start`; safe from several threads."""

    def __init__(self, sandbox: str) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._source: NodeSource | None = None
        self._isolation: Isolation | None = None

    def start(self) -> Isolation:
        """Find node, start its zygote and probe the sandbox, once. CheckFailed when it doesn't
        do; no generated code has run then."""
        with self._lock:
            if self._isolation is None:
                if not hasattr(os, "fork"):
                    raise CheckFailed("checking JavaScript needs a system that can fork")
                node = find_node()
                self._source = NodeSource(node)
                self._source.start()
                try:
                    self._source.wait()
                    self._isolation = self._reach(self._source, node)
                except BaseException:
                    self._source.stop()
                    raise
            return self._isolation

    def _reach(self, source: NodeSource, node: Node) -> Isolation:
        reached = isolation.reach(self._sandbox, _Bare(source))
        return replace(reached, level=f"{reached.level}; {node.about}")

    @property
    def level(self) -> str:
        """Such as "strict: seccomp, Landlock ABI 7, rlimits; node 20.20.2, permission model"."""
        return self.start().level

    def ahead(self, number: int) -> None:
        """Have so many workers start while something else is done."""
        hold = self.start().hold
        if self._source is not None:
            self._source.ahead(hold, number)

    def fork(self) -> Worker:
        """A worker that has loaded nothing yet."""
        hold = self.start().hold
        if self._source is None:
            raise CheckFailed("the judge is closed")
        return self._source.fork(hold, MEMORY)

    def close(self) -> None:
        """End every worker, and what starts them."""
        with self._lock:
            source, self._source, self._isolation = self._source, None, None
        if source is not None:
            source.stop()


class _Bare:
    """For the probe: node without its own permission model, so that the kernel is what holds."""

    def __init__(self, source: NodeSource) -> None:
        self._source = source

    def fork(self, hold: int) -> Worker:
        return self._source.fork(BEST | BARE if hold == BEST else hold, MEMORY)


def module(code: str, spec: Spec, uses: Mapping[str, str]) -> JavascriptModule:
    """A module to be loaded; `uses` by name, dependencies first."""
    return JavascriptModule(spec, code, (), tuple(uses.items()))


def obstacle(code: str, spec: Spec) -> str:
    """Why this module can't be tried at all, whatever node says; or empty. One line."""
    if len(code) > MAX_SOURCE:
        return f"longer than {MAX_SOURCE} characters"
    for example in spec.examples:
        number = inexact([example.args, example.out])
        if number is not None:
            return (
                f"the example in line {example.line} has {number}, which JavaScript's numbers "
                "can't hold exactly; a js target needs integers up to 2**53"
            )
    return ""
