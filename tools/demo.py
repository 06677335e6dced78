"""The main job from nothing: fetch the model, generate, build, install, call, build again.

Works on a copy of `example_project` without its modules and its lock.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 18
MODEL = "qwen2.5-coder:1.5b"
CALL = """\
from demo import normalize2d
answer = normalize2d(3, 4)
print("normalize2d(3, 4) =", answer)
assert answer == {"mag": 5, "nx": 0.6, "ny": 0.8}, answer
"""


def step(text: str) -> None:
    """Say what comes next."""
    print(f"\n--- {text}", flush=True)


def run(*words: object, **options: object) -> str:
    """Run a command, show what it prints, and give it back. Ends the demo when it fails."""
    command = [str(word) for word in words]
    print("$", " ".join(command), flush=True)
    said = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            said.append(line)
    if process.returncode:
        sys.exit(f"the demo failed: exit {process.returncode}")
    return "".join(said)


def environment(folder: Path, *requirements: object) -> Path:
    """The `python` of a new environment with some packages."""
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements)
    return python


def node_version() -> int:
    """The major version of the node that would judge JavaScript; 0 without one that says it."""
    named = os.environ.get("HATCH_INTENT_NODE")
    path = named or next(filter(None, map(shutil.which, ("node", "nodejs"))), None)
    if path is None:
        return 0
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    version = re.match(r"v(\d+)\.", said.stdout)
    return int(version[1]) if version else 0


def without_javascript(project: Path) -> None:
    """Take the js target out of the example project: nobody checks JavaScript without node."""
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace('js = "src/demo/auto/js"\n', ""))
    for spec in (project / "specs").iterdir():
        spec.write_text(spec.read_text().replace("# target: js,py", "# target: py"))


def main(work: Path) -> None:
    step("set up: hatch-intent with its embedded engine, and pypa/build")
    python = environment(work / "tools", f"{ROOT}[embedded]", "build")
    run(python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work / "wheels", ROOT)
    step(f"fetch {MODEL}, once per machine")
    run(python, "-m", "hatch_intent", "model", "pull", MODEL)

    project = work / "example_project"
    shutil.copytree(
        ROOT / "example_project", project, ignore=shutil.ignore_patterns(".intent", "dist")
    )
    shutil.rmtree(project / "src" / "demo" / "auto", ignore_errors=True)
    (project / "intent.lock").unlink(missing_ok=True)

    modules = 5
    if node_version() < OLDEST_NODE:
        print(f"no node {OLDEST_NODE} or newer here: the two JavaScript modules are left out")
        without_javascript(project)
        modules = 3

    # The isolated build environments find this checkout's hatch-intent there.
    found = f"{os.environ.get('PIP_FIND_LINKS', '')} {work / 'wheels'}".strip()
    settings = {**os.environ, "PIP_FIND_LINKS": found}
    settings.pop("HATCH_INTENT_MODE", None)
    step("build sdist and wheel; the model writes every module")
    first = run(python, "-m", "build", project, env=settings)
    if f"{modules} modules written" not in first:
        sys.exit(f"the demo failed: the model was to write {modules} modules")
    (wheel,) = (project / "dist").glob("*.whl")
    step("install the wheel in a fresh environment and call it")
    user = environment(work / "user", wheel)
    run(user, "-c", CALL, cwd=work)
    step("build again: nothing is stale, no model is asked")
    shutil.rmtree(project / "dist")
    again = run(python, "-m", "build", project, env={**settings, "HATCH_VERBOSE": "1"})
    if "asking" in again or f"{modules} modules fresh" not in again:
        sys.exit("the demo failed: the second build was not fresh")


if __name__ == "__main__":
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hatch-intent-demo-") as folder:
        main(Path(folder))
    print(f"\nThe demo passed in {time.monotonic() - started:.0f} s.")
