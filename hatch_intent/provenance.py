"""What wrote each module and how it was checked, as a CycloneDX 1.6 bill of materials.

Follows from the lock alone, so that a tree and its sdist give the same bytes: no time, no path
of this machine. Nothing is guessed: of a model that the lock names by digest, the catalogue
tells quantisation and licence; of any other they are said to be unknown.
Facts: CycloneDX 1.6 JSON reference; PEP 770 for the place in a wheel.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from hatch_intent import __version__
from hatch_intent.lock import Lock, LockEntry
from hatch_intent.parts import used_names
from hatch_intent.providers.catalogue import CATALOGUE, Model

PREFIX = "hatch-intent:"
UNKNOWN = "unknown"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/schema/bom-1.6#hatch-intent")
_BY_DIGEST = {model.sha256: model for model in CATALOGUE.values()}

Component = dict[str, Any]


def sbom(lock: Lock, places: Mapping[str, str], name: str, version: str) -> bytes:
    """The bill of materials of a wheel, as UTF-8 JSON.

    `places` gives where each module and mirror of the lock lies in the wheel, by its path in the
    tree; those that it doesn't name are left out. `name` and `version` are the distribution's.
    """
    entries = [entry for _, entry in sorted(lock.entries.items()) if entry.output in places]
    mirrors = [each for each in entries if each.mirror in places]
    subject = _subject(name, version)
    modules = [_module(entry, places[entry.output]) for entry in entries]
    depends = {subject["bom-ref"]: [each["bom-ref"] for each in modules]}
    refs = {(entry.name, entry.target): _module_ref(places[entry.output]) for entry in entries}
    for entry, module in zip(entries, modules, strict=True):
        used = [(name, entry.target) for name in used_names(entry.uses)]
        beside = [refs[key] for key in used if key in refs]
        depends[module["bom-ref"]] = [*_origins(entry), *beside]
    for entry in mirrors:
        depends[_mirror_ref(places[entry.mirror])] = [refs[entry.name, entry.target]]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [_tool()]},
            "component": subject,
        },
        "components": [
            *modules,
            *(_mirror(entry, places[entry.mirror]) for entry in mirrors),
            *_specs(entries),
            *_models(entries),
        ],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(others)} for ref, others in sorted(depends.items())
        ],
    }
    return _text({**bill, "serialNumber": serial_number(bill)}).encode()


def serial_number(bill: Mapping[str, Any]) -> str:
    """The serial number that follows from all the rest of a bill."""
    rest = {key: value for key, value in bill.items() if key != "serialNumber"}
    return f"urn:uuid:{uuid.uuid5(_SPACE, _text(rest))}"


def _text(bill: Mapping[str, Any]) -> str:
    # Compact: hatchling compresses this in every build, and a thousand modules make a megabyte.
    return json.dumps(bill, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _subject(name: str, version: str) -> Component:
    plain = re.sub(r"[-_.]+", "-", name).lower()
    purl = f"pkg:pypi/{plain}@{version.replace('+', '%2B').replace('!', '%21')}"
    return {"type": "library", "bom-ref": purl, "name": plain, "version": version, "purl": purl}


def _tool() -> Component:
    return {"type": "application", "name": "hatch-intent", "version": __version__}


def _module(entry: LockEntry, place: str) -> Component:
    facts = {
        "output": entry.output,
        "target": entry.target,
        "author": entry.author,
        "trust": entry.trust,
        "examples": str(entry.examples),
        "inputs": str(entry.inputs),
    }
    if entry.author == "model":
        facts["sampling"] = entry.sampling
    return {
        "type": "file",
        "bom-ref": _module_ref(place),
        "name": place,
        "hashes": _hashes(entry.output_sha256),
        "properties": _properties(facts),
    }


def _mirror(entry: LockEntry, place: str) -> Component:
    return {
        "type": "file",
        "bom-ref": _mirror_ref(place),
        "name": place,
        "hashes": _hashes(entry.mirror_sha256),
        "properties": _properties({"output": entry.mirror, "tool": entry.mirror_tool}),
    }


def _mirror_ref(place: str) -> str:
    return f"mirror:{place}"


def _module_ref(place: str) -> str:
    return f"module:{place}"


def _origins(entry: LockEntry) -> list[str]:
    model = [_model_ref(entry)] if entry.author == "model" else []
    return [f"spec:{entry.spec}", *model]


def _specs(entries: Iterable[LockEntry]) -> list[Component]:
    # Excluded: it took part in the build, nothing loads it at run time.
    digests = {entry.spec: entry.spec_sha256 for entry in entries}
    return [
        {
            "type": "file",
            "scope": "excluded",
            "bom-ref": f"spec:{path}",
            "name": path,
            "hashes": _hashes(digest),
        }
        for path, digest in sorted(digests.items())
    ]


def _models(entries: Iterable[LockEntry]) -> list[Component]:
    written = {_model_ref(entry): entry for entry in entries if entry.author == "model"}
    return [_model(ref, entry) for ref, entry in sorted(written.items())]


def _model_ref(entry: LockEntry) -> str:
    return f"model:{entry.provider}/{entry.model}@{entry.model_digest or UNKNOWN}"


def _model(ref: str, entry: LockEntry) -> Component:
    known = _BY_DIGEST.get(entry.model_digest)
    facts = {
        "provider": entry.provider,
        "model-digest": entry.model_digest or UNKNOWN,
        "model-digest-of": _digested(entry, known),
        "quantisation": known.quantisation if known else UNKNOWN,
    }
    if known is None:
        facts["licence"] = UNKNOWN
    component = {
        "type": "machine-learning-model",
        "scope": "excluded",
        "bom-ref": ref,
        "name": entry.model,
        "properties": _properties(facts),
    }
    if facts["model-digest-of"] == "weights":
        component["hashes"] = _hashes(entry.model_digest)
    if known:
        component["licenses"] = [{"license": {"id": known.licence}}]
        page = f"https://huggingface.co/{known.repository}"
        component["externalReferences"] = [{"type": "distribution", "url": page}]
    return component


def _digested(entry: LockEntry, known: Model | None) -> str:
    """What a model's digest was taken of: only that of a file is a hash of the component."""
    if not entry.model_digest:
        return UNKNOWN
    if known or entry.provider == "embedded":
        return "weights"
    return "manifest" if entry.provider == "ollama" else "what the server told of the model"


def _hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest}]


def _properties(facts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"{PREFIX}{name}", "value": value} for name, value in sorted(facts.items())]
