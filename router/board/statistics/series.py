"""Counts by time: a bounded row of equal spans, each with its counts by what is counted."""

from __future__ import annotations

from collections.abc import Iterator

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
"""Every time zone's midnight, and every hour, begins one."""
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Key = tuple[str, str]
"""What is counted: a dimension such as ``outcome``, and its value."""

Counts = dict[str, int]
"""Of one dimension, by value."""

_NO_TOTAL: tuple[float, Counts] = (float("inf"), {})

_Span = dict[str, Counts]  # by dimension


class Series:
    """Spans of ``width_ms``; those older than ``kept`` before the newest are forgotten."""

    def __init__(self, width_ms: int, kept: int) -> None:
        """Start empty."""
        self._width_ms = width_ms
        self._kept = kept
        self._newest = 0
        self._spans: dict[int, _Span] = {}
        self._totals: dict[str, tuple[int, Counts]] = {}  # by dimension: since a span

    def add(self, at_ms: int, keys: list[Key]) -> None:
        """Count one for each of ``keys`` at a time."""
        place = at_ms // self._width_ms
        if place > self._newest:
            self._newest = place
            for old in [each for each in self._spans if each <= place - self._kept]:
                del self._spans[old]
            for dimension in [
                each for each, of in self._totals.items() if of[0] <= place - self._kept
            ]:
                del self._totals[dimension]
        if place <= self._newest - self._kept:
            return
        span = self._spans.setdefault(place, {})
        for dimension, value in keys:
            counts = span.setdefault(dimension, {})
            counts[value] = counts.get(value, 0) + 1
            first, total = self._totals.get(dimension, _NO_TOTAL)
            if place >= first:
                total[value] = total.get(value, 0) + 1

    def between(self, from_ms: int, to_ms: int, dimension: str) -> Counts:
        """The counts of one dimension in all spans that begin in [from, to), by value."""
        total: Counts = {}
        for counts in self._between(from_ms, to_ms, dimension):
            for value, count in counts.items():
                total[value] = total.get(value, 0) + count
        return dict(sorted(total.items()))

    def copies(self, from_ms: int, to_ms: int, dimension: str) -> list[Counts]:
        """The same by span and not summed up, for whoever does that later, a little at a time."""
        return [counts.copy() for counts in self._between(from_ms, to_ms, dimension)]

    def _between(self, from_ms: int, to_ms: int, dimension: str) -> Iterator[Counts]:
        width_ms = self._width_ms
        for place in range(-(-from_ms // width_ms), -(-to_ms // width_ms)):
            span = self._spans.get(place)
            if span is not None and dimension in span:
                yield span[dimension]

    def since(self, from_ms: int, dimension: str) -> Counts:
        """The counts of one dimension from a time on.

        They are kept: what each of a thousand reps got today is asked for all the time.
        """
        first = -(-from_ms // self._width_ms)
        if dimension not in self._totals or self._totals[dimension][0] != first:
            end_ms = (self._newest + 1) * self._width_ms
            self._totals[dimension] = first, self.between(from_ms, end_ms, dimension)
        return dict(sorted(self._totals[dimension][1].items()))


def spans_until(now_ms: int, width_ms: int, count: int) -> Iterator[tuple[int, int]]:
    """Begin and end of the last ``count`` spans, oldest first; the last has now in it."""
    last = now_ms // width_ms
    for place in range(last - count + 1, last + 1):
        yield place * width_ms, (place + 1) * width_ms
