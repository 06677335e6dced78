"""What the code tried to do, as Python's audit events tell it: for clear words, not for safety.

The kernel does the refusing; an audit hook can be got around by whoever means to. It turns
"Operation not permitted" into "tried to open a socket", and it notices an attempt whose
refusal the code has swallowed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from typing import Any

_LONGEST = 200
_TRIED = {
    "open": "open a file",
    "socket.": "open a socket",
    "subprocess.Popen": "start a process",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "os.posix_spawn": "start a process",
    "os.exec": "start a process",
    "os.spawn": "start a process",
    "os.system": "start a process",
    "os.startfile": "start a process",
    "pty.spawn": "start a process",
    "_thread.start_new_thread": "start a thread",
    "_thread.start_joinable_thread": "start a thread",
    "os.kill": "send a signal",
    "os.": "use the file system",
    "shutil.": "use the file system",
    "tempfile.": "use the file system",
    "glob.": "use the file system",
    "pathlib.": "use the file system",
    "ctypes.": "load a C library",
    "mmap.": "map memory",
    "fcntl.": "reach another process's files",
    "resource.": "change resource limits",
    "syslog.": "write to the system log",
    "webbrowser.": "start a browser",
    "urllib.": "open a socket",
    "http.": "open a socket",
    "winreg.": "read the registry",
    "msvcrt.": "open a file",
    "builtins.input": "read standard input",
}


_FILES = ("open", "os.", "pathlib.")


class Watch:
    """Remembers the first attempt since `forget`."""

    def __init__(self, *, refuse: bool = False) -> None:
        self._tried = ""
        self._importing = ""
        self._refuse = refuse

    def start(self) -> None:
        sys.addaudithook(self._hear)

    def forget(self) -> None:
        self._tried = self._importing = ""

    @property
    def tried(self) -> str:
        """Such as "open a socket"; empty when nothing was."""
        return self._tried

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import":
            self._importing = _text(arguments, 0)
            return
        attempt = _TRIED.get(event) or _TRIED.get(event[: event.find(".") + 1])
        if attempt is None:
            return
        if not self._tried:
            self._tried = self._words(event, arguments, attempt)
        if self._refuse:
            raise PermissionError(1, f"refused: tried to {attempt}")

    def _words(self, event: str, arguments: tuple[Any, ...], attempt: str) -> str:
        path = _text(arguments, 0)
        if self._importing and event.startswith(_FILES):
            return f"import {self._importing} while it was running"
        return f"{attempt}: {path}" if event == "open" and path else attempt


def _text(arguments: tuple[Any, ...], index: int) -> str:
    value = arguments[index] if len(arguments) > index else ""
    return value[:_LONGEST] if type(value) is str else ""
