"""hatch-intent: Markdown specs become checked, locked, shipped modules at build time."""

__version__ = "0.1.0"
JUDGE_VERSION = "8"
"""Changes whenever the same module could get another verdict."""
