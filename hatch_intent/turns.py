"""Whose turn it is: what may be made at once, and what waits for that it is built on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter

from hatch_intent.freshness import Freshness
from hatch_intent.lock import Key


class Turns:
    """Modules that are to be made, in an order in which none comes before what it is built on."""

    def __init__(self, modules: Sequence[Freshness]) -> None:
        self._waiting = {module.key: module for module in modules}
        graph = {
            module.key: [each.key for each in module.below if each.key in self._waiting]
            for module in modules
        }
        self._order: TopologicalSorter[Key] = TopologicalSorter(graph)
        self._order.prepare()
        self._out: set[Key] = set()

    def ready(self, passed: Iterable[Freshness] = ()) -> list[Freshness]:
        """Those whose turn has come, now that some more have `passed`; each of them once.

        What passed without having had a turn, because it was compared with one that had, is
        nothing that others wait for.
        """
        for module in passed:
            if module.key in self._out:
                self._out.remove(module.key)
                self._order.done(module.key)
        turn = self._order.get_ready()
        self._out.update(turn)
        return [self._waiting.pop(key) for key in turn]

    def left(self) -> list[tuple[Freshness, tuple[str, ...]]]:
        """Those whose turn never came, and the names that they are built on that did not pass."""
        return [
            (module, tuple(each.name for each in module.below if each.key in self._out))
            for module in self._waiting.values()
        ]
