"""A model server whose answers the test wrote: real HTTP, known code.

`answers` maps a function's name to the codes given in turn; the last one is given again. Those
in JavaScript are called `name.js`.
"""

from __future__ import annotations

import re

from faulty import FaultyServer, running
from openai_server import META, OVERFLOW, OpenAIHandler


class GhostHandler(OpenAIHandler):
    def chat(self, body, fault):
        text = "\n".join(message["content"] for message in body["messages"])
        used = re.findall(r"^from \.(\w+) import", text, re.MULTILINE)
        used += [f"{each}.js" for each in re.findall(r"^import { (\w+) }", text, re.MULTILINE)]
        names = re.findall(r"^def (\w+)\(", text, re.MULTILINE)
        exported = re.findall(r"^export function (\w+)\(", text, re.MULTILINE)
        names += [f"{each}.js" for each in exported]
        name = next(each for each in names if each not in used)
        codes = self.server.answers.get(name, [""])
        self.server.asked.append(name)
        code = codes.pop(0) if len(codes) > 1 else codes[0]
        self.code = code  # others are answered at the same time
        if self.server.before_answer:
            self.server.before_answer(name)
        super().chat(body, fault)

    def text(self, seed=0):
        return f"```python\n{self.code}\n```"


def ghostwriter(answers, before_answer=None):
    """A context manager that gives the running server; `asked` lists the names, call by call."""
    state = {
        "software": "gateway",
        "model": "ghost",
        "lists": True,
        "whole": False,
        "loading": 0,
        "context": 100_000,
        "overflow": OVERFLOW,
        "meta": META,
        "pages": {},
        "answers": {name: list(codes) for name, codes in answers.items()},
        "asked": [],
        "before_answer": before_answer,
    }
    return running(FaultyServer(GhostHandler, **state))
