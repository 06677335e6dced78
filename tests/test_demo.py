"""What `make demo` finds out before it begins."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[1] / "tools" / "demo.py"


@pytest.mark.parametrize(
    ("says", "version"), [("v12.22.9", 12), ("v16.20.2", 16), ("v22.1.0", 22), ("huh", 0)]
)
def test_it_asks_node_for_its_version(tmp_path, monkeypatch, says, version):
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {says}\n")
    node.chmod(0o755)
    monkeypatch.delenv("HATCH_INTENT_NODE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert demo.node_version() == version
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert demo.node_version() == 0
    monkeypatch.setenv("HATCH_INTENT_NODE", str(node))
    assert demo.node_version() == version
