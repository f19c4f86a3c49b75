"""Chance that is the same on every Python: only ``Random.random`` is promised to stay as it is."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Dice:
    """Small choices, drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def below(self, sides: int) -> int:
        return int(self._random() * sides)

    def of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def maybe(self, options: Sequence[T]) -> T | None:
        return self.of(options) if self.below(2) else None

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent
