"""Which node there is, and what it can do: found by asking it."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatch_intent.errors import CheckFailed

VARIABLE = "HATCH_INTENT_NODE"
OLDEST = 18
_SECONDS = 30.0
_PERMISSION = ("--permission", "--experimental-permission")
# Beside the program and what it has mapped: where libraries are, and an empty OpenSSL config.
_LOADER = ("/etc/ld.so.cache", os.devnull)
_ASK = """
const fs = require("fs");
let maps = "";
try { maps = fs.readFileSync("/proc/self/maps", "utf8"); } catch {}
const files = [...new Set(maps.match(/\\/.*$/gm) || [])].filter((path) => fs.existsSync(path));
const flags = FLAGS.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag));
const { execPath: path, versions: { node: version } } = process;
console.log(JSON.stringify({ path, version, files, flags }));
"""


@dataclass(frozen=True)
class Node:
    """A node program. `permission` is the flag for its permission model, empty without one;
    `files` are what it is made of: the program and its libraries."""

    path: str
    version: str
    permission: str
    files: tuple[str, ...]

    @property
    def about(self) -> str:
        """For people: `node 20.20.2, permission model`."""
        model = "permission model" if self.permission else "no permission model"
        return f"node {self.version}, {model}"


def find_node() -> Node:
    """The node that HATCH_INTENT_NODE names, else the first on the path.

    CheckFailed when there is none, or none that will do; the message says what to install.
    """
    named = os.environ.get(VARIABLE, "")
    path = named or shutil.which("node") or shutil.which("nodejs") or ""
    if not path:
        raise CheckFailed(
            "checking JavaScript needs node, and there is none on the path; "
            f"install node {OLDEST} or newer, or name one in {VARIABLE}"
        )
    return _look_at(path)


@functools.cache
def _look_at(path: str) -> Node:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NODE_")}
    code = f"const FLAGS = {json.dumps(_PERMISSION)};{_ASK}"
    try:
        done = subprocess.run(  # noqa: S603 - the user's own node and our code
            [path, "-e", code],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        said = json.loads(done.stdout)
        version = str(said["version"])
        old = int(version.split(".")[0]) < OLDEST
        found = None if old else _node(said)
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        raise CheckFailed(f"{path} doesn't run as node does: {_why(path, error)}") from None
    if found is None:
        raise CheckFailed(
            f"{path} is node {version}; checking JavaScript needs {OLDEST} or newer, "
            f"which {VARIABLE} can name"
        )
    return found


def _node(said: dict[str, Any]) -> Node:
    """What a program said of itself. LookupError, TypeError when node wouldn't say it."""
    texts = (said["path"], *said["files"], *said["flags"])
    if not all(type(text) is str for text in texts):
        raise TypeError("not texts")
    files = dict.fromkeys((said["path"], *said["files"], *_LOADER))
    return Node(said["path"], said["version"], next(iter(said["flags"]), ""), tuple(files))


def _why(path: str, error: Exception) -> str:
    """One line, without the code that was run."""
    if Path(path).is_dir():
        return "it is a folder; name the program in it"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, subprocess.CalledProcessError):
        return f"it ended with exit status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not answer within {_SECONDS:.0f} s"
    return "what it says of itself is nothing that node says"
