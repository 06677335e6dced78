"""Functions that a model wrote from their specs, see `specs/`."""

from demo.auto import clamp, normalize2d, slugify

__all__ = ["clamp", "normalize2d", "slugify"]
