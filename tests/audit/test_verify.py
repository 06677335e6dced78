"""Artifacts that are not as they were locked."""

import json
import random

import pytest
from bench import (
    BILL,
    CLAMP,
    EXAMPLE,
    INFO,
    bill_of,
    changed,
    example_lock,
    record,
    sdist_files,
    wheel_files,
)

from hatch_intent.audit.verify import audit
from hatch_intent.lock import dump_lock
from hatch_intent.provenance import serial_number

HAND = {"author": "hand", "trust": "hand", "provider": "", "model": "", "model_digest": ""}


# ---- wheels


def test_a_good_wheel_tells_what_a_model_wrote(bench):
    found = audit(bench.wheel(wheel_files()), example_lock())
    assert found.problems == ()
    first, *_ = found.modules
    assert (first.place, first.output) == (CLAMP, f"src/{CLAMP}")
    assert (first.model, first.licence, first.quantisation) == (
        "qwen2.5-coder:1.5b",
        "Apache-2.0",
        "Q4_K_M",
    )
    assert (first.trust, first.examples, first.inputs) == ("examples", 5, 200)
    assert len(found.modules) == 3


@pytest.mark.parametrize("again", [True, False], ids=["recorded", "not recorded"])
def test_any_byte_changed_in_a_module_is_found(bench, again):
    good = wheel_files()
    chance = random.Random(1)
    for place in chance.sample(range(len(good[CLAMP])), 25):
        data = bytearray(good[CLAMP])
        data[place] ^= 1 << chance.randrange(8)
        files = {**good, CLAMP: bytes(data)}
        problems = bench.problems(bench.wheel(files, record(files if again else good)))
        assert any(each.startswith(f"{CLAMP}  was changed") for each in problems)
        assert any(each.endswith("not the file that RECORD tells of") for each in problems) != again


def test_any_byte_changed_in_the_file_of_a_wheel_is_refused_or_found(bench):
    """Those that change nothing that is read (times, a checksum's spare bits) may pass."""
    good = bench.wheel(wheel_files()).read_bytes()
    start = good.index(b"PK\x03\x04", good.index(CLAMP.encode()) - 60) + 30 + len(CLAMP)
    for place in random.Random(2).sample(range(start, start + 200), 25):
        data = bytearray(good)
        data[place] ^= 0xFF
        bench.wheel_path.write_bytes(bytes(data))
        assert bench.problems(bench.wheel_path)[0].startswith(f"{CLAMP}  is damaged")


def test_what_a_module_uses_is_told_and_compared(bench):
    lock = changed(example_lock(), uses="slugify.signature:12345678")
    files = {**wheel_files(), BILL: bill_of(lock)}
    found = audit(bench.wheel(files), lock)
    assert found.problems == ()
    assert found.modules[0].uses == ("src/demo/auto/slugify.py",)
    assert bench.problems(bench.wheel(files), example_lock()) == [
        f"{CLAMP}  uses is src/demo/auto/slugify.py, in the project's lock none"
    ]


def test_a_module_that_is_gone(bench):
    files = wheel_files()
    del files[CLAMP]
    assert bench.problems(bench.wheel(files)) == [
        f"{CLAMP}  is missing; it was built from specs/clamp.intent.md"
    ]


def test_a_generated_module_that_the_bill_lacks(bench):
    files = wheel_files()
    files["demo/more.py"] = files[CLAMP]
    assert bench.problems(bench.wheel(files)) == [
        "demo/more.py  was generated, and is not in the bill of materials"
    ]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text + "demo/ghost.py,sha256=x,1\n", "demo/ghost.py  is in RECORD and not"),
        (lambda text: text.replace(f"{INFO}/METADATA", "x", 1), f"{INFO}/METADATA  is not in REC"),
        (lambda text: text.replace("sha256=", "md5=", 1), "is not the file that RECORD tells of"),
        (lambda text: text + text.splitlines()[0], "is in RECORD twice"),
        (lambda text: text.replace(",sha256", ',"sha256', 1), "is not in RECORD"),
    ],
)
def test_a_record_that_does_not_fit(bench, spoil, said):
    files = wheel_files()
    problems = bench.problems(bench.wheel(files, spoil(record(files).decode()).encode()))
    assert any(said in each for each in problems)


