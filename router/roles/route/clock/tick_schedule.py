"""When the owner of a partition lets time pass in it.

Only ticks fire deadlines, and they are records of the inbox like all others, so that a replay
sees time pass at the same places. A tick is sent when the earliest deadline is due, and once a
minute; never while another is on its way, and otherwise at most once a second. The caller asks
only when the inbox is drained: what a rep has answered must be seen before their clock fires.
"""

from __future__ import annotations

_EVERY_MS = 60_000
_HELD_EVERY_MS = 10_000
_APART_MS = 1_000
_FOLLOWING_MAX = 200
"""Ticks that may follow each other at once; if even then work is due, it does not get done."""


class TickSchedule:
    """Decides on the ticks of one partition.

    ``local_ms`` is a clock of this machine that nobody sets.
    """

    def __init__(self) -> None:
        """Nothing sent yet; a tick of a former owner has been consumed once we are drained."""
        self._sent_ms: int | None = None
        self._awaited_offset: int | None = None
        self._following = 0

    @property
    def follows_at_once(self) -> bool:
        """Whether the last tick has left work that was due by its own time."""
        return self._awaited_offset is None and 0 < self._following <= _FOLLOWING_MAX

    def is_wanted(self, local_ms: int, *, is_due: bool, is_held: bool = False) -> bool:
        """Whether to send a tick now; ``is_due``: there is something for it to do.

        While the broker's clock is not believed (``is_held``) a tick fires nothing and only asks
        for that clock, six times a minute.
        """
        if self._awaited_offset is not None:
            return False
        if self._sent_ms is None:
            return True
        since_ms = local_ms - self._sent_ms
        if is_held:
            return since_ms >= _HELD_EVERY_MS
        return self.follows_at_once or since_ms >= (_APART_MS if is_due else _EVERY_MS)

    def sent(self, offset: int, local_ms: int) -> None:
        """A tick was committed at ``offset``."""
        self._awaited_offset = offset
        self._sent_ms = local_ms

    def applied(self, next_offset: int, *, more_is_due: bool) -> bool:
        """Everything before ``next_offset`` has been applied; whether a tick of ours among it.

        A tick handles a bounded number of items: if some were due by its own time and are still
        there (``more_is_due``), another must follow.
        """
        if self._awaited_offset is None or next_offset <= self._awaited_offset:
            return False
        self._awaited_offset = None
        self._following = self._following + 1 if more_is_due else 0
        return True
