"""What a spec says, as two SHA-256 sums that only a change of meaning changes.

Not part of them: the order of headings, white space, comments, line ends, the spelling of the
signature, and whether an example names its arguments.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from hatch_intent.spec.model import Example, Json, Property, Signature
from hatch_intent.spec.prose import FENCE, closes
from hatch_intent.spec.types import show

# Raise it when canonical content is laid out differently: every module becomes stale.
FORMAT = "hatch-intent spec 1"
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_STRING = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")


def digest_of_intent(
    *,
    name: str,
    description: str,
    signature: Signature,
    constraints: Iterable[str],
    uses: Iterable[str],
    requires: Iterable[str],
    model: str | None,
) -> str:
    """Hex SHA-256 of what the function is to do."""
    content = {
        "name": name,
        "description": canonical_prose(description),
        "signature": _signature(signature),
        "constraints": [canonical_prose(constraint) for constraint in constraints],
        "uses": sorted(uses),
        "requires": sorted(requires),
        "model": model,
    }
    return _sha256("intent", content)


def digest_of_checks(examples: Iterable[Example], properties: Iterable[Property]) -> str:
    """Hex SHA-256 of what a module is checked against; lines don't count."""
    content = {
        "examples": [
            [list(example.args.items()), example.out, example.raises, example.tolerance]
            for example in examples
        ],
        "properties": [canonical_code(property_.text) for property_ in properties],
    }
    return _sha256("checks", content)


def canonical_json(value: Json) -> str:
    """JSON without white space; 5 and 5.0 differ, so do 0.0 and -0.0, key order doesn't count."""
    return _ENCODER.encode(value)


def by_value(value: Json) -> Json:
    """The value with whole floats as integers, because numbers compare by value; keeps -0.0."""
    if isinstance(value, float) and value.is_integer() and str(value) != "-0.0":
        return int(value)
    if isinstance(value, list):
        return [by_value(item) for item in value]
    if isinstance(value, dict):
        return {key: by_value(item) for key, item in value.items()}
    return value


def canonical_prose(text: str) -> str:
    """Runs of white space and of blank lines become one; fenced blocks stay as they are."""
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opening = FENCE.match(line)
        if fence:
            kept.append(line)
            fence = "" if closes(line, fence) else fence
        elif opening:
            fence = opening[1]
            kept.append(line)
        elif line.strip() or (kept and kept[-1]):
            kept.append(" ".join(line.split()))
    return "\n".join(kept).strip("\n")


def canonical_code(text: str) -> str:
    """Runs of white space outside of string literals become one."""
    parts = _STRING.split(text)
    outside = [re.sub(r"\s+", " ", part) for part in parts[::2]]
    parts[::2] = outside
    return "".join(parts).strip()


def _signature(signature: Signature) -> list[Json]:
    parameters = [
        [parameter.name, show(parameter.type), parameter.optional, by_value(parameter.default)]
        for parameter in signature.parameters
    ]
    return [parameters, show(signature.returns)]


def _sha256(half: str, content: Json) -> str:
    return hashlib.sha256(f"{FORMAT} {half}\n{canonical_json(content)}".encode()).hexdigest()
