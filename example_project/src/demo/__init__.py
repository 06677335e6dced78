"""Functions that a model wrote from their specs, see `specs/`."""

from demo.auto import normalize2d, parse_duration, slugify

__all__ = ["normalize2d", "parse_duration", "slugify"]
