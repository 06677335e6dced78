"""The parent's side of the embedded engine: who may ask the child, and when it lives and ends.

A native crash must not take the build with it, so the engine runs in a child. One child
is shared in a process by all who ask for the same weights, context and threads.
"""

from __future__ import annotations

import atexit
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Generator
from itertools import islice
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import ContextError
from hatch_intent.providers.engine_process import Call, Child, EngineKey

_SMALLER = "try a smaller num_ctx or model, or free some memory"
_STRIKES = 3
"""So many late answers, errors and crashes are all that is borne in a process."""
_NO_ROOM = re.compile(r"context (length|size|window)", re.I)


class Engine:
    """Asks one child, so many bodies at once as its key says; starts it when first asked."""

    def __init__(self, key: EngineKey) -> None:
        self._key = key
        self._turns = threading.BoundedSemaphore(key.at_once)
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._crashes = 0
        self._strikes = 0
        self._struck = 0.0
        self._answered = False
        """Since the last strike."""
        self._passing = False
        self._users: set[object] = set()

    def ask(
        self,
        user: object,
        body: dict[str, Any],
        timeout: float,
        on_tokens: Callable[[int], None] | None = None,
        on_answer: Callable[[dict[str, Any]], None] | None = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Give the child a chat body; its `answer`s, see `embedded_child`, as they come.

        `timeout` seconds, loading included, count from when its turn comes. `on_answer` is told
        of each answer as soon as it is there, in another thread. Closing the generator cancels
        the rest. Raises `ProviderError`; after a crash the next call starts a
        new child, after two in a row none does. `passing` is set where a crash, an error or
        lateness need not be the next call's fate.
        """
        with self._turns:
            began = time.monotonic()
            try:
                last = yield from self._asked(user, body, began + timeout, on_tokens, on_answer)
            except (_CrashError, _LateError, _FailedError) as error:
                error.passing = self._strike(began)
                raise
        yield from last

    def _asked(
        self,
        user: object,
        body: dict[str, Any],
        deadline: float,
        on_tokens: Callable[[int], None] | None,
        on_answer: Callable[[dict[str, Any]], None] | None,
    ) -> Generator[dict[str, Any], None, list[dict[str, Any]]]:
        """All answers but the last, which need not be looked at before the next one's turn."""
        child = self._started(user, deadline)
        call = child.call(body, on_answer)
        answers = self._answers(child, call, deadline, on_tokens)
        try:
            yield from islice(answers, body.get("n", 1) - 1)
            return list(answers)
        except GeneratorExit:
            child.cancel(call)
            raise
        except (ContextError, _FailedError):  # this body's alone: the child is well
            raise
        except BaseException:  # Ctrl-C too: a child in mid-answer is of no more use
            self._give_up(child, call)
            raise
        finally:
            child.forget(call)

    def _strike(self, began: float) -> bool:
        """Whether the engine may do better next time: it did since the last strike.

        What was under way when another call failed has suffered from the same.
        """
        with self._lock:
            if began > self._struck:
                self._struck, self._strikes = time.monotonic(), self._strikes + 1
                self._passing = self._answered and self._strikes < _STRIKES
                self._answered = False
            return self._passing

    def release(self, user: object) -> None:
        """End the child once nobody who asked needs it any more."""
        with self._lock:
            self._users.discard(user)
            if not self._users:
                self.end()

    def end(self) -> None:
        """Kill the child without waiting for an answer in progress."""
        child, self._child = self._child, None
        if child:
            child.kill()

    def _started(self, user: object, deadline: float) -> Child:
        with self._lock:
            self._users.add(user)
            if self._child and self._child.alive():
                return self._child
            if self._child:
                self._crashes += 1
                self.end()
            if self._crashes > 1:
                name = self._key.path.name
                raise ProviderError(
                    f"embedded: the engine crashed twice with {name}; not started again",
                    remedy=_SMALLER,
                )
            self._child = child = Child(self._key)
            try:
                self._line(child, child.loading, deadline)
            except BaseException as error:
                if not isinstance(error, _CrashError):  # that one is counted when it is replaced
                    self.end()
                raise
            return child

    def _answers(
        self,
        child: Child,
        call: Call,
        deadline: float,
        on_tokens: Callable[[int], None] | None,
    ) -> Generator[dict[str, Any], None, None]:
        while True:
            line = self._line(child, call, deadline)
            if "answer" in line:
                self._crashes, self._answered = 0, True
                yield line["answer"]
            elif "done" in line:
                return
            elif on_tokens:
                on_tokens(line["tokens"])

    def _line(self, child: Child, call: Call, deadline: float) -> dict[str, Any]:
        try:
            line = call.lines.get(timeout=max(deadline - time.monotonic(), 0.001))
        except queue.Empty:
            raise _LateError("embedded: no whole answer in the time allowed") from None
        if line is None:
            message = f"embedded: the engine crashed ({child.obituary()})"
            raise _CrashError(message, remedy=_SMALLER)
        if "error" in line:
            raise _error(line["error"], self._key)
        return line

    def _give_up(self, child: Child, call: Call) -> None:
        """Cancel one call; end the child where no other call would suffer for it."""
        with self._lock:
            if child is self._child and child.alive() and child.sole(call):
                self.end()
        child.cancel(call)


class _CrashError(ProviderError):
    """The child died under a call."""


class _LateError(ProviderError):
    """The time for a call ran out."""


class _FailedError(ProviderError):
    """The engine said that it could not answer a body."""


def _error(error: dict[str, str], key: EngineKey) -> ProviderError:
    kind, message = error["type"], error["message"]
    if kind == "import":
        return ProviderError(
            f"embedded: xllamacpp can't be loaded: {message}",
            remedy='pip install "hatch-intent[embedded]"',
        )
    if kind == "load":
        return ProviderError(f"embedded: llama.cpp can't load {key.path}: {message}")
    # Where the room that is shared runs out, all who are under way are told so.
    if kind == "exceed_context_size_error" or _NO_ROOM.search(message):
        return ContextError(f"embedded: {message}", remedy="set a larger num_ctx in options")
    return _FailedError(f"embedded: {message}")


_engines: dict[tuple[int, EngineKey], Engine] = {}
_engines_lock = threading.Lock()


def shared(key: EngineKey) -> Engine:
    """The engine of this process for these weights, context and threads."""
    with _engines_lock:
        # The process id is in the key because a fork must not use its parent's pipes.
        return _engines.setdefault((os.getpid(), key), Engine(key))


@atexit.register
def _end_all() -> None:
    for (owner, _), engine in list(_engines.items()):
        if owner == os.getpid():
            engine.end()
