"""What a run of `benchmarks.solve` keeps for the next one: finished tasks, and its time."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from hatch_intent import JUDGE_VERSION
from hatch_intent.files import sha256, write_atomic
from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.lock import LOCK_NAME
from hatch_intent.project import Project

Row = dict[str, Any]
VERSIONS = {"prompt_version": PROMPT_VERSION, "judge_version": JUDGE_VERSION}


def stamp_of(project: Project, target: str) -> str:
    """What rows depend on beside the task: those of other words, settings or judges are others."""
    settings = asdict(project.settings)
    # who answers, and how many at once, is no matter
    apart = ("base_url", "concurrency", "threads", "allow_remote", "api_key_env")
    providers = [
        {key: value for key, value in each.items() if key not in apart}
        for each in settings["providers"]
    ]
    what = [*VERSIONS.values(), target, {**settings, "providers": providers}]
    return sha256(json.dumps(what, sort_keys=True, default=str).encode())


@dataclass
class Book:
    """The rows of one ladder by their tasks' ids, in the ladder's folder.

    `digests` are the tasks', by id: a row of another wording or of other cases isn't one.
    """

    project: Project
    stamp: str
    digests: Mapping[str, str]
    rows: dict[str, Row] = field(default_factory=dict)
    _wall: float = 0.0
    _began: float = field(default_factory=time.monotonic)
    _lock: Lock = field(default_factory=Lock)

    def open(self, earlier: Path | None = None, ladder: str = "") -> None:
        """Take in what this folder holds, and what another result says of the same ladder.

        What was made under other settings is dropped. Raises OSError, ValueError.
        """
        whole = _read(self._path)
        if whole.get("of") != self.stamp:
            _forget(self.project)
            whole = {}
        # A finished module would do without the answers that are to be counted.
        shutil.rmtree(self.project.cache_dir / "modules", ignore_errors=True)
        self._wall = whole.get("wall", 0.0)
        other = _read(earlier)["ladders"].get(ladder, {}) if earlier else {}
        taken = other["tasks"] if other.get("of") == self.stamp else []
        rows = {row["id"]: row for row in taken} | whole.get("rows", {})
        self.rows = {
            name: {**row, "task": self.digests[name]}
            for name, row in rows.items()
            if row["task"] == self.digests.get(name)
        }
        self.write()

    @property
    def wall(self) -> float:
        """Seconds of all runs in this folder."""
        return round(self._wall + time.monotonic() - self._began, 1)

    def add(self, row: Row) -> None:
        """Keep one more."""
        self.rows[row["id"]] = {**row, "task": self.digests[row["id"]]}

    def write(self) -> None:
        """Put it all on disk, at once or not at all."""
        with self._lock:  # builds tell what happens from several threads
            whole = {"of": self.stamp, "wall": self.wall, "rows": self.rows}
            text = json.dumps(whole, ensure_ascii=False, indent=1)
            write_atomic(self._path, text.encode("utf-8", "backslashreplace"))

    @property
    def _path(self) -> Path:
        return self.project.root / "kept.json"


def published(row: Row) -> Row:
    """What may be handed on: figures, and of code and inputs no more than that there were any."""
    code = sha256(row["code"].encode()) if row["code"] else ""
    digest = row["code"] if re.fullmatch("[0-9a-f]{64}", row["code"]) else code
    return {**row, "code": digest, "ambiguity": bool(row.get("ambiguity"))}


def _read(path: Path) -> Row:
    whole: Row = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return whole


def _forget(project: Project) -> None:
    """Drop what was made; not the answers, which are kept by what was asked."""
    root = project.root
    for name in ("kept.json", LOCK_NAME):
        (root / name).unlink(missing_ok=True)
    for folder in (root / "out", *(project.state / each for each in ("reports", "doubted"))):
        shutil.rmtree(folder, ignore_errors=True)
