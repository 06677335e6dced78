import json

import pytest
from bench import CLAMP, Workbench, changed, example_lock, sdist_files, wheel_files
from test_cli_schema import wrong

from hatch_intent.cli import main
from hatch_intent.lock import dump_lock


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


@pytest.fixture
def audit(capsys):
    def run(*words: object):
        code = main(["audit", *map(str, words)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_a_good_wheel(audit, bench):
    code, out, err = audit(bench.wheel(wheel_files()))
    assert (code, err) == (0, "")
    head, first, *_, last = out.splitlines()
    assert head.split() == ["module", "model", "digest", "trust", "checks"]
    assert first.split(maxsplit=4) == [
        CLAMP,
        "qwen2.5-coder:1.5b",
        "62d1d87dc724",
        "examples",
        "5 examples, 200 generated inputs",
    ]
    assert last.endswith("3 modules match its bill of materials and RECORD")


def test_a_good_sdist_and_the_projects_lock(audit, bench, tmp_path):
    lock = tmp_path / "intent.lock"
    lock.write_text(dump_lock(example_lock()))
    code, out, _ = audit(bench.sdist(sdist_files()), "--lock", lock)
    assert code == 0
    assert out.splitlines()[-1].endswith("3 modules match its lock and the project's lock")


def test_problems_are_exit_1(audit, bench):
    files = {**wheel_files(), CLAMP: b"import evil\n"}
    code, out, err = audit(bench.wheel(files))
    assert code == 1
    assert CLAMP in out
    assert err.splitlines() == [
        f"intent  {bench.wheel_path}  1 problem",
        f"  {CLAMP}  was changed: 7b51ccaeed10, locked as 62d1d87dc724",
    ]


def test_json(audit, bench):
    code, out, err = audit(bench.wheel({**wheel_files(), CLAMP: b"import evil\n"}), "--json")
    told = json.loads(out)
    assert wrong("audit", told) == []
    assert (code, err, told["good"], told["kind"]) == (1, "", False, "wheel")
    assert len(told["problems"]) == 1
    assert told["modules"][0]["licence"] == "Apache-2.0"
    code, out, _ = audit(bench.wheel(wheel_files()), "--json")
    assert (code, json.loads(out)["good"], json.loads(out)["problems"]) == (0, True, [])


def test_a_module_written_by_hand_is_said_to_be(audit, bench):
    lock = changed(example_lock(), author="hand", trust="hand", provider="", model="")
    files = {**sdist_files(), "demo-1.0/intent.lock": dump_lock(lock).encode()}
    code, out, _ = audit(bench.sdist(files))
    assert code == 0
    assert "none: written by hand" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pyproject.toml"], "is no file"),
        ([__file__], "is neither a wheel (.whl) nor an sdist (.tar.gz)"),
        ([], "audit takes one wheel or sdist, or --installed NAME"),
        ([__file__, "--installed", "x"], "audit takes one wheel or sdist, or --installed NAME"),
        (["--installed", "no-such-thing"], "no-such-thing  is not installed"),
        (["--installed", "x", "--lock", "no-such-file"], "--lock no-such-file: no such file"),
    ],
)
def test_bad_usage_is_one_line(audit, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = audit(*words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
