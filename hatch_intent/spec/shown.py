"""JSON as text for people, on one line."""

from __future__ import annotations

import json

from hatch_intent.spec.model import Json


def one_line(value: Json, limit: int | None = None) -> str:
    """The value as JSON, any script's letters kept, cut with "…" where it is longer.

    Half of a surrogate pair, which an answer can hold and no file, is shown as its escape.
    """
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return text if limit is None else cut(text, limit)


def cut(text: str, limit: int) -> str:
    """Text of at most so many characters, with "…" for the last where it was longer."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
