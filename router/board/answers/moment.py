"""When an answer is given, and since when it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from router.board.statistics.series import DAY_MS, QUARTER_MS
from router.core.model.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class Moment:
    """``now_ms`` is the broker's time as well as it is known; the day began at ``day_ms``."""

    now_ms: int
    day_ms: int

    @classmethod
    def at(cls, now_ms: int, zone: ZoneInfo) -> Moment:
        """The moment, in a day that begins at midnight in ``zone``."""
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
        midnight = datetime.combine(local.date(), time.min, tzinfo=zone)
        return cls(now_ms, round(midnight.timestamp() * 1000))

    @property
    def last_day_ms(self) -> int:
        """A day ago, from the quarter of an hour on that holds it."""
        return (self.now_ms - DAY_MS) // QUARTER_MS * QUARTER_MS + QUARTER_MS


def optional_time(time_ms: int | None) -> str | None:
    """RFC 3339, or None."""
    return None if time_ms is None else rfc3339(time_ms)
