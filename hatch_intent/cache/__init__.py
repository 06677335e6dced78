"""Answers and modules by digest."""

from hatch_intent.cache.disk import CacheStats, DiskCache, Keeper, collect, remove_broken, stats

__all__ = ["CacheStats", "DiskCache", "Keeper", "collect", "remove_broken", "stats"]
