"""Candidates that passed and were not taken: kept until their author has settled which is right.

The build names the example that would settle it. When that has been added nobody need be asked
again: what still passes is as good as locked code whose checks have changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hatch_intent.files import remember
from hatch_intent.freshness import Freshness, public_parts
from hatch_intent.generate.made import Made
from hatch_intent.project import Project
from hatch_intent.spec.model import Spec


@dataclass(frozen=True)
class Doubted:
    """The code of one, and who wrote it at which step of the ladder."""

    code: str
    model: str
    model_digest: str
    step: Any


def keep(project: Project, made: Made) -> None:
    """Keep all that passed."""
    record = {
        **_of(made.module, made.spec),
        "checks": made.spec.checks_digest,
        "candidates": [
            {
                "code": each.code,
                "model": each.model,
                "model_digest": each.model_digest,
                "step": each.step,
            }
            for each in made.passed
        ],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    # code can hold half of a surrogate pair, which JSON has an escape for
    raw = f"{text}\n".encode("utf-8", "backslashreplace")
    remember(project.state, _path(made.module), raw)


def kept(project: Project, module: Freshness, spec: Spec) -> list[Doubted]:
    """What was kept for a spec that asks for the same and is checked by something else now."""
    try:
        record = json.loads((project.state / _path(module)).read_bytes())
        same = {name: record[name] for name in ("intent", "uses")} == _of(module, spec)
        if not same or record["checks"] == spec.checks_digest:
            return []
        return [Doubted(**each) for each in record["candidates"]]
    except (OSError, ValueError, KeyError, TypeError):  # nothing there, or not of this version
        return []


def _of(module: Freshness, spec: Spec) -> dict[str, str]:
    return {"intent": spec.intent_digest, "uses": public_parts(module.uses)}


def _path(module: Freshness) -> str:
    return f"doubted/{module.name}.{module.target}.json"
