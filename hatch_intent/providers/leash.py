"""Ends a question from another thread: one that is under way, or waits for its next try."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hatch_intent.errors import ProviderError


class GivenUpError(ProviderError):
    """Nobody wants the answer any more."""


class Leash:
    """Held by whoever asked; whoever answers looks at it. Thread-safe."""

    def __init__(self) -> None:
        self._pulled = threading.Event()
        self._lock = threading.Lock()
        self._cuts: list[Callable[[], None]] = []

    def pull(self) -> None:
        """Give up: what waits for a server returns at once."""
        with self._lock:
            self._pulled.set()
            for cut in self._cuts:
                cut()

    @property
    def pulled(self) -> bool:
        return self._pulled.is_set()

    def check(self) -> None:
        """Raise `GivenUpError` once it was pulled."""
        if self.pulled:
            raise GivenUpError("given up")

    def wait(self, seconds: float) -> None:
        """Sleep so long, or until it is pulled."""
        self._pulled.wait(seconds)

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """Have `cut` called if it is pulled meanwhile. Raises `GivenUpError` if it was before."""
        with self._lock:
            self.check()
            self._cuts.append(cut)
        try:
            yield
        finally:
            # A cut is made under the same lock: after this there is none.
            with self._lock:
                self._cuts.remove(cut)
