from __future__ import annotations

import shutil

import pytest
from ghostwriter import ghostwriter
from projects import GOOD_DOUBLE, GOOD_SHOUT, make_project

from hatch_intent.cli import main


@pytest.fixture
def intent(root, monkeypatch, capsys):
    """Runs a command in the project; gives its exit code, output and errors."""
    monkeypatch.chdir(root)

    def run(*arguments: str):
        capsys.readouterr()
        code = main(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture(scope="session")
def built_tree(tmp_path_factory):
    """A project with everything built, and the address of its server."""
    with ghostwriter({"double": [GOOD_DOUBLE], "shout": [GOOD_SHOUT]}) as server:
        root = make_project(tmp_path_factory.mktemp("built") / "project", server.url)
        assert main(["build", "--root", str(root), "-q"]) == 0
        return root, server.url


@pytest.fixture
def built(intent, built_tree, root, ghost):
    """The same as `intent`, with everything built."""
    tree, url = built_tree
    shutil.copytree(tree, root, dirs_exist_ok=True)
    path = root / "pyproject.toml"
    path.write_text(path.read_text().replace(url, ghost.url))
    return intent
