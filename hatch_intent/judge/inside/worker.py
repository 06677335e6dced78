"""One worker: loads one module after lockdown, then answers calls one at a time."""

from __future__ import annotations

import builtins
import errno
import os
import sys
import types

from hatch_intent.judge import protocol
from hatch_intent.judge.inside.answers import Unfit, plain
from hatch_intent.judge.inside.lockdown import Layers, layers, lock_down
from hatch_intent.judge.inside.preload import preload
from hatch_intent.judge.inside.probe import refused
from hatch_intent.judge.inside.watch import Watch
from hatch_intent.judge.protocol import HEADER, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

PACKAGE = "generated"
"""The package that a module and those it uses live in, inside a worker."""
_READ = 1 << 16
_MESSAGE_SIZE = 500
_FRAMES = 20
_REFUSALS = (errno.EPERM, errno.EACCES)
# What `except` goes by. A metaclass can have its own `__mro__`, and a module its own builtins.
_MRO, _NAME = type.__dict__["__mro__"], type.__dict__["__name__"]
_BUILTIN = {
    id(kind): name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and kind.__name__ == name  # IOError is OSError
}
_REHEARSALS = 12  # CPython 3.11 and later settle how code runs within its first eight calls
_REHEARSED = """
def rehearsed(a, b):
    return {"a": [a, 1.5], "b": b}
"""


class Ended(Exception):  # noqa: N818 - the builder closed its end: nothing is wrong
    """The builder has no more questions."""


class Pipe:
    """Frames over two descriptors."""

    def __init__(self, read: int, write: int) -> None:
        self._read = read
        self._write = write
        self._unread = b""

    def receive(self) -> tuple[bytes, bytes]:
        """The nonce and the body of the next question."""
        size, nonce, _ = HEADER.unpack(self._exactly(HEADER.size))
        return nonce, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            part = os.read(self._read, _READ)
            if not part:
                raise Ended
            self._unread += part
        whole, self._unread = self._unread[:size], self._unread[size:]
        return whole

    def send(self, nonce: bytes, kind: int, value: Any) -> None:
        body = encode(value)
        if len(body) > protocol.MAX_FRAME:
            problem = f"{protocol.TOO_LARGE}more than {protocol.MAX_FRAME} bytes"
            kind, body = protocol.UNFIT, encode(problem)
        frame = memoryview(HEADER.pack(len(body), nonce, kind) + body)
        while frame:
            frame = frame[os.write(self._write, frame) :]


def serve(pipe: Pipe, hold: int) -> None:
    """Take the job, lock down, load the module and answer until the builder hangs up."""
    wanted, strict = layers(hold)
    nonce, body = pipe.receive()
    job = decode(body)
    if job["probe"]:
        pipe.send(nonce, protocol.ANSWER, _probe(wanted, job))
        return
    watch = Watch(refuse=wanted.audit)
    try:
        preload(job["preload"])
        watch.start()
        _, missing = lock_down(wanted, job["cpu_seconds"], job["memory"])
        if strict and missing:
            pipe.send(nonce, protocol.UNSAFE, "; ".join(missing))
            return
        watch.forget()
        function = _load(job)
    except BaseException as error:  # noqa: BLE001 - generated code may raise anything
        pipe.send(nonce, protocol.RAISED, report(error, job["file"], watch))
        return
    pipe.send(nonce, protocol.LOADED, {"tried": watch.tried})
    while True:
        nonce, body = pipe.receive()
        watch.forget()
        pipe.send(nonce, *_answer(function, body, job["file"], watch))


def rehearse() -> None:
    """Do once, before any fork, what each worker will do, but for its lockdown.

    A page that a worker writes to first is copied for it; what is settled here, and what the
    interpreter has allotted by now, need not be.
    """
    job = {"name": "rehearsed", "source": _REHEARSED, "file": "<rehearsed>", "uses": []}
    question = encode({"by_position": [[1]], "by_name": {"b": "c"}})
    ends = os.pipe()
    try:
        pipe, watch = Pipe(*ends), Watch()
        for _ in range(_REHEARSALS):
            preload(())
            function = _load(decode(encode(job)))
            pipe.send(bytes(protocol.NONCE_SIZE), *_answer(function, question, "", watch))
            pipe.receive()
    finally:
        for end in ends:
            os.close(end)
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]


def _probe(wanted: Layers, job: dict[str, Any]) -> dict[str, Any]:
    reached, missing = lock_down(wanted, job["cpu_seconds"], job["memory"])
    return {"layers": reached.to_json(), "missing": missing, "refused": refused()}


def _load(job: dict[str, Any]) -> Any:
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    sys.modules[PACKAGE] = package
    for name, source in job["uses"]:
        setattr(package, name, getattr(_execute(name, source, f"<{name}>"), name, None))
    module = _execute(job["name"], job["source"], job["file"])
    return getattr(module, job["name"])


def _execute(name: str, source: str, file: str) -> types.ModuleType:
    module = types.ModuleType(f"{PACKAGE}.{name}")
    module.__package__ = PACKAGE
    sys.modules[module.__name__] = module
    code = compile(source, file, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - the judge's very task, after lockdown
    return module


def _answer(function: Any, body: bytes, file: str, watch: Watch) -> tuple[int, Any]:
    arguments = decode(body)
    try:
        returned = function(*arguments["by_position"], **arguments["by_name"])
    except BaseException as error:  # noqa: BLE001 - generated code may raise anything
        return protocol.RAISED, report(error, file, watch)
    try:
        answer = plain(returned)
    except Unfit as unfit:
        return protocol.UNFIT, str(unfit)
    except RecursionError:  # it has returned: nothing was raised by the function
        return protocol.UNFIT, "nested too deep"
    except MemoryError:
        return protocol.UNFIT, f"{protocol.TOO_LARGE}more than there is memory for"
    if _changed(arguments, body):
        return protocol.MUTATED, {"value": answer, "tried": watch.tried}
    return protocol.ANSWER, {"value": answer, "tried": watch.tried}


def _changed(arguments: dict[str, Any], body: bytes) -> bool:
    values = (*arguments["by_position"], *arguments["by_name"].values())
    if not any(type(value) is list or type(value) is dict for value in values):
        return False
    try:
        return encode(plain(arguments)) != body
    except (Unfit, ValueError):
        return True


def report(error: BaseException, file: str, watch: Watch) -> dict[str, Any]:
    """What the builder is told of an exception: names, a capped message, line numbers."""
    return {
        "classes": [_class_name(kind) for kind in _MRO.__get__(type(error))[:_FRAMES]],
        "message": _message(error),
        "lines": _lines(error, file),
        "tried": watch.tried,
        "refused": _is_refusal(error),
    }


def _class_name(kind: type) -> str:
    """A builtin's own name; anybody else's with a prefix, whatever it calls itself."""
    return _BUILTIN.get(id(kind)) or f"{PACKAGE}.{str.__str__(_NAME.__get__(kind))}"


def _message(error: BaseException) -> str:
    try:
        return str(error)[:_MESSAGE_SIZE]
    except BaseException:  # noqa: BLE001 - its __str__ is generated code too
        return "(its message can't be shown)"


def _lines(error: BaseException, file: str) -> list[int]:
    if isinstance(error, SyntaxError) and error.filename == file:
        return [error.lineno or 0]
    lines = []
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            lines.append(step.tb_lineno)
        step = step.tb_next
    return lines[-_FRAMES:]


def _is_refusal(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < _FRAMES:
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            return True
        error = error.__cause__ or error.__context__
        seen += 1
    return False
