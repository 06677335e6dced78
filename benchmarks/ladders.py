"""What `--ladder` means: a name, and the `[tool.intent]` table that it stands for."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FAMILY = "qwen2.5-coder:"
SEED_MODEL = f"{FAMILY}1.5b"
Row = dict[str, Any]


@dataclass(frozen=True)
class Ladder:
    """A name, and what stands in `[tool.intent]` for it."""

    name: str
    table: Row

    @property
    def is_seed(self) -> bool:
        return self.name.partition(":")[0] == "seed"

    @property
    def folder(self) -> str:
        return "".join(
            letter if letter.isalnum() or letter in ".-" else "_" for letter in self.name
        )


@dataclass(frozen=True)
class Engines:
    """Who answers for a model: the server named for it, else the embedded engine."""

    threads: int | None = None
    served: Mapping[str, str] = field(default_factory=dict)
    """URLs by the whole names of models."""
    concurrency: int = 1

    def entry(self, model: str) -> Row:
        """The model's table among the providers."""
        known = whole_name(model)
        entry: Row = {"type": "embedded", "model": known, "concurrency": self.concurrency}
        if known in self.served:
            return {**entry, "type": "openai-compat", "base-url": self.served[known]}
        return entry if self.threads is None else {**entry, "threads": self.threads}


ON_BOARD = Engines()


def whole_name(model: str) -> str:
    """A model's name with what may be left out; a file of weights is called as it is."""
    return model if ":" in model or model.endswith(".gguf") else f"{FAMILY}{model}"


def ladder_of(text: str, engines: Engines = ON_BOARD) -> Ladder:
    """Read one `--ladder`. Raises OSError, ValueError."""
    models, _, changes = text.partition(":") if not text.startswith(FAMILY) else (text, "", "")
    table: Row = {}
    if models.endswith(".toml"):
        whole = tomllib.loads(Path(models).read_text(encoding="utf-8"))
        table = whole.get("tool", {}).get("intent", whole)
    elif models not in ("default", "seed"):
        table["providers"] = [engines.entry(model) for model in models.split(",")]
    elif models == "seed":
        table["providers"] = [engines.entry(SEED_MODEL)]
    for change in filter(None, changes.split(",")):
        key, _, value = change.partition("=")
        table |= tomllib.loads(f"{key} = {value if value[:1].isdigit() else json.dumps(value)}")
    return Ladder(text, table)
