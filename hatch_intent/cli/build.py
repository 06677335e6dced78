"""`build` and `watch`."""

from __future__ import annotations

from argparse import Namespace

from hatch_intent.cli.place import project_of, scope_of
from hatch_intent.cli.progress import showing
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import UsageError
from hatch_intent.pipeline import build
from hatch_intent.project import SPEC_SUFFIX
from hatch_intent.report.words import no_specs


def run(args: Namespace, screen: Screen) -> int:
    """Bring modules up to date; with `--watch` until interrupted."""
    if args.frozen and args.refresh:
        raise UsageError("--frozen and --refresh exclude each other: one never asks, one always")
    if args.watch:
        from hatch_intent.cli.watch import watch

        return watch(args, screen)
    build_once(args, screen)
    return 0


def build_once(args: Namespace, screen: Screen) -> None:
    """One build. Raises what `pipeline.build` raises."""
    project = project_of(args, frozen=True if args.frozen else None, paths=args.paths)
    if args.refresh and project.frozen:
        raise UsageError("--refresh asks a model, and this project is frozen")
    scope = scope_of(project, args.paths)
    with showing(screen) as listener:
        built = build(project, scope=scope, refresh=args.refresh, jobs=args.jobs, listener=listener)
    if not any(each.endswith(SPEC_SUFFIX) for each in built.sources):
        screen.say(f"intent  {no_specs(project.settings.specs)}")
