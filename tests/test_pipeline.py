"""The whole build over real files, a real judge and a model server that knows the answers."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from ghostwriter import ghostwriter
from projects import (
    BAD_DOUBLE,
    DOUBLE,
    GOOD_DOUBLE,
    GOOD_SHOUT,
    NOBODY,
    SHOUT,
    make_project,
    snapshot,
)

from hatch_intent.cache import DiskCache
from hatch_intent.errors import CheckFailed, LockError, ProviderError, SettingsError, SpecError
from hatch_intent.files import sha256
from hatch_intent.generate.events import Notice
from hatch_intent.generate.making import Workshop
from hatch_intent.judge.differential import Behaviour
from hatch_intent.lock import dump_lock, parse_lock, read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.report.json import read_report
from hatch_intent.report.terminal import Lines
from hatch_intent.settled import recall


class Told(list):
    """A listener that keeps the events."""

    def __call__(self, event):
        self.append(event)

    def last(self):
        return self[-1]


def run(root: Path, **options):
    told = Told()
    frozen = options.pop("frozen", None)
    built = build(open_project(root, frozen=frozen), listener=told, **options)
    return built, told


def says(error: type[Exception], root: Path, **options) -> str:
    with pytest.raises(error) as caught:
        run(root, **options)
    return str(caught.value)


def lock(root: Path):
    return read_lock(root / "intent.lock", root / ".intent")


def edit(root: Path, old: str, new: str, name: str = "double") -> None:
    path = root / "specs" / f"{name}.intent.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def without_provider(root: Path, ghost) -> None:
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(ghost.url, NOBODY))


# ---- from nothing to modules


def test_specs_become_modules_that_can_be_called(root, ghost):
    built, told = run(root)
    assert set(built.outputs) == {
        "src/demo/auto/double.py",
        "src/demo/auto/shout.py",
        "src/demo/auto/__init__.py",
    }
    assert set(built.sources) == {
        "specs/double.intent.md",
        "specs/shout.intent.md",
        "intent.lock",
        "pyproject.toml",
    }
    program = "from demo.auto import double, shout; print(double(4), shout('a'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "8 A!\n"
    assert told.last().made == 2
    assert told.last().calls == 2


def test_a_second_build_asks_nothing_and_writes_nothing(root, ghost):
    run(root)
    run(root)
    before, asked = snapshot(root, state=True), list(ghost.asked)
    _, told = run(root)
    assert snapshot(root, state=True) == before
    assert ghost.asked == asked
    assert (told.last().made, told.last().stamped) == (0, 2)


def test_two_machines_build_the_same_bytes(tmp_path, ghost):
    trees = []
    for name in ("one", "two"):
        root = make_project(tmp_path / name, ghost.url)
        run(root)
        trees.append(snapshot(root))
    assert trees[0] == trees[1]


def test_the_lock_says_who_wrote_what(root):
    run(root)
    entry = lock(root).get("double", "py")
    assert (entry.author, entry.provider, entry.model) == ("model", "openai-compat", "ghost")
    assert (entry.trust, entry.examples) == ("examples", 2)
    assert entry.spec == "specs/double.intent.md"


def test_the_report_keeps_code_results_and_attempts(root):
    run(root)
    report = read_report(open_project(root), "double")["targets"]["py"]
    assert report["pass"]
    assert report["lang"] == "py"
    assert "return 2 * x" in report["code"]
    assert [each["ok"] for each in report["results"]] == [True, True]
    assert report["results"][0]["in"] == {"x": 2}
    assert report["attempts"][0]["model"] == "ghost"
    assert report["tokens"] > 0


def test_a_failing_draft_is_repaired(tmp_path):
    with ghostwriter({"double": [BAD_DOUBLE, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, double=DOUBLE)
        run(root)
        assert server.asked == ["double", "double"]
        feedback = server.bodies("/v1/chat/completions")[1]["messages"][-1]["content"]
    assert "double(-1.5)" in feedback
    assert "0.5" in feedback


def test_half_of_a_surrogate_pair_in_an_answer_is_told_and_kept_as_its_escape(tmp_path):
    bad = BAD_DOUBLE.replace(BAD_DOUBLE.split("return")[1].split("\n")[0], ' "\\ud83d"')
    with ghostwriter({"double": [bad]}) as server:
        root = make_project(tmp_path / "p", server.url, double=DOUBLE)
        said = says(CheckFailed, root)
        feedback = server.bodies("/v1/chat/completions")[1]["messages"][-1]["content"]
    assert 'got "\\ud83d"' in said
    assert "ud83d" in feedback
    report = read_report(open_project(root), "double")["targets"]["py"]
    assert report["results"][0]["got"] == "\ud83d"


def test_all_specs_are_put_to_one_model_before_the_next_one_is_asked(tmp_path):
    asked: list[str] = []
    codes = {"double": [GOOD_DOUBLE], "shout": [GOOD_SHOUT]}
    with (
        ghostwriter(codes, lambda name: asked.append(f"small {name}")) as small,
        ghostwriter(codes, lambda name: asked.append(f"big {name}")) as big,
    ):
        root = make_project(tmp_path / "p", small.url, "candidates = 2")
        table = '\n[[tool.intent.providers]]\ntype = "openai-compat"\nmodel = "big"\n'
        path = root / "pyproject.toml"
        path.write_text(path.read_text() + table + f'base-url = "{big.url}"\n')
        run(root)
    assert [each.split()[0] for each in asked] == ["small", "small", "big", "big"]


def test_one_failure_does_not_keep_the_others_from_being_written(tmp_path):
    with ghostwriter({"double": [BAD_DOUBLE], "shout": [GOOD_SHOUT]}) as server:
        root = make_project(tmp_path / "p", server.url)
        said = says(CheckFailed, root)
    assert said.splitlines() == [
        "double  py  no code passed in 2 attempts; the best passed 1 of 2 examples",
        "  double(-1.5)  expected -3  got 0.5      specs/double.intent.md:8",
    ]
    assert (root / "src/demo/auto/shout.py").exists()
    assert not (root / "src/demo/auto/double.py").exists()
    assert lock(root).get("shout", "py")
    assert not lock(root).get("double", "py")


# ---- stale, and why


def test_white_space_and_order_of_a_spec_ask_nothing(root, ghost):
    run(root)
    asked = len(ghost.asked)
    edit(root, "# name: double\n# description:\nReturn twice", "# description:\n\nReturn  twice")
    path = root / "specs/double.intent.md"
    path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n# name: double"
    )
    run(root)
    assert len(ghost.asked) == asked
    run(root, frozen=True)


def test_a_changed_word_asks_again_and_shows_the_locked_code(root, ghost):
    run(root)
    edit(root, "Return twice the number.", "Give back twice the number.")
    said = says(CheckFailed, root, frozen=True)
    stale = "specs/double.intent.md → src/demo/auto/double.py"
    assert said.splitlines() == [
        "1 of 2 modules is stale and this build is frozen",
        f"  {stale}: description changed since it was locked",
        "  Build it where a model runs:  hatch-intent build specs/double.intent.md",
    ]
    run(root)
    assert ghost.asked[2:] == ["double"]
    assert "return 2 * x" in ghost.bodies("/v1/chat/completions")[-1]["messages"][-1]["content"]
    run(root, frozen=True)


def test_new_examples_go_to_the_locked_code_before_any_model(root, ghost):
    run(root)
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 10 } out: 20\n')
    run(root)
    assert ghost.asked == ["double", "shout"] or ghost.asked == ["shout", "double"]
    assert lock(root).get("double", "py").examples == 3


def test_new_examples_that_the_locked_code_fails_ask_a_model(root, ghost):
    run(root)
    ghost.answers["double"] = ["def double(x):\n    return 0 if x == 7 else 2 * x"]
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 7 } out: 0\n')
    run(root)
    assert ghost.asked[2:] == ["double"]
    assert "x == 7" in (root / "src/demo/auto/double.py").read_text()


def locked_under_another_python(root: Path, body: str = "    return (2 *\n") -> None:
    """A module that is locked as it stands, in syntax that this Python doesn't know."""
    module, entry = root / "src/demo/auto/double.py", lock(root).get("double", "py")
    module.write_text(module.read_text() + body)
    changed = replace(entry, output_sha256=sha256(module.read_bytes()))
    (root / "intent.lock").write_text(dump_lock(lock(root).with_entries(changed)))


