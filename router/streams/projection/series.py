"""Counts by time: a bounded row of equal spans, each with its counts by what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
"""Every time zone's midnight, and every hour, begins one."""
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Key = tuple[str, str]
"""What is counted: a dimension such as ``outcome``, and its value."""


class Series:
    """Spans of ``width_ms``; those older than ``kept`` before the newest are forgotten."""

    def __init__(self, width_ms: int, kept: int) -> None:
        """Start empty."""
        self._width_ms = width_ms
        self._kept = kept
        self._newest = 0
        self._spans: dict[int, Counter[Key]] = {}

    def add(self, at_ms: int, keys: list[Key]) -> None:
        """Count one for each of ``keys`` at a time."""
        place = at_ms // self._width_ms
        if place > self._newest:
            self._newest = place
            for old in [each for each in self._spans if each <= place - self._kept]:
                del self._spans[old]
        if place <= self._newest - self._kept:
            return
        counts = self._spans.get(place)
        if counts is None:
            counts = self._spans[place] = Counter()
        for key in keys:
            counts[key] += 1

    def between(self, from_ms: int, to_ms: int) -> Counter[Key]:
        """The counts of all spans that begin in [from, to)."""
        total: Counter[Key] = Counter()
        first = -(-from_ms // self._width_ms)
        for place in range(first, -(-to_ms // self._width_ms)):
            if (counts := self._spans.get(place)) is not None:
                total.update(counts)
        return total

    def rows(
        self, now_ms: int, width_ms: int, count: int
    ) -> Iterator[tuple[int, int, Counter[Key]]]:
        """The last ``count`` spans of ``width_ms``, oldest first, the last with now in it.

        Yields:
            Begin, end, and the counts.
        """
        last = now_ms // width_ms
        for place in range(last - count + 1, last + 1):
            begin_ms = place * width_ms
            yield begin_ms, begin_ms + width_ms, self.between(begin_ms, begin_ms + width_ms)


def of_dimension(counts: Counter[Key], dimension: str) -> dict[str, int]:
    """The counts of one dimension by value, in the order of the values."""
    found = {value: count for (name, value), count in counts.items() if name == dimension}
    return dict(sorted(found.items()))
