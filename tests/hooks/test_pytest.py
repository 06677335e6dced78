"""pytest's plugin, in pytest runs of its own."""

import os
import shutil
import subprocess
import sys
from importlib import import_module

import pytest
from ghostwriter import ghostwriter
from projects import DOUBLE, GOOD_DOUBLE, GOOD_SHOUT, SHOUT, make_project

from hatch_intent.cli import main
from hatch_intent.files import sha256
from hatch_intent.lock import dump_lock, parse_lock

STATED = DOUBLE + "# properties:\n- abs(out) >= abs(x)\n- out - x == x\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with ghostwriter({"double": [GOOD_DOUBLE], "shout": [GOOD_SHOUT]}) as server:
        folder = tmp_path_factory.mktemp("made") / "project"
        root = make_project(folder, server.url, double=STATED, shout=SHOUT)
        assert main(["build", "--root", str(root), "-q"]) == 0
        return root


@pytest.fixture
def here(made, pytester):
    """A built project, and a pytest to run in it."""
    shutil.copytree(made, pytester.path, dirs_exist_ok=True)
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_mine.py").write_text("def test_mine():\n    pass\n")
    return pytester


def regress(root, name, old, new, *, locked=True):
    """Other code than what passed; with `locked`, as if it had passed once."""
    path = root / f"src/demo/auto/{name}.py"
    before = path.read_bytes()
    path.write_bytes(before.replace(old.encode(), new.encode()))
    assert path.read_bytes() != before
    if locked:
        lock = parse_lock((root / "intent.lock").read_text())
        entry = lock.get(name, "py")
        entry = type(entry)(**{**vars(entry), "output_sha256": sha256(path.read_bytes())})
        (root / "intent.lock").write_text(dump_lock(lock.with_entries(entry)))


def test_specs_are_no_tests_unless_asked_for(here):
    here.runpytest("specs", "tests").assert_outcomes(passed=1)


def test_every_example_and_property_is_an_item(here):
    (here.path / "specs/._double.intent.md").write_bytes(b"\0")  # macOS beside a copied file
    found = here.runpytest("--intent", "--collect-only", "-q", "specs")
    assert [line for line in found.outlines if "::" in line] == [
        "specs/double.intent.md::example-1",
        "specs/double.intent.md::example-2",
        "specs/double.intent.md::property-1",
        "specs/double.intent.md::property-2",
        "specs/shout.intent.md::example-1",
        "specs/shout.intent.md::example-2",
    ]
    here.runpytest("--intent", "specs", "tests").assert_outcomes(passed=7)


def test_the_setting_asks_for_them_too(here):
    here.makeini("[pytest]\nintent = true\ntestpaths = specs\n")
    here.runpytest().assert_outcomes(passed=6)
    here.runpytest("-o", "intent=false").assert_outcomes()


def test_one_item_by_its_name_and_some_by_a_word(here):
    here.runpytest("--intent", "specs/shout.intent.md::example-2").assert_outcomes(passed=1)
    here.runpytest("--intent", "specs", "-k", "shout or property").assert_outcomes(
        passed=4, deselected=2
    )


def test_a_failure_shows_what_the_reader_needs_and_nothing_else(here):
    regress(here.path, "shout", "upper()", "title()")
    done = here.runpytest("--intent", "specs")
    done.assert_outcomes(passed=5, failed=1)
    shown = done.stdout.str()
    assert 'shout("hi")  expected "HI!"  got "Hi!"  (Python 3.' in shown
    assert "specs/shout.intent.md:7\nsrc/demo/auto/shout.py" in shown
    assert "shout.intent.md::example-1" in shown
    assert "hatch_intent" not in shown.partition("= FAILURES =")[2]
    assert "Traceback" not in shown


def test_what_another_failure_leaves_open_does_not_pass(here):
    regress(here.path, "double", "2 * x", "3 * x")
    done = here.runpytest("--intent", "specs/double.intent.md", "-k", "property")
    done.assert_outcomes(failed=2, deselected=2)
    assert "not settled: something else failed" in done.stdout.str()


def test_x_stops_at_the_first(here):
    regress(here.path, "double", "2 * x", "3 * x")
    here.runpytest("--intent", "specs", "-x").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        (False, "src/demo/auto/shout.py was edited by hand; hatch-intent adopt shout, or"),
        (True, "regression in src/demo/auto/shout.py: importing it raised ZeroDivisionError"),
    ],
)
def test_a_module_that_is_not_what_was_judged_fails_every_item(here, locked, said):
    regress(here.path, "shout", "def shout", "1 / 0\n\n\ndef shout", locked=locked)
    done = here.runpytest("--intent", "specs")
    done.assert_outcomes(passed=4, failed=2)
    assert said in done.stdout.str()
    # The package imports it, so nothing of the package is let into this process.
    done = here.runpytest("--intent", "specs/double.intent.md", "--intent-in-process")
    done.assert_outcomes(passed=2, failed=2)
    said = "not run in this process, for src/demo/auto/shout.py does not pass"
    assert done.stdout.str().count(f"\n{said}") == 2
    assert "ZeroDivisionError" not in done.stdout.str()


