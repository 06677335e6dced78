"""Run the tests: `quick` ones under this Python, or all of them under every Python there is.

A missing interpreter, or weights that can't be had, are said aloud; the rest runs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import javascript_environment
from environments import CURRENT, ROOT, VERSIONS, environment

QUICK = "not slow and not build and not model and not attack and not browser"
MODEL = "qwen2.5-coder:0.5b"


def pytest(python: Path, *words: str) -> bool:
    """Whether all tests passed."""
    print(f"\n=== pytest {' '.join(words)}   ({python.parent.parent.name})", flush=True)
    return (
        subprocess.run([str(python), "-m", "pytest", *words], cwd=ROOT, check=False).returncode == 0
    )


def loudly(text: str) -> None:
    """Say what was not tested so that nobody overlooks it."""
    print(f"\n{'!' * 78}\n!!! NOT TESTED: {text}\n{'!' * 78}", flush=True)


def quick(python: Path) -> bool:
    return pytest(python, "-q", "-n", "2", "-m", QUICK)


def everything(python: Path) -> bool:
    """All tests under this Python, the quick ones and the hook's under the others."""
    passed = [quick(python)]
    for version in VERSIONS:
        if version == CURRENT:
            continue
        other = environment(version)
        if other is None:
            loudly(f"Python {version}: no interpreter on this machine")
        else:
            passed.append(quick(other))
            passed.append(pytest(other, "-q", "-n", "2", "tests/hooks"))
    passed.append(pytest(python, "-q", "-n", "2", "-m", "slow and not attack"))
    passed.append(pytest(python, "-q", "-m", "attack and not model"))
    passed.append(pytest(python, "-q", "-m", "build and not model"))
    passed.append(in_browser(python))
    pull = [str(python), "-m", "hatch_intent", "model", "pull", MODEL]
    if subprocess.run(pull, cwd=ROOT, check=False).returncode == 0:
        passed.append(pytest(python, "-q", "-m", "model"))
    else:
        loudly(f"everything that asks a real model: the weights of {MODEL} can't be had")
    return all(passed)


def in_browser(python: Path) -> bool:
    """The tests that need a browser and npm packages, where they can be had."""
    if javascript_environment.packages() is None:
        loudly("wrappers in a browser, and their types: npm or its packages can't be had")
        return True
    if not javascript_environment.browser():
        loudly("wrappers in a browser: no Chromium (Debian: apt-get install chromium)")
    return pytest(python, "-q", "-m", "browser")


def main() -> int:
    python = environment() or sys.exit("no Python")
    run = quick if sys.argv[1:] == ["quick"] else everything
    return 0 if run(python) else 1


if __name__ == "__main__":
    sys.exit(main())
