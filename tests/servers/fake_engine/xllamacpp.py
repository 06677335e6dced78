"""Stands in for the real engine: the "weights" are a JSON file that says what to do.

Keys: `crash` (once | always), `crash_seeds`, `crash_on_load`, `stall` (seconds before the answer),
`stall_seeds` (whose answers never come), `crash_after` (so many choices, once), `noise`, `text`
(SEED in it is the choice's), `texts` (by seed), `pause` (seconds behind each word), `reason`,
`overflow`, `raises`, `errors` (in the stream, by seed). The `.log` beside the weights tells what
became of each body.
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
        if self._crashes(body):
            os.write(2, b"GGML_ASSERT(false) failed\n")
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60 if body["seed"] in do.get("stall_seeds", ()) else do.get("stall", 0))
        if do.get("raises"):
            raise RuntimeError(do["raises"])
        if error := self._error(body):
            arrived({"error": error})
            return
        count = body.get("n", 1)
        for place in range(count):
            say(arrived, place, {"role": "assistant", "content": None})
        words = [self._words(body["seed"] + place) for place in range(count)]
        done = set()
        for step in range(max(map(len, words))):
            for place in range(count):
                if step < len(words[place]) and say(
                    arrived, place, {"content": words[place][step] + " "}
                ):
                    self._note("cancelled", body)
                    return
            if len(set(map(len, words))) > 1:
                self._end(arrived, [n for n in range(count) if len(words[n]) == step + 1], done)
            time.sleep(do.get("pause", 0))
        # The first need not be done first.
        self._end(arrived, reversed(range(count)), done)
        self._note("answered", body)

    def _crashes(self, body):
        when = self._do.get("crash")
        seeds = self._do.get("crash_seeds", ())
        return when == "always" or (when == "once" and self._first_start()) or body["seed"] in seeds

    def _error(self, body):
        if self._do.get("overflow"):
            return {"code": 400, "type": "exceed_context_size_error", "message": "too many tokens"}
        words = self._do.get("errors", {}).get(str(body["seed"]))
        return {"code": 500, "type": "server_error", "message": words} if words else None

    def _words(self, seed):
        text = self._do.get("texts", {}).get(str(seed), self._do.get("text", "pong"))
        return [word.replace("SEED", str(seed)) for word in text.split(" ")]

    def _end(self, arrived, places, done):
        do = self._do
        for place in places:
            if place in done:
                continue
            if do.get("crash_after") == len(done) and self._first_start():
                os.kill(os.getpid(), signal.SIGKILL)
            done.add(place)
            if "reason" not in do or do["reason"]:
                say(arrived, place, {}, do.get("reason", "stop"))
            usage = {"prompt_tokens": 7, "completion_tokens": 2 + place}
            details = {"cached_tokens": 3}
            arrived({"choices": [], "usage": {**usage, "prompt_tokens_details": details}})

    def _note(self, what, body):
        with self._path.with_suffix(".log").open("a") as log:
            log.write(json.dumps([what, body["seed"], body.get("n", 1)]) + "\n")

    def _first_start(self):
        return len(self._path.with_suffix(".starts").read_text().split()) == 1


def say(arrived, place, delta, reason=None):
    return arrived({"choices": [{"index": place, "delta": delta, "finish_reason": reason}]})


if os.environ.get("OPENAI_API_KEY"):
    sys.exit("a key reached the engine")
