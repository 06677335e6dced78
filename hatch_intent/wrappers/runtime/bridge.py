"""Calls of JavaScript functions from Python: one Node process for all, started by the first call.

Only the functions of the table in _server.mjs can be called.
"""

from __future__ import annotations

import atexit
import builtins
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import Any

from hatch_intent.wrappers.runtime.values import SAFE, pack, unpack

LEFT_OUT = object()
"""Stands for an optional argument that wasn't given."""
_HERE = os.path.dirname(os.path.abspath(__file__))


class JavaScriptError(Exception):
    """What a JavaScript function threw, where Python has no exception of that name."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


class WrapperError(Exception):
    """Node itself could not be reached, or ended amid a call."""


def configure(*, node: str) -> None:
    """Name the program to start, before the first call."""
    if _process.running:
        raise WrapperError("configure comes before the first call, or after close")
    _process.node = node


def call(name: str, arguments: Sequence[Any]) -> Any:
    """For the functions of this folder."""
    texts = ('{"$":"undefined"}' if each is LEFT_OUT else _packed(each) for each in arguments)
    frame = f'"call":"{name}","arguments":[{",".join(texts)}]'
    if _batch.frames is not None:
        _batch.frames.append(frame)
        return None
    return _outcome(_process.exchange(f'{{"id":1,{frame}}}'), raises=True)


def batch(
    *calls: tuple[Callable[..., Any], Any] | tuple[Any, ...], return_exceptions: bool = False
) -> list[Any]:
    """Make several calls in one frame: `batch((f, 1, 2), (g, "x"))`; the answers in order.

    The first error is raised, unless errors are to be returned in the place of answers.
    """
    if _batch.frames is not None:
        raise WrapperError("a batch can not be within a batch")
    frames: list[str] = []
    _batch.frames = frames
    try:
        for function, *arguments in calls:
            before = len(frames)
            function(*arguments)
            if len(frames) != before + 1:
                raise WrapperError(f"{function!r} is no function of this wrapper")
    finally:
        _batch.frames = None
    if not frames:
        return []
    texts = (f'{{"id":{number},{frame}}}' for number, frame in enumerate(frames))
    answers = _process.exchange(f"[{','.join(texts)}]")
    return [_outcome(each, raises=not return_exceptions) for each in answers]


def close() -> None:
    """End Node; the next call starts it anew."""
    _process.close()


class _Batch(threading.local):
    frames: list[str] | None = None


class _Process:
    """Node with the functions in it."""

    def __init__(self) -> None:
        self.node = ""
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._held = -1

    @property
    def running(self) -> bool:
        return self._child is not None

    def exchange(self, frame: str) -> Any:
        """Send a frame and wait for its answer."""
        with self._lock:
            child = self._child or self._start()
            stdin, stdout = child.stdin, child.stdout
            assert stdin is not None
            assert stdout is not None
            line = b""
            try:
                stdin.write(frame.encode() + b"\n")
                stdin.flush()
                line = stdout.readline()
            except BrokenPipeError:
                pass  # it has ended, as the missing answer tells
            finally:
                if not line.endswith(b"\n"):  # nor is there a way back from an interrupted call
                    code = self._end(kill=True)
            if not line.endswith(b"\n"):
                raise WrapperError(f"Node ended (exit code {code})")
        return unpack(line.decode())

    def close(self) -> None:
        with self._lock:
            self._end(kill=False)

    def forget(self) -> None:
        """In a forked process: Node belongs to the other one."""
        self._lock = threading.Lock()
        if self._child is not None:
            for pipe in (self._child.stdin, self._child.stdout):
                pipe.raw.close()  # type: ignore[union-attr] # without what is left in a buffer
            self._child.returncode = 0  # not this process's to wait for
            self._child = None
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def _start(self) -> subprocess.Popen[bytes]:
        node = self.node or os.environ.get("HATCH_INTENT_NODE") or shutil.which("node")
        if not node:
            raise WrapperError("no node found; name it in HATCH_INTENT_NODE or configure(node=…)")
        command = [node, os.path.join(_HERE, "_server.mjs")]
        watched = -1
        options: dict[str, Any] = {}
        if os.name == "posix":
            # Closed with this process: that ends Node also amid a call.
            watched, self._held = os.pipe()
            command.append(str(watched))
            options["pass_fds"] = [watched]
        try:
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options
            )
        except OSError as error:
            self._end(kill=False)
            raise WrapperError(f"{node} can't be started: {error}") from error
        finally:
            if watched >= 0:
                os.close(watched)
        return self._child

    def _end(self, *, kill: bool) -> int:
        child, self._child = self._child, None
        held, self._held = self._held, -1
        try:
            if child is None:
                return 0
            if kill:
                child.kill()
            try:
                child.communicate(timeout=5)  # closes its input, which ends it
            except (subprocess.TimeoutExpired, BrokenPipeError):
                child.kill()
                child.communicate()
            return child.returncode
        finally:
            if held >= 0:
                os.close(held)


def _packed(value: Any) -> str:
    text = pack(value)
    return pack(_doubles(value)) if '"$"' in text else text


def _doubles(value: Any) -> Any:
    """Whole numbers beyond 2**53 as the doubles that JavaScript computes with."""
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_doubles(item) for item in value]
    if not isinstance(value, int) or -SAFE <= value <= SAFE:
        return value
    double = float(value)
    if double != value:
        raise OverflowError(f"{value} is no number of JavaScript's; the nearest is {double!r}")
    return double


def _outcome(answer: dict[str, Any], *, raises: bool) -> Any:
    if "error" not in answer:
        return answer["result"]
    error = _exception(**answer["error"])
    if raises:
        raise error
    return error


def _exception(name: str, message: str) -> Exception:
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message)
        except TypeError:  # UnicodeDecodeError takes more
            pass
    return JavaScriptError(name, message)


_batch = _Batch()
_process = _Process()
atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.forget)
