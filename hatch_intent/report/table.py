"""Rows as aligned columns of plain text."""

from __future__ import annotations

from collections.abc import Sequence

_GAP = "   "


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length, one a line, each column as wide as its longest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (_GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def size(count: float) -> str:
    """Bytes for people: `812 B`, `9.1 MB`, in powers of 1000."""
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
