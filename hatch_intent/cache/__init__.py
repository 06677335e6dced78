"""Answers and modules by digest."""

from hatch_intent.cache.disk import CacheStats, DiskCache, collect, remove_broken, stats

__all__ = ["CacheStats", "DiskCache", "collect", "remove_broken", "stats"]
