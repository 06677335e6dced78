"""Connections to one server that are kept open from one exchange to the next.

Each carries one exchange at a time, so that an exchange can be cut off without harm to the
others. There are never more than exchanges at once: the settings' `concurrency`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from hatch_intent.errors import ProviderError


def new_client(**options: Any) -> httpx.Client:
    """A client with httpx's options.

    Raises `ProviderError` where the environment's proxy or certificates can't be used.
    """
    try:
        return httpx.Client(**options)
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        raise ProviderError(
            f"can't connect as the environment says: {error}",
            remedy="check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE",
        ) from error


class Connection:
    """A client of one connection, and the sockets that it has opened."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.was_cut = False

    def trace(self, event: str, details: dict[str, Any]) -> None:
        """httpx's "trace" extension: tells of each connection that is opened."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        with self._lock:
            if event.endswith("connect_tcp.complete"):
                self._sockets.clear()  # the one before is closed
            self._sockets.append(details["return_value"].get_extra_info("socket"))
            late = self.was_cut
        if late:
            self.cut()

    def cut(self) -> None:
        """Have whatever waits for the server return now; the connection is of no use any more."""
        with self._lock:
            self.was_cut = True
            for one in self._sockets:
                # The plain method: the TLS one would drop its state under a reader's feet.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(one, socket.SHUT_RDWR)


class Connections:
    """Those that wait for the next exchange. Thread-safe."""

    def __init__(self) -> None:
        self._idle: list[Connection] = []
        # Sockets that were never closed are complained about when they are collected.
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def one(self, make: Callable[[], httpx.Client]) -> Iterator[Connection]:
        """A connection for one exchange, kept afterwards unless it was cut."""
        try:
            connection = self._idle.pop()  # the last one used: the rest may close in time
        except IndexError:
            connection = Connection(make())
        try:
            yield connection
        finally:
            # The client itself drops what an exchange left unfinished.
            if connection.was_cut:
                connection.client.close()
            else:
                self._idle.append(connection)

    def close(self) -> None:
        """Close those that are idle."""
        _close(self._idle)


def _close(idle: list[Connection]) -> None:
    with suppress(IndexError):  # others may take them at the same time
        while True:
            idle.pop().client.close()
