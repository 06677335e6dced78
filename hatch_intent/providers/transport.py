"""One HTTP server: what may be sent to it, for how long, and how much is read back.

Facts this stands on: a read's own timeout does not bound an answer that drips in, a
compressed body may unfold to gigabytes, a proxy variable must not carry what is meant for
this machine elsewhere, and a redirect may lead anywhere.
"""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from hatch_intent.errors import ProviderError
from hatch_intent.providers.connections import Connections, new_client
from hatch_intent.providers.leash import Leash
from hatch_intent.providers.patience import (
    LateError,
    RefusedError,
    Standing,
    TransientError,
    patiently,
)
from hatch_intent.providers.watchdog import Watchdog
from hatch_intent.settings import host_in, is_local, unqueried

MAX_BYTES = 8 * 1024 * 1024
"""Of one answer, after decompression."""
CONNECT_SECONDS = 5.0
_END_SECONDS = 0.2
_PASSING = (408, 425, 429)
_LASTING = (501, 505)
"""Of the statuses from 500 on: gateways have many of their own for what is late or busy."""

T = TypeVar("T")
Json = dict[str, Any]


class StatusError(ProviderError):
    """An HTTP status that will not pass by itself."""

    def __init__(self, message: str, *, status: int, reason: str, error_type: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        """The server's own words, one line."""
        self.error_type = error_type


@dataclass(frozen=True)
class Server:
    """Where a server listens and how it is addressed. `kind` opens every message."""

    kind: str
    root: str
    key: str = ""
    local: bool = True
    standing: Standing = field(default_factory=Standing, compare=False)
    connections: Connections = field(default_factory=Connections, compare=False)

    def patiently(
        self, attempt: Callable[[float], T], timeout: float, leash: Leash | None = None
    ) -> T:
        """Try again what fails in a way that may pass, see `patience.patiently`."""
        return patiently(self.standing, attempt, timeout, leash)

    def json(self, method: str, path: str, body: Json | None, deadline: float) -> Json:
        """One small answer as a JSON object. Raises `ProviderError`."""
        with self.stream(method, path, body, deadline) as answer:
            return answer.whole()

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        body: Json | None,
        deadline: float,
        leash: Leash | None = None,
    ) -> Iterator[Streamed]:
        """Send a request and hand over its answer, unread, once its status is 2xx.

        Pulling the leash closes the connection, which tells the server to stop.
        """
        remaining = max(deadline - time.monotonic(), 0.001)
        timeout = httpx.Timeout(remaining, connect=min(remaining, CONNECT_SECONDS))
        with (
            self.connections.one(self._client) as one,
            Watchdog(remaining, one.cut) as dog,
            (leash or Leash()).cutting(one.cut),
        ):
            try:
                with one.client.stream(
                    method,
                    self.root + path,
                    json=body,
                    timeout=timeout,
                    extensions={"trace": one.trace},
                ) as response:
                    answer = Streamed(self, response, dog)
                    self._check_status(response, answer)
                    yield answer
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                raise self._failure(error, dog) from error

    def failed(self, message: str, remedy: str = "") -> ProviderError:
        return ProviderError(f"{self.kind}: {self.clean(message)}", remedy=remedy)

    def odd(self, message: str, remedy: str) -> TransientError:
        """A failure that a server which answers others may still have now and then."""
        return TransientError(f"{self.kind}: {self.clean(message)}", remedy=remedy)

    def late(self, seconds: float) -> LateError:
        return LateError(f"{self.kind}: no whole answer within {seconds:.0f} s")

    def clean(self, text: str) -> str:
        """One line for people, without the key, should the server repeat it."""
        if self.key:
            text = text.replace(self.key, "***")
        return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:300]

    def _client(self) -> httpx.Client:
        headers = {"Accept-Encoding": "identity", "User-Agent": "hatch-intent"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            return new_client(
                trust_env=not self.local,
                # Reading the system's certificates takes longer than a whole local request.
                verify=self.root.startswith("https:"),
                follow_redirects=False,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
                headers=headers,
            )
        except ProviderError as error:
            raise self.failed(str(error), error.remedy) from error

    def _check_status(self, response: httpx.Response, answer: Streamed) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise self.odd(
                f"redirects to {_host(response.headers.get('location', ''))}; not followed",
                "set base-url to the server's own address",
            )
        words, error_type = answer.error_words()
        message = f"{self.kind}: HTTP {status}: {words}" if words else f"{self.kind}: HTTP {status}"
        if status in _PASSING or (status >= 500 and status not in _LASTING):
            loading = status == 503 and "loading model" in words.lower()
            raise TransientError(message, pause=_retry_after(response), loading=loading)
        raise StatusError(message, status=status, reason=words, error_type=error_type)

    def _failure(self, error: Exception, dog: Watchdog) -> ProviderError:
        if dog.expired or isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            return self.late(dog.seconds)
        if isinstance(error, httpx.ConnectTimeout):
            return self.odd("no connection: timed out", "")
        if isinstance(error, httpx.ConnectError):
            refused = "refused" in str(error).lower()
            words = "connection refused" if refused else f"no connection: {error}"
            return RefusedError(f"{self.kind}: {self.clean(words)}")
        return TransientError(f"{self.kind}: closed the connection before its answer was whole")


class Streamed:
    """An answer being read: capped in decompressed bytes and in time."""

    def __init__(self, server: Server, response: httpx.Response, dog: Watchdog) -> None:
        self._server = server
        self._response = response
        self._dog = dog
        self._raw = response.iter_raw()
        self.is_json = "json" in response.headers.get("content-type", "").partition(";")[0]

    def finish(self) -> None:
        """Read on to the end of the transfer, for a moment: all that matters is here.

        Only then the connection can carry another exchange.
        """
        self._dog.hurry(_END_SECONDS)
        with suppress(httpx.HTTPError, OSError):
            for _ in self._raw:
                pass

    def whole(self) -> Json:
        return self.parsed(b"".join(self._plain()))

    def lines(self) -> Iterator[bytes]:
        """Lines without their ends; empty ones are left out."""
        rest = b""
        for chunk in self._plain():
            *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else [rest + chunk]
            yield from filter(None, map(bytes.strip, lines))
        if rest.strip():
            yield rest.strip()

    def parsed(self, data: bytes) -> Json:
        """A JSON object. What breaks off may be whole the next time; a web page never is."""
        if data.lstrip()[:1] == b"<":
            raise self._server.odd(
                "answered with a web page instead of JSON", "check base-url: is it this server's?"
            )
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise TransientError(
                f"{self._server.kind}: its answer is not JSON or broke off"
            ) from error
        if not isinstance(value, dict):
            raise self._server.failed("answered with JSON of another shape than its kind's")
        return value

    def error_words(self) -> tuple[str, str]:
        """The server's own words on an error, and its name for the kind of error."""
        try:
            body = self.whole()
        except ProviderError:
            return "", ""
        error = body.get("error", body.get("detail", body.get("message", "")))
        if isinstance(error, dict):
            return self._server.clean(str(error.get("message", ""))), str(error.get("type", ""))
        return self._server.clean(str(error)), str(body.get("type", ""))

    def _plain(self) -> Iterator[bytes]:
        inflate = self._inflate()
        total = 0
        for raw in self._raw:
            # Room for one byte too many shows an overflow without unfolding the rest.
            chunk = inflate(raw, MAX_BYTES + 1 - total) if inflate else raw
            total += len(chunk)
            if total > MAX_BYTES:
                raise self._server.odd(f"answered with more than {MAX_BYTES >> 20} MiB", "")
            yield chunk
        if self._dog.expired:  # a cut connection can look like the end of the body
            raise self._server.late(self._dog.seconds)

    def _inflate(self) -> Callable[[bytes, int], bytes] | None:
        coding = self._response.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("", "identity"):
            return None
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise self._server.failed(f"answered compressed as {coding!r}, which was not asked for")
        engine = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, told by its header

        def inflate(raw: bytes, room: int) -> bytes:
            try:
                return engine.decompress(raw, room)
            except zlib.error as error:
                raise self._server.odd("its compressed answer is broken", "") from error

        return inflate


def server_at(
    kind: str, url: str, *, suffixes: tuple[str, ...], allow_remote: bool, key: str = ""
) -> Server:
    """Check an address from the settings. `suffixes` are endings that people add or leave out.

    Raises `ProviderError` for an address that can't be one, for a password in it, and for
    another machine without `allow-remote = true`.
    """
    bare = unqueried(url)
    try:
        whole = url if "://" in url else f"http://{url}"
        parts, host = urlsplit(whole), host_in(whole)
    except ValueError as error:
        raise ProviderError(f"{kind}: base-url {bare!r} is no address: {error}") from error
    if "@" in parts.netloc:
        raise ProviderError(
            f"{kind}: base-url holds a user or password", remedy="use api-key-env instead"
        )
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ProviderError(f"{kind}: base-url {bare!r} is no http address like http://host:port")
    local = is_local(host)
    if not (local or allow_remote):
        raise ProviderError(
            f"{kind}: {host} is another machine",
            remedy="set allow-remote = true if it may be asked",
        )
    path = parts.path.rstrip("/")
    for suffix in suffixes:
        path = path.removesuffix(suffix).rstrip("/")
    root = f"{parts.scheme}://{parts.netloc}{path}"
    try:
        _ = httpx.URL(root).host  # decoded when it is asked for
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ProviderError(f"{kind}: base-url {url!r} is no address: {error}") from error
    return Server(kind, root, key, local)


def key_from(kind: str, variable: str | None) -> str:
    """The key in an environment variable; never shown, not even when it can't be one."""
    if variable is None:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ProviderError(f"{kind}: no key in {variable}", remedy=f"export {variable}=…")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ProviderError(f"{kind}: the key in {variable} has characters no key has")
    return key


def _host(url: str) -> str:
    try:
        target = urlsplit(url)
    except ValueError:
        return "what is no address"
    return f"{target.scheme}://{target.hostname}"


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
