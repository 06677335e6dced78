"""A server of OpenAI's chat dialect that plays llama.cpp, LM Studio, vLLM, Ollama or a gateway.

Faults beyond those of the wire: `mid_error`, `mid_cut`, `no_end`, `only_done`,
`no_choices`, `empty_choices`, `silence` (200 and nothing), `wrong_shape`, `filtered`.
"""

from __future__ import annotations

import json
import time

from faulty import FaultyHandler, FaultyServer, generated, prompt_tokens, running

OWNERS = {
    "llama.cpp": "llamacpp",
    "vLLM": "vllm",
    "Ollama": "library",
    "LM Studio": "organization_owner",
    "gateway": "acme",
}
META = {"vocab_type": 2, "n_vocab": 151936, "n_ctx_train": 32768, "n_params": 7, "size": 9}


class OpenAIHandler(FaultyHandler):
    chat_path = "/v1/chat/completions"

    def answer(self, body, fault):
        if self.server.loading > 0:
            self.server.loading -= 1
            error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
            self.say(503, {"error": error})
            return
        if self.path in self.server.pages:
            self.say(200, self.server.pages[self.path])
        elif self.path == "/v1/models" and self.server.lists:
            self.models()
        elif self.path == self.chat_path:
            self.chat(body, fault)
        else:
            self.say(404, {"error": {"message": "Not Found", "type": "not_found_error"}})

    def models(self):
        entry = {
            "id": self.server.model,
            "object": "model",
            "created": time.time_ns(),  # llama.cpp: the current time on every call
            "owned_by": OWNERS[self.server.software],
        }
        if self.server.software == "llama.cpp":
            entry["meta"] = self.server.meta
        if self.server.software == "vLLM":
            entry["root"] = "Qwen/Qwen2.5-Coder-7B-Instruct"
        self.say(200, {"object": "list", "data": [entry]})

    def text(self, seed=0):
        """What the answer is cut from."""
        return self.server.text.replace("SEED", str(seed))

    def chat(self, body, fault):
        count = prompt_tokens(body["messages"])
        if count > self.server.context:
            self.say(400, {"error": self.server.overflow})
            return
        if body.get("n", 1) > 1:
            self.several(body, count)
            return
        tokens, reason = generated(
            self.text(body.get("seed")), limit=body.get("max_tokens"), stops=body.get("stop", [])
        )
        if fault == "filtered":
            reason = "content_filter"
        usage = {"prompt_tokens": count, "completion_tokens": len(tokens)}
        usage["prompt_tokens_details"] = {"cached_tokens": 3}
        if fault == "boundless":
            usage["prompt_tokens"] = float("inf")
        if not body.get("stream") or self.server.whole:
            message = {"role": "assistant", "content": "".join(tokens)}
            choices = [{"index": 0, "message": message, "finish_reason": reason}]
            choices = [] if fault == "no_choices" else choices
            self.say(200, {"id": "x", "choices": choices, "usage": usage})
            return
        wants_usage = body.get("stream_options", {}).get("include_usage")
        self.stream(tokens, reason, usage if wants_usage else None, fault)

    def several(self, body, count):
        """As llama.cpp does: each is counted right behind its end, and the last may be first."""
        if not self.server.takes_n:
            error = {"code": 400, "message": "Only one completion choice is allowed"}
            self.say(400, {"error": {**error, "type": "invalid_request_error"}})
            return
        self.begin_chunks("text/event-stream")
        for place in reversed(range(body["n"])):
            tokens, reason = generated(
                self.text(body["seed"] + place), limit=body["max_tokens"], stops=[]
            )
            for token in tokens:
                self.event(self.choice(place, {"content": token}))
            if place == 0 and self.server.breaks:
                self.hang_up()
                return
            self.event(self.choice(place, {}, reason))
            usage = {"prompt_tokens": count, "completion_tokens": len(tokens)}
            usage["prompt_tokens_details"] = {"cached_tokens": 3}
            self.event({"choices": [], "usage": usage})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, value):
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def choice(self, place, part, finish=None):
        return {"choices": [{"index": place, "delta": part, "finish_reason": finish}]}

    def stream(self, tokens, reason, usage, fault):
        self.begin_chunks("text/event-stream")

        event = self.event

        def delta(part, finish=None):
            event(self.choice(0, part, finish))

        if fault in ("no_choices", "empty_choices"):
            event({"choices": []} if fault == "empty_choices" else {"id": "x"})
            self.chunk(b"data: [DONE]\n\n")
            self.chunk(b"")
            return
        self.chunk(b": keep-alive\n\n")
        delta({"role": "assistant", "content": None})
        for number, token in enumerate([] if fault == "silence" else tokens):
            if number == 2 and fault == "mid_error":
                event({"error": {"message": "the engine fell over", "type": "server_error"}})
                self.chunk(b"")
                return
            if number == 2 and fault == "mid_cut":
                self.hang_up()
                return
            delta({"content": 7 if fault == "wrong_shape" else token})
        if fault not in ("no_end", "only_done"):
            delta({}, reason)
        if usage:
            event({"choices": [], "usage": usage})
        if fault != "no_end":
            self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")


OVERFLOW = {
    "code": 400,
    "message": "request (9000 tokens) exceeds the available context size (8192 tokens)",
    "type": "exceed_context_size_error",
}


def openai_server(software="llama.cpp", **state):
    """A context manager that gives the running server. `pages` are further GET answers.

    `breaks`: the first of several choices breaks off, as long as it is set.
    """
    defaults = {
        "software": software,
        "model": "coder",
        "lists": True,
        "whole": False,
        "loading": 0,
        "context": 8192,
        "meta": META,
        "pages": {},
        "takes_n": True,
        "breaks": False,
        "overflow": OVERFLOW,
    }
    return running(FaultyServer(OpenAIHandler, **defaults | state))
