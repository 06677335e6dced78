from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))


@pytest.fixture
def no_pauses(monkeypatch):
    """Tries follow each other at once; the pauses that were asked for are kept."""
    from hatch_intent.providers.leash import Leash

    asked = []
    monkeypatch.setattr(Leash, "wait", lambda _, seconds: asked.append(seconds))
    return asked
