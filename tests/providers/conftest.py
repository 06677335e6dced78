from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))


@pytest.fixture
def no_pauses(monkeypatch):
    """Tries follow each other at once; the pauses that were asked for are kept."""
    from hatch_intent.providers import patience

    asked = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=asked.append)
    monkeypatch.setattr(patience, "time", clock)
    return asked
