"""Stands in for the real engine: the "weights" are a JSON file that says what to do.

Keys: `crash` (once | always), `crash_on_load`, `stall` (seconds before the answer),
`noise`, `text`, `reason`, `overflow`, `raises`.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace


class CommonParams:
    def __init__(self):
        self.model = SimpleNamespace(path="")
        self.cpuparams = SimpleNamespace(n_threads=0)
        self.cpuparams_batch = SimpleNamespace(n_threads=0)


class Server:
    def __init__(self, params):
        self._params = params
        self._path = Path(params.model.path)
        self._do = json.loads(self._path.read_text("utf-8"))
        if self._do.get("refuse"):
            raise RuntimeError("Failed to init server")
        with self._path.with_suffix(".starts").open("a") as starts:
            starts.write(f"{os.getpid()}\n")

    def handle_chat_completions(self, body, arrived):
        do = self._do
        self._path.with_suffix(".body").write_text(json.dumps(body), "utf-8")
        self._path.with_suffix(".environ").write_text(json.dumps(dict(os.environ)), "utf-8")
        if do.get("noise"):
            os.write(1, b"llama.cpp says hello on descriptor 1\n")
            sys.stdout.write("and Python on stdout\n")
            sys.stdout.flush()
        if do.get("crash") == "always" or (do.get("crash") == "once" and self._first_start()):
            os.write(2, b"GGML_ASSERT(false) failed\n")
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(do.get("stall", 0))
        if do.get("raises"):
            raise RuntimeError(do["raises"])
        if do.get("overflow"):
            error = {"code": 400, "type": "exceed_context_size_error", "message": "too many tokens"}
            arrived({"error": error})
            return
        arrived({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        for word in do.get("text", "pong").split(" "):
            arrived({"choices": [{"delta": {"content": word + " "}}]})
        if "reason" not in do or do["reason"]:
            arrived({"choices": [{"delta": {}, "finish_reason": do.get("reason", "stop")}]})
        usage = {"prompt_tokens": 7, "completion_tokens": 2}
        arrived({"choices": [], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 3}}})

    def _first_start(self):
        return len(self._path.with_suffix(".starts").read_text().split()) == 1


if os.environ.get("OPENAI_API_KEY"):
    sys.exit("a key reached the engine")
