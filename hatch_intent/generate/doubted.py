"""Candidates that passed and were not taken: kept until their author has settled which is right.

The build names the example that would settle it. When that has been added nobody need be asked
again: what still passes is as good as locked code whose checks have changed.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from hatch_intent.files import remember
from hatch_intent.freshness import Freshness, public_parts
from hatch_intent.generate.authors import Authors
from hatch_intent.generate.events import Step
from hatch_intent.generate.made import Made
from hatch_intent.project import Project
from hatch_intent.spec.model import Spec


@dataclass(frozen=True)
class Doubted:
    """The code of one, who wrote it at which step of the ladder, and what sets it apart.

    `author` is the model with all that its answers depend on; those alike have one `group`.
    `today` says whether the author would still write the same.
    """

    code: str
    model: str
    model_digest: str
    step: Step
    author: str
    group: int
    today: bool = True


@dataclass(frozen=True)
class Kept:
    """All that passed in the end of a build, of so many drafts."""

    candidates: tuple[Doubted, ...] = ()
    drafts: int = 0
    same_checks: bool = False
    """The spec is still checked by what it was then."""


def keep(project: Project, made: Made, authors: Authors) -> None:
    """Keep all that passed."""
    groups = made.behaviour.groups if made.behaviour is not None else ((0,),)
    group_of = {place: number for number, group in enumerate(groups) for place in group}
    candidates = [
        Doubted(
            each.code,
            each.model,
            each.model_digest,
            each.step,
            authors.identity(each.table) if each.table else "",
            group_of.get(place, place),
        )
        for place, each in enumerate(made.passed)
    ]
    record = {
        **_of(made.module, made.spec),
        "checks": made.spec.checks_digest,
        "drafts": made.drafts,
        "candidates": [asdict(each) for each in candidates],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    # code can hold half of a surrogate pair, which JSON has an escape for
    raw = f"{text}\n".encode("utf-8", "backslashreplace")
    remember(project.state, _path(made.module), raw)


def kept(project: Project, module: Freshness, spec: Spec, authors: Authors) -> Kept:
    """What was kept for a spec that asks for the same."""
    try:
        record = json.loads((project.state / _path(module)).read_bytes())
        same = {name: record[name] for name in ("intent", "uses")} == _of(module, spec)
        if not same:
            return Kept()
        names = {authors.identity(each) for each in authors.allowed(spec)}
        candidates = [
            Doubted(**{**each, "today": each["author"] in names}) for each in record["candidates"]
        ]
        drafts = int(record["drafts"])
    except (OSError, ValueError, KeyError, TypeError):  # nothing there, or not of this version
        return Kept()
    return Kept(tuple(candidates), drafts, record["checks"] == spec.checks_digest)


def forget(project: Project, module: Freshness) -> None:
    """Drop what was kept: the module has been made."""
    with suppress(OSError):
        (project.state / _path(module)).unlink(missing_ok=True)


def _of(module: Freshness, spec: Spec) -> dict[str, str]:
    return {"intent": spec.intent_digest, "uses": public_parts(module.uses)}


def _path(module: Freshness) -> str:
    return f"doubted/{module.name}.{module.target}.json"
