"""`schema`: JSON schemas for editors and programs."""

from __future__ import annotations

from argparse import Namespace

from hatch_intent.cli.screen import Screen
from hatch_intent.schemas import get_schema, report_schema


def run(args: Namespace, screen: Screen) -> int:
    """Print the schema of `[tool.intent]`, or of one kind of JSON output."""
    screen.json(get_schema() if args.name == "settings" else report_schema(args.name))
    return 0
