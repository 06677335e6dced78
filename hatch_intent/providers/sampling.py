"""From a provider's `options` to the way it draws answers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hatch_intent.errors import ProviderError
from hatch_intent.providers.base import Sampling

OPTIONS = ("temperature", "top_p", "seed", "num_ctx", "num_predict", "max_tokens", "stop")
"""What `options` may hold for every provider. Ollama gets all others as they are."""
CONTEXT_TOKENS = 8192
"""Tokens of context asked for when the settings have no `num_ctx`.

Always the same number: a server reloads the model when it changes.
"""
LEAST_CONTEXT = 256

_SAFE_FENCE_STOP = "\n```\n"
_FENCE = re.compile(r"\s*`{3,}\s*")


def sampling_from(options: Mapping[str, Any], seed: int) -> Sampling:
    """Read `options`, under Ollama's names or the OpenAI ones. `seed` stands in for a missing one.

    Raises `ProviderError` that names the key when a value is not of its type.
    """
    default = Sampling()
    limit = options.get("num_predict", options.get("max_tokens", default.max_tokens))
    top_p = options.get("top_p")
    return Sampling(
        temperature=_number("temperature", options.get("temperature", default.temperature)),
        seed=_integer("seed", options.get("seed", seed)),
        # Ollama reads -1 and -2 as "no limit"; an answer without a limit may never end.
        max_tokens=_integer("num_predict", limit) if _integer("num_predict", limit) > 0 else 1200,
        top_p=None if top_p is None else _number("top_p", top_p),
        stop=stops(options.get("stop")),
    )


def context_tokens(options: Mapping[str, Any]) -> int:
    """The context to ask for: `num_ctx`, else `CONTEXT_TOKENS`."""
    wanted = _integer("num_ctx", options.get("num_ctx", CONTEXT_TOKENS))
    if wanted < LEAST_CONTEXT:
        lacking = f"{wanted} is too small, at least {LEAST_CONTEXT} is needed"
        raise ProviderError(f"option num_ctx: {lacking}")
    return wanted


def stops(value: object) -> tuple[str, ...]:
    """A `stop` option, one string or a list, made safe for answers that open with a fence.

    An instruct model opens its answer with three backticks, so that stop alone would give
    an empty answer. It is rewritten to a fence alone on its line, which closes code.
    """
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ProviderError(f"option stop: {value!r} is neither a string nor a list of strings")
    safe = (_SAFE_FENCE_STOP if _FENCE.fullmatch(text) else text for text in texts if text)
    return tuple(dict.fromkeys(safe))


def answer_text(text: str) -> str:
    """What a model answered, as text that any file can hold, without its thoughts."""
    # JSON can carry half of a surrogate pair, which no encoding can.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return strip_thinking(whole)


def strip_thinking(text: str) -> str:
    """Drop what a thinking model wrote before its answer; an unfinished thought leaves ""."""
    start = text.lstrip()
    if start.startswith("<think>"):
        return start.partition("</think>")[2].lstrip()
    # Some chat templates open the thought themselves, so that only its end is in the answer.
    thought, end, answer = start.partition("</think>")
    return answer.lstrip() if end and "```" not in thought else text


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ProviderError(f"option {name}: {value!r} is not a number")
    return float(value)


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ProviderError(f"option {name}: {value!r} is not a whole number")
    return value
