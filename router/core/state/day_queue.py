"""Ids by the day on which something is to be done about them.

:mod:`router.core.assign.due_by_day` does it.
"""

from __future__ import annotations


class DayIds:
    """The ids of one day, which may be a bulk, and may repeat one another."""

    __slots__ = ("ids", "in_order")

    def __init__(self) -> None:
        """None yet."""
        self.ids: list[str] = []
        self.in_order = False

    def __len__(self) -> int:
        return len(self.ids)

    def put_in_order(self) -> list[str]:
        """Each once, the first at the end. Sorted only if one came since: ticks take parts."""
        if not self.in_order:
            self.ids = sorted(set(self.ids), reverse=True)
            self.in_order = True
        return self.ids


Days = dict[int, DayIds]
"""By day since the epoch."""


def watch_day(days: Days, day: int, one: str) -> None:
    """Remember that something is to be done about the id on that day."""
    of_day = days.get(day)
    if of_day is None:
        of_day = days[day] = DayIds()
    of_day.ids.append(one)
    of_day.in_order = False
