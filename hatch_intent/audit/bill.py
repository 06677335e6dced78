"""A bill of materials that stands in an artifact, read without trusting it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hatch_intent.lock import Lock, LockEntry
from hatch_intent.parts import used_names
from hatch_intent.provenance import PREFIX, UNKNOWN, serial_number


class BillError(ValueError):
    """A bill that hatch-intent has not written; the message is one line."""


@dataclass(frozen=True)
class Written:
    """One generated module, as a bill or a lock tells of it. Digests are hex SHA-256."""

    place: str
    """Where it lies in the artifact."""
    output: str
    """Where it lies in the project's tree."""
    target: str
    sha256: str
    spec: str
    spec_sha256: str
    author: str
    """`model` or `hand`."""
    model: str
    model_digest: str
    """Empty when it is not known."""
    provider: str
    trust: str
    examples: int
    inputs: int
    uses: tuple[str, ...] = ()
    """The modules that it imports, as `output`, sorted."""
    licence: str = ""
    """SPDX; empty when it is not known."""
    quantisation: str = ""


@dataclass(frozen=True)
class Bill:
    """Which distribution a bill is of, and the modules it tells of."""

    subject: str
    """`name-version`."""
    modules: tuple[Written, ...]
    mirrors: Mapping[str, str]
    """Place to SHA-256 of the files that mirror modules in another language."""


def locked(entry: LockEntry, lock: Lock) -> Written:
    """What a lock tells of a module."""
    used = (lock.get(name, entry.target) for name in used_names(entry.uses))
    hand = entry.author == "hand"
    return Written(
        place=entry.output,
        output=entry.output,
        target=entry.target,
        sha256=entry.output_sha256,
        spec=entry.spec,
        spec_sha256=entry.spec_sha256,
        author=entry.author,
        model="" if hand else entry.model,
        model_digest="" if hand else entry.model_digest,
        provider="" if hand else entry.provider,
        trust=entry.trust,
        examples=entry.examples,
        inputs=entry.inputs,
        uses=tuple(sorted(each.output for each in used if each)),
    )


def read_bill(raw: bytes) -> Bill:
    """Read a bill. Raises `BillError` for one that was edited or isn't ours."""
    try:
        return _bill(json.loads(raw.decode(), object_pairs_hook=_each_once))
    except BillError:
        raise
    except UnicodeError:
        raise BillError("is not UTF-8 text") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BillError(f"is not as hatch-intent writes it: {error}") from None


def _bill(bill: Mapping[str, Any]) -> Bill:
    if serial_number(bill) != bill["serialNumber"]:
        raise BillError("was changed after it was made: its serial number is another one's")
    subject = bill["metadata"]["component"]
    parts = {each["bom-ref"]: each for each in bill["components"]}
    if len(parts) != len(bill["components"]):
        raise BillError("names a component twice")
    origins = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    modules = tuple(
        _written(each, [parts[ref] for ref in origins[each["bom-ref"]]])
        for each in bill["components"]
        if each["bom-ref"].startswith("module:")
    )
    mirrors = {
        _text(each["name"]): _sha256(each)
        for each in bill["components"]
        if each["bom-ref"].startswith("mirror:")
    }
    return Bill(f"{_text(subject['name'])}-{_text(subject['version'])}", modules, mirrors)


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ on which of two keys counts.
    values = dict(pairs)
    if len(values) != len(pairs):
        raise BillError("has a key twice in one object")
    return values


def _written(module: Mapping[str, Any], origins: Sequence[Mapping[str, Any]]) -> Written:
    facts = _facts(module)
    (spec,) = (each for each in origins if each["bom-ref"].startswith("spec:"))
    models = [each for each in origins if each["type"] == "machine-learning-model"]
    if len(models) != (facts["author"] == "model"):
        raise BillError(f"names {len(models)} models for {_text(module['name'])}")
    used = [_facts(each) for each in origins if each["bom-ref"].startswith("module:")]
    known = _facts(models[0]) if models else {}
    licences = models[0].get("licenses", []) if models else []
    return Written(
        place=_text(module["name"]),
        output=facts["output"],
        target=facts["target"],
        sha256=_sha256(module),
        spec=_text(spec["name"]),
        spec_sha256=_sha256(spec),
        author=facts["author"],
        model=_text(models[0]["name"]) if models else "",
        model_digest=_known(known, "model-digest"),
        provider=known.get("provider", ""),
        trust=facts["trust"],
        examples=int(facts["examples"]),
        inputs=int(facts["inputs"]),
        uses=tuple(sorted(each["output"] for each in used)),
        licence=_text(licences[0]["license"]["id"]) if licences else "",
        quantisation=_known(known, "quantisation"),
    )


def _facts(component: Mapping[str, Any]) -> dict[str, str]:
    return {
        _text(each["name"]).removeprefix(PREFIX): _text(each["value"])
        for each in component["properties"]
    }


def _known(facts: Mapping[str, str], name: str) -> str:
    value = facts.get(name, UNKNOWN)
    return "" if value == UNKNOWN else value


def _sha256(component: Mapping[str, Any]) -> str:
    (stated,) = component["hashes"]
    if stated["alg"] != "SHA-256" or not re.fullmatch("[0-9a-f]{64}", stated["content"]):
        raise BillError(f"has no SHA-256 of {_text(component['name'])}")
    digest: str = stated["content"]
    return digest


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where a text should be")
    return value
