"""Write hatch_intent/schemas/settings.json anew from the settings models: `make schemas`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from hatch_intent.providers.sampling import LEAST_CONTEXT
from hatch_intent.settings import MIRRORED, RANGES, TARGETS, WRAPPED, ProviderSettings, Settings

ROOT = Path(__file__).resolve().parent.parent
_WRAPPED = {
    "type": "object",
    "description": "The folder, and that of a wrapper in it.",
    "properties": {"folder": {"type": "string"}, "wrap": {"enum": list(WRAPPED)}},
    "required": ["folder"],
    "additionalProperties": False,
}
_NUMBER, _WHOLE = {"type": "number"}, {"type": "integer"}
_OPTIONS = {
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "seed": _WHOLE,
    "num_ctx": {**_WHOLE, "minimum": LEAST_CONTEXT},
    "num_predict": _WHOLE,
    "max_tokens": _WHOLE,
    "stop": {"type": ["string", "array"], "items": {"type": "string"}},
}
"""Those of `sampling.OPTIONS`; Ollama knows more."""
FILE = ROOT / "hatch_intent" / "schemas" / "settings.json"


def settings_schema() -> dict[str, Any]:
    """draft-07, without references: editors and validators take it as it is."""
    with _documented(ProviderSettings), _documented(Settings):
        provider = _tidy(TypeAdapter(ProviderSettings).json_schema())
        table = _tidy(TypeAdapter(Settings).json_schema())
    table["description"] = "Settings of hatch-intent. Paths are relative to the project's root."
    provider["description"] = "One that writes: a server, or the embedded engine."
    provider["properties"]["type"]["enum"].append("openai_compat")
    for name in ("concurrency", "threads"):
        provider["properties"][name]["minimum"] = 1
    provider["properties"]["options"]["properties"] = _OPTIONS
    properties = table["properties"]
    properties["providers"]["items"] = provider
    properties["specs"]["minItems"] = 1
    properties["targets"] |= {"minProperties": 1, "propertyNames": {"enum": list(TARGETS)}}
    properties["targets"]["additionalProperties"] = {"anyOf": [{"type": "string"}, _WRAPPED]}
    properties["wrappers"] |= {"propertyNames": {"enum": list(WRAPPED)}}
    properties["mirrors"] |= {"propertyNames": {"enum": list(MIRRORED)}}
    for name, (low, high) in RANGES.items():
        properties[name.replace("_", "-")] |= {"minimum": low, "maximum": high}
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:hatch-intent:settings",
        "title": "[tool.intent]",
    }
    return {**head, **table, "required": ["targets"]}


@contextmanager
def _documented(model: Any) -> Iterator[None]:
    """Have pydantic read the docstrings below fields, which costs too much in a build."""
    plain = model.__pydantic_config__
    model.__pydantic_config__ = {**plain, "use_attribute_docstrings": True}
    try:
        yield
    finally:
        model.__pydantic_config__ = plain


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Without what TOML has no use for: titles made from names, null, and null as a default."""
    kept = {key: value for key, value in schema.items() if key not in ("$defs", "title")}
    kept["properties"] = {name: _setting(each) for name, each in schema["properties"].items()}
    return kept


def _setting(schema: dict[str, Any]) -> dict[str, Any]:
    types = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    kept = {**schema, **(types[0] if types else {})}
    for key in ("anyOf", "title"):
        kept.pop(key, None)
    if kept.get("default", "") is None:
        del kept["default"]
    if "description" in kept:
        kept["description"] = " ".join(kept["description"].split())
    return kept


def text() -> str:
    """The file's content."""
    return json.dumps(settings_schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
