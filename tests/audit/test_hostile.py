"""Archives made to hurt whoever reads them: one clear line, little memory, nothing on disk."""

import gzip
import io
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile

import pytest
from bench import BILL, CLAMP, INFO, record, sdist_files, wheel_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hatch_intent.audit import reading, sdists, wheels
from hatch_intent.audit.reading import ArchiveError
from hatch_intent.audit.verify import audit


def refused(path) -> str:
    with pytest.raises(ArchiveError) as caught:
        audit(path)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


NAMES = [
    "../up.py",
    "/etc/up.py",
    "a/../../up.py",
    "a\\..\\up.py",
    "C:/up.py",
    "a//b.py",
    "./a.py",
    "a\nb.py",
    "\u202egnp.py",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere(bench, name, tmp_path):
    before = sorted(tmp_path.iterdir())
    problems = bench.problems(bench.wheel({**wheel_files(), name: b"x"}))
    assert any(each.endswith("has a name that leads elsewhere") for each in problems)
    assert all(each.isprintable() for each in problems)
    problems = bench.problems(bench.sdist({**sdist_files(), f"demo-1.0/{name}": b"x"}))
    assert any(each.endswith("has a name that leads elsewhere") for each in problems)
    assert sorted(tmp_path.iterdir()) == sorted([*before, bench.wheel_path, bench.sdist_path])


def test_a_name_that_ends_early(bench):
    path = bench.wheel({**wheel_files(), "demo/evil.pyX.txt": b"x"})
    path.write_bytes(path.read_bytes().replace(b"evil.pyX.txt", b"evil.py\0.txt"))
    assert any("leads elsewhere" in each for each in bench.problems(path))


def test_names_that_are_no_text(bench):
    path = bench.sdist(sdist_files())
    raw = gzip.decompress(path.read_bytes()).replace(
        b"demo-1.0/PKG-INFO", b"demo-1.0/PKG-\xff\xfe\xfdO"
    )
    fixed = bytearray(raw)
    start = fixed.index(b"demo-1.0/PKG-\xff")
    block = fixed[start : start + 512]
    block[148:156] = b" " * 8
    fixed[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    path.write_bytes(gzip.compress(bytes(fixed)))
    refused(path)  # without its PKG-INFO it is no sdist


def test_one_name_twice(bench):
    files = wheel_files()
    path = bench.wheel(files)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as wheel:
        warnings.simplefilter("ignore")
        wheel.writestr(CLAMP, b"import evil\n")
    assert f"{CLAMP}  is there twice" in bench.problems(path)
    raw = tarfile.TarInfo(f"demo-1.0/src/{CLAMP}")
    assert f"demo-1.0/src/{CLAMP}  is there twice" in bench.problems(
        bench.sdist(sdist_files(), raw)
    )


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_not_followed(bench, kind):
    files = sdist_files()
    del files[f"demo-1.0/src/{CLAMP}"]
    member = tarfile.TarInfo(f"demo-1.0/src/{CLAMP}")
    member.type, member.linkname = kind, "/dev/zero"
    assert bench.problems(bench.sdist(files, member)) == [
        f"demo-1.0/src/{CLAMP}  is a link, a device or sparse"
    ]


def test_a_link_in_a_wheel(bench):
    files = wheel_files()
    del files[CLAMP]
    path = bench.wheel(files)
    entry = zipfile.ZipInfo(CLAMP)
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr(entry, b"/dev/zero")
    assert bench.problems(path) == [f"{CLAMP}  is a link or a device"]


def test_a_bomb_in_a_wheel(bench):
    path = bench.wheel({**wheel_files(), "demo/zeros.bin": bytes(80 << 20)})
    assert "unpacks to" in refused(path)


def test_a_bomb_in_an_sdist(bench, monkeypatch):
    monkeypatch.setattr(sdists, "SMALL", 4 << 20)
    # Cut, so that only who reads on to its end says so.
    path = squeezed(bench, header(b"demo-1.0/zeros", b"%011o\0" % (32 << 20)), bytes(16 << 20))
    assert "unpacks to more than an audit reads" in refused(path)
    path = bench.sdist({**sdist_files(), "demo-1.0/zeros.bin": bytes(16 << 20)})
    assert "unpacks to more than an audit reads" in refused(path)
    names = header(b"demo-1.0/name", b"%011o\0" % (1 << 20), b"L") + bytes(1 << 20)
    assert "unpacks to more than an audit reads" in refused(squeezed(bench, *[names] * 8))


def test_more_than_the_limit_in_all(bench, monkeypatch):
    monkeypatch.setattr(wheels, "MAX_BYTES", 4096)
    assert "unpacks to" in refused(bench.wheel(wheel_files()))


def test_a_file_that_is_read_whole_has_its_own_limit(bench, monkeypatch):
    monkeypatch.setattr(reading, "MAX_KEPT", 1000)
    assert "unpacks to more than an audit reads" in refused(bench.wheel(wheel_files()))
    assert "unpacks to more than an audit reads" in refused(bench.sdist(sdist_files()))


def test_too_many_files(bench, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ENTRIES", 5)
    monkeypatch.setattr(sdists, "MAX_ENTRIES", 5)
    assert "holds more than 5" in refused(bench.wheel(wheel_files()))
    assert "holds more than 5" in refused(bench.sdist(sdist_files()))


def test_a_table_of_contents_of_gigabytes(bench):
    path = bench.wheel(wheel_files())
    raw = bytearray(path.read_bytes())
    end = raw.rindex(b"PK\x05\x06")
    raw[end + 12 : end + 16] = struct.pack("<L", 1 << 30)
    path.write_bytes(bytes(raw))
    assert "it is too large" in refused(path)


def test_a_table_of_contents_of_exabytes(bench):
    path = bench.wheel(wheel_files())
    raw = path.read_bytes()
    end = raw.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    path.write_bytes(raw[:end] + locator + raw[end:])
    assert "it is too large" in refused(path)


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packings_that_wheels_do_not_have(bench, way):
    path = bench.wheel(wheel_files())
    with zipfile.ZipFile(path, "a", way) as wheel:
        wheel.writestr("demo/x.py", b"x")
    assert "packed in a way that wheels are not" in refused(path)


def test_an_encrypted_wheel(bench):
    path = bench.wheel(wheel_files())
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(raw))
    assert "encrypted" in refused(path)


def header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    raw = bytearray(512)
    raw[: len(name)] = name
    raw[100:108] = b"0000644\0"
    raw[124 : 124 + len(size)] = size
    raw[156:157] = kind
    raw[257:265] = b"ustar\x0000"
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def squeezed(bench, *parts: bytes):
    bench.sdist_path.write_bytes(gzip.compress(b"".join(parts) + bytes(1024)))
    return bench.sdist_path


def test_a_header_of_gigabytes(bench):
    for kind in (b"x", b"L", b"g"):
        path = squeezed(bench, header(b"demo-1.0/a", b"17777777777\0", kind), bytes(4096))
        assert "it has a header of" in refused(path)


def test_a_size_below_zero_does_not_go_round_and_round(bench):
    negative = b"\xff" * 8 + struct.pack(">l", -512)
    path = squeezed(bench, header(b"demo-1.0/a", b"0\0"), header(b"demo-1.0/b", negative))
    assert "leads back" in refused(path)


def test_headers_of_headers_of_headers(bench):
    path = squeezed(bench, *(header(b"h", b"0\0", b"x") for _ in range(5000)))
    assert "is no sdist" in refused(path)


def test_a_sparse_file_of_exabytes(bench):
    pax = b""
    for line in (b"GNU.sparse.major=0", b"GNU.sparse.size=9000000000000000", b"GNU.sparse.map=0,1"):
        text = b" " + line + b"\n"
        length = len(text) + 2
        pax += str(length).encode() + text
    member = header(b"x", b"%011o\0" % len(pax), b"x") + pax.ljust(512, b"\0")
    files = {f"{name}": data for name, data in sdist_files().items()}
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    body = whole.getvalue()[: whole.tell()].rstrip(b"\0")
    body = body.ljust(-(-len(body) // 512) * 512, b"\0")
    path = squeezed(bench, body, member, header(b"demo-1.0/holes.py", b"00000000001\0"), bytes(512))
    assert bench.problems(path) == ["demo-1.0/holes.py  is a link, a device or sparse"]


@pytest.mark.parametrize("name", ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo.zip", "."])
@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"\x1f\x8b", b"hello" * 1000, gzip.compress(b"x" * 9999)],
    ids=["empty", "zip", "gzip", "text", "gzipped"],
)
def test_what_is_no_archive(tmp_path, name, data):
    path = tmp_path / name
    if name != ".":
        path.write_bytes(data)
    refused(path)


def test_archives_that_are_no_wheel_or_sdist(bench):
    files = wheel_files()
    del files[f"{INFO}/WHEEL"]
    assert "no .dist-info/WHEEL" in refused(bench.wheel(files))
    files = sdist_files()
    assert "not one folder" in refused(bench.sdist({**files, "other/x.py": b""}))
    del files["demo-1.0/PKG-INFO"]
    assert "not one folder" in refused(bench.sdist(files))


def test_two_distributions_in_one(bench):
    files = {**wheel_files(), "other-1.0.dist-info/METADATA": b""}
    assert bench.problems(bench.wheel(files)) == ["has 2 .dist-info folders, should have one"]


def test_memory_stays_small_with_a_large_archive(bench):
    """150 MB of what hardly packs, in one file."""
    import random

    noise = random.Random(1).randbytes(15 << 20)
    files = {**wheel_files(), "demo/noise.bin": noise * 10}
    with zipfile.ZipFile(bench.wheel_path, "w", zipfile.ZIP_STORED) as wheel:
        for name, data in {**files, f"{INFO}/RECORD": record(files)}.items():
            wheel.writestr(name, data)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from hatch_intent.audit.verify import audit\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert not audit(Path(sys.argv[1])).problems\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, bench.wheel_path], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 40_000  # kB


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
@given(st.data())
def test_any_damage_is_told_and_never_a_crash(bench, data):
    sdist = data.draw(st.booleans())
    path = bench.sdist(sdist_files()) if sdist else bench.wheel(wheel_files())
    whole = path.read_bytes()
    raw = bytearray(gzip.decompress(whole) if sdist else whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    path.write_bytes(gzip.compress(bytes(raw)) if sdist else bytes(raw))
    try:
        problems = audit(path).problems
    except ArchiveError as error:
        problems = (str(error),)
    assert all(each.isprintable() for each in problems)


def test_a_bill_has_its_place_in_these_wheels():
    assert BILL in wheel_files()
