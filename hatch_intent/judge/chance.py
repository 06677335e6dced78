"""Where the values that are made up come from."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from hatch_intent.spec.model import Json

T = TypeVar("T")


class Chance:
    """Numbers that are the same for the same seed on every machine; without one, always 0."""

    def __init__(self, seed: int | None = None) -> None:
        # of all that `random` has, this method alone is promised to stay as it is
        self._draw = float if seed is None else Random(seed).random  # noqa: S311
        self.numbers: list[float] = []
        self.wholes: list[float] = []
        self.texts: list[str] = []
        """Of the input that is being made."""

    def keep(self, value: Json) -> None:
        """Remember what is in a value, so that it can be had again."""
        if isinstance(value, str):
            self.texts.append(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.keep_number(value)
        elif isinstance(value, (list, dict)):
            for part in value.values() if isinstance(value, dict) else value:
                self.keep(part)

    def keep_number(self, number: float) -> None:
        self.numbers.append(number)
        if isinstance(number, int):
            self.wholes.append(number)

    def below(self, limit: int) -> int:
        """A whole number from 0 to below `limit`."""
        return int(self._draw() * limit)

    def one(self, options: Sequence[T]) -> T:
        """One of the options, of which the first is the simplest."""
        return options[self.below(len(options))]
