"""Ends an HTTP exchange when its time is up, wherever it hangs.

A server that sends a byte now and then never runs into a read's own timeout. One thread
watches all exchanges; it ends when there is none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType


class Watchdog:
    """Calls `bite` after `seconds`, so that a blocked read returns. A context manager."""

    def __init__(self, seconds: float, bite: Callable[[], None]) -> None:
        self.seconds = seconds
        self.expired = False
        self.until = time.monotonic() + seconds
        self.bite = bite

    def __enter__(self) -> Watchdog:
        _kennel.watch(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _kennel.leave(self)

    def hurry(self, seconds: float) -> None:
        """Let it be over in so many seconds at the latest."""
        self.until = min(self.until, time.monotonic() + seconds)
        _kennel.watch(self)


class _Kennel:
    """The exchanges that are under way, and the thread that looks at their time."""

    def __init__(self) -> None:
        self._dogs: set[Watchdog] = set()
        self._changed = threading.Condition()
        self._awake_at = 0.0
        self._thread: threading.Thread | None = None

    def watch(self, dog: Watchdog) -> None:
        with self._changed:
            self._dogs.add(dog)
            if self._thread is None:
                self._awake_at = dog.until
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            elif dog.until < self._awake_at:
                self._changed.notify()

    def leave(self, dog: Watchdog) -> None:
        # A bite is made under the same lock: after this there is none.
        with self._changed:
            self._dogs.discard(dog)

    def _run(self) -> None:
        with self._changed:
            while self._dogs:
                now = time.monotonic()
                for dog in [each for each in self._dogs if each.until <= now]:
                    self._dogs.discard(dog)
                    dog.expired = True
                    dog.bite()
                self._awake_at = min((each.until for each in self._dogs), default=now + _LINGER)
                self._changed.wait(max(self._awake_at - now, 0.0))
            self._thread = None


_LINGER = 1.0
"""Seconds that the thread waits for the next exchange before it ends."""
_kennel = _Kennel()
