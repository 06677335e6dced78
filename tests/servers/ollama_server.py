"""Ollama's HTTP API as far as we use it, with the faults it is known for.

Faults beyond those of the wire: `mid_error`, `mid_cut`, `no_done`, `truncates` (an old
server: drops messages without a word), `counts_new` (leaves out of its count what it had read
before), `half_surrogate`, `wrong_shape`.
"""

from __future__ import annotations

import json

from faulty import FaultyHandler, FaultyServer, generated, prompt_tokens, running

DIGEST = "dae161e27b0e90dd1856c8bb3209201fd6736d8eb66298e75ed87571486f4364"
_DATE = "2026-08-01T12:00:00.000000Z"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "qwen2",
    "families": ["qwen2"],
    "parameter_size": "7.6B",
    "quantization_level": "Q4_K_M",
}


class OllamaHandler(FaultyHandler):
    chat_path = "/api/chat"

    def answer(self, body, fault):
        route = {
            "/api/version": lambda: self.say(200, {"version": "0.12.3"}),
            "/api/tags": self.tags,
            "/api/ps": self.running_models,
            "/api/show": lambda: self.show(body),
            "/api/chat": lambda: self.chat(body, fault),
        }.get(self.path)
        if route:
            route()
        else:
            self.raw(404, b"404 page not found", "text/plain")

    def tags(self):
        models = [
            {"name": n, "model": n, "modified_at": _DATE, "size": 4683087332, "digest": d}
            | {"details": _DETAILS}
            for n, d in self.server.models.items()
        ]
        self.say(200, {"models": models})

    def running_models(self):
        models = [
            {"name": n, "model": n, "size": 1, "size_vram": 0, "digest": d, "expires_at": _DATE}
            | {"details": _DETAILS, "context_length": 8192}
            for n, d in self.server.models.items()
        ]
        self.say(200, {"models": models})

    def known(self, body):
        name = body.get("model", "")
        name = name if ":" in name else name + ":latest"
        if name in self.server.models:
            return True
        self.say(404, {"error": f"model '{body.get('model')}' not found"})
        return False

    def show(self, body):
        if self.known(body):
            shown = {
                "modelfile": "FROM x",
                "parameters": self.server.parameters,
                "template": self.server.template,
                "details": _DETAILS,
                "model_info": {"general.architecture": "qwen2"},
                "capabilities": ["completion"],
                "modified_at": _DATE,
            }
            self.say(200, shown)

    def chat(self, body, fault):
        if not self.known(body):
            return
        options = body.get("options") or {}
        count = prompt_tokens(body["messages"])
        context = options.get("num_ctx", 4096)
        if count > context:
            if body.get("truncate", True) is False and fault != "truncates":
                self.say(400, {"error": "prompt too long; exceeded max context length by 9 tokens"})
                return
            count = context // 2  # the oldest messages are dropped without a word
        text = self.server.text
        if self.server.thinks and body.get("think") is not False:
            text = "<think>I wonder</think>\n" + text
        if fault == "half_surrogate":
            text = "x = '\ud83d'"
        tokens, reason = generated(
            text, limit=options.get("num_predict"), stops=options.get("stop", [])
        )
        final = {
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": reason,
            "total_duration": 5,
            "load_duration": 1,
            "prompt_eval_count": 1 if fault == "counts_new" else count,
            "prompt_eval_duration": 2,
            "eval_count": len(tokens),
            "eval_duration": 2,
        }
        if body.get("stream", True):
            self.stream(body, tokens, final, fault)
        else:
            final["message"]["content"] = "".join(tokens)
            self.say(200, {"model": body["model"], "created_at": _DATE} | final)

    def stream(self, body, tokens, final, fault):
        self.begin_chunks("application/x-ndjson")
        head = {"model": body["model"], "created_at": _DATE}

        def line(value):
            self.chunk(json.dumps(value).encode() + b"\n")

        for number, token in enumerate(tokens):
            if number == 2 and fault == "mid_error":
                line({"error": "an error was encountered while running the model"})
                self.chunk(b"")
                return
            if number == 2 and fault == "mid_cut":
                self.hang_up()
                return
            message = {"role": "assistant", "content": token}
            if fault == "wrong_shape":
                message = {"role": "assistant", "content": 7}
            line(head | {"message": message, "done": False})
        if fault != "no_done":
            line(head | final)
        self.chunk(b"")


def ollama_server(**state):
    """A context manager that gives the running server. State: models, parameters, template."""
    defaults = {
        "models": {"qwen2.5-coder:7b": DIGEST, "tiny:latest": "ab" * 32},
        "parameters": 'stop                           "<|endoftext|>"\ntemperature 0.7',
        "template": "<|im_start|>user\n{{ .Content }}<|im_end|>",
        "thinks": False,
    }
    return running(FaultyServer(OllamaHandler, **defaults | state))
