"""What is installed only where modules are made.

Builds with nothing to make, and everybody who installs an sdist, go without these packages;
`docs/benchmarks.md` has what that saves.
"""

from __future__ import annotations

from importlib.util import find_spec

from hatch_intent.errors import UsageError

GENERATION = ("filelock", "httpx", "pydantic")
"""Top-level modules of the extra `generate`."""
REQUIREMENTS = {
    "generate": ("httpx>=0.27", "pydantic>=2.7", "filelock>=3.12"),
    "embedded": ("xllamacpp>=0.2.4",),
    "lisp": ("hy>=1.1",),
}
"""What the extras of those names bring, one by one: pip takes a requirement of `hatch-intent[...]`
for satisfied when hatch-intent is there, with or without the extra."""
REMEDY = 'pip install "hatch-intent[generate]"'


def missing() -> tuple[str, ...]:
    """Those of `GENERATION` that this environment lacks."""
    return tuple(name for name in GENERATION if find_spec(name) is None)


def require_generation() -> None:
    """Raise `UsageError` where no module can be made."""
    if lacking := missing():
        said = f"making modules needs packages that are not installed: {', '.join(lacking)}"
        where = 'in a build that may make them, "hatch-intent[generate]" in build-system.requires'
        raise UsageError(f"{said}\n  {REMEDY}   ({where})")
