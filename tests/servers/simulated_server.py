"""A server of OpenAI's chat dialect for many clients at once: slow, and at fault now and then.

Runs on asyncio in a thread of its own and needs little of the processor. The same body always
gets the same answer. Every chat request is noted in `heard`.

Faults, by the numbers of the bad inputs they stand for:
16 `cut_json`, `early_close`, `no_answer` · 17 `http_500`, `http_502`, `http_503`, `http_429`,
`retry_after_ages` · 18 `drips` · 19 `web_page`, `no_choices`, `cut_code` · 20 `redirect` ·
21 `flood`, `bomb`
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from faulty import gzip_bomb, prompt_tokens

FAULTS = (
    "cut_json",
    "early_close",
    "no_answer",
    "http_500",
    "http_502",
    "http_503",
    "http_429",
    "retry_after_ages",
    "drips",
    "web_page",
    "no_choices",
    "cut_code",
    "redirect",
    "flood",
    "bomb",
)
_MODEL = "simulated"


@dataclass
class Heard:
    """One chat request. Times are `time.monotonic()`."""

    body: dict
    digest: str
    name: str
    began: float
    fault: str
    latency: float
    ended: float = 0.0
    whole: bool = False
    """A right answer left this side to its last byte."""


Code = Callable[[str, int], str]
"""The code for a function, by its name and the number (from 0) of the body that asks for it."""


@dataclass
class SimulatedServer:
    """`share` is the probability of each kind of fault; `latency` in seconds, from and to."""

    code: Code
    latency: tuple[float, float] = (0.05, 0.5)
    share: float = 0.01
    seed: int = 1
    heard: list[Heard] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    accepted: int = 0
    most_connections: int = 0
    other: Counter[str] = field(default_factory=Counter)
    """Requests for anything but an answer, by path."""
    _bodies: dict[str, list[str]] = field(default_factory=dict)
    _times: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.accepted += 1
        self.most_connections = max(self.most_connections, self.connections)
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # clients that hang up are what this server is for
        finally:
            self.connections -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection ends with it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"^content-length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
        raw = await reader.readexactly(int(length[1]) if length else 0)
        path = head.split(" ", 2)[1]
        if path != "/v1/chat/completions":
            self.other[path] += 1
            listed = {
                "object": "list",
                "data": [{"id": _MODEL, "owned_by": "vllm", "root": _MODEL}],
            }
            answer = {"/v1/models": listed, "/version": {"version": "0"}}.get(path)
            await _say(writer, 200 if answer else 404, answer or {"error": "not found"})
            return True
        heard = self._noted(raw)
        try:
            await asyncio.sleep(heard.latency / 2)
            if heard.fault:
                return await self._fault(heard, writer)
            await self._stream(heard, writer)
            heard.whole = not writer.transport.is_closing()
            return True
        finally:
            heard.ended = time.monotonic()

    def _noted(self, raw: bytes) -> Heard:
        body = json.loads(raw)
        digest = hashlib.sha256(raw).hexdigest()
        text = "\n".join(message["content"] for message in body["messages"])
        name = re.search(r"^def (\w+)\(", text, re.MULTILINE)[1]
        bodies = self._bodies.setdefault(name, [])
        if digest not in bodies:
            bodies.append(digest)
        chance = random.Random(f"{self.seed} {digest} {self._times[digest]}")
        self._times[digest] += 1
        drawn = int(chance.random() / self.share) if self.share else len(FAULTS)
        fault = FAULTS[drawn] if drawn < len(FAULTS) else ""
        heard = Heard(body, digest, name, time.monotonic(), fault, chance.uniform(*self.latency))
        self.heard.append(heard)
        return heard

    def _text(self, heard: Heard) -> str:
        code = self.code(heard.name, self._bodies[heard.name].index(heard.digest))
        return f"```python\n{code}\n```"

    async def _stream(self, heard: Heard, writer: asyncio.StreamWriter, reason="stop") -> None:
        """The answer in a few pieces over the other half of the latency."""
        text = self._text(heard)
        if reason == "length":
            text = text[: 2 * len(text) // 3]
        size = -(-len(text) // 3)
        _head(writer, 200, "text/event-stream", "Transfer-Encoding: chunked")
        for start in range(0, len(text), size):
            _event(writer, {"choices": [_choice({"content": text[start : start + size]})]})
            await writer.drain()
            await asyncio.sleep(heard.latency / 6)
        _event(writer, {"choices": [_choice({}, reason)]})
        prompt = prompt_tokens(heard.body["messages"])
        usage = {"prompt_tokens": prompt, "completion_tokens": len(text) // 4}
        usage["prompt_tokens_details"] = {"cached_tokens": 0}
        _event(writer, {"choices": [], "usage": usage})
        _chunk(writer, b"data: [DONE]\n\n")
        _chunk(writer, b"")
        await writer.drain()

    async def _fault(self, heard: Heard, writer: asyncio.StreamWriter) -> bool:
        fault = heard.fault
        if fault.startswith("http_"):
            await _say(writer, int(fault[5:]), {"error": {"message": "busy"}})
        elif fault == "retry_after_ages":
            await _say(writer, 503, {"error": "busy"}, "Retry-After: 86400")
        elif fault == "redirect":
            await _say(writer, 307, {}, "Location: http://192.0.2.1/steal")
        elif fault == "web_page":
            await _raw(writer, 200, b"<!doctype html><html></html>", "text/html")
        elif fault == "no_choices":
            await _say(writer, 200, {"id": "x", "choices": []})
        elif fault == "cut_json":
            await _raw(writer, 200, b'{"choices": [{"mess', "application/json")
        elif fault == "bomb":
            await _raw(writer, 200, gzip_bomb(), "application/json", "Content-Encoding: gzip")
        elif fault == "cut_code":
            await self._stream(heard, writer, "length")
        else:
            await getattr(self, f"_{fault}")(heard, writer)
            return False
        return True

    async def _no_answer(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()  # the client sees a reset

    async def _early_close(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, "text/event-stream", "Transfer-Encoding: chunked")
        _event(writer, {"choices": [_choice({"content": self._text(heard)[:30]})]})
        await writer.drain()

    async def _drips(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, "text/event-stream", "Transfer-Encoding: chunked")
        for _ in range(1200):
            _chunk(writer, b":\n")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def _flood(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, "application/json", "Transfer-Encoding: chunked")
        for _ in range(100):
            _chunk(writer, b" " * (1 << 20))
            await writer.drain()


def _choice(delta: dict, reason: str | None = None) -> dict:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _head(writer: asyncio.StreamWriter, status: int, kind: str, *more: str) -> None:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *more]
    writer.write("\r\n".join([*lines, "", ""]).encode())


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def _event(writer: asyncio.StreamWriter, value: dict) -> None:
    _chunk(writer, b"data: " + json.dumps(value).encode() + b"\n\n")


async def _raw(writer: asyncio.StreamWriter, status: int, data: bytes, *head: str) -> None:
    kind, *more = head
    _head(writer, status, kind, f"Content-Length: {len(data)}", *more)
    writer.write(data)
    await writer.drain()


async def _say(writer: asyncio.StreamWriter, status: int, value: dict, *more: str) -> None:
    await _raw(writer, status, json.dumps(value).encode(), "application/json", *more)


@contextmanager
def simulated_server(code: Code, **settings: object) -> Iterator[SimulatedServer]:
    """A running server, on a port of its own."""
    server = SimulatedServer(code, **settings)
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        listening = await asyncio.start_server(
            server.serve, "127.0.0.1", 0, limit=1 << 20, backlog=512
        )
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await stopped.wait()
        listening.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()
