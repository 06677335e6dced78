"""Which server speaks the OpenAI dialect, and which weights are behind a model's name.

Each kind has its own place for it. A gateway only gives aliases: there the settings' own
`identity` is all there is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.ollama import find_digest
from hatch_intent.providers.transport import Server
from hatch_intent.providers.weights import digest_of, known_digest

_OWNERS = {
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "library": "Ollama",
    "organization_owner": "LM Studio",
}
_LLAMA_META = ("n_params", "size", "ftype", "n_vocab", "n_ctx_train")
_LM_STUDIO = ("key", "id", "publisher", "arch", "architecture", "quantization", "size_bytes")


@dataclass(frozen=True)
class Served:
    """What was found out about a server's model. All may be ""."""

    software: str = ""
    """`llama.cpp`, `vLLM`, `Ollama`, `LM Studio`; "" for any other."""
    digest: str = ""
    version: str = ""
    listed: bool = True
    """Whether the server's list of models has the name."""
    slots: int = 1
    """Answers that one request may ask for, as far as the server says."""


def recognise(server: Server, model: str, deadline: float, *, read: bool = True) -> Served:
    """Ask the server what it is and what it serves. Raises `ProviderError` when it is down.

    A server without a list of models is served as an unknown one. With `read` false, no
    gigabytes are read: weights on this disk are named only if their digest is known.
    """
    entries = _entries(server, deadline)
    entry = next((e for e in entries if model in (e.get("id"), e.get("name"))), None)
    software = _OWNERS.get(str((entry or (entries or [{}])[0]).get("owned_by", "")), "")
    if entry is None and software == "llama.cpp" and len(entries) == 1:
        entry = entries[0]  # it answers for its one model under any name
    if entry is None:
        return Served(software, listed=not entries)
    try:
        return _identified(server, software, model, entry, deadline, read)
    except ProviderError:
        return Served(software)  # what names the weights isn't open to us; answers are


def named(identity: str) -> str:
    """The digest of an `identity` from the settings: itself if it is one, else its hash."""
    plain = identity.strip().lower().removeprefix("sha256:")
    return plain if re.fullmatch(r"[0-9a-f]{64}", plain) else _hash({"identity": identity})


def _entries(server: Server, deadline: float) -> list[dict[str, Any]]:
    data = server.json("GET", "/v1/models", None, deadline).get("data")
    return [e for e in data if isinstance(e, dict)] if isinstance(data, list) else []


def _identified(
    server: Server, software: str, model: str, entry: dict[str, Any], deadline: float, read: bool
) -> Served:
    if software == "Ollama":
        version = str(server.json("GET", "/api/version", None, deadline).get("version", ""))
        return Served(software, find_digest(server, model, deadline), version)
    if software == "llama.cpp":
        props = server.json("GET", "/props", None, deadline)
        slots = props.get("total_slots")
        served = _llama_cpp(server, entry, props, read)
        return replace(served, slots=slots if isinstance(slots, int) and slots > 0 else 1)
    if software == "vLLM":
        version = str(server.json("GET", "/version", None, deadline).get("version", ""))
        root = entry.get("root")
        return Served(software, _hash({"root": root}) if root else "", version)
    if software == "LM Studio":
        return Served(software, _lm_studio(server, model, deadline))
    return Served()


def _llama_cpp(server: Server, entry: dict[str, Any], props: dict[str, Any], read: bool) -> Served:
    """The weights' own digest when they are a file of ours, else what describes them.

    `created` is left out: it is the current time on every call.
    """
    version = str(props.get("build_info", ""))
    path = Path(str(props.get("model_path", "")))
    with contextlib.suppress(OSError):  # not ours to look at or to read: described instead
        if server.local and path.suffix == ".gguf" and path.is_file():
            return Served("llama.cpp", digest_of(path) if read else known_digest(path), version)
    meta = entry.get("meta")
    if not isinstance(meta, dict):
        return Served("llama.cpp", "", version)
    described = {name: meta.get(name) for name in _LLAMA_META}
    described["chat_template"] = props.get("chat_template", "")
    return Served("llama.cpp", _hash(described), version)


def _lm_studio(server: Server, model: str, deadline: float) -> str:
    listed = server.json("GET", "/api/v1/models", None, deadline)
    entries = listed.get("models", listed.get("data"))
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and model in (entry.get("key"), entry.get("id")):
            return _hash({name: entry[name] for name in _LM_STUDIO if name in entry})
    return ""


def _hash(described: dict[str, Any]) -> str:
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
