"""Builds of specs that use one another, over real files and a real judge."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from composed import FOUR, FREE, GOOD, NARROW, TWICE, spec
from ghostwriter import ghostwriter
from projects import make_project, snapshot

from hatch_intent.checking import check
from hatch_intent.errors import CheckFailed, SpecError
from hatch_intent.generate.events import Notice
from hatch_intent.lock import read_lock
from hatch_intent.pipeline import build
from hatch_intent.project import open_project
from hatch_intent.tree import look


@pytest.fixture
def ghost():
    with ghostwriter(GOOD) as server:
        yield server


@pytest.fixture
def root(tmp_path, ghost):
    return make_project(tmp_path / "p", ghost.url, twice=TWICE, four=FOUR, free=FREE)


def run(root: Path, **options):
    told = []
    frozen = options.pop("frozen", None)
    built = build(open_project(root, frozen=frozen), listener=told.append, **options)
    return built, told[-1]


def says(error, root: Path, **options) -> list[str]:
    with pytest.raises(error) as caught:
        run(root, **options)
    return str(caught.value).splitlines()


def lock(root: Path):
    return read_lock(root / "intent.lock", root / ".intent")


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / "specs" / f"{name}.intent.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def why(root: Path) -> dict[str, str]:
    modules = look(open_project(root)).assessment.modules
    return {module.name: module.why for module in modules if module.why}


# ---- made


def test_a_module_that_imports_nothing_of_what_its_spec_uses_is_told(root, ghost):
    ghost.answers["four"] = ["def four(x):\n    return 4 * x"]
    told = []
    build(open_project(root), listener=told.append)
    assert [each.text for each in told if isinstance(each, Notice)] == [
        "four  py  imports none of what its spec uses (twice): it does without"
    ]


def test_a_module_imports_what_its_spec_uses(root, ghost):
    built, told = run(root)
    assert told.made == 3
    assert "from .twice import twice\n" in (root / "src/demo/auto/four.py").read_text()
    program = "from demo.auto import four, twice; print(four(2), twice(1))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "8 2\n"
    assert all(each.verdict is None for each in built.checked)


def test_what_is_used_is_made_first_and_the_rest_does_not_wait(tmp_path):
    together = threading.Barrier(2, timeout=20)
    order = []

    def before(name):
        order.append(name)
        if name in ("twice", "free"):
            together.wait()

    with ghostwriter(GOOD, before) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR, free=FREE)
        path = root / "pyproject.toml"
        path.write_text(path.read_text() + "concurrency = 2\n")
        run(root)
    assert order[2:] == ["four"]


@pytest.mark.slow
def test_the_model_is_shown_the_public_parts_of_what_is_used(tmp_path):
    with ghostwriter(GOOD) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR)
        path = root / "specs/twice.intent.md"
        path.write_text(path.read_text() + "# properties:\n- out == x + x\n")
        run(root)
        shown = server.bodies("/v1/chat/completions")[-1]["messages"][1]["content"]
    before, own = shown.split("Write the Python function `four`.")
    assert "def twice(x: float) -> float:" in before
    assert "What twice does." in before
    assert "Zero stays zero." in before
    assert "out == x + x" not in before
    assert "twice(2)" not in shown
    assert "from .twice import twice\n" in own


@pytest.mark.slow
def test_a_missing_import_of_what_is_used_costs_no_answer(tmp_path):
    answers = {**GOOD, "four": ["def four(x):\n    return twice(twice(x))"]}
    with ghostwriter(answers) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR)
        run(root)
        assert server.asked == ["twice", "four"]


@pytest.mark.slow
def test_repairs_are_judged_on_what_is_used(tmp_path):
    four = ["from .twice import twice\n\ndef four(x):\n    return twice(x)", *GOOD["four"]]
    with ghostwriter({**GOOD, "four": four}) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR)
        run(root)
        repair = next(
            body["messages"]
            for body in server.bodies("/v1/chat/completions")
            if len(body["messages"]) > 2
        )
    assert "def twice(x: float) -> float:" in repair[1]["content"]


@pytest.mark.slow
def test_candidates_are_compared_on_what_is_used(tmp_path):
    with ghostwriter(GOOD) as server:
        root = make_project(tmp_path / "p", server.url, "candidates = 3", twice=TWICE, four=FOUR)
        run(root)
    assert lock(root).get("four", "py").trust == "agreed 2 of 2"


def test_a_module_is_not_made_on_what_failed(tmp_path):
    top = spec("top", "four, free")
    answers = {
        **GOOD,
        "twice": ["def twice(x):\n    return x"],
        "top": ["def top(x):\n    return x"],
    }
    with ghostwriter(answers) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR, free=FREE, top=top)
        said = says(CheckFailed, root)
        assert set(server.asked) == {"twice", "free"}
    assert said == [
        (
            "specs/four.intent.md  not made: twice could not be made, which it is built on; "
            "no model was asked"
        ),
        (
            "specs/top.intent.md  not made: twice could not be made, which it is built on; "
            "no model was asked"
        ),
        "twice  py  no code passed in 2 attempts; the best passed 0 of 1 example",
        "  twice(2)  expected 4  got 2      specs/twice.intent.md:9",
    ]
    assert set(lock(root).entries) == {("free", "py")}


@pytest.mark.slow
def test_deep_chains_and_diamonds_work(tmp_path):
    names = [f"step{number}" for number in range(6)]
    specs = {"step0": spec("step0", examples='- in: { "x": 1 } out: 2')}
    answers = {"step0": ["def step0(x):\n    return x + 1"]}
    for below, name in pairwise(names):
        number = int(name[4:]) + 2
        specs[name] = spec(name, below, examples=f'- in: {{ "x": 1 }} out: {number}')
        answers[name] = [f"def {name}(x):\n    return {below}(x) + 1"]
    specs["both"] = spec("both", "step1, step5", examples='- in: { "x": 1 } out: 10')
    answers["both"] = ["def both(x):\n    return step1(x) + step5(x)"]
    with ghostwriter(answers) as server:
        root = make_project(tmp_path / "p", server.url, **specs)
        built, told = run(root)
        assert told.made == 7
        for stamp in (root / ".intent/stamps").iterdir():
            stamp.unlink()
        built, _ = run(root, frozen=True)
    assert all(each.verdict.passed for each in built.checked)
    chosen = look(open_project(root)).chosen(["specs/step5.intent.md"])
    assert {each.name for each in chosen} == set(names)


# ---- stale, and why


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("What twice does.", "Two times x.", "description"),
        ("(x: number) -> number", "(x: number, y?: number) -> number", "signature"),
        ("- Zero stays zero.", "- Never negative.", "constraints"),
    ],
)
@pytest.mark.slow
def test_a_changed_public_part_makes_users_stale(root, ghost, old, new, part):
    run(root)
    asked = len(ghost.asked)
    edit(root, "twice", old, new)
    assert why(root) == {
        "twice": f"{part} changed",
        "four": f"uses twice, whose {part} changed",
    }
    said = says(CheckFailed, root, frozen=True)
    reason = f"uses twice, whose {part} changed since it was locked"
    assert f"  specs/four.intent.md → src/demo/auto/four.py: {reason}" in said
    run(root)
    assert ghost.asked[asked:] == ["twice", "four"]
    run(root, frozen=True)


@pytest.mark.slow
def test_users_of_users_stay_fresh(tmp_path):
    top = spec("top", "four", examples='- in: { "x": 1 } out: 4')
    with ghostwriter({**GOOD, "top": ["def top(x):\n    return four(x)"]}) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR, top=top)
        run(root)
        edit(root, "twice", "What twice does.", "Two times x.")
        assert set(why(root)) == {"twice", "four"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("out: 4", 'out: 4\n- in: { "x": 3 } out: 6'),
        ("# examples:", "# properties:\n- out == x + x\n# examples:"),
        ("What twice does.", "What  twice does."),
    ],
)
@pytest.mark.slow
def test_what_is_not_public_leaves_users_fresh(root, ghost, old, new):
    run(root)
    before = lock(root).get("four", "py")
    edit(root, "twice", old, new)
    assert "four" not in why(root)
    run(root)
    assert lock(root).get("four", "py") == before
    assert ghost.asked.count("four") == 1


def test_fresh_specs_are_not_read(root, monkeypatch):
    run(root)
    monkeypatch.setattr("hatch_intent.freshness.read", lambda file: pytest.fail(file.path))
    assert look(open_project(root)).settled


@pytest.mark.slow
def test_another_signature_below_is_another_key(root):
    run(root)
    before = lock(root).get("four", "py")
    edit(root, "twice", "What twice does.", "Two times x.")
    run(root)
    after = lock(root).get("four", "py")
    assert after.intent == before.intent
    assert after.key != before.key
    assert re.fullmatch(
        r"twice.constraints:[0-9a-f]{8} twice.description:[0-9a-f]{8} twice.signature:[0-9a-f]{8}",
        " ".join(sorted(after.uses.split())),
    )


@pytest.mark.slow
def test_a_lock_of_specs_that_use_nothing_says_nothing_of_it(root):
    run(root)
    text = (root / "intent.lock").read_text()
    assert text.count("\nuses = ") == 1


def test_a_default_in_another_form_is_the_same_signature(root):
    edit(root, "twice", "(x: number)", "(x: number, by: number = 5)")
    run(root)
    edit(root, "twice", "by: number = 5)", "by: number = 5.0)")
    assert why(root) == {}
    _, told = run(root)
    assert told.made == 0
    run(root, frozen=True)


# ---- new code below


def rewrite(ghost, root, code):
    """Have `twice` written anew, its spec being as it was."""
    ghost.answers["twice"] = [code]
    return {"scope": ["specs/twice.intent.md"], "refresh": True}


@pytest.mark.slow
def test_new_code_below_has_users_checked_again(root, ghost):
    run(root)
    built, _ = run(root, **rewrite(ghost, root, "def twice(x):\n    return x + x"))
    verdicts = {each.entry.name: each.verdict for each in built.checked}
    assert set(verdicts) == {"twice", "four"}
    assert verdicts["four"].passed
    assert verdicts["four"].generated
    assert ghost.asked.count("four") == 1
    built, _ = run(root)
    assert all(each.verdict is None for each in built.checked)


def test_a_regression_by_new_code_below_is_told_and_fails_the_build(root, ghost):
    run(root)
    good = (root / "src/demo/auto/twice.py").read_bytes(), (root / "intent.lock").read_bytes()
    head = (
        "regression in src/demo/auto/four.py "
        "(locked, unchanged; it passed before twice was written anew)"
    )
    said = says(CheckFailed, root, **rewrite(ghost, root, NARROW))
    assert said[:2] == [head, "  four(1.5)  expected 6  got 0      specs/four.intent.md:10"]
    assert said[-1] == (
        "  Have it written anew too:  hatch-intent build --refresh specs/four.intent.md"
    )
    assert says(CheckFailed, root)[0] == head
    assert says(CheckFailed, root, frozen=True)[0] == head
    (root / "src/demo/auto/twice.py").write_bytes(good[0])
    (root / "intent.lock").write_bytes(good[1])
    built, _ = run(root)
    assert all(each.verdict is None for each in built.checked)


LOOSE = "def twice(x):\n    return 2 * x if abs(x) < 9 else -1"
"""Meets the examples of `twice` and of what uses it."""


@pytest.mark.slow
@pytest.mark.parametrize("between", ["nothing", "another fails", "a frozen build"])
def test_a_rule_that_new_code_below_breaks_fails_every_build(root, ghost, between):
    edit(root, "four", "# examples:", "# properties:\n- out >= x or x < 0\n# examples:")
    edit(root, "four", "# examples:\n", '# examples:\n- in: { "x": 0.5 } out: 2\n')
    run(root)
    options = rewrite(ghost, root, LOOSE)
    if between == "another fails":
        ghost.answers["free"] = ["def free(x):\n    return 'wrong'"]
        options["scope"] = [*options["scope"], "specs/free.intent.md"]
    said = says(CheckFailed, root, **options)
    if between == "a frozen build":
        says(CheckFailed, root, frozen=True)
    broken = [says(CheckFailed, root) for _ in range(2)]
    for lines in broken if between == "another fails" else [said, *broken]:
        assert lines[0].startswith("regression in src/demo/auto/four.py"), lines
        assert any("out >= x or x < 0" in line for line in lines)


@pytest.mark.slow
def test_an_sdist_is_checked_by_its_examples(root):
    edit(root, "four", "# examples:", "# properties:\n- out >= x or x < 0\n# examples:")
    run(root)
    (root / "PKG-INFO").touch()
    shutil.rmtree(root / ".intent")
    built, _ = run(root)
    assert all(each.verdict.passed and not each.verdict.generated for each in built.checked)


@pytest.mark.slow
def test_a_stamp_of_a_user_speaks_for_the_code_below_at_any_depth(tmp_path):
    top = spec("top", "four", examples='- in: { "x": 1.5 } out: 6')
    with ghostwriter({**GOOD, "top": ["def top(x):\n    return four(x)"]}) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR, top=top)
        run(root)
        said = says(CheckFailed, root, **rewrite(server, root, NARROW))
    assert "  top(1.5)  expected 6  got 0      specs/top.intent.md:9" in said


@pytest.mark.slow
def test_a_user_is_written_anew_on_new_code(root, ghost):
    run(root)
    says(CheckFailed, root, **rewrite(ghost, root, NARROW))
    ghost.answers["four"] = ["def four(x):\n    return 4 * x"]
    run(root, scope=["specs/four.intent.md"], refresh=True)
    run(root, frozen=True)
    assert "import twice" not in (root / "src/demo/auto/four.py").read_text()


def test_a_module_edited_below_is_not_judged_upon(root):
    run(root)
    path = root / "src/demo/auto/twice.py"
    path.write_text(path.read_text().replace("2 * x", "4 * x"))
    project = open_project(root)
    modules = [each for each in look(project).assessment.modules if each.name == "four"]
    (checked,) = check(project, modules, 1, again=True)
    problem = "uses twice, but src/demo/auto/twice.py is not as it was locked"
    assert checked.verdict.problem == problem


# ---- a part of the specs


def test_a_part_of_the_specs_takes_along_what_it_uses(root, ghost):
    run(root, scope=["specs/four.intent.md"])
    assert ghost.asked == ["twice", "four"]
    assert set(lock(root).entries) == {("four", "py"), ("twice", "py")}


@pytest.mark.slow
def test_refresh_of_a_user_leaves_what_it_uses(root, ghost):
    run(root)
    run(root, scope=["specs/four.intent.md"], refresh=True)
    assert ghost.asked.count("twice") == 1
    assert ghost.asked.count("four") == 2


# ---- refused


def test_a_spec_with_users_does_not_go(root, ghost):
    run(root)
    (root / "specs/twice.intent.md").unlink()
    before = snapshot(root)
    assert says(SpecError, root) == [
        (
            "specs/four.intent.md:11:9  uses twice, whose spec specs/twice.intent.md is gone; "
            "bring it back, or take twice out of uses:"
        )
    ]
    assert snapshot(root) == before


@pytest.mark.slow
def test_a_spec_goes_with_its_last_user(root):
    run(root)
    (root / "specs/twice.intent.md").unlink()
    (root / "specs/four.intent.md").unlink()
    run(root)
    assert not (root / "src/demo/auto/twice.py").exists()
    assert set(lock(root).entries) == {("free", "py")}


def test_a_circle_asks_nobody(root, ghost):
    text = (root / "specs/twice.intent.md").read_text()
    (root / "specs/twice.intent.md").write_text(f"{text}# uses: four\n")
    assert says(SpecError, root) == [
        (
            "specs/four.intent.md:11:9  uses that go round in a circle: four → twice, twice → four "
            "(specs/twice.intent.md:10:9); take one of them out"
        )
    ]
    assert not ghost.asked


def test_an_unknown_use_asks_nobody(root, ghost):
    edit(root, "four", "# uses: twice", "# uses: twise")
    assert says(SpecError, root) == [
        'specs/four.intent.md:11:9  uses "twise", which no spec is named; did you mean "twice"?'
    ]
    assert not ghost.asked


# ---- edited while it runs


@pytest.mark.slow
def test_what_is_edited_below_while_the_build_runs_is_not_built_upon(tmp_path):
    def before(name):
        if name == "four":
            path = root / "src/demo/auto/twice.py"
            path.write_text(path.read_text().replace("2 * x", "3 * x"))

    with ghostwriter(GOOD, before) as server:
        root = make_project(tmp_path / "p", server.url, twice=TWICE, four=FOUR)
        run(root, scope=["specs/twice.intent.md"])
        said = says(CheckFailed, root)
    assert said[0].startswith("src/demo/auto/twice.py was edited by hand")
    stamps = [each.name for each in (root / ".intent/stamps").glob("four*")]
    then = [json.loads((root / ".intent/stamps" / each).read_bytes()) for each in stamps]
    assert then == [{"twice": lock(root).get("twice", "py").output_sha256}]