def test_locked_code_that_this_python_cannot_parse_is_asked_for(root, ghost):
    run(root)
    locked_under_another_python(root)
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 10 } out: 20\n')
    edit(root, 'out: "!"\n', 'out: "!"\n- in: { "text": "a" } out: "A!"\n', name="shout")
    run(root)
    assert ghost.asked[2:] == ["double"]
    assert [lock(root).get(name, "py").examples for name in ("double", "shout")] == [3, 3]


def test_a_missing_output_comes_back_without_a_model(root, ghost):
    run(root)
    before = snapshot(root)
    (root / "src/demo/auto/double.py").unlink()
    assert "output missing" in says(CheckFailed, root, frozen=True)
    without_provider(root, ghost)
    run(root)
    assert snapshot(root)["src/demo/auto/double.py"] == before["src/demo/auto/double.py"]


def test_a_poisoned_module_in_the_cache_is_not_taken(root, ghost):
    run(root)
    (root / "src/demo/auto/double.py").unlink()
    cache = open_project(root).cache_dir
    key = lock(root).get("double", "py").key
    DiskCache(cache, "modules").put(key, {"code": BAD_DOUBLE, "model_digest": ""})
    shutil.rmtree(cache / "responses")
    run(root)
    assert ghost.asked[2:] == ["double"]
    assert "return 2 * x" in (root / "src/demo/auto/double.py").read_text()


def test_what_was_made_without_a_pin_is_not_taken_for_pinned(root, ghost):
    run(root)
    path = root / "pyproject.toml"
    text = path.read_text()
    path.write_text(text + "pin = true\n")
    assert "doesn't say which weights ghost is" in says(ProviderError, root)
    assert len(ghost.asked) == 2
    path.write_text(text + 'pin = true\nidentity = "acme, July"\n')
    run(root)
    assert len(ghost.asked) == 4
    run(root, frozen=True)


def test_pinned_code_may_be_rechecked_where_nobody_answers(root, ghost):
    path = root / "pyproject.toml"
    path.write_text(path.read_text() + 'pin = true\nidentity = "acme, July"\n')
    run(root)
    key = lock(root).get("double", "py").key
    path.write_text(path.read_text().replace('identity = "acme, July"\n', ""))
    without_provider(root, ghost)
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 10 } out: 20\n')
    run(root)
    entry = lock(root).get("double", "py")
    assert (entry.examples, entry.pinned) == (3, True)
    assert entry.key != key
    path.write_text(path.read_text() + 'identity = "acme, July"\n')
    (root / "src/demo/auto/double.py").unlink()
    run(root)  # from the cache, under the very key
    assert lock(root).get("double", "py").key == entry.key


@pytest.mark.parametrize(
    "kept",
    [
        {"code": GOOD_DOUBLE},
        {"model_digest": ""},
        {"code": None, "model_digest": ""},
        {"code": "def double(x:", "model_digest": ""},
        {"code": GOOD_DOUBLE, "model_digest": "", "candidates": "2"},
    ],
)
def test_a_module_kept_in_another_form_is_a_miss(root, ghost, kept):
    run(root)
    (root / "src/demo/auto/double.py").unlink()
    cache = DiskCache(open_project(root).cache_dir, "modules")
    cache.put(lock(root).get("double", "py").key, kept)
    run(root)
    assert "return 2 * x" in (root / "src/demo/auto/double.py").read_text()


@pytest.fixture
def read_only(monkeypatch):
    """A cache that refuses what is put into it."""

    def refuse(path, _data):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    return lambda: monkeypatch.setattr("hatch_intent.cache.disk.write_atomic", refuse)


