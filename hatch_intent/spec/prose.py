"""Fenced code blocks, as CommonMark has them."""

from __future__ import annotations

import re

FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")


def closes(line: str, fence: str) -> bool:
    """Whether the line ends the block that `fence` (its run of marks) began."""
    stripped = line.strip()
    return len(stripped) >= len(fence) and stripped == fence[0] * len(stripped)
