"""`watch`: build, and again whenever a spec or the settings change, until interrupted."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec

from hatch_intent.cli import said
from hatch_intent.cli.build import build_once
from hatch_intent.cli.place import project_of, scope_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import IntentError
from hatch_intent.files import sha256
from hatch_intent.project import Project, SpecFile, open_project, read_file, specs_below

POLL_SECONDS = 0.5
QUIET_SECONDS = 0.2
"""Editors save in several steps; a build waits until nothing has changed for this long."""


def watch(args: Namespace, screen: Screen) -> int:
    """Never returns of itself; Ctrl-C ends it. One broken spec doesn't."""
    project = project_of(args, paths=args.paths)
    # A folder or spec that isn't there is the person's mistake now, and a change later.
    scope_of(project, args.paths)
    screen.say(f"intent  watching {', '.join(project.settings.specs)}; Ctrl-C ends it")
    for _ in changes(project):
        _try_build(args, screen)
    return 0


def _try_build(args: Namespace, screen: Screen) -> None:
    try:
        build_once(args, screen)
    except (IntentError, OSError) as error:
        screen.traceback()
        screen.complain(said(error))


def changes(project: Project) -> Iterator[None]:
    """Once at the start, then after every change of the specs' or the settings' bytes.

    What changes while the one who asks is busy counts for the next time. Where the settings name
    other folders than before, those are watched from then on.
    """
    seen: dict[str, str] | None = None
    ticks = _ticks(project)
    while True:
        now = _at_rest(project)
        if now != seen:
            seen = now
            yield
            today = _as_it_is(project)
            if today.settings.specs != project.settings.specs:
                project, ticks = today, _ticks(today)
        else:
            next(ticks)


def _as_it_is(project: Project) -> Project:
    """With the settings of now; as it was where they can't be read."""
    with suppress(OSError, IntentError):
        return open_project(project.root)
    return project


def _at_rest(project: Project) -> dict[str, str]:
    """The digests, once they stay the same for a moment."""
    before, now = None, _digests(project)
    while before != now:
        time.sleep(QUIET_SECONDS)
        before, now = now, _digests(project)
    return now


def _digests(project: Project) -> dict[str, str]:
    """Path to digest of everything that a build reads and a person writes."""
    found: dict[str, str] = {}
    # Folders and files come and go while they are looked at; the next look sees it.
    for folder in project.settings.specs:
        for path in specs_below(project.root / folder):
            file = read_file(project.root, path)
            found[path] = file.digest if isinstance(file, SpecFile) else file.message
    with suppress(OSError):
        found[project.config] = sha256((project.root / project.config).read_bytes())
    return found


def _ticks(project: Project) -> Iterator[None]:
    """Comes back when something may have changed: told by the system, or after a while."""
    if find_spec("watchfiles") is None:
        while True:
            time.sleep(POLL_SECONDS)
            yield
    from watchfiles import watch as told

    folders = (project.root / folder for folder in project.settings.specs)
    places = [folder for folder in folders if folder.is_dir()]
    places.append(project.root / project.config)
    while True:
        # In turns, so that nothing is missed where the system doesn't tell (network drives).
        for _ in told(*places, rust_timeout=1000, yield_on_timeout=True, debounce=50, step=10):
            yield
