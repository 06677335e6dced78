"""Ends an HTTP exchange when its time is up, wherever it hangs."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any


class Watchdog:
    """Shuts the exchange's sockets after `seconds`, so that a blocked read returns.

    A server that sends a byte now and then never runs into a read's own timeout.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> Watchdog:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._sockets.clear()

    def trace(self, event: str, details: dict[str, Any]) -> None:
        """httpx's "trace" extension: tells of each connection the exchange opens."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        with self._lock:
            self._sockets.append(details["return_value"].get_extra_info("socket"))
            late = self.expired
        if late:
            self._bite()

    def _bite(self) -> None:
        with self._lock:
            self.expired = True
            for one in self._sockets:
                # The plain method: the TLS one would drop its state under a reader's feet.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(one, socket.SHUT_RDWR)
