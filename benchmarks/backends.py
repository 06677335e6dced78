"""What hatch-intent costs a whole isolated build when everything is fresh.

    python benchmarks/backends.py [--runs 9] [--frontends pip,uv,build,hatch]
                                  [--backends hatchling,setuptools] [--wheelhouse]

Builds a wheel of a project with three fresh modules as its users do, build environment and all,
and the same project without hatch-intent, by turns. Prints medians and ratios as a Markdown
table. Packages come from the tools' warm caches; both tools still ask the index about each of
them, unless `--wheelhouse` keeps them to a folder on this machine. Needs this checkout's
environment (`make test` makes it), and no model: a scripted server on loopback writes the
modules.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from noop import PYTHON, ROOT, by_turns, row, seconds

from ghostwriter import ghostwriter  # isort: skip - found by noop
from projects import BACKENDS, DOUBLE, make_project  # isort: skip - same

GOALS = {"pip": "1.6", "uv": "1.3", "build": "-", "hatch": "-"}
FRONTENDS = {
    "pip": [PYTHON, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "dist", "."],
    "uv": [PYTHON, "-m", "uv", "build", "-q", "--wheel", "--python", PYTHON],
    "build": [PYTHON, "-m", "build", "--wheel"],
    "hatch": [PYTHON, "-m", "hatch", "-q", "build", "-t", "wheel"],
}


def projects(folder: Path, backend: str) -> tuple[Path, Path]:
    """A project with three built specs, and the same files without hatch-intent."""
    names = ["first", "second", "third"]
    specs = {name: DOUBLE.replace("double", name) for name in names}
    code = {name: [f"def {name}(x):\n    return 2 * x"] for name in names}
    with ghostwriter(code) as server:
        root = make_project(folder / backend, server.url, backend=backend, **specs)
        build = [PYTHON, "-m", "hatch_intent", "build", "-q", "--root", str(root)]
        subprocess.run(build, check=True)
    plain = folder / f"{backend}-alone"
    shutil.copytree(root, plain, ignore=shutil.ignore_patterns(".intent", "intent.lock", "specs"))
    text = (plain / "pyproject.toml").read_text().partition("[tool.")[0]
    (plain / "pyproject.toml").write_text(text.replace(', "hatch-intent"', ""))
    return root, plain


def found(folder: Path, wheelhouse: bool) -> dict[str, str]:
    """Settings under which the tools find this checkout's hatch-intent."""
    wheels = folder / "wheels"
    pip = [PYTHON, "-m", "pip", "wheel", "-q", "-w", str(wheels)]
    subprocess.run([*pip, "--no-deps", str(ROOT)], check=True)
    if not wheelhouse:
        links = f"{os.environ.get('PIP_FIND_LINKS', '')} {wheels}".strip()
        return {"PIP_FIND_LINKS": links, "UV_FIND_LINKS": str(wheels)}
    needs = [requires for requires, _, _ in BACKENDS.values()]
    subprocess.run([*pip, *needs, *map(str, wheels.glob("hatch_intent-*"))], check=True)
    links = {"PIP_FIND_LINKS": str(wheels), "UV_FIND_LINKS": str(wheels)}
    return {**links, "PIP_NO_INDEX": "1", "UV_NO_INDEX": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--frontends", default="pip,uv,build")
    parser.add_argument("--backends", default="hatchling,setuptools")
    parser.add_argument("--wheelhouse", action="store_true")
    options = parser.parse_args()
    print("| what | with, ms | without, ms | ratio | goal |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        environ = found(Path(folder), options.wheelhouse)
        for backend in options.backends.split(","):
            sides = projects(Path(folder), backend)
            for frontend in options.frontends.split(","):
                command = FRONTENDS[frontend]
                both = [partial(seconds, command, side, **environ) for side in sides]
                name = f"{frontend}, {backend}"
                print(row(name, *by_turns(options.runs, *both), GOALS[frontend]), flush=True)


if __name__ == "__main__":
    main()
