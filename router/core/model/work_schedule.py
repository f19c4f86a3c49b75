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
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
SEARCH_DAYS_MAX = 400
FOLLOWING_MAX = 64

WORKING_HOURS = tuple((weekday, 9 * 60, 17 * 60) for weekday in range(5))
"""Of a rep for whom neither roster nor policy names any."""
ALWAYS = tuple((weekday, 0, 1440) for weekday in range(7))


@dataclass(slots=True, frozen=True)
class Schedule:
    """Duty windows of one rep in one channel.

    ``windows`` are (weekday, start_minute, end_minute), local, by the day on which they begin: a
    night shift of Friday from 22:00 to 06:00 is (4, 1320, 1800), so a holiday on Friday takes all
    of it, and one on Saturday none. ``holidays`` are date ordinals; ``time_off`` are
    (from_ms, to_ms); ``offsets`` are (from_ms, offset_minutes) steps.
    """

    windows: tuple[tuple[int, int, int], ...]
    holidays: frozenset[int]
    time_off: tuple[tuple[int, int], ...]
    offsets: tuple[tuple[int, int], ...]
    _following: dict[int, tuple[int, int] | None] = field(default_factory=dict, compare=False)
    _working_days: dict[tuple[int, int], tuple[int, list[tuple[int, int]]]] = field(
        default_factory=dict, compare=False
    )

    def offset_ms(self, at_ms: int) -> int:
        """What to add to UTC for local time."""
        return offset_ms(self.offsets, at_ms)

    def window_after(self, at_ms: int) -> tuple[int, int] | None:
        """The duty window (start_ms, end_ms) that holds ``at_ms``, or the next one.

        ``None`` when there is none within :data:`SEARCH_DAYS_MAX` days.
        """
        yesterday = local_day(self.offsets, at_ms) - 1  # its shift may end today
        for ahead in range(SEARCH_DAYS_MAX):
            for start, end in self._windows_of(yesterday + ahead):
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

    def after_days(self, from_ms: int, days: int, first: tuple[int, int] | None = None) -> int:
        """The time ``days`` working days after ``from_ms``, at the same time of the day.

        From Thursday 15:00 one day is Friday 15:00, or the end of Friday's work if that is earlier;
        from Saturday it is Tuesday's first hour, because work goes on with Monday's. ``first`` is
        as in :meth:`after_work`.
        """
        window = first or self.window_after(from_ms)
        if window is None:
            return from_ms + days * DAY_MS
        at_ms = max(from_ms, window[0])
        day = local_day(self.offsets, window[0])
        into_day_ms = at_ms + self.offset_ms(at_ms) - day * DAY_MS
        later, windows = self._working_day(day, days)
        wanted_ms, due_ms = utc_ms(self.offsets, later * DAY_MS + into_day_ms), 0
        for start, end in windows:
            if due_ms and start > wanted_ms:
                break
            due_ms = min(max(wanted_ms, start), end)
        return due_ms or from_ms + days * DAY_MS

    def _working_day(self, day: int, days: int) -> tuple[int, list[tuple[int, int]]]:
        """The day of work that comes ``days`` of them after ``day``, and its windows.

        Asked for every lead, so remembered; no windows when there is no duty in sight.
        """
        key = day, days
        found = self._working_days.get(key)
        if found is None:
            later = day
            for _ in range(days):
                later = self._next_working_day(later) if later >= 0 else later
            if len(self._working_days) >= FOLLOWING_MAX:
                self._working_days.clear()
            windows = self._windows_of(later) if later >= 0 else []
            found = self._working_days[key] = later, windows
        return found

    def _next_working_day(self, day: int) -> int:
        for later in range(day + 1, day + SEARCH_DAYS_MAX):
            if self._windows_of(later):
                return later
        return -1

    def last_work_before(self, from_ms: int, end_ms: int) -> int | None:
        """Return the end of the last duty between two times; None if there is none."""
        last_ms, window = None, self.window_after(from_ms)
        while window is not None and window[0] < end_ms:
            last_ms = min(window[1], end_ms)
            window = self._window_following(window[1])
        return last_ms

    def work_between(self, from_ms: int, to_ms: int) -> int:
        """Return how much duty there is between two times, in milliseconds."""
        at, work_ms, window = from_ms, 0, self.window_after(from_ms)
        while window is not None and window[0] < to_ms:
            work_ms += min(window[1], to_ms) - max(window[0], at)
            at = window[1]
            window = self._window_following(at)
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


def noon_ms(day: int) -> int:
    """Noon of a UTC day: the offsets at it are those of the working hours nearly everywhere."""
    return day * DAY_MS + DAY_MS // 2


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
