"""What both servers share: a loopback HTTP server that fails on request, as real ones do."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections import deque
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FENCED = "```python\ndef add(a, b):\n    return a + b\n```\nThis adds two numbers."


class FaultyServer(ThreadingHTTPServer):
    """`faults` are used up one by chat request; `heard` keeps every request."""

    daemon_threads = True

    def __init__(self, handler, **state):
        super().__init__(("127.0.0.1", 0), handler)
        self.faults = deque()
        self.heard = []
        self.hung_up = 0
        """Clients that no longer wanted what was being sent."""
        self.text = FENCED
        self.__dict__.update(state)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path):
        return [body for _, heard, _, body in self.heard if heard == path]

    def leave(self):
        """Nobody listens here any more.

        `server_close` alone is not enough: while its thread waits for the next connection,
        the kernel still takes one, and resets it later.
        """
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that hang up are what these tests are about."""
        self.hung_up += 1


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.leave()
        thread.join()


class FaultyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    chat_path = ""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._handle(None)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self._handle(json.loads(self.rfile.read(length) or b"null"))

    def _handle(self, body):
        self.server.heard.append((self.command, self.path, dict(self.headers), body))
        fault = None
        if self.path == self.chat_path and self.server.faults:
            fault = self.server.faults.popleft()
        wire = getattr(self, "fault_" + fault, None) if fault else None
        if wire:
            wire()
        else:
            self.answer(body, fault)

    def answer(self, body, fault):
        raise NotImplementedError

    # Ways to say something

    def say(self, status, value, **headers):
        self.raw(status, json.dumps(value).encode(), "application/json", **headers)

    def raw(self, status, data, kind, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin_chunks(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()

    # Faults of the wire, the same for every server

    def fault_busy(self):
        self.say(503, {"error": "server busy, please try again. maximum pending requests exceeded"})

    def fault_busy_for_ages(self):
        self.say(503, {"error": "busy"}, Retry_After="86400")

    def fault_busy_until_a_date(self):
        self.say(503, {"error": "busy"}, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT")

    def fault_late_upstream(self):
        self.say(408, {"error": {"message": "upstream timed out"}})

    def fault_gateway(self):
        self.say(529, {"error": {"message": "overloaded"}})

    def fault_rate_limited(self):
        self.say(429, {"error": {"message": "slow down"}}, Retry_After="0")

    def fault_broken(self):
        self.say(500, {"error": "llama runner process has terminated"})

    def fault_teapot(self):
        key = self.headers.get("Authorization", "")
        self.say(418, {"error": f"no coffee\x1b[31m for {key}\n\n"})

    def fault_unauthorised(self):
        self.say(401, {"error": {"message": f"bad key {self.headers.get('Authorization')}"}})

    def fault_html(self):
        self.raw(200, b"<!doctype html><html><body>Welcome</body></html>", "text/html")

    def fault_html_as_json(self):
        self.raw(200, b"\n<html></html>", "application/json")

    def fault_redirect(self):
        self.raw(307, b"", "text/plain", Location="http://evil.example/steal?token=1")

    def fault_redirect_nowhere(self):
        self.raw(302, b"", "text/plain", Location="http://[bad")

    def fault_redirect_here(self):
        self.raw(302, b"", "text/plain", Location=self.server.url + "/elsewhere")

    def fault_nothing(self):
        self.hang_up()

    def fault_truncated_json(self):
        self.raw(200, b'{"message": {"role": "assis', "application/json")

    def fault_array(self):
        self.raw(200, b"[1, 2]", "application/json")

    def fault_deep(self):
        self.raw(200, b'{"a":' * 100_000, "application/json")

    def fault_gzip_bomb(self):
        self.raw(200, gzip_bomb(), "application/json", Content_Encoding="gzip")

    def fault_brotli(self):
        self.raw(200, b"\x00", "application/json", Content_Encoding="br")

    def fault_broken_gzip(self):
        self.raw(200, b"not gzip", "application/json", Content_Encoding="gzip")

    def fault_flood(self):
        self.begin_chunks("application/json")
        for _ in range(100):
            self.chunk(b" " * (1 << 20))
        self.chunk(b"")

    def fault_slow_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            self.wfile.write(b"X-%d: y\r\n" % number)
            self.wfile.flush()
            time.sleep(0.05)

    def fault_slow_body(self):
        self.begin_chunks("application/json")
        for _ in range(200):
            self.chunk(b" ")
            time.sleep(0.05)

    def fault_slow_until_closed(self):
        """Without a length, the end of the connection is the end of the body."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}")
        for _ in range(200):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)


@cache
def gzip_bomb():
    return gzip.compress(b" " * (64 << 20), compresslevel=1)


def pieces(text):
    """A text in tokens, more or less."""
    return re.findall(r"\s*\w+|\s*[^\w\s]+|\s+", text)


def generated(text, *, limit, stops):
    """What a server makes of a text: its tokens and its finish reason."""
    cut = min((text.find(stop) for stop in stops if stop in text), default=None)
    tokens = pieces(text if cut is None else text[:cut])
    if limit is not None and 0 <= limit < len(tokens):
        return tokens[:limit], "length"
    return tokens, "stop"


def prompt_tokens(messages):
    return sum(len(message["content"]) // 4 + 4 for message in messages)