def test_a_record_or_a_bill_that_is_no_text(bench):
    files = wheel_files()
    assert "can't be read" in bench.problems(bench.wheel(files, b"\xff\xfe,,\n"))[0]
    assert bench.problems(bench.wheel({**files, BILL: b"\xff\xfe"})) == [
        f"{BILL}  is not UTF-8 text",
        *(
            f"demo/auto/{name}.py  was generated, and is not in the bill of materials"
            for name in ("clamp", "normalize2d", "slugify")
        ),
    ]


def test_a_wheel_without_a_bill(bench):
    files = wheel_files()
    del files[BILL]
    assert bench.problems(bench.wheel(files))[0] == (
        f"{BILL}  is missing: nothing tells what a model wrote"
    )
    told = bench.problems(bench.wheel(files), example_lock())
    assert not [line for line in told if "in the project's lock" in line]


def test_a_bill_of_another_distribution(bench):
    files = {**wheel_files(), BILL: bill_of(example_lock(), version="2.0")}
    assert bench.problems(bench.wheel(files)) == [f"{BILL}  is of demo-2.0, another distribution"]


def test_a_bill_that_was_edited(bench):
    raw = bill_of(example_lock())
    bench.wheel({**wheel_files(), BILL: raw.replace(b'"Q4_K_M"', b'"Q8_0"')})
    assert bench.problems(bench.wheel_path)[0] == (
        f"{BILL}  was changed after it was made: its serial number is another one's"
    )


def sealed(bill: dict) -> bytes:
    return json.dumps({**bill, "serialNumber": serial_number(bill)}).encode()


def without(key: str):
    return lambda bill: bill.pop(key)


@pytest.mark.parametrize(
    "spoil",
    [
        without("components"),
        without("dependencies"),
        without("metadata"),
        lambda bill: bill["dependencies"].clear(),
        lambda bill: bill["components"][0].pop("hashes"),
        lambda bill: bill["components"][0]["hashes"].clear(),
        lambda bill: bill["components"][0]["hashes"][0].update(alg="MD5"),
        lambda bill: bill["components"][0]["hashes"][0].update(content="A" * 64),
        lambda bill: bill["components"][0]["properties"].pop(0),
        lambda bill: bill["components"][0].update(name=5),
        lambda bill: bill["components"].append(bill["components"][0]),
        lambda bill: bill["components"].pop(),
        lambda bill: bill.update(components=5),
        lambda bill: bill.update(components=[5]),
    ],
)
def test_a_bill_that_lacks_what_we_write_is_one_line(bench, spoil):
    bill = json.loads(bill_of(example_lock()))
    spoil(bill)
    problem, *_ = bench.problems(bench.wheel({**wheel_files(), BILL: sealed(bill)}))
    assert problem.startswith(BILL)
    assert "\n" not in problem


def test_a_key_twice_in_a_bill(bench):
    raw = bill_of(example_lock()).replace(b'{"$schema"', b'{"version":1,"$schema"', 1)
    assert bench.problems(bench.wheel({**wheel_files(), BILL: raw}))[0] == (
        f"{BILL}  has a key twice in one object"
    )


@pytest.mark.parametrize("raw", [b"", b"[]", b"5", b"{", b"[" * 100_000, b'{"a":1,"a":2}'])
def test_a_bill_that_is_none(bench, raw):
    assert bench.problems(bench.wheel({**wheel_files(), BILL: raw}))[0].startswith(BILL)


