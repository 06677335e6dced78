from __future__ import annotations

import pytest
from ghostwriter import ghostwriter
from projects import GOOD_DOUBLE, GOOD_SHOUT, make_project


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    """What a developer has set for their own builds doesn't reach the tests."""
    for name in ("MODE", "CACHE", "JOBS"):
        monkeypatch.delenv(f"HATCH_INTENT_{name}", raising=False)


@pytest.fixture
def ghost():
    """A model server that knows the two specs."""
    with ghostwriter({"double": [GOOD_DOUBLE], "shout": [GOOD_SHOUT]}) as server:
        yield server


@pytest.fixture
def root(tmp_path, ghost):
    """A project with two specs, nothing built."""
    return make_project(tmp_path / "project", ghost.url)
