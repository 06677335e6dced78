"""The child process that holds the llama.cpp engine: `python -m ... PARENT_PID`.

One JSON object a line. In, first: `{"model": path, "n_ctx": int, "threads": int}`, then
chat bodies `{"body": {...}}` as llama.cpp's HTTP server takes them. Out: `{"ready": true}`,
then for each body any number of `{"tokens": n}` and one `{"answer": {...}}` or
`{"error": {"type", "message"}}`.
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


def main() -> None:
    parent = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _die_with(parent)
    source, sink = _private_pipes()
    lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, lines), daemon=True).start()
    _serve(lines, sink)


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


def _serve(lines: queue.SimpleQueue[Line], sink: int) -> None:
    try:
        server = _load(lines.get())
    except Exception as error:  # noqa: BLE001 - whatever the engine raises, the parent is told
        kind = "import" if isinstance(error, ImportError) else "load"
        _say(sink, {"error": {"type": kind, "message": str(error)}})
        return
    _say(sink, {"ready": True})
    while True:
        body = lines.get()["body"]
        try:
            line = _answer(server, body, sink)
        except Exception as error:  # noqa: BLE001 - as above
            line = {"error": {"type": "engine", "message": str(error)}}
        _say(sink, line)


def _load(wanted: Line) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    params.n_ctx = wanted["n_ctx"]
    params.n_parallel = 1
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


def _answer(server: Any, body: Line, sink: int) -> Line:
    chunks: list[Line] = []

    def arrived(chunk: Line) -> bool:
        chunks.append(chunk)
        if any(choice.get("delta", {}).get("content") for choice in chunk.get("choices", ())):
            _say(sink, {"tokens": len(chunks) - 1})  # the first only names the role
        return False

    server.handle_chat_completions(
        {**body, "stream": True, "stream_options": {"include_usage": True}}, arrived
    )
    return join(chunks)


def join(chunks: list[Line]) -> Line:
    """One answer out of the chunks of a stream."""
    text = ""
    reason: str | None = None
    usage: Line = {}
    for chunk in chunks:
        if error := chunk.get("error"):
            return {"error": {"type": error.get("type", ""), "message": error.get("message", "")}}
        for choice in chunk.get("choices", ()):
            text += choice.get("delta", {}).get("content") or ""
            reason = choice.get("finish_reason") or reason
        usage = chunk.get("usage") or usage
    if reason is None:
        return {"error": {"type": "cut", "message": "the engine's answer broke off"}}
    return {
        "answer": {
            "text": text,
            "finish_reason": "length" if reason == "length" else "stop",
            "prompt": usage.get("prompt_tokens", 0),
            "cached": usage.get("prompt_tokens_details", {}).get("cached_tokens", 0),
            "completion": usage.get("completion_tokens", 0),
        }
    }


def _say(sink: int, line: Line) -> None:
    data = json.dumps(line).encode("ascii") + b"\n"
    try:
        while data:
            data = data[os.write(sink, data) :]
    except OSError:
        os._exit(0)  # the parent no longer listens


if __name__ == "__main__":
    main()
