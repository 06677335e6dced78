"""Without the packages of the extra `generate`: what still works, and one line for the rest."""

import sys

import pytest
from projects import make_project

from hatch_intent.cli import main
from hatch_intent.extras import GENERATION


@pytest.fixture
def bare(monkeypatch):
    """An environment as `pip install hatch-intent` makes it."""
    for name in [*sys.modules]:
        if name.partition(".")[0] in GENERATION or name.startswith("hatch_intent.providers"):
            monkeypatch.delitem(sys.modules, name)
    for name in GENERATION:
        monkeypatch.setitem(sys.modules, name, None)


def test_a_stale_project_says_what_to_install(root, ghost, bare, capsys):
    assert main(["build", "--root", str(root)]) == 2
    said, remedy = capsys.readouterr().err.splitlines()
    assert said.endswith("packages that are not installed: filelock, httpx, pydantic")
    assert remedy.startswith('  pip install "hatch-intent[generate]"')
    assert not (root / "intent.lock").exists()
    assert ghost.asked == []


def test_what_is_locked_is_checked_and_built_without_them(root, capsys, monkeypatch, request):
    assert main(["build", "-q", "--root", str(root)]) == 0
    (root / ".intent" / "settings").unlink()
    (root / ".intent" / "settled").unlink()
    request.getfixturevalue("bare")
    assert main(["build", "--root", str(root)]) == 0
    assert main(["status", "--root", str(root)]) == 0
    assert main(["check", "--root", str(root)]) == 0
    assert main(["explain", "double", "--root", str(root)]) == 0


@pytest.mark.parametrize("words", [["model", "pull", "qwen2.5-coder:0.5b"], ["doctor"]])
def test_other_commands_say_it_too(tmp_path, bare, capsys, words, monkeypatch):
    monkeypatch.chdir(make_project(tmp_path / "p"))
    code = main(words)
    said = capsys.readouterr()
    assert code in (1, 2)
    assert 'pip install "hatch-intent[generate]"' in said.err + said.out
    assert "Traceback" not in said.err
