"""The backlog, counted as leads come and go, so that no answer has to look at all of it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from router.board.statistics.ordered import Ordered


class Waiter(NamedTuple):
    """A lead that waits, as it counts; the channel is known when route's state has the lead."""

    lead_id: str
    reason: str
    since_ms: int
    worth_minor: int
    channel: str | None


class Waiting:
    """``by_value`` holds (worth below zero, since, lead id), ``by_age`` (since, lead id)."""

    def __init__(self) -> None:
        """Start empty."""
        self.by_value: Ordered[tuple[int, int, str]] = Ordered()
        self.by_age: dict[str, Ordered[tuple[int, str]]] = {}  # by reason
        self.channels: Counter[str] = Counter()

    def replace(self, before: Waiter | None, after: Waiter | None) -> None:
        """A lead waits as in ``after`` and no more as in ``before``; None does not wait."""
        if before == after:
            return
        if before is not None:
            self._take_out(before)
        if after is not None:
            self.by_value.add(_valued(after))
            self.by_age.setdefault(after.reason, Ordered()).add((after.since_ms, after.lead_id))
            if after.channel is not None:
                self.channels[after.channel] += 1

    def _take_out(self, waiter: Waiter) -> None:
        self.by_value.remove(_valued(waiter))
        aged = self.by_age[waiter.reason]
        aged.remove((waiter.since_ms, waiter.lead_id))
        if not aged:
            del self.by_age[waiter.reason]
        if waiter.channel is not None:
            self.channels[waiter.channel] -= 1

    @property
    def oldest_ms(self) -> int | None:
        """Since when the one waits that has waited longest; None when none does."""
        return min((aged.head(1)[0][0] for aged in self.by_age.values()), default=None)

    def count_after(self, since_ms: int) -> int:
        """How many have waited since later than ``since_ms``."""
        return sum(len(aged) - aged.count_before((since_ms + 1,)) for aged in self.by_age.values())


def _valued(waiter: Waiter) -> tuple[int, int, str]:
    return -waiter.worth_minor, waiter.since_ms, waiter.lead_id
