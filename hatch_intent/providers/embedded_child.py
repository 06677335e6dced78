"""The child process that holds the llama.cpp engine: `python -m ... PARENT_PID`.

One JSON object a line. In, first: `{"model": path, "n_ctx": int, "threads": int,
"at_once": int}`, then chat bodies `{"id": int, "body": {...}}` as llama.cpp's HTTP server
takes them, and `{"cancel": id}`. Out: `{"ready": true}`, then under the `id` of each body any
number of `{"id", "tokens": n}`, an `{"id", "answer": {...}}` for each choice, and one
`{"id", "done": true}` or `{"id", "error": {"type", "message"}}`. Bodies are worked on side by
side; what has to wait for room waits in the engine.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import sys
import threading
from typing import Any

Line = dict[str, Any]
CHOICES = 4
"""Answers to one body, at most."""
KEPT_PROMPTS_MIB = 256
"""Of prompts read before, besides those in their places; llama.cpp's own limit is 8 GiB."""


def main() -> None:
    parent = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _die_with(parent)
    source, sink = _private_pipes()
    lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, lines), daemon=True).start()
    _serve(lines, Sink(sink))


def _die_with(parent: int) -> None:
    """On Linux the kernel kills this process with its parent, even while weights load.

    The signal comes when the *thread* that spawned us ends, so the parent keeps that
    thread for as long as we live. Elsewhere the end of our input tells us.
    """
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it died before the call
        os._exit(0)


def _private_pipes() -> tuple[int, int]:
    """Keep the two pipes for ourselves: the engine may print to descriptor 1 at any time."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return source, sink


def _listen(source: int, lines: queue.SimpleQueue[Line]) -> None:
    with os.fdopen(source, "rb") as stream:
        for line in stream:
            lines.put(json.loads(line))
    os._exit(0)  # our parent is gone or wants us gone; an answer in progress is nobody's


def _serve(lines: queue.SimpleQueue[Line], sink: Sink) -> None:
    try:
        server = _load(lines.get())
    except Exception as error:  # noqa: BLE001 - whatever the engine raises, the parent is told
        kind = "import" if isinstance(error, ImportError) else "load"
        sink.say({"error": {"type": kind, "message": str(error)}})
        return
    sink.say({"ready": True})
    chats: dict[int, Chat] = {}
    while True:
        line = lines.get()
        if (number := line.get("cancel")) is not None:
            if number in chats:
                chats[number].cancelled = True
            continue
        chats = {number: chat for number, chat in chats.items() if not chat.ended}
        chat = chats[line["id"]] = Chat(line["id"], line["body"], sink)
        threading.Thread(target=chat.hold, args=(server,), daemon=True).start()


def _load(wanted: Line) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    at_once = wanted["at_once"]
    # All sequences share the room, and a prompt's is shared by all answers to it.
    params.kv_unified = True
    params.n_ctx = wanted["n_ctx"] * at_once
    params.n_parallel = CHOICES * at_once
    params.cache_ram_mib = KEPT_PROMPTS_MIB
    params.cpuparams.n_threads = wanted["threads"]
    params.cpuparams_batch.n_threads = wanted["threads"]
    params.cache_prompt = True
    params.ctx_shift = False
    params.verbosity = 1
    # The engine also listens on a port of the loopback interface; nobody else may use it.
    params.ui = False
    params.endpoint_props = False
    params.api_keys = [secrets.token_hex(32)]
    return xllamacpp.Server(params)


class Chat:
    """One body that is being answered."""

    def __init__(self, number: int, body: Line, sink: Sink) -> None:
        self.cancelled = False
        self.ended = False
        self._number = number
        self._body = body
        self._sink = sink
        self._tokens = 0
        self._error: Line | None = None
        self._texts = [""] * body.get("n", 1)
        self._reasons: list[str | None] = [None] * body.get("n", 1)
        self._told: set[int] = set()

    def hold(self, server: Any) -> None:
        """Have the engine answer, and say all that comes of it."""
        body = {**self._body, "stream": True, "stream_options": {"include_usage": True}}
        try:
            server.handle_chat_completions(body, self._arrived)
        except Exception as error:  # noqa: BLE001 - as above
            self._error = {"type": "engine", "message": str(error)}
        self.ended = True
        if not self._error and len(self._told) < len(self._texts) and not self.cancelled:
            self._error = {"type": "cut", "message": "the engine's answer broke off"}
        self._say({"error": self._error} if self._error else {"done": True})

    def _arrived(self, chunk: Line) -> bool:
        """Take in a piece of the stream; tells the engine whether to stop."""
        if error := chunk.get("error"):
            self._error = {"type": error.get("type", ""), "message": error.get("message", "")}
        for choice in chunk.get("choices", ()):
            place = choice.get("index", 0)
            content = choice.get("delta", {}).get("content")
            self._texts[place] += content or ""
            self._reasons[place] = choice.get("finish_reason") or self._reasons[place]
            if content:  # the first piece only names the role
                self._tokens += 1
                self._say({"tokens": self._tokens})
        if usage := chunk.get("usage"):
            self._tell(usage)
        return self.cancelled

    def _tell(self, usage: Line) -> None:
        """The engine counts the tokens of each choice right behind its end."""
        for place, reason in enumerate(self._reasons):
            if reason is None or place in self._told:
                continue
            self._told.add(place)
            answer = {
                "place": place,
                "text": self._texts[place],
                "finish_reason": "length" if reason == "length" else "stop",
                "prompt": usage.get("prompt_tokens", 0),
                "cached": usage.get("prompt_tokens_details", {}).get("cached_tokens", 0),
                "completion": usage.get("completion_tokens", 0),
            }
            self._say({"answer": answer})
            return

    def _say(self, line: Line) -> None:
        self._sink.say({"id": self._number, **line})


class Sink:
    """The pipe to our parent. Thread-safe: a line is never mixed with another."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def say(self, line: Line) -> None:
        data = json.dumps(line).encode("ascii") + b"\n"
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                os._exit(0)  # the parent no longer listens


if __name__ == "__main__":
    main()
