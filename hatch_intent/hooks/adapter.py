"""What the adapters of all build backends share: one build, one message when it must not ship."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatch_intent.settled import Settled, recall

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from hatch_intent.pipeline import Build

Say = Callable[[str], None]


class Refused(Exception):  # noqa: N818 - a refusal to ship
    """A build that must not go on, in the words that a person should see."""

    def __init__(self, message: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(f"intent  {message}")


def bring_up_to_date(root: str, say: Say, detail: Say) -> Settled | Build:
    """Make what is stale, check the rest; what to ship. Raises `Refused`.

    Imports nothing but the memory of the last build when nothing has changed since.
    """
    started = time.monotonic()
    if known := recall(root):
        spent = f"{(time.monotonic() - started) * 1000:.0f} ms"
        modules = f"{known.modules} module{'s' * (known.modules != 1)}"
        detail(f"intent  {modules} fresh, checked by stamp, {spent}")
        return known
    from hatch_intent.errors import IntentError
    from hatch_intent.interrupt import interruptible
    from hatch_intent.pipeline import build
    from hatch_intent.project import open_project
    from hatch_intent.report.terminal import Lines

    try:
        with interruptible(guest=True):
            return build(open_project(Path(root)), listener=Lines(say, detail))
    except IntentError as error:
        raise Refused(str(error), error.exit_code) from error
    except OSError as error:
        raise refusal(error) from error


def refusal(error: Refused | OSError) -> Refused:
    """What the machine refuses is told like everything else."""
    if isinstance(error, Refused):
        return error
    return Refused(f"{error.filename or ''}  {error.strerror or error}", 1)


def further_requirements(root: str) -> list[str]:
    """What a build of the tree as it stands needs beyond hatch-intent itself. Never raises."""
    if recall(root):
        return []
    from hatch_intent.pipeline import extra_requirements

    return extra_requirements(Path(root))


def declares_intent(root: str) -> bool:
    """Whether the pyproject.toml at `root` has a `[tool.intent]` table.

    One that can't be read has none: what is wrong with it is the build backend's to say.
    """
    return _table(root) is not None


def may_lack(root: str) -> bool:
    """Whether wheels may do without modules: the project says so, or doesn't ask for errors."""
    table = _table(root) or {}
    return table.get("outside") == "report"


def lacking_line(lacking: Iterable[str]) -> str:
    """For modules that a wheel doesn't hold, because none of its packages does."""
    return (
        f"{', '.join(sorted(lacking))}: not inside the wheel's packages, so that it lacks them; "
        'move them there, or set  tool.intent.outside = "report"'
    )


def _table(root: str) -> dict[str, Any] | None:
    try:
        with open(f"{root}/pyproject.toml", "rb") as file:  # noqa: PTH123 - pathlib costs
            raw = file.read()
        if b"intent" not in raw:
            return None
        tool = tomllib.loads(raw.decode()).get("tool")
    except (OSError, ValueError):
        return None
    table = tool.get("intent") if isinstance(tool, dict) else None
    return {} if table is not None and not isinstance(table, dict) else table


def places(outputs: Iterable[str], folders: Mapping[str, str]) -> dict[str, str]:
    """Where in a wheel each output goes; those that lie in none of its packages are left out.

    `folders` maps folders of the tree to where their files go in the wheel, "" for its top. All
    paths have forward slashes.
    """
    found = {}
    for output in outputs:
        inside = [folder for folder in folders if output.startswith(f"{folder}/")]
        if inside:
            nearest = max(inside, key=len)
            found[output] = f"{folders[nearest]}{output[len(nearest) :]}".lstrip("/")
    packages = {_top(place) for place in folders.values()}
    packages |= {_top(place) for output, place in found.items() if not is_javascript(output)}
    return {
        output: place
        for output, place in found.items()
        if not is_javascript(output) or _top(place) in packages
    }


def lacking(root: str, outputs: Iterable[str], shipped: Collection[str]) -> list[str]:
    """The outputs that a wheel must hold and doesn't."""
    missing = [each for each in outputs if each not in shipped]
    return [each for each in missing if not may_stay(root, each)]


def may_stay(root: str, output: str) -> bool:
    """Whether a file outside of all packages is nothing that a wheel lacks.

    Mirrors never are. JavaScript there is for others than Python's users, unless a wrapper calls it
    from Python.
    """
    if output.endswith(".hy") or (output.endswith(".ts") and not output.endswith(".d.ts")):
        return True
    return is_javascript(output) and not _calls_javascript(_table(root) or {})


def is_javascript(output: str) -> bool:
    """Whether it is a module in JavaScript, stands beside one, or is a mirror."""
    return output.endswith((".js", ".ts", ".hy", "/package.json"))


def _calls_javascript(table: dict[str, Any]) -> bool:
    js = table.get("targets", {}).get("js")
    return "py" in table.get("wrappers", {}) or (isinstance(js, dict) and "wrap" in js)


def _top(place: str) -> str:
    return place.partition("/")[0]
