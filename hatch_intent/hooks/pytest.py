"""pytest's plugin: with `--intent`, or `intent = true` in its settings, specs are tests.

Loaded by every pytest run of an environment that has hatch-intent, so that it imports nothing
before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_IN_PROCESS = (
    "once a module has passed in the sandbox, run its examples in this process as well, "
    "where coverage sees them"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--intent`, `--intent-in-process`, and the settings of the same names."""
    group = parser.getgroup("intent", "specs of hatch-intent")
    group.addoption("--intent", action="store_true", help="collect *.intent.md as tests")
    group.addoption("--intent-in-process", action="store_true", help=_IN_PROCESS)
    parser.addini("intent", "collect *.intent.md as tests", type="bool", default=False)
    parser.addini("intent_in_process", _IN_PROCESS, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Collect specs where that is asked for."""
    in_process = config.getoption("intent_in_process") or config.getini("intent_in_process")
    if config.getoption("intent") or config.getini("intent"):
        from hatch_intent.hooks.specs_as_tests import Collecting

        config.pluginmanager.register(Collecting(bool(in_process)), "hatch-intent-specs")
