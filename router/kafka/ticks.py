"""When the owner of a partition lets time pass in it.

Only ticks fire deadlines, and they are records of the inbox like all others, so that a replay
sees time pass at the same places. A tick is sent when the earliest deadline is due, and once a
minute; never while another is on its way, and otherwise at most once a second. The caller asks
only when the inbox is drained: what a rep has answered must be seen before their clock fires.
"""

from __future__ import annotations

_EVERY_MS = 60_000
_APART_MS = 1_000
_FOLLOWING_MAX = 200
"""Ticks that may follow each other at once; if even then work is due, it does not get done."""


class TickSchedule:
    """Decides on the ticks of one partition. All times are the broker's, in milliseconds."""

    def __init__(self) -> None:
        """Nothing sent yet; a tick of a former owner has been consumed once we are drained."""
        self._sent_ms = 0
        self._awaited_offset: int | None = None
        self._following = 0

    @property
    def follows_at_once(self) -> bool:
        """Whether the last tick has left work that was due by its own time."""
        return self._awaited_offset is None and 0 < self._following <= _FOLLOWING_MAX

    def is_wanted(self, now_ms: int, next_due_ms: int | None) -> bool:
        """Whether to send a tick now; ``next_due_ms`` is the earliest deadline."""
        if self._awaited_offset is not None:
            return False
        if self.follows_at_once:
            return True
        since_ms = now_ms - self._sent_ms
        is_due = next_due_ms is not None and next_due_ms <= now_ms
        return since_ms >= _EVERY_MS or (is_due and since_ms >= _APART_MS)

    def sent(self, offset: int, now_ms: int) -> None:
        """A tick was committed at ``offset``."""
        self._awaited_offset = offset
        self._sent_ms = now_ms

    def applied(self, next_offset: int, log_ms: int, next_due_ms: int | None) -> None:
        """Everything before ``next_offset`` has been applied; the log's time is ``log_ms``.

        A tick handles a bounded number of items: if some were due by its own time and are still
        there, another must follow.
        """
        if self._awaited_offset is None or next_offset <= self._awaited_offset:
            return
        self._awaited_offset = None
        more_is_due = next_due_ms is not None and next_due_ms <= log_ms
        self._following = self._following + 1 if more_is_due else 0


class BrokerClock:
    """The broker's time, estimated from the append times it reports."""

    def __init__(self) -> None:
        """Until the first report the clocks are taken to agree."""
        self._ahead_ms = 0

    def observe(self, broker_ms: int, local_ms: int) -> None:
        """The broker's clock showed ``broker_ms`` a moment before ours showed ``local_ms``."""
        if broker_ms > 0:
            self._ahead_ms = broker_ms - local_ms

    def now_ms(self, local_ms: int) -> int:
        """The broker's time when ours is ``local_ms``; late by a round trip, never early."""
        return local_ms + self._ahead_ms
