"""Speeds by quarter of an hour, channel and rep, from which those of a changed lead go again."""

from __future__ import annotations

from collections.abc import Iterable

from router.streams.projection.durations import class_of, merged
from router.streams.projection.histories import Speed
from router.streams.projection.series import QUARTER_MS

Group = tuple[str, str, str]
"""What took so long, ``channel`` or ``rep``, and which."""


class Speeds:
    """Histograms of the last ``kept`` quarters of an hour."""

    def __init__(self, kept: int) -> None:
        """Start empty."""
        self._kept = kept
        self._newest = 0
        self._quarters: dict[int, dict[Group, dict[int, int]]] = {}

    def replace(self, before: Iterable[Speed], after: Iterable[Speed]) -> None:
        """Take out what a lead came to before, put in what it comes to now."""
        for speed in before:
            self._count(speed, -1)
        for speed in after:
            self._count(speed, 1)

    def _count(self, speed: Speed, by: int) -> None:
        quarter = speed.at_ms // QUARTER_MS
        if quarter > self._newest:
            self._newest = quarter
            for old in [each for each in self._quarters if each <= quarter - self._kept]:
                del self._quarters[old]
        if quarter <= self._newest - self._kept:
            return
        groups = self._quarters.setdefault(quarter, {})
        number = class_of(speed.took_ms)
        for group in (
            (speed.what, "channel", speed.channel),
            (speed.what, "rep", speed.rep_id),
        ):
            counts = groups.setdefault(group, {})
            left = counts.get(number, 0) + by
            if left:
                counts[number] = left
            else:
                del counts[number]

    def histogram(
        self, from_ms: int, what: str, kind: str, name: str | None = None
    ) -> dict[int, int]:
        """Counts by class since a time, of one channel or rep, or of all."""
        first = from_ms // QUARTER_MS
        spans = [groups for quarter, groups in self._quarters.items() if quarter >= first]
        if name is not None:  # by its place: each of a thousand reps is asked for
            return merged(groups.get((what, kind, name), {}) for groups in spans)
        return merged(
            counts
            for groups in spans
            for (of_what, of_kind, _), counts in groups.items()
            if of_what == what and of_kind == kind
        )