def test_a_bad_spec_is_an_error_with_its_line(here):
    spec = here.path / "specs/double.intent.md"
    spec.write_text(spec.read_text().replace("# examples:", "# exampels:"))
    done = here.runpytest("--intent", "specs")
    done.assert_outcomes(errors=2)
    shown = done.stdout.str()
    assert 'specs/double.intent.md:6:3  unknown heading "exampels:"' in shown
    assert "hatch_intent/" not in shown


def test_a_spec_that_no_project_builds_is_an_error(here):
    (here.path / "tests" / "lost.intent.md").write_text(DOUBLE)
    done = here.runpytest("--intent", "tests")
    done.assert_outcomes(errors=1)
    assert "lost.intent.md is not below the project's folders of specs (specs)" in done.stdout.str()


def test_two_targets_are_told_apart(here, monkeypatch):
    from hatch_intent.hooks.specs_as_tests import Collecting

    def twice(self, path, tree=Collecting.tree):
        from dataclasses import replace

        found = tree(self, path)
        modules = found.assessment.modules
        both = tuple(replace(each, target=target) for each in modules for target in ("js", "py"))
        return replace(found, assessment=replace(found.assessment, modules=both))

    monkeypatch.setattr(Collecting, "tree", twice)
    found = here.runpytest("--intent", "--collect-only", "-q", "specs/shout.intent.md")
    assert "specs/shout.intent.md::example-1[js]" in found.outlines
    assert "specs/shout.intent.md::example-1[py]" in found.outlines


def test_a_module_is_judged_once(here, monkeypatch):
    # By name: pytester forgets what a run has imported.
    specs_as_tests = import_module("hatch_intent.hooks.specs_as_tests")
    judged = []

    def counting(project, modules, *words, check=specs_as_tests.check, **options):
        judged.extend(each.name for each in modules)
        return check(project, modules, *words, **options)

    monkeypatch.setattr(specs_as_tests, "check", counting)
    here.runpytest("--intent", "specs").assert_outcomes(passed=6)
    assert judged == ["double", "shout"]


# ---- in processes of their own


def run(root, *words, **environ):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=root,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_xdist(here):
    regress(here.path, "shout", "upper()", "title()")
    done = run(here.path, "--intent", "-n", "2", "specs")
    assert "1 failed, 5 passed" in done.stdout
    assert 'shout("hi")  expected "HI!"  got "Hi!"' in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_coverage_sees_modules_that_run_in_process(here, workers):
    (here.path / "src/demo/__init__.py").write_text("import os\n")
    words = ["--intent", "specs", "--cov=src", "--cov-report=term", "-p", "pytest_cov", *workers]
    apart = run(here.path, *words).stdout
    assert "6 passed" in apart
    assert "src/demo/auto/double.py" in apart
    assert coverage(apart, "double") == "0%"
    seen = run(here.path, *words, "--intent-in-process").stdout
    assert "6 passed" in seen
    assert coverage(seen, "double") == "100%"
    assert coverage(seen, "shout") == "100%"


def coverage(shown, name):
    (line,) = [each for each in shown.splitlines() if each.endswith("%") and f"/{name}.py" in each]
    return line.split()[-1]


def test_the_same_module_installed_elsewhere_is_not_measured(here, monkeypatch):
    other = here.path / "other" / "demo" / "auto"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("")
    (other.parent / "__init__.py").write_text("")
    (other / "shout.py").write_text("def shout(text):\n    return 'other'\n")
    monkeypatch.syspath_prepend(other.parents[1])
    import demo.auto.shout  # noqa: F401 - as another test may have done

    done = here.runpytest_inprocess("--intent", "specs/shout.intent.md", "--intent-in-process")
    for name in [each for each in sys.modules if each.split(".")[0] == "demo"]:
        del sys.modules[name]
    done.assert_outcomes(failed=2)
    assert "import demo.auto.shout gives" in done.stdout.str()


def test_being_installed_loads_next_to_nothing(here):
    program = (
        "import sys, pytest; code = pytest.main(['-q', '-p', 'no:cacheprovider', 'tests']);"
        "print([m for m in sys.modules if m.startswith(('hatch', 'pydantic'))], int(code))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=here.path, capture_output=True, text=True, check=False
    )
    loaded = done.stdout.splitlines()[-1]
    allowed = [
        "hatch_intent",
        "hatch_intent.hooks",
        "hatch_intent.hooks.pytest",
    ]
    assert loaded.endswith("] 0")
    assert sorted(eval(loaded.removesuffix(" 0"))) == allowed
