"""A headless Chromium, spoken to over its debugging pipe: one JSON message, then a zero byte.

Facts: the Chrome DevTools Protocol; `--remote-debugging-pipe` reads descriptor 3, writes 4.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START = """
import fcntl, os, sys
ours = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, each in enumerate(ours, 3):
    os.dup2(each, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def found() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page of a browser."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests = os.fdopen(requests, "wb", buffering=0)
        self._answers = os.fdopen(answers, "rb")
        self._number = 0
        self._session: str | None = None

    def open(self, url: str) -> None:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.ask("Page.enable")
        self.ask("Page.navigate", url=url)

    def wait_for(self, expression: str) -> Any:
        """The value of an expression of JavaScript as soon as it is none that counts as false."""
        body = f"const value = {expression}; value ? done(value) : setTimeout(look, 50)"
        program = f"new Promise((done) => {{ const look = () => {{ {body}; }}; look(); }})"
        answer = self.ask(
            "Runtime.evaluate", expression=program, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"]["value"]

    def screenshot(self, path: Path) -> bytes:
        """A PNG of what the page shows."""
        png = base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(png)
        return png

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._requests.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _message(self) -> bytes:
        parts = []
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser ended"
            parts.append(byte)
        return b"".join(parts)

    def close(self) -> None:
        self._requests.close()
        self._answers.close()


@contextmanager
def browser(profile: Path, width: int = 800, height: int = 400) -> Iterator[Page]:
    """A browser with a profile of its own, ended at the end."""
    program = found()
    assert program
    (child_reads, we_write), (we_read, child_writes) = os.pipe(), os.pipe()
    flags = [
        "--headless=new",
        "--no-sandbox",  # refuses to run as root with it; the page is ours
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
    ]
    child = subprocess.Popen(
        [sys.executable, "-c", START, str(child_reads), str(child_writes), program, *flags],
        pass_fds=[child_reads, child_writes],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(child_reads)
    os.close(child_writes)
    page = Page(we_write, we_read)
    try:
        yield page
    finally:
        page.close()  # which ends the browser
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
