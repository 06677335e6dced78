"""The Python side of the JavaScript beside it: answers calls of the functions named here.

No other function, attribute or import can be asked for. One frame a line: a call is
`{"id": 1, "call": "f", "arguments": {…}}`, its answer `{"id": 1, "result": …}` or
`{"id": 1, "error": {"name", "message", "bases"}}`; an array of calls gets an array of answers.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys
import threading
import time

from hatch_intent.wrappers.runtime.values import pack, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

FOLDER = "."
FUNCTIONS: Sequence[str] = []
HOME = ""
"""Where the modules are; beside this file at FOLDER if empty."""
_PIECE = 1 << 16
_PATIENCE = 0.002
_known: dict[str, Callable[..., Any]] = {}


def answer(frame: str) -> str:
    """The answer to one frame."""
    request = unpack(frame)
    if isinstance(request, list):
        return f"[{','.join(map(_answer, request))}]"
    return _answer(request)


def _answer(request: dict[str, Any]) -> str:
    try:
        result = pack(_function(request["call"])(**request["arguments"]))
    except BaseException as error:  # noqa: BLE001 - it is the caller's, whatever it is
        return f'{{"id":{request["id"]},"error":{pack(_told(error))}}}'
    return f'{{"id":{request["id"]},"result":{result}}}'


def _told(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    bases = [each.__name__ for each in kind.__mro__ if issubclass(each, BaseException)]
    try:
        # A KeyError puts its message into quotes.
        plain = len(error.args) == 1 and isinstance(error.args[0], str)
        message = str(error.args[0] if plain else error)
    except Exception:  # noqa: BLE001 - its own code, which may do anything
        message = ""
    return {"name": kind.__name__, "message": message, "bases": bases}


def _function(name: str) -> Callable[..., Any]:
    if name not in _known:
        if name not in FUNCTIONS:
            raise LookupError(f"{name} is no function of this wrapper")
        module = importlib.import_module(f"{_package(HOME or _beside())}.{name}")
        _known[name] = getattr(module, name)
    return _known[name]


def _package(folder: str) -> str:
    """A package over the modules alone: the project's own may do all kinds of things."""
    name = f"hatch_intent_wrapped_{folder.encode().hex()}"
    if name not in sys.modules:
        sys.modules[name] = type(sys)(name)
        sys.modules[name].__path__ = [folder]
    return name


def _beside() -> str:
    return os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), FOLDER))


def _serve(requests: int, answers: int) -> None:
    """Answer until the input ends."""
    parts: list[bytes] = []
    while chunk := os.read(requests, _PIECE):
        parts.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(parts).split(b"\n")
            parts = [rest]
            _answer_all(lines, answers)


def _answer_all(lines: Sequence[bytes], answers: int) -> None:
    """Answers leave together, but none waits for long."""
    ready, size, since = [], 0, time.monotonic()
    for line in lines:
        ready.append(answer(line.decode()))
        size += len(ready[-1])
        if size > _PIECE or time.monotonic() - since > _PATIENCE:
            _write(answers, ready)
            ready, size, since = [], 0, time.monotonic()
    _write(answers, ready)


def _write(answers: int, lines: Sequence[str]) -> None:
    left = memoryview("".join(f"{line}\n" for line in lines).encode())
    while left:
        left = left[os.write(answers, left) :]


def _end_with_parent(requests: int) -> None:
    """Wait until nobody holds the other end, then end at once, also amid a call."""
    hung_up = select.poll()
    hung_up.register(requests, 0)
    hung_up.poll()
    os._exit(1)


def main() -> None:
    """Serve on standard input and output; what functions print goes to standard error."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != here]  # what lies here hides nothing
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the parent's to take
    if hasattr(select, "poll"):
        threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    try:
        _serve(requests, answers)
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    main()
