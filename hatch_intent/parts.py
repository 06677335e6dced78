"""A spec's headings by short digests: which one changed, and what its users have to know of.

Standard library alone. The lock keeps a line of them for every module, `description:1a2b3c4d
signature:…`, and one for the public parts of the specs that it uses, `hypot.description:1a2b3c4d
hypot.signature:…`, so that nothing has to be parsed that has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hatch_intent.files import sha256

if TYPE_CHECKING:
    from hatch_intent.lock import LockEntry
    from hatch_intent.spec.model import Spec

PUBLIC = ("description", "signature", "constraints")
"""What a model is shown of a spec that another one uses; the name is public too, of course.

Examples and properties are evidence for these, and what the module itself uses, requires or is
written by is its own business: when only those change, its users stay fresh.
"""


def parts_line(spec: Spec) -> str:
    """The short digests of a spec's headings, as the lock keeps them."""
    return " ".join(f"{name}:{digest}" for name, digest in _digests(spec).items())


def changed_parts(spec: Spec, entry: LockEntry) -> str:
    """Which headings differ from the lock: "description, examples changed"."""
    return f"{', '.join(_changed(_split(entry.parts), _digests(spec))) or 'spec'} changed"


def uses_line(used: Mapping[str, str]) -> str:
    """What the lock keeps of used specs, of whose names `used` gives their `parts_line`."""
    return " ".join(
        f"{name}.{part}:{digest}"
        for name, line in sorted(used.items())
        for part, digest in _split(line).items()
        if part in PUBLIC
    )


def used_names(uses: str) -> tuple[str, ...]:
    """The names in a `uses_line`, sorted."""
    return tuple(dict.fromkeys(part.partition(".")[0] for part in uses.split()))


def changed_uses(locked: str, current: str) -> str:
    """What differs between two lines of the same names: "uses hypot, whose signature changed"."""
    before, now = _split(locked), _split(current)
    found: dict[str, list[str]] = {}
    for place in _changed(before, now):
        name, _, part = place.partition(".")
        found.setdefault(name, []).append(part)
    return "; ".join(
        f"uses {name}, whose {', '.join(parts)} changed" for name, parts in found.items()
    )


def _split(line: str) -> dict[str, str]:
    return dict(part.split(":") for part in line.split())


def _changed(locked: Mapping[str, str], current: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name, digest in current.items() if locked.get(name) != digest)
    yield from (name for name in locked if name not in current)


def _digests(spec: Spec) -> dict[str, str]:
    from hatch_intent.spec.digest import by_value, canonical_json, canonical_prose
    from hatch_intent.spec.types import show

    parameters = [
        [each.name, show(each.type), each.optional, by_value(each.default)]
        for each in spec.signature.parameters
    ]
    parts = {
        "description": canonical_prose(spec.description),
        "signature": [parameters, show(spec.signature.returns)],
        "constraints": [canonical_prose(each) for each in spec.constraints],
        "examples": [
            [sorted(each.args.items()), each.out, each.raises, each.tolerance]
            for each in spec.examples
        ],
        "properties": [each.text for each in spec.properties],
        "uses": sorted(spec.uses),
        "requires": sorted(spec.requires),
        "model": spec.model,
    }
    return {name: sha256(canonical_json(part).encode())[:8] for name, part in parts.items() if part}
