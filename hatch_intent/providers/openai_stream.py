"""Reading what a server of OpenAI's chat dialect answers, as a stream or in one piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError, Tokens
from hatch_intent.providers.drawing import Run
from hatch_intent.providers.patience import TransientError
from hatch_intent.providers.transport import Server, StatusError, Streamed

_TOO_LONG = re.compile(r"context (length|size|window)|exceed_context|too many tokens", re.I)


class Answer:
    """What came of one choice so far."""

    def __init__(self) -> None:
        self.text = ""
        self.reason = ""
        self.chunks = 0
        self.tokens = Tokens()
        self.told = False


Came = Callable[[int, Answer], None]
"""Called with the place of a choice and the answer, once that is whole."""


def chat(server: Server, body: dict[str, Any], deadline: float, run: Run, came: Came) -> None:
    """Ask for as many choices as `body` has in `n`. Raises `ProviderError` when one didn't come."""
    answers = _Answers(server, int(body.get("n", 1)), came)
    with server.stream("POST", "/v1/chat/completions", body, deadline, run.leash) as streamed:
        for chunk in _chunks(server, streamed):
            if chunk is None:
                answers.done = True
                streamed.finish()
                break
            try:
                answers.add(chunk)
            except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
                raise server.failed("answered with JSON of another shape than OpenAI's") from error
            if run.on_tokens and answers.chunks:
                run.on_tokens(answers.chunks)
    answers.end(whole=answers.done or streamed.is_json)


def too_long(error: StatusError) -> bool:
    """Whether a server refused a prompt for its length."""
    return bool(_TOO_LONG.search(f"{error.error_type} {error.reason}"))


class _Answers:
    """The choices of one exchange."""

    def __init__(self, server: Server, count: int, came: Came) -> None:
        self._server = server
        self._choices = [Answer() for _ in range(count)]
        self._came = came
        self.done = False

    @property
    def chunks(self) -> int:
        return sum(each.chunks for each in self._choices)

    def add(self, chunk: dict[str, Any]) -> None:
        """Take one chunk in, or a whole answer of a server that doesn't stream."""
        if chunk.get("error"):
            error = chunk["error"]
            words = error.get("message", "") if isinstance(error, dict) else error
            kind = error.get("type", "") if isinstance(error, dict) else ""
            raise _stream_error(self._server, str(words), str(kind))
        for choice in chunk.get("choices") or ():
            answer = self._choices[self._place(choice)]
            part = choice.get("delta") or choice.get("message") or {}
            content = part.get("content") or ""
            if not isinstance(content, str):
                raise TypeError("content")
            answer.chunks += 1
            answer.text += content
            answer.reason = choice.get("finish_reason") or answer.reason
        if isinstance(usage := chunk.get("usage"), dict):
            self._count(usage)

    def end(self, *, whole: bool) -> None:
        """No more will come; `whole` when that was to be expected."""
        if not self.chunks and whole:
            raise self._server.odd("answered without any choice", "")
        for place, answer in enumerate(self._choices):
            # A stream may end without its mark, but then it must have said why it stopped.
            if answer.chunks and (answer.reason or self.done):
                self._tell(place)
        if not all(answer.told for answer in self._choices):
            raise TransientError(f"{self._server.kind}: its answer broke off before the end")

    def _place(self, choice: dict[str, Any]) -> int:
        if len(self._choices) == 1:
            return 0
        place = int(choice.get("index", 0))
        if not 0 <= place < len(self._choices):
            raise ValueError("index")
        return place

    def _count(self, usage: dict[str, Any]) -> None:
        """llama.cpp's server counts each choice by itself, right behind its end."""
        several = len(self._choices) > 1
        ended = [n for n, each in enumerate(self._choices) if each.reason and not each.told]
        place = ended[0] if several and ended else 0
        details = usage.get("prompt_tokens_details") or {}
        self._choices[place].tokens = Tokens(
            int(usage.get("prompt_tokens") or 0),
            int(details.get("cached_tokens") or 0),
            int(usage.get("completion_tokens") or 0),
        )
        if several and ended:
            self._tell(place)

    def _tell(self, place: int) -> None:
        answer = self._choices[place]
        if answer.told:
            return
        answer.told = True
        answer.reason = answer.reason or "stop"
        if answer.tokens == Tokens():
            answer.tokens = Tokens(completion=answer.chunks, counted=False)
        self._came(place, answer)


def _chunks(server: Server, streamed: Streamed) -> Iterator[dict[str, Any] | None]:
    """Each object of a stream of server-sent events, None for its end mark."""
    if streamed.is_json:
        yield streamed.whole()
        return
    for line in streamed.lines():
        field, _, data = line.partition(b":")
        if field == b"data":
            yield None if data.strip() == b"[DONE]" else streamed.parsed(data)
        elif field == b"error":
            yield {"error": streamed.parsed(data)}
        elif field not in (b"", b"event", b"id", b"retry"):
            streamed.parsed(line)  # a web page or worse: says so
            raise TransientError(f"{server.kind}: its answer is not a stream of events")


def _stream_error(server: Server, words: str, kind: str) -> ProviderError:
    if _TOO_LONG.search(f"{kind} {words}"):
        return ContextError(
            f"{server.kind}: {server.clean(words)}", remedy="give the server a larger context"
        )
    return TransientError(f"{server.kind}: {server.clean(words)}")
