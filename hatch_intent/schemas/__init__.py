"""JSON schemas (draft-07) of `[tool.intent]` and of what hatch-intent writes for programs.

The standard library alone: validate-pyproject loads this wherever both are installed.
"""

from __future__ import annotations

from typing import Any

REPORTS = ("report", "reports", "status", "explain", "doctor", "models", "cache", "audit")
"""What `schema NAME` knows besides `settings`."""


def get_schema(tool_name: str = "intent") -> dict[str, Any]:
    """validate-pyproject's entry point: the schema of `[tool.intent]`."""
    if tool_name != "intent":
        message = f'hatch-intent has no schema for "{tool_name}"; it has one for "intent"'
        raise ValueError(message)
    return _read("settings")


def report_schema(name: str) -> dict[str, Any]:
    """The schema of one kind of JSON output, one of `REPORTS`."""
    whole = _read("reports")
    head = {"$schema": whole["$schema"], "$id": f"{whole['$id']}:{name}"}
    return {**head, "$ref": f"#/definitions/{name}", "definitions": whole["definitions"]}


def _read(name: str) -> dict[str, Any]:
    # The command line's parser names what there is, and must not wait for these.
    import json
    from pathlib import Path

    schema: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_bytes())
    return schema
