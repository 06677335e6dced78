import json
from dataclasses import replace

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from hatch_intent.lock import Lock, LockEntry
from hatch_intent.provenance import sbom, serial_number
from hatch_intent.providers.catalogue import CATALOGUE

KNOWN = CATALOGUE["qwen2.5-coder:1.5b"]

DOUBLE = LockEntry(
    name="double",
    target="py",
    targets="py",
    spec="specs/double.intent.md",
    spec_sha256="1" * 64,
    intent="2" * 64,
    checks="3" * 64,
    parts="description:12345678",
    key="4" * 64,
    output="src/demo/auto/double.py",
    output_sha256="5" * 64,
    exports="double",
    author="model",
    provider="embedded",
    model=KNOWN.name,
    model_digest=KNOWN.sha256,
    sampling="seed=1",
    trust="agreed 3 of 4",
    examples=4,
    inputs=200,
)
SHOUT = replace(DOUBLE, name="shout", output="src/demo/auto/shout.py", spec="specs/s.intent.md")


def bill(*entries: LockEntry, version: str = "1.0") -> dict:
    lock = Lock().with_entries(*entries)
    places = {each.output: each.output.removeprefix("src/") for each in entries}
    raw = sbom(lock, places, "My_Demo", version)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(raw.decode()) is None
    return json.loads(raw)


def component(told: dict, kind: str) -> dict:
    (found,) = (each for each in told["components"] if each["bom-ref"].startswith(f"{kind}:"))
    return found


def facts(part: dict) -> dict[str, str]:
    return {
        each["name"].removeprefix("hatch-intent:"): each["value"] for each in part["properties"]
    }


def test_the_validator_refuses_what_is_no_bill():
    raw = json.dumps({**bill(DOUBLE), "specVersion": 1.6})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(raw) is not None


def test_a_module_has_its_digest_its_place_and_how_it_was_checked():
    module = component(bill(DOUBLE), "module")
    assert (module["type"], module["name"]) == ("file", "demo/auto/double.py")
    assert module["hashes"] == [{"alg": "SHA-256", "content": DOUBLE.output_sha256}]
    assert facts(module) == {
        "author": "model",
        "examples": "4",
        "inputs": "200",
        "output": "src/demo/auto/double.py",
        "sampling": "seed=1",
        "target": "py",
        "trust": "agreed 3 of 4",
    }


def test_a_module_names_its_spec_and_its_model():
    told = bill(DOUBLE, SHOUT)
    origins = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    assert origins["pkg:pypi/my-demo@1.0"] == [
        "module:demo/auto/double.py",
        "module:demo/auto/shout.py",
    ]
    model = f"model:embedded/{KNOWN.name}@{KNOWN.sha256}"
    assert origins["module:demo/auto/double.py"] == [model, "spec:specs/double.intent.md"]
    assert origins["module:demo/auto/shout.py"] == [model, "spec:specs/s.intent.md"]
    spec = component(bill(DOUBLE), "spec")
    assert spec["hashes"] == [{"alg": "SHA-256", "content": DOUBLE.spec_sha256}]
    assert spec["scope"] == "excluded"


def test_a_module_depends_on_those_that_it_uses():
    user = replace(SHOUT, uses="double.description:12345678 double.signature:12345678")
    told = bill(DOUBLE, user)
    origins = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    assert "module:demo/auto/double.py" in origins["module:demo/auto/shout.py"]
    alone = {each["ref"]: each.get("dependsOn", []) for each in bill(user)["dependencies"]}
    assert not any(each.startswith("module:") for each in alone["module:demo/auto/shout.py"])


def test_the_catalogue_tells_quantisation_and_licence_of_weights_it_knows_by_digest():
    model = component(bill(DOUBLE), "model")
    assert (model["type"], model["name"]) == ("machine-learning-model", KNOWN.name)
    assert model["hashes"] == [{"alg": "SHA-256", "content": KNOWN.sha256}]
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert facts(model) == {
        "model-digest": KNOWN.sha256,
        "model-digest-of": "weights",
        "provider": "embedded",
        "quantisation": "Q4_K_M",
    }


@pytest.mark.parametrize(
    ("provider", "digest", "said", "of"),
    [
        ("ollama", "6" * 64, "6" * 64, "manifest"),
        ("openai-compat", "6" * 64, "6" * 64, "what the server told of the model"),
        ("openai-compat", "", "unknown", "unknown"),
        ("embedded", "6" * 64, "6" * 64, "weights"),
    ],
)
def test_of_a_model_that_only_has_a_known_name_nothing_is_made_up(provider, digest, said, of):
    model = component(bill(replace(DOUBLE, provider=provider, model_digest=digest)), "model")
    assert facts(model) == {
        "licence": "unknown",
        "model-digest": said,
        "model-digest-of": of,
        "provider": provider,
        "quantisation": "unknown",
    }
    assert "licenses" not in model
    assert ("hashes" in model) == (of == "weights")


def test_an_adopted_module_names_no_model():
    told = bill(replace(DOUBLE, author="hand", trust="hand", provider="", model="", sampling=""))
    assert {each["bom-ref"].split(":")[0] for each in told["components"]} == {"module", "spec"}
    assert facts(component(told, "module"))["author"] == "hand"
    assert ["spec:specs/double.intent.md"] in [
        each.get("dependsOn") for each in told["dependencies"]
    ]


def test_modules_that_do_not_ship_are_left_out():
    raw = sbom(Lock().with_entries(DOUBLE, SHOUT), {DOUBLE.output: "d.py"}, "demo", "1.0")
    assert b"shout" not in raw


def test_the_bytes_depend_on_nothing_but_content(monkeypatch):
    entries = DOUBLE, SHOUT
    places = {each.output: each.name for each in entries}
    once = sbom(Lock().with_entries(*entries), places, "demo", "1.0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    backwards = dict(reversed(places.items()))
    assert sbom(Lock().with_entries(*entries[::-1]), backwards, "demo", "1.0") == once


def test_the_serial_number_follows_from_the_rest():
    one, other = bill(DOUBLE), bill(replace(DOUBLE, examples=5))
    assert one["serialNumber"] == serial_number(one)
    assert one["serialNumber"] != other["serialNumber"]


def test_another_library_reads_the_whole_bill():
    read = Bom.from_json(data=bill(DOUBLE, SHOUT, version="1!2.0+local"))  # type: ignore[attr-defined]
    assert len(read.components) == 5
    assert read.metadata.component.purl.version == "1!2.0+local"
    assert read.validate()


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)  # the validator reads the whole schema each time
@given(_WORDS, _WORDS, _WORDS)
def test_any_names_give_a_valid_bill(model, sampling, spec):
    bill(replace(DOUBLE, model=model, sampling=sampling, spec=spec))
