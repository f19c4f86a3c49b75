"""Speeds by quarter of an hour, channel and rep, from which those of a changed lead go again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router.board.projection.histories import Speed
from router.board.statistics.durations import class_of, merged
from router.board.statistics.series import QUARTER_MS

Group = tuple[str, str, str]
"""What took so long, ``channel`` or ``rep``, and which."""


class Speeds:
    """Histograms of the last ``kept`` quarters of an hour.

    ``_whole`` are those from ``_first`` on in one: each of a thousand reps is asked for all the
    time, always since the same quarter, and to merge a day's anew takes a tenth of a second.
    """

    def __init__(self, kept: int) -> None:
        """Start empty."""
        self._kept = kept
        self._newest = 0
        self._quarters: dict[int, dict[Group, dict[int, int]]] = {}
        self._first = 0
        self._whole: dict[Group, dict[int, int]] = {}

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
            oldest = quarter - self._kept + 1
            self._begin_with(oldest)
            for old in [each for each in self._quarters if each < oldest]:
                del self._quarters[old]
        if quarter <= self._newest - self._kept:
            return
        groups = self._quarters.setdefault(quarter, {})
        number = class_of(speed.took_ms)
        for group in (
            (speed.what, "channel", speed.channel),
            (speed.what, "rep", speed.rep_id),
        ):
            _add(groups, group, number, by)
            if quarter >= self._first:
                _add(self._whole, group, number, by)

    def _begin_with(self, first: int) -> None:
        """Take the quarters before ``first`` out of the whole."""
        if first <= self._first:
            return
        for quarter in [each for each in self._quarters if self._first <= each < first]:
            for group, counts in self._quarters[quarter].items():
                for number, count in counts.items():
                    _add(self._whole, group, number, -count)
        self._first = first

    def histogram(
        self, from_ms: int, what: str, kind: str, name: str | None = None
    ) -> Mapping[int, int]:
        """Counts by class since a time, of one channel or rep, or of all."""
        first = from_ms // QUARTER_MS
        self._begin_with(first)
        if first == self._first:
            if name is not None:
                return self._whole.get((what, kind, name), {})
            spans = [self._whole]
        else:  # a clock has been set back
            spans = [groups for quarter, groups in self._quarters.items() if quarter >= first]
        if name is not None:
            return merged(groups.get((what, kind, name), {}) for groups in spans)
        return merged(
            counts
            for groups in spans
            for (of_what, of_kind, _), counts in groups.items()
            if of_what == what and of_kind == kind
        )


def _add(groups: dict[Group, dict[int, int]], group: Group, number: int, by: int) -> None:
    """Groups and classes without any are not kept."""
    counts = groups.setdefault(group, {})
    left = counts.get(number, 0) + by
    if left:
        counts[number] = left
        return
    counts.pop(number, None)
    if not counts:
        del groups[group]
