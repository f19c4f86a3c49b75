"""When a rep works, in whole minutes of their local week, without time-zone files.

Local time comes from the offset steps that the roster entry carries (:class:`RosterEntry`), so
the same inbox gives the same hours on every machine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MINUTE_MS = 60_000
DAY_MS = 86_400_000
EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
SEARCH_DAYS_MAX = 400
FOLLOWING_MAX = 64

WORKING_DAYS = tuple((weekday, 0, 1440) for weekday in range(5))
ALWAYS = tuple((weekday, 0, 1440) for weekday in range(7))


@dataclass(slots=True, frozen=True)
class Schedule:
    """Duty windows of one rep in one channel.

    ``windows`` are (weekday, start_minute, end_minute), local; ``holidays`` are date ordinals;
    ``time_off`` are (from_ms, to_ms); ``offsets`` are (from_ms, offset_minutes) steps.
    """

    windows: tuple[tuple[int, int, int], ...]
    holidays: frozenset[int]
    time_off: tuple[tuple[int, int], ...]
    offsets: tuple[tuple[int, int], ...]
    _following: dict[int, tuple[int, int] | None] = field(default_factory=dict, compare=False)

    def offset_ms(self, at_ms: int) -> int:
        """What to add to UTC for local time."""
        return offset_ms(self.offsets, at_ms)

    def window_after(self, at_ms: int) -> tuple[int, int] | None:
        """The duty window (start_ms, end_ms) that holds ``at_ms``, or the next one.

        ``None`` when there is none within :data:`SEARCH_DAYS_MAX` days.
        """
        offset = self.offset_ms(at_ms)
        day = (at_ms + offset) // DAY_MS
        for ahead in range(SEARCH_DAYS_MAX):
            for start, end in self._windows_of(day + ahead):
                if end > at_ms:
                    return start, end
        return None

    def _windows_of(self, day: int) -> list[tuple[int, int]]:
        """Duty windows of a local day in UTC milliseconds, time off cut out."""
        if day + EPOCH_ORDINAL in self.holidays:
            return []
        weekday = (day + EPOCH_WEEKDAY) % 7
        found = []
        for window_weekday, start_minute, end_minute in self.windows:
            if window_weekday == weekday:
                start = utc_ms(self.offsets, day * DAY_MS + start_minute * MINUTE_MS)
                end = utc_ms(self.offsets, day * DAY_MS + end_minute * MINUTE_MS)
                found += _without(start, end, self.time_off)
        return sorted(found)

    def _window_following(self, end_ms: int) -> tuple[int, int] | None:
        """The window after one that ends at ``end_ms``; asked for every lead, so remembered."""
        if end_ms not in self._following:
            if len(self._following) >= FOLLOWING_MAX:
                self._following.clear()
            self._following[end_ms] = self.window_after(end_ms)
        return self._following[end_ms]

    def after_work(self, from_ms: int, work_ms: int, first: tuple[int, int] | None = None) -> int:
        """The time at which ``work_ms`` of duty have passed since ``from_ms``.

        ``first`` is the window that holds ``from_ms`` or comes next, if it is known already.
        Falls back to plain time when the schedule has no duty in sight.
        """
        at, left = from_ms, work_ms
        window = first or self.window_after(at)
        while window is not None:
            start = max(at, window[0])
            if start + left <= window[1]:
                return start + left
            left -= window[1] - start
            at = window[1]
            window = self._window_following(at)
        return from_ms + work_ms

    def work_between(self, from_ms: int, to_ms: int) -> int:
        """Return how much duty there is between two times, in milliseconds."""
        work_ms, window = 0, self.window_after(from_ms)
        while window is not None and window[0] < to_ms:
            work_ms += min(window[1], to_ms) - max(window[0], from_ms)
            window = self._window_following(window[1])
        return work_ms


def offset_ms(offsets: Sequence[tuple[int, int]], at_ms: int) -> int:
    """The offset in force at ``at_ms``, in milliseconds; 0 without steps."""
    if not offsets:
        return 0
    step = bisect_right(offsets, (at_ms, 1 << 30)) - 1
    return offsets[max(step, 0)][1] * MINUTE_MS


def utc_ms(offsets: Sequence[tuple[int, int]], local_ms: int) -> int:
    """The first time at which clocks there show ``local_ms`` (local milliseconds) or later.

    Depends on the local time alone, never on when it is asked: what a shard computed before a
    change of the clocks and what another computes after it are the same.
    """
    if not offsets:
        return local_ms
    step = max(bisect_right(offsets, (local_ms - DAY_MS, 1 << 30)) - 1, 0)
    for (_, minutes), (changes_ms, _) in pairwise(offsets[step:]):
        at_ms = local_ms - minutes * MINUTE_MS
        if at_ms < changes_ms:
            return at_ms
        step += 1
        if changes_ms + offsets[step][1] * MINUTE_MS >= local_ms:
            return changes_ms  # the clocks jump over it
    return local_ms - offsets[step][1] * MINUTE_MS


def local_day(offsets: Sequence[tuple[int, int]], at_ms: int) -> int:
    """Days since the epoch of the local date."""
    return (at_ms + offset_ms(offsets, at_ms)) // DAY_MS


def next_local_midnight_ms(offsets: Sequence[tuple[int, int]], at_ms: int) -> int:
    """When the local date changes next, in UTC milliseconds."""
    return utc_ms(offsets, (local_day(offsets, at_ms) + 1) * DAY_MS)


def _without(start: int, end: int, gaps: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    pieces = [(start, end)]
    for gap_start, gap_end in gaps:
        pieces = [
            piece
            for low, high in pieces
            for piece in ((low, min(high, gap_start)), (max(low, gap_end), high))
            if piece[0] < piece[1]
        ]
    return pieces
