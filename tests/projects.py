"""Small projects in temporary folders."""

from __future__ import annotations

from pathlib import Path

PYPROJECT = """\
[build-system]
requires = ["{requires}", "hatch-intent"]
build-backend = "{backend}"

[project]
name = "demo"
version = "1.0"

{enabled}[tool.intent]
{settings}
{candidates}
[tool.intent.targets]
py = "src/demo/auto"

[[tool.intent.providers]]
type = "openai-compat"
model = "ghost"
base-url = "{url}"
"""

BACKENDS = {
    "hatchling": ("hatchling", "hatchling.build", "[tool.hatch.build.hooks.intent]\n\n"),
    "setuptools": ("setuptools>=70.1", "setuptools.build_meta", ""),
    "pdm": ("pdm-backend", "pdm.backend", ""),
}
"""What a project's build requires, its backend, and what turns hatch-intent on."""

DOUBLE = """\
# name: double
# description:
Return twice the number.
# signature:
(x: number) -> number
# examples:
- in: { "x": 2 } out: 4
- in: { "x": -1.5 } out: -3
"""

SHOUT = """\
# name: shout
# description:
Make the text upper-case and put an exclamation mark at the end.
# signature:
(text: string) -> string
# examples:
- in: { "text": "hi" } out: "HI!"
- in: { "text": "" } out: "!"
"""

GOOD_DOUBLE = "def double(x):\n    return 2 * x"
BAD_DOUBLE = "def double(x):\n    return x + 2"
GOOD_SHOUT = "def shout(text):\n    return text.upper() + '!'"

NOBODY = "http://127.0.0.1:9"
"""Where no server listens."""


def make_project(
    root: Path, url: str = NOBODY, settings: str = "", backend: str = "hatchling", **specs: str
) -> Path:
    """A project with the two specs, or with those given by name."""
    root.mkdir(parents=True, exist_ok=True)
    requires, module, enabled = BACKENDS[backend]
    # One draft to a module, so that a test can say what is asked.
    candidates = "" if "candidates" in settings else "candidates = 1"
    candidates += "" if "rounds" in settings else "\nrounds = 3"
    text = PYPROJECT.format(
        url=url,
        settings=settings,
        candidates=candidates,
        requires=requires,
        backend=module,
        enabled=enabled,
    )
    (root / "pyproject.toml").write_text(text)
    (root / "src" / "demo").mkdir(parents=True)
    (root / "src" / "demo" / "__init__.py").write_text("")
    (root / "specs").mkdir()
    for name, text in (specs or {"double": DOUBLE, "shout": SHOUT}).items():
        (root / "specs" / f"{name}.intent.md").write_text(text, encoding="utf-8")
    return root


def snapshot(root: Path, *, state: bool = False) -> dict[str, bytes]:
    """All files below a folder with their bytes; without the state folder unless asked."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and (state or ".intent" not in path.parts)
    }
