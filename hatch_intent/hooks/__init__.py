"""Thin adapters between build backends and the pipeline; each loads nothing of another's."""