@pytest.mark.parametrize("more", ["", "# properties:\n- out == x + x\n"])
def test_a_cache_that_cannot_be_written_gives_what_it_has(tmp_path, read_only, more):
    with ghostwriter({"double": [GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE + more)
        run(root)
        before, asked = snapshot(root), len(server.asked)
        shutil.rmtree(root / "src/demo/auto")
        (root / "intent.lock").unlink()
        read_only()
        _, told = run(root)
        assert (snapshot(root), len(server.asked)) == (before, asked)
    assert not [each for each in told if isinstance(each, Notice)]


def test_modules_that_cannot_be_kept_are_told_of_once(root, ghost, read_only):
    run(root)
    cache = open_project(root).cache_dir
    shutil.rmtree(cache / "modules")
    shutil.rmtree(root / "src/demo/auto")
    read_only()
    _, told = run(root)
    (notice,) = [each for each in told if isinstance(each, Notice)]
    assert "Read-only file system" in notice.text
    assert str(root) not in notice.text
    assert len(ghost.asked) == 2
    run(root, frozen=True)


def test_a_build_without_any_cache_says_so_once(root, monkeypatch):
    monkeypatch.setenv("HATCH_INTENT_CACHE", os.devnull)
    _, told = run(root)
    (notice,) = [each for each in told if isinstance(each, Notice)]
    assert notice.text.startswith("the cache can't be written")
    run(root, frozen=True)


def test_another_model_makes_everything_stale_and_a_further_one_nothing(root, ghost):
    run(root)
    path = root / "pyproject.toml"
    text = path.read_text()
    further = '\n[[tool.intent.providers]]\ntype = "ollama"\nmodel = "big"\n'
    path.write_text(text + further)
    run(root, frozen=True)
    path.write_text(text.replace('model = "ghost"', 'model = "other"'))
    assert "model changed: ghost is no longer configured" in says(CheckFailed, root, frozen=True)
    run(root)
    asked = ghost.bodies("/v1/chat/completions")[-1]["messages"][-1]["content"]
    assert "The specification has changed" not in asked


def test_other_sampling_is_a_reason(root):
    run(root)
    path = root / "pyproject.toml"
    path.write_text(path.read_text() + "options = { temperature = 0.3 }\n")
    assert "sampling changed: seed=1 → seed=1 temperature=0.3" in says(
        CheckFailed, root, frozen=True
    )


def test_another_folder_moves_the_modules_and_asks_nothing(root, ghost):
    run(root)
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("src/demo/auto", "src/demo/made"))
    run(root)
    assert len(ghost.asked) == 2
    assert (root / "src/demo/made/double.py").exists()
    assert not (root / "src/demo/auto/double.py").exists()


def test_one_model_at_two_places_does_not_bear_itself_out(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE, *[BAD_DOUBLE] * 3]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        candidates(root, 'ambiguity = "report"')
        path = root / "pyproject.toml"
        again = f'type = "openai-compat"\nmodel = "ghost"\nbase-url = "{server.url}"\n'
        path.write_text(f"{path.read_text()}\n[[tool.intent.providers]]\n{again}")
        run(root)
        assert len(server.asked) == 4, "one draft, three samples"
    assert lock(root).get("double", "py").trust == "examples"


def test_one_provider_without_its_key_doesn_t_stop_the_others(root, ghost, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    path = root / "pyproject.toml"
    head, mark, own = path.read_text().partition("[[tool.intent.providers]]")
    keyless = f'{mark}\ntype = "ollama"\nmodel = "other"\napi-key-env = "NO_SUCH_KEY"\n'
    path.write_text(f"{head}{keyless}")
    said = says(ProviderError, root)
    assert said.splitlines()[0].endswith("no provider answered")
    assert "ollama   other   no key in NO_SUCH_KEY   export NO_SUCH_KEY=…" in said
    path.write_text(f"{head}{keyless}{mark}{own}")
    _, told = run(root)
    assert told.last().made == 2
    skipped = [each.text for each in told if isinstance(each, Notice) and "NO_SUCH" in each.text]
    assert skipped == [
        "ollama other: no key in NO_SUCH_KEY; not asked again (export NO_SUCH_KEY=…)"
    ]


def test_the_lock_names_the_provider_that_answered(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, double=DOUBLE)
        path = root / "pyproject.toml"
        gone = (
            f'[[tool.intent.providers]]\ntype = "ollama"\nmodel = "ghost"\nbase-url = "{NOBODY}"\n'
        )
        text = path.read_text()
        place = text.index("[[tool.intent.providers]]")
        path.write_text(f"{text[:place]}{gone}\n{text[place:]}")
        run(root)
        assert lock(root).get("double", "py").provider == "openai-compat"
        _, told = run(root)
        assert told.last().fresh == 1
        shutil.rmtree(root / "src/demo/auto")
        run(root)
        assert lock(root).get("double", "py").provider == "openai-compat"
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 4 } out: 8\n')
        run(root)
        assert lock(root).get("double", "py").provider == "openai-compat"
        assert len(server.asked) == 1


COOL = "options = { temperature = 0.0 }\n"
WARM = "options = { temperature = 0.8, num_predict = 3000 }\n"


def two_tables(root: Path) -> None:
    """The same model, first cool and then warm."""
    path = root / "pyproject.toml"
    head, mark, own = path.read_text().partition("[[tool.intent.providers]]")
    path.write_text(f"{head}{mark}{own}{COOL}\n{mark}{own}{WARM}")


def test_of_two_tables_with_one_model_the_lock_names_the_one_that_wrote_it(tmp_path):
    with ghostwriter({"double": [BAD_DOUBLE, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "rounds = 1", double=DOUBLE)
        two_tables(root)
        run(root)
    assert lock(root).get("double", "py").sampling == "num_predict=3000 seed=1 temperature=0.8"
    path = root / "pyproject.toml"
    head, mark, own = path.read_text().partition("[[tool.intent.providers]]")
    path.write_text(head + mark + own.partition(mark)[2])
    shutil.rmtree(root / "src/demo/auto")
    run(root)
    assert "2 * x" in (root / "src/demo/auto/double.py").read_text(), "its key is the writer's"


def test_of_two_tables_with_one_model_what_was_doubted_is_the_writer_s(tmp_path):
    third = "def double(x):\n    return 2 * x if x < 900 else 1"
    answers = [OTHER_DOUBLE, GOOD_DOUBLE, third, "def double(x):\n    return x + x"]
    with ghostwriter({"double": answers}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        two_tables(root)
        assert "None was taken" in says(CheckFailed, root)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        asked = len(server.asked)
        run(root)
        assert len(server.asked) == asked
    assert lock(root).get("double", "py").sampling == "num_predict=3000 seed=1 temperature=0.8"


def test_code_that_new_examples_left_as_it_was_comes_back_from_the_cache(tmp_path):
    same = "def double(x):\n    return x + x"
    with ghostwriter({"double": [GOOD_DOUBLE, same]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        run(root)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 4 } out: 8\n')
        run(root)
        shutil.rmtree(root / "src/demo/auto")
        before = (root / "intent.lock").read_bytes()
        run(root)
        assert len(server.asked) == 2
        assert (root / "intent.lock").read_bytes() == before


def test_what_failed_is_told_also_when_nobody_answers_any_more(tmp_path, monkeypatch):
    make = Workshop.make
    with ghostwriter({"double": [BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "rounds = 1")

        def gone_after_double(workshop, module):
            if module.name == "double":
                return (yield from make(workshop, module))
            until(lambda: list((root / ".intent/reports").glob("double.*")))
            raise ProviderError("no provider answered")

        monkeypatch.setattr(Workshop, "make", gone_after_double)
        said = says(CheckFailed, root)
    assert "double  py  no code passed in 1 attempt" in said
    assert said.endswith("\n1 stale module and no provider answered")


def test_what_is_built_on_an_unanswered_spec_is_no_other_failure(root, ghost):
    edit(root, "Return twice the number.", "Return twice the number. " + "So it is. " * 2000)
    edit(root, "# examples:", "# uses: double\n# examples:", "shout")
    ghost.context = 2000
    said = says(ProviderError, root)
    assert "exceeds the available context size" in said
    assert "specs/shout.intent.md  not made: double could not be made" in said


def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it never came to that")


def test_refresh_asks_again_for_what_is_in_scope(root, ghost):
    run(root)
    run(root, refresh=True, scope=["specs/double.intent.md"])
    assert ghost.asked[2:] == ["double"]


def test_a_spec_that_goes_takes_its_module_with_it(root):
    run(root)
    (root / "specs/shout.intent.md").unlink()
    assert "specs/shout.intent.md is gone" in says(CheckFailed, root, frozen=True)
    run(root)
    assert not (root / "src/demo/auto/shout.py").exists()
    assert "shout" not in (root / "src/demo/auto/__init__.py").read_text()
    assert not lock(root).get("shout", "py")


def test_scope_leaves_the_rest_alone(root, ghost):
    run(root, scope=["specs/double.intent.md"])
    assert ghost.asked == ["double"]
    run(root, scope=["specs"])
    assert ghost.asked == ["double", "shout"]


# ---- properties

KEEP = DOUBLE + "# properties:\n- abs(out) >= abs(x)\n"
ONLY_SMALL = "def double(x):\n    return 2 * x if abs(x) < 50 else 0"


def test_a_property_that_breaks_is_shown_to_the_model_and_kept_in_the_lock(tmp_path):
    with ghostwriter({"double": [ONLY_SMALL, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, double=KEEP)
        run(root)
        feedback = server.bodies("/v1/chat/completions")[1]["messages"][-1]["content"]
    assert "double(50) returned 0: abs(out) >= abs(x)" in feedback
    entry = lock(root).get("double", "py")
    assert (entry.trust, entry.inputs) == ("properties", 200)
    run(root, frozen=True)


def test_a_property_that_never_holds_fails_with_the_smallest_input(tmp_path):
    with ghostwriter({"double": [ONLY_SMALL]}) as server:
        root = make_project(tmp_path / "p", server.url, double=KEEP)
        said = says(CheckFailed, root)
    part = read_report(open_project(root), "double")["targets"]["py"]
    assert all(each["ok"] for each in part["results"])
    assert part["counterexample"]["in"] == {"x": 50}
    assert "expected" not in part["counterexample"]
    assert "double(50)  breaks  abs(out) >= abs(x)" in said
    assert said.endswith("specs/double.intent.md:10")


# ---- several candidates

OTHER_DOUBLE = "def double(x):\n    return 2 * x if x < 1000 else 0"


def candidates(root: Path, settings: str) -> None:
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.intent]\n", f"[tool.intent]\n{settings}\n", 1))


def reporting(root: Path, url: str) -> Path:
    return make_project(root, url, 'candidates = 2\nambiguity = "report"', double=DOUBLE)


def strictly(root: Path) -> None:
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace('ambiguity = "report"', 'ambiguity = "error"'))


def test_candidates_that_behave_alike_are_trusted_more(tmp_path):
    same = "def double(x):\n    return x + x"
    with ghostwriter({"double": [GOOD_DOUBLE, BAD_DOUBLE, same, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 4", double=DOUBLE)
        candidates(root, 'require = "agreed"')
        run(root)
        assert len(server.asked) == 3
        first = server.bodies("/v1/chat/completions")[0]["messages"]
        assert all(each["messages"] == first for each in server.bodies("/v1/chat/completions"))
        assert lock(root).get("double", "py").trust == "agreed 2 of 2"
        shutil.rmtree(root / "src/demo/auto")
        run(root)
        assert len(server.asked) == 3
        assert lock(root).get("double", "py").trust == "agreed 2 of 2"


def test_the_majority_is_taken_and_the_hole_in_the_spec_is_shown(tmp_path):
    with ghostwriter(
        {"double": [OTHER_DOUBLE, GOOD_DOUBLE, "def double(x):\n    return x + x"]}
    ) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 3", double=DOUBLE)
        _, told = run(root)
    assert "x < 1000" not in (root / "src/demo/auto/double.py").read_text()
    assert lock(root).get("double", "py").trust == "agreed 2 of 3"
    (notice,) = [event.text for event in told if isinstance(event, Notice)]
    assert notice.splitlines() == [
        "double  two candidates pass everything and still differ",
        "  double(1000)   → 2000      2 of 3 candidates",
        "                 → 0         1 of 3",
        "  The first was taken. To settle it, add one of:",
        '  - in: { "x": 1000 } out: 2000',
        '  - in: { "x": 1000 } out: 0',
    ]
    report = read_report(open_project(root), "double")["targets"]["py"]
    assert report["ambiguity"] == notice.splitlines()


def test_a_candidate_that_stands_alone_is_told_with_an_example_to_confirm(tmp_path):
    spec = f'{DOUBLE}- in: {{ "x": 3 }} out: 6\n'
    with ghostwriter({"double": [GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        _, told = run(root)
        assert len(server.asked) == 4, "as many again, as one has passed"
    assert lock(root).get("double", "py").trust == "examples"
    (notice,) = [event.text for event in told if isinstance(event, Notice)]
    head, asks, line = notice.splitlines()
    assert head == "double  one candidate passed and no other bears it out"
    assert asks == "  If this is right too, add it; if not, correct it first:"
    given, wanted = re.fullmatch(r'  - in: \{ "x": (.*) \} out: (.*)', line).groups()
    assert float(wanted) == 2 * float(given)
    report = read_report(open_project(root), "double")["targets"]["py"]
    assert report["ambiguity"] == notice.splitlines()


def test_who_stands_alone_and_may_have_been_lucky_is_not_taken(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        head, _, line, why = says(CheckFailed, root).splitlines()
        assert head == (
            "double  one of 4 candidates passed, maybe by luck: "
            "the examples have only two different answers"
        )
        assert why == '  Nothing was taken: tool.intent.ambiguity is "majority"'
        assert not (root / "intent.lock").exists()
        assert read_report(open_project(root), "double")["targets"]["py"]["pass"]
        edit(root, "out: 4\n", f"out: 4\n{line.strip()}\n")
        asked = len(server.asked)
        run(root)
        assert len(server.asked) == asked, "what was not taken then is good now"
    assert lock(root).get("double", "py").trust == "examples"


def test_luck_with_one_answer_is_not_settled_by_more_of_the_same(tmp_path):
    spec = DOUBLE[: DOUBLE.index("- in:")].replace("-> number", "-> boolean")
    spec += '- in: { "x": 2 } out: true\n'
    no = "def double(x):\n    return False"
    with ghostwriter({"double": ["def double(x):\n    return True", no]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        head, way, _ = says(CheckFailed, root).splitlines()
    assert head.endswith("maybe by luck: the examples all have one answer")
    assert way == "  Add an example with another answer"


def test_slow_candidates_that_cannot_be_compared_are_not_taken(tmp_path):
    slow = "def double(x):\n    while not 0 < x < 5: pass\n    return 2 * x"
    spec = DOUBLE.replace("-1.5 } out: -3", "1 } out: 2")
    with ghostwriter({"double": [slow, slow, BAD_DOUBLE]}) as server:
        root = make_project(
            tmp_path / "p", server.url, "candidates = 2\ncall-timeout = 0.3", double=spec
        )
        head, way, why = says(CheckFailed, root).splitlines()
        assert len(server.asked) == 4, "others might be compared"
    assert re.fullmatch(
        "double  candidates pass and can't be compared: "
        r"only \d+ of \d+ made-up inputs are answered in time",
        head,
    )
    assert way.startswith("  Say with requires how far it has to reach")
    assert why == '  Nothing was taken: tool.intent.ambiguity is "majority"'


def test_what_told_them_apart_then_does_so_still(tmp_path, monkeypatch):
    with ghostwriter({"double": [OTHER_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        assert "None was taken" in says(CheckFailed, root)
        asked = len(server.asked)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 3 } out: 6\n')
        monkeypatch.setattr(  # other inputs are made up for other examples: none beyond 999, say
            "hatch_intent.judge.thorough.compare_behaviour",
            lambda judge, spec, codes, **_: Behaviour(99, (tuple(range(len(codes))),)),
        )
        server.answers["double"] = [GOOD_DOUBLE]
        run(root)
        assert len(server.asked) > asked


def test_what_others_say_counts_also_when_they_are_no_longer_asked(tmp_path):
    with ghostwriter({"double": [OTHER_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        assert "None was taken" in says(CheckFailed, root)
        path = root / ".intent/doubted/double.py.json"
        record = json.loads(path.read_text())
        assert len(record["candidates"]) == 2
        record["candidates"][1]["author"] = "somebody else"
        path.write_text(json.dumps(record))
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 3 } out: 6\n')
        server.answers["double"] = [GOOD_DOUBLE]
        asked = len(server.asked)
        run(root)
        assert len(server.asked) > asked


def test_no_examples_tell_nothing(tmp_path):
    spec = DOUBLE[: DOUBLE.index("# examples:")] + "# properties:\n- in: (x) requires x > 0\n"
    with ghostwriter({"double": [GOOD_DOUBLE, "def double(x):\n    return None"]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        head, way, _ = says(CheckFailed, root).splitlines()
    assert head.endswith("maybe by luck: there are no examples")
    assert way == "  Add examples with different answers"


def test_fewer_examples_do_not_make_luck_good(tmp_path):
    zero = '- in: { "x": 0 } out: 0\n'
    spec = DOUBLE[: DOUBLE.index("- in:")] + zero + '- in: { "x": 1 } out: 2\n'
    with ghostwriter({"double": [GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        assert "maybe by luck" in says(CheckFailed, root)
        edit(root, zero, "")
        assert "no code passed in 3 attempts" in says(CheckFailed, root)
        assert len(server.asked) == 7


@pytest.mark.parametrize("change", ["seed = 7", "timeout = 100"])
def test_what_was_doubted_is_asked_for_anew_where_its_author_would_write_something_else(
    tmp_path, change
):
    with ghostwriter({"double": [OTHER_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        assert "None was taken" in says(CheckFailed, root)
        candidates(root, change)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        server.answers["double"] = [GOOD_DOUBLE]
        asked = len(server.asked)
        run(root)
        assert (len(server.asked) > asked) is (change == "seed = 7")
        assert not list((root / ".intent/doubted").iterdir()), "it is settled"


def test_what_its_author_has_settled_needs_no_model(tmp_path):
    third = "def double(x):\n    return 2 * x if x < 900 else 1"
    answers = [OTHER_DOUBLE, GOOD_DOUBLE, third, "def double(x):\n    return x + x"]
    with ghostwriter({}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)

        def refused() -> int:
            server.answers["double"], before = [*answers], len(server.asked)
            assert "None was taken" in says(CheckFailed, root)
            return len(server.asked) - before

        assert refused() == 4
        edit(root, "twice the number", "twice the number given")
        assert refused() == 4, "it asks for something else now"
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 4 } out: 8\n')
        assert refused() == 4, "which settles nothing"
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        asked = len(server.asked)
        run(root)
        assert len(server.asked) == asked
    assert "x < " not in (root / "src/demo/auto/double.py").read_text()
    assert lock(root).get("double", "py").trust == "agreed 2 of 2"


@pytest.mark.parametrize("setting", ["candidates = 1", 'ambiguity = "report"'])
def test_luck_is_let_pass_where_nobody_asks(tmp_path, setting):
    with ghostwriter({"double": [BAD_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, setting, double=DOUBLE)
        run(root)
    assert lock(root).get("double", "py").trust == "examples"


def test_a_tie_is_not_taken(tmp_path):
    answers = [OTHER_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]
    with ghostwriter({"double": answers}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        assert says(CheckFailed, root).splitlines() == [
            "double  two candidates pass everything and still differ",
            "  double(1000)   → 0         1 of 2 candidates",
            "                 → 2000      1 of 2",
            "  None was taken. To settle it, add one of:",
            '  - in: { "x": 1000 } out: 0',
            '  - in: { "x": 1000 } out: 2000',
            '  Nothing was taken: tool.intent.ambiguity is "majority"',
        ]
        assert not (root / "intent.lock").exists()
        report = root / "pyproject.toml"
        candidates(root, 'ambiguity = "report"')
        run(root)
        assert lock(root).get("double", "py").disagree == "1 of 2"
        shutil.rmtree(root / "src/demo/auto")
        run(root)
        shutil.rmtree(root / "src/demo/auto")
        report.write_text(report.read_text().replace('ambiguity = "report"\n', ""))
        assert "None was taken" in says(CheckFailed, root), "it came back from the cache"


def test_a_hole_in_the_spec_can_be_an_error(tmp_path):
    with ghostwriter({"double": [OTHER_DOUBLE, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        candidates(root, 'ambiguity = "error"')
        said = says(CheckFailed, root)
        assert "double  two candidates pass everything and still differ" in said
        assert said.endswith('Nothing was taken: tool.intent.ambiguity is "error"')
        assert not (root / "intent.lock").exists()
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        server.answers["double"] = [GOOD_DOUBLE]
        run(root)


def test_what_differs_beyond_the_examples_is_told_and_can_be_an_error(tmp_path):
    spec = DOUBLE.replace('{ "x": -1.5 } out: -3', '{ "x": 3 } out: 6')
    other = "def double(x):\n    return 2 * abs(x)"
    with ghostwriter({"double": [other, GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        told = []
        build(open_project(root), listener=told.append)
        head = "double  candidates agree on inputs like the examples' and differ beyond them"
        (notice,) = [each.text for each in told if isinstance(each, Notice)]
        assert notice.splitlines()[0] == head
        assert lock(root).get("double", "py").trust == "agreed 2 of 2"
        shutil.rmtree(root / "src/demo/auto")
        asked = len(server.asked)
        candidates(root, 'ambiguity = "error"')
        assert head in says(CheckFailed, root), "it came back from the cache"
        assert len(server.asked) == asked
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": -1 } out: -2\n')
        server.answers["double"] = [GOOD_DOUBLE]
        run(root)


def test_what_was_taken_among_candidates_that_differ_may_not_ship_where_that_is_an_error(tmp_path):
    with ghostwriter({"double": [OTHER_DOUBLE, GOOD_DOUBLE, BAD_DOUBLE]}) as server:
        root = reporting(tmp_path / "p", server.url)
        run(root)
        assert lock(root).get("double", "py").disagree == "1 of 2"
        strictly(root)
        for frozen in (False, True):
            said = says(CheckFailed, root, frozen=frozen)
            assert said.startswith("1 module may not ship: other candidates passed and behave in")
            assert "  src/demo/auto/double.py: 1 of 2 candidates differ      specs/double" in said
        path = root / "pyproject.toml"
        path.write_text(path.read_text().replace("src/demo/auto", "src/demo/made"))
        said = says(CheckFailed, root)
        assert "  src/demo/made/double.py: 1 of 2 candidates differ" in said, "a move settles it"
        path.write_text(path.read_text().replace("src/demo/made", "src/demo/auto"))
        assert "src/demo/auto/double.py: 1 of 2" in says(CheckFailed, root)
        shutil.rmtree(root / "src/demo/auto")  # nor does it come back from the cache
        asked = len(server.asked)
        assert "double  two candidates pass everything and still differ" in says(CheckFailed, root)
        assert len(server.asked) == asked  # the answers do
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        server.answers["double"] = [GOOD_DOUBLE]
        run(root)
    assert lock(root).get("double", "py").disagree == ""


def test_an_example_that_settles_it_makes_the_locked_module_good(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE, OTHER_DOUBLE, BAD_DOUBLE]}) as server:
        root = reporting(tmp_path / "p", server.url)
        run(root)
        strictly(root)
        asked = len(server.asked)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 4 } out: 8\n')
        assert "double.py: 1 of 2 candidates differ" in says(CheckFailed, root), (
            "it settles nothing"
        )
        edit(root, '- in: { "x": 4 } out: 8\n', "")
        assert "double.py: 1 of 2 candidates differ" in says(CheckFailed, root), "nor does this"
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 1000 } out: 2000\n')
        run(root)
        assert len(server.asked) == asked
        assert list((root / ".intent/doubted").iterdir()) == []


def test_a_doubted_module_that_this_python_cannot_parse_is_asked_for(tmp_path):
    with ghostwriter({"double": [GOOD_DOUBLE, OTHER_DOUBLE, BAD_DOUBLE]}) as server:
        root = reporting(tmp_path / "p", server.url)
        run(root)
        locked_under_another_python(root)
        server.answers["double"], asked = [GOOD_DOUBLE], len(server.asked)
        edit(root, "out: 4\n", 'out: 4\n- in: { "x": 4 } out: 8\n')
        run(root)
        assert len(server.asked) > asked


def test_what_only_raises_alike_is_taken_for_its_examples(tmp_path):
    spec = DOUBLE.replace("# examples:\n", "# examples:\n- in: [0] raises: KeyError\n")
    tables = ["def double(x):\n    return {2: 4, -1.5: -3}[x]"]
    tables.append("TABLE = {2: 4, -1.5: -3}\ndef double(x):\n    return TABLE[x]")
    with ghostwriter({"double": tables}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=spec)
        candidates(root, 'ambiguity = "error"')
        told = []
        build(open_project(root), listener=told.append)
        assert len(server.asked) == 2
    (notice,) = [each.text for each in told if isinstance(each, Notice)]
    assert notice.startswith("double  2 candidates pass alike, but they raise on nearly all")
    assert lock(root).get("double", "py").trust == "examples"


def test_what_can_not_be_compared_is_not_taken_where_differing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("hatch_intent.judge.differential.obstacle", lambda *_: "nothing fits")
    with ghostwriter({"double": [GOOD_DOUBLE]}) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 2", double=DOUBLE)
        candidates(root, 'ambiguity = "error"')
        said = says(CheckFailed, root)
    assert "double  py  candidates could not be compared: nothing fits" in said


@pytest.mark.parametrize(
    ("sandbox", "said"), [("require", []), ("off", ["intent  sandbox off: a separate process"])]
)
def test_a_build_says_what_does_not_hold_generated_code(root, sandbox, said):
    candidates(root, f'sandbox = "{sandbox}"')
    for _ in range(2):  # made, then only checked
        lines = []
        build(open_project(root), listener=Lines(lines.append, lambda _: None))
        told = [line for line in lines if "sandbox" in line]
        assert [line.partition(",")[0] for line in told] == said
        shutil.rmtree(root / ".intent" / "stamps")


# ---- what a person wrote


def test_a_module_edited_by_hand_is_neither_shipped_nor_overwritten(root, ghost):
    run(root)
    module = root / "src/demo/auto/double.py"
    module.write_text(module.read_text() + "\n# mine\n")
    before = snapshot(root)
    for frozen in (True, False):
        said = says(CheckFailed, root, frozen=frozen)
        assert said.splitlines()[0] == (
            "src/demo/auto/double.py was edited by hand; not shipped, not overwritten"
        )
        assert "hatch-intent adopt double" in said
    assert says(CheckFailed, root, refresh=True)
    assert snapshot(root) == before
    assert len(ghost.asked) == 2


def test_a_file_that_is_not_in_the_lock_is_never_touched(root):
    theirs = root / "src/demo/auto/double.py"
    theirs.parent.mkdir()
    theirs.write_text("mine = 1\n")
    assert "is in the tree but not in the lock" in says(CheckFailed, root)
    assert theirs.read_text() == "mine = 1\n"


def test_an_edited_module_outlives_its_spec(root):
    run(root)
    module = root / "src/demo/auto/shout.py"
    module.write_text("mine = 1\n")
    (root / "specs/shout.intent.md").unlink()
    assert "its spec specs/shout.intent.md is gone" in says(CheckFailed, root)
    assert module.read_text() == "mine = 1\n"


def test_a_packages_own_init_is_left_alone(root):
    init = root / "src/demo/auto/__init__.py"
    init.parent.mkdir()
    init.write_text('"""Ours."""\n')
    built, _ = run(root)
    assert init.read_text() == '"""Ours."""\n'
    assert "src/demo/auto/__init__.py" not in built.outputs
    run(root, frozen=True)


def test_an_init_of_ours_edited_by_hand_becomes_theirs(root):
    run(root)
    init = root / "src/demo/auto/__init__.py"
    init.write_text(init.read_text() + "VERSION = 1\n")
    (root / "specs/shout.intent.md").unlink()
    run(root)
    assert init.read_text().endswith("VERSION = 1\n")


def adopted(root: Path, change=lambda text: text.replace("2 * x", "x + x")) -> Path:
    """A project whose double is written by hand and locked as such."""
    run(root)
    module = root / "src/demo/auto/double.py"
    module.write_bytes(change(module.read_text()).encode())
    done = subprocess.run(
        [sys.executable, "-m", "hatch_intent", "adopt", "double", "--root", str(root)], check=False
    )
    assert done.returncode == 0
    return module


@pytest.mark.slow
def test_adopted_code_is_not_overwritten_when_its_spec_changes(root, ghost):
    module = adopted(root)
    text, asked = module.read_text(), len(ghost.asked)
    run(root, refresh=True, scope=["specs/double.intent.md"])
    edit(root, "Return twice", "Give back twice")
    said = says(CheckFailed, root)
    assert "was written by hand and is stale (description changed)" in said
    assert "hatch-intent adopt double" in said
    assert module.read_text() == text
    assert len(ghost.asked) == asked
    module.unlink()
    run(root)
    assert "2 * x" in module.read_text()


@pytest.mark.slow
def test_adopted_code_that_fails_new_examples_is_kept_and_nobody_asked(root, ghost):
    module = adopted(root)
    text, asked = module.read_text(), len(ghost.asked)
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 7 } out: 0\n')
    assert "the code that a person wrote no longer passes" in says(CheckFailed, root)
    assert (module.read_text(), len(ghost.asked)) == (text, asked)


@pytest.mark.slow
def test_adopted_code_outlives_its_spec(root):
    module = adopted(root)
    (root / "specs/double.intent.md").unlink()
    assert "written or edited by hand and its spec" in says(CheckFailed, root)
    assert module.exists()


@pytest.mark.slow
def test_adopted_code_keeps_its_line_ends_when_examples_change(root):
    module = adopted(root, lambda text: text.replace("2 * x", "x + x").replace("\n", "\r\n"))
    before = module.read_bytes()
    assert b"\r\n" in before
    edit(root, "out: 4\n", 'out: 4\n- in: { "x": 10 } out: 20\n')
    run(root)
    assert module.read_bytes() == before


def test_an_edit_made_while_the_model_answers_outlives_its_spec(root, ghost):
    run(root)
    module = root / "src/demo/auto/shout.py"
    (root / "specs/shout.intent.md").unlink()
    edit(root, "Return twice", "Give back twice")
    ghost.before_answer = lambda _: module.write_text("mine = 1\n")
    assert "its spec specs/shout.intent.md is gone" in says(CheckFailed, root)
    assert module.read_text() == "mine = 1\n"
    assert "Give back twice" in (root / "src/demo/auto/double.py").read_text()


def test_an_edit_made_while_the_model_answers_is_kept(root, ghost):
    run(root)
    module = root / "src/demo/auto/double.py"
    edit(root, "Return twice", "Give back twice")
    ghost.before_answer = lambda _: module.write_text("mine = 1\n")
    assert "was edited while the build ran" in says(CheckFailed, root)
    assert module.read_text() == "mine = 1\n"


def pulled(tmp_path: Path, ghost, settings: str, **specs: str) -> dict[str, bytes]:
    """All that somebody else commits of specs and what is built from them."""
    root = make_project(tmp_path / "elsewhere", ghost.url, settings, **specs)
    run(root)
    kept = snapshot(root)
    return {path: raw for path, raw in kept.items() if path != "pyproject.toml"}


def arrive(root: Path, files: dict[str, bytes]) -> None:
    for path, raw in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(raw)


@pytest.mark.parametrize("settings", ["", 'wrappers = { js = "web" }'])
def test_what_a_pull_adds_while_the_model_answers_stays_in_the_lock(tmp_path, ghost, settings):
    came = pulled(tmp_path, ghost, settings, shout=SHOUT)
    root = make_project(tmp_path / "p", ghost.url, settings, double=DOUBLE)
    ghost.before_answer = lambda _: arrive(root, came)
    built, _ = run(root)
    assert sorted(lock(root).entries) == [("double", "py"), ("shout", "py")]
    assert {*built.outputs, *built.sources} <= {*snapshot(root)}
    run(root, frozen=True)


def test_what_a_pull_changes_while_the_model_answers_is_not_overwritten(tmp_path, root, ghost):
    run(root)
    twofold = DOUBLE.replace("twice the number", "the number and itself")
    ghost.answers["double"] = ["def double(x):\n    return x + x"]
    came = pulled(tmp_path, ghost, "", double=twofold, shout=SHOUT)
    edit(root, "Return twice", "Give back twice")
    edit(root, "upper-case", "capitals", name="shout")
    ghost.before_answer = lambda name: arrive(root, came) if name == "double" else None
    said = says(CheckFailed, root)
    assert said.splitlines()[0].startswith("intent.lock  [double.py] was changed while the build")
    assert "x + x" in (root / "src/demo/auto/double.py").read_text()
    ghost.before_answer = None
    run(root)
    assert lock(root).get("double", "py") == parse_lock(came["intent.lock"].decode()).get(
        "double", "py"
    )


def test_half_a_checkout_takes_nothing_from_the_lock(root, ghost):
    run(root)
    edit(root, "Return twice", "Give back twice")
    ghost.before_answer = lambda _: (root / "intent.lock").unlink()
    run(root)
    assert sorted(lock(root).entries) == [("double", "py"), ("shout", "py")]


def test_a_spec_changed_while_its_model_answers_is_not_taken_for_built(root, ghost):
    ghost.before_answer = lambda name: (
        edit(root, "Return twice", "Give back twice") if len(ghost.asked) == 1 else None
    )
    assert "specs changed while the build ran; build again" in says(CheckFailed, root)
    assert recall(str(root)) is None
    ghost.before_answer = None
    run(root)
    assert recall(str(root))


def test_another_modules_bytes_changed_while_the_build_ran_do_not_ship(root, ghost):
    run(root)
    edit(root, "upper-case", "capitals", name="shout")
    module = root / "src/demo/auto/double.py"
    ghost.before_answer = lambda _: module.write_text("def double(x):\n    return 'broken'\n")
    assert "double.py was edited by hand" in says(CheckFailed, root)
    assert recall(str(root)) is None


def test_a_renamed_module_stays_until_its_successor_is_there(root, ghost):
    run(root)
    before = snapshot(root)
    edit(root, "# name: double", "# name: twofold")
    without_provider(root, ghost)
    assert says(ProviderError, root)
    path = "src/demo/auto/double.py"
    assert snapshot(root)[path] == before[path]
    assert lock(root).get("double", "py")


def test_the_last_module_takes_the_package_file_with_it(tmp_path, ghost):
    root = make_project(tmp_path / "p", ghost.url, double=DOUBLE)
    run(root)
    (root / "specs/double.intent.md").unlink()
    run(root)
    assert not (root / "src/demo/auto/__init__.py").exists()


@pytest.mark.parametrize("change", ["pyproject", "init comes", "init goes"])
def test_the_memory_of_a_settled_build_knows_files_that_are_not_its_own(tmp_path, ghost, change):
    root = make_project(tmp_path / "p", ghost.url, double=DOUBLE)
    init = root / "src/demo/auto/__init__.py"
    if change == "init goes":
        init.parent.mkdir()
        init.write_text('"""Ours."""\n')
    run(root)
    assert recall(str(root))
    if change == "pyproject":
        (root / "pyproject.toml").write_text((root / "pyproject.toml").read_text() + "\n")
    elif change == "init comes":
        init.write_text('"""Ours."""\n')
    else:
        init.unlink()
    assert recall(str(root)) is None


@pytest.mark.parametrize("odd", ["link", "pipe"])
def test_the_memory_of_a_settled_build_overlooks_nothing_that_came(root, odd):
    run(root)
    path = root / "specs/more.intent.md"
    if odd == "link":
        path.symlink_to("nothing")
    else:
        os.mkfifo(path)
    assert recall(str(root)) is None
    assert "specs/more.intent.md" in says(SettingsError, root)


def test_the_memory_of_a_settled_build_waits_for_no_pipe(root):
    run(root)
    path = root / "specs/double.intent.md"
    path.unlink()
    os.mkfifo(path)
    found: list = []
    looks = threading.Thread(target=lambda: found.append(recall(str(root))), daemon=True)
    looks.start()
    looks.join(10)
    assert found == [None]
    assert "double.intent.md  is no plain file" in says(SettingsError, root)


def test_the_memory_of_a_settled_build_passes_over_hidden_files(root):
    run(root)
    (root / "specs/._double.intent.md").write_bytes(b"\0")
    assert recall(str(root))


@pytest.mark.parametrize("name", ["__version__", "JUDGE_VERSION"])
def test_the_memory_of_a_settled_build_is_of_this_release_and_judge(root, ghost, name, monkeypatch):
    run(root)
    assert recall(str(root))
    monkeypatch.setattr(f"hatch_intent.settled.{name}", "another")
    assert recall(str(root)) is None


# ---- what must not ship


def test_a_regression_fails_the_build_and_names_interpreter_and_line(root, ghost):
    run(root)
    project = open_project(root)
    entry = lock(root).get("double", "py")
    # The same bytes, but the world around them changed: here, what the lock vouches for.
    module = root / entry.output
    module.write_text(module.read_text().replace("2 * x", "x + 2"))
    entry = replace(entry, output_sha256=sha256(module.read_bytes()))
    project.lock_path.write_text(dump_lock(lock(root).with_entries(entry)))
    asked = len(ghost.asked)
    for frozen in (True, False):
        said = says(CheckFailed, root, frozen=frozen).splitlines()
        assert said[0] == "regression in src/demo/auto/double.py (locked, unchanged)"
        assert said[1] == "  double(-1.5)  expected -3  got 0.5      specs/double.intent.md:8"
        assert said[2] == f"  Python {'.'.join(map(str, sys.version_info[:3]))}"
    assert len(ghost.asked) == asked


def test_no_stamp_no_trust(root):
    run(root)
    shutil.rmtree(root / ".intent" / "stamps")
    _, told = run(root)
    assert (told.last().fresh, told.last().stamped) == (2, 0)


def test_nobody_answers(tmp_path):
    root = make_project(tmp_path / "p")
    said = says(ProviderError, root)
    assert said.splitlines()[0] == "2 stale modules and no provider answered"
    assert "http://127.0.0.1:9" in said
    assert not (root / "intent.lock").exists()


def test_a_spec_that_no_model_can_answer_keeps_nothing_from_the_others(root, ghost):
    edit(root, "Return twice the number.", "Return twice the number. " + "So it is. " * 2000)
    ghost.context = 2000
    said = says(ProviderError, root)
    assert said.startswith("double  py  no provider answered\n  openai-compat ")
    assert "exceeds the available context size" in said
    assert [entry.name for entry in lock(root).entries.values()] == ["shout"]
    report = read_report(open_project(root), "double")
    assert "exceeds the available context size" in report["targets"]["py"]["problem"]


def test_a_spec_whose_own_model_is_gone_keeps_nothing_from_the_others(root, ghost):
    path = root / "pyproject.toml"
    gone = '[[tool.intent.providers]]\ntype = "ollama"\nmodel = "gone"\n'
    path.write_text(f'{path.read_text()}\n{gone}base-url = "{NOBODY}"\n')
    edit(root, "# name: double", "# name: double\n# model: gone")
    said = says(ProviderError, root)
    assert said.startswith("double  py  no provider answered\n  ollama ")
    assert [entry.name for entry in lock(root).entries.values()] == ["shout"]


def test_locked_projects_build_without_a_provider(root, ghost):
    run(root)
    without_provider(root, ghost)
    run(root)
    assert len(ghost.asked) == 2


def test_what_was_checked_too_little_does_not_ship(root):
    run(root)
    path = root / "pyproject.toml"
    path.write_text(
        path.read_text().replace("[tool.intent]\n", '[tool.intent]\nrequire = "agreed"\n')
    )
    remedy = (
        "  Ask a further model or for more tool.intent.candidates, with  hatch-intent build "
        "--refresh SPEC,  or say more in the spec; or read it, and  hatch-intent adopt NAME"
    )
    assert says(CheckFailed, root).splitlines() == [
        '2 modules may not ship: tool.intent.require is "agreed"',
        "  src/demo/auto/double.py: trusted for examples      specs/double.intent.md",
        "  src/demo/auto/shout.py: trusted for examples      specs/shout.intent.md",
        remedy,
    ]


# ---- bad input: one line, nothing changed


@pytest.mark.parametrize(
    ("error", "spoil"),
    [
        (SpecError, lambda root: edit(root, "# name: double", "# name: ../../x")),
        (SpecError, lambda root: edit(root, "# name: double", "# name: SHOUT")),
        (SpecError, lambda root: edit(root, "# name: double", "# name: shout")),
        (SpecError, lambda root: edit(root, "out: -3", 'out: -3\n- in: { "x": 2 } out: 5')),
        (SettingsError, lambda root: edit(root, "# name: double", "# name: double\n# target: js")),
        (SettingsError, lambda root: edit(root, "# name: double", "# name: double\n# model: zzz")),
        (SpecError, lambda root: edit(root, "# name: double", "# name: double\n# uses: shoot")),
        (LockError, lambda root: (root / "intent.lock").write_text("<<<<<<< ours\n")),
        (LockError, lambda root: (root / "intent.lock").write_text("lock-version = 99\n")),
    ],
)
def test_bad_input_changes_nothing(root, ghost, error, spoil):
    run(root)
    spoil(root)
    before = snapshot(root)
    assert says(error, root)
    assert snapshot(root) == before
    assert len(ghost.asked) == 2


def test_all_bad_specs_are_told_at_once(root):
    edit(root, "# signature:", "# signatur:")
    edit(root, "# examples:", "# exampels:", name="shout")
    said = says(SpecError, root)
    assert "specs/double.intent.md:4" in said
    assert "specs/shout.intent.md:6" in said


def test_a_file_in_place_of_the_state_folder_is_named(root):
    (root / ".intent").write_text("")
    assert says(CheckFailed, root).startswith(".intent  is a file; remove it")


def test_an_output_folder_behind_a_link_is_refused(root, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "src/demo/auto").symlink_to(outside)
    assert "is or lies behind a link out of the project" in says(CheckFailed, root)
    assert list(outside.iterdir()) == []


def test_a_frozen_build_of_a_read_only_tree(root):
    run(root)
    shutil.rmtree(root / ".intent")
    # Root writes where it likes, unless it gives that up.
    as_anyone = ["setpriv", "--bounding-set", "-dac_override"] if os.getuid() == 0 else []
    everything = [root, *root.rglob("*")]
    try:
        for path in everything:
            path.chmod(0o555 if path.is_dir() else 0o444)
        write = subprocess.run([*as_anyone, "touch", str(root / "x")], check=False)
        assert write.returncode != 0
        program = BUILD.replace("open_project(", "open_project(frozen=True, root=")
        command = [*as_anyone, sys.executable, "-B", "-c", program, str(root)]
        subprocess.run(command, check=True)
        assert not (root / ".intent").exists()
    finally:
        for path in everything:
            path.chmod(0o755)


# ---- at once, interrupted, killed


def test_two_builds_at_once_come_to_the_same_and_ask_once(root, ghost):
    ghost.before_answer = lambda _: time.sleep(0.2)
    failures = []

    def one():
        try:
            run(root)
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(ghost.asked) == ["double", "shout"]
    run(root, frozen=True)


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 1, 3, 5, 7, 9, 12])
def test_a_disk_that_fills_up_at_any_write_loses_nothing(tmp_path, ghost, monkeypatch, step):
    root = make_project(tmp_path / "full", ghost.url)
    run(root)
    edit(root, "Return twice", "Give twice")
    edit(root, "upper-case", "capitals", name="shout")
    before = snapshot(root)
    written = []
    real = os.fsync

    def filling_up(handle):
        written.append(handle)
        if len(written) > step:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle)

    with monkeypatch.context() as patch:
        patch.setattr("hatch_intent.files.os.fsync", filling_up)
        with suppress(OSError):
            run(root)
    assert len(written) > step, "the disk never filled up"
    halfway = snapshot(root)
    run(root)
    after = snapshot(root)
    for path in ("src/demo/auto/double.py", "src/demo/auto/shout.py"):
        assert halfway[path] in (before[path], after[path])
    clean = make_project(tmp_path / "clean", ghost.url)
    edit(clean, "Return twice", "Give twice")
    edit(clean, "upper-case", "capitals", name="shout")
    run(clean)
    assert snapshot(clean) == after


BUILD = (
    "import sys, pathlib\n"
    "from hatch_intent.project import open_project\n"
    "from hatch_intent.pipeline import build\n"
    "build(open_project(pathlib.Path(sys.argv[1])), listener=lambda event: None)\n"
)


@pytest.mark.slow
def test_killed_between_modules_the_next_build_goes_on_from_there(root, ghost, tmp_path):
    started = threading.Event()

    def hold(name):
        if len(ghost.asked) == 2:
            started.set()
            time.sleep(3)

    ghost.before_answer = hold
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(root)])
    assert started.wait(60)
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    ghost.before_answer = None
    first = ghost.asked[0]
    assert (root / f"src/demo/auto/{first}.py").exists()
    run(root)
    assert ghost.asked.count(first) == 1
    clean = make_project(tmp_path / "clean", ghost.url)
    run(clean)
    assert snapshot(clean) == snapshot(root)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(0, 12, 2))
def test_killed_at_any_write_the_next_build_comes_to_the_same(tmp_path, ghost, step):
    """The process dies, as from a power cut, at the step-th replacement of a file."""
    root = make_project(tmp_path / "killed", ghost.url)
    dying = (
        "import os, pathlib\n"
        f"left = [{step}]\n"
        "real = pathlib.Path.replace\n"
        "def replace(self, target):\n"
        "    if 'stamps' not in str(target) and 'cache' not in str(target):\n"
        "        left[0] -= 1\n"
        "        if left[0] < 0: os._exit(9)\n"
        "    return real(self, target)\n"
        "pathlib.Path.replace = replace\n"
    )
    done = subprocess.run([sys.executable, "-c", dying + BUILD, str(root)], check=False)
    assert done.returncode == (9 if step < 11 else 0) or done.returncode == 0
    run(root)
    clean = make_project(tmp_path / "clean", ghost.url)
    run(clean)
    assert snapshot(clean) == snapshot(root)