# ---- against a project's lock


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"output_sha256": "0" * 64}, "sha256 is 62d1d87dc724"),
        ({"spec_sha256": "0" * 64}, "spec-sha256 is 83821cda2309"),
        ({"model": "gpt"}, "model is qwen2.5-coder:1.5b, in the project's lock gpt"),
        ({"model_digest": ""}, "model-digest is cc324af070c2"),
        ({"trust": "properties"}, "trust is examples, in the project's lock properties"),
        ({"examples": 6}, "examples is 5, in the project's lock 6"),
        ({"inputs": 0}, "inputs is 200, in the project's lock 0"),
        (HAND, "author is model, in the project's lock hand"),
    ],
)
def test_what_the_lock_tells_otherwise(bench, fields, said):
    lock = changed(example_lock(), **fields)
    for path in (bench.wheel(wheel_files()), bench.sdist(sdist_files())):
        problems = bench.problems(path, lock)
        assert any(f"{CLAMP}  {said}" in each for each in problems)


def test_modules_that_only_one_side_has(bench):
    lock = example_lock()
    entry = lock.entries["clamp", "py"]
    renamed = changed(lock, output="src/demo/auto/other.py")
    assert entry.output != renamed.entries["clamp", "py"].output
    assert bench.problems(bench.wheel(wheel_files()), renamed) == [
        f"{CLAMP}  is not in the project's lock",
        "src/demo/auto/other.py  is in the project's lock and not in the artifact",
    ]


def test_an_adopted_module_is_told_as_such(bench):
    lock = changed(example_lock(), **HAND)
    found = audit(bench.wheel({**wheel_files(), BILL: bill_of(lock)}), lock)
    assert found.problems == ()
    assert (found.modules[0].author, found.modules[0].model) == ("hand", "")


# ---- sdists


def test_a_good_sdist(bench):
    found = audit(bench.sdist(sdist_files()), example_lock())
    assert found.problems == ()
    assert found.modules[0].place == f"src/{CLAMP}"


@pytest.mark.parametrize("name", [f"src/{CLAMP}", "specs/clamp.intent.md"])
def test_a_module_or_spec_that_was_changed_or_is_gone(bench, name):
    good = sdist_files()
    files = {**good, f"demo-1.0/{name}": good[f"demo-1.0/{name}"] + b"\n"}
    (problem,) = bench.problems(bench.sdist(files))
    assert problem.startswith(f"{name}  was changed: ")
    del files[f"demo-1.0/{name}"]
    (problem,) = bench.problems(bench.sdist(files))
    assert problem == f"{name}  is missing; it was built from specs/clamp.intent.md"


def test_a_generated_module_that_the_lock_lacks(bench):
    files = sdist_files()
    files["demo-1.0/src/more.py"] = files[f"demo-1.0/src/{CLAMP}"]
    # This one belongs to a project within, with a lock of its own.
    files["demo-1.0/examples/one/more.py"] = files[f"demo-1.0/src/{CLAMP}"]
    files["demo-1.0/examples/one/intent.lock"] = b""
    assert bench.problems(bench.sdist(files)) == [
        "src/more.py  was generated, and is not in the lock"
    ]


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (None, "is missing: nothing tells what a model wrote"),
        (b"\xff", "is not UTF-8 text"),
        (b"<<<<<<< ours\n", "has merge markers"),
        (b"lock-version = 99\n", "is of version 99"),
        (b"lock-version = 1\na = " + b"[" * 100_000, "intent.lock"),
    ],
)
def test_a_lock_that_can_not_be_trusted(bench, lock, said):
    files = sdist_files()
    files["demo-1.0/intent.lock"] = lock or b""
    if lock is None:
        del files["demo-1.0/intent.lock"]
    (problem,) = bench.problems(bench.sdist(files))
    assert said in problem


def test_a_lock_that_was_edited(bench):
    files = sdist_files()
    text = dump_lock(example_lock()).replace("examples = 5", "examples = 50", 1)
    files["demo-1.0/intent.lock"] = text.encode()
    (problem,) = bench.problems(bench.sdist(files))
    assert "[clamp.py] was edited by hand" in problem


def test_the_example_has_what_these_tests_spoil():
    assert (EXAMPLE / "src" / CLAMP).is_file()
