"""What is remembered of a lead's activity: the newest singly, older ones by type and day.

The same activities leave the same history, in whatever order and however often they came: the
newest are chosen by time and not by arrival, and sums of a day do not care about order. A history
knows no points. They come from the policy when it is valued, so that a new policy applies to what
was done before it.

Three things bound it. A lead keeps at most ``activities_max`` single activities, none older than
the window in which an id is known again; the others count at the start of their day, until they are
``FORGOTTEN_AFTER_MS`` old; and of all that is remembered there are at most ``TYPES_MAX`` types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

DAY_MS = 86_400_000
FORGOTTEN_AFTER_MS = 400 * DAY_MS
"""As long as assignments are kept; a half-life of 90 days leaves 5 % of the points by then."""


TYPES_MAX = 32
"""Of activity, remembered of one lead: with 400 days of each a row stays below 200 KB."""


class Place(NamedTuple):
    """How far something goes in a partition of the log; the later one is the greater.

    The time comes first, because offsets begin anew when a topic does.
    """

    log_ms: int
    next_offset: int


class Single(NamedTuple):
    """One activity. ``digest`` stands for its id, ``weight_milli`` are thousandths of a weight."""

    at_ms: int
    digest: int
    type_index: int
    weight_milli: int


class Published(NamedTuple):
    """Engagement as it was last sent: thousandths of a point, true at ``at_ms``."""

    points_milli: int
    at_ms: int
    half_life_ms: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is remembered: so many single activities, and none older than ``window_ms``."""

    activities_max: int
    window_ms: int


@dataclass(slots=True)
class History:
    """The activity of one lead.

    ``next_offset`` and ``log_ms`` tell how far it goes in the lead's partition of the log: the
    offset after the last record in it, and the latest time of such a record. ``types`` are the
    names that ``type_index`` points to; ``days`` holds for each of them the summed weight of a
    day (days since 1970-01-01 UTC).
    """

    next_offset: int = 0
    log_ms: int = 0
    types: list[str] = field(default_factory=list)
    singles: dict[int, Single] = field(default_factory=dict)
    days: dict[int, dict[int, int]] = field(default_factory=dict)
    published: Published | None = None

    def holds(self, offset: int, timestamp_ms: int) -> bool:
        """Whether a record of the lead's partition is in here, and comes a second time.

        The time is asked as well, because offsets begin anew when a topic does.
        """
        return offset < self.next_offset and timestamp_ms <= self.log_ms

    def advance(self, offset: int, timestamp_ms: int) -> None:
        """Note that the record at ``offset`` is in here."""
        self.next_offset = offset + 1
        self.log_ms = max(self.log_ms, timestamp_ms)

    def has_room_for(self, activity_type: str) -> bool:
        """Whether one more activity of this type can be remembered."""
        if activity_type in self.types or len(self.types) < TYPES_MAX:
            return True
        self._drop_unused_types()
        return len(self.types) < TYPES_MAX

    def _drop_unused_types(self) -> None:
        used = sorted({single.type_index for single in self.singles.values()} | self.days.keys())
        if len(used) == len(self.types):
            return
        place = {index: number for number, index in enumerate(used)}
        self.types = [self.types[index] for index in used]
        self.days = {place[index]: of_type for index, of_type in self.days.items()}
        self.singles = {
            digest: single._replace(type_index=place[single.type_index])
            for digest, single in self.singles.items()
        }

    def add(
        self, at_ms: int, digest: int, activity_type: str, weight_milli: int, bounds: Bounds
    ) -> bool:
        """Take in an activity; false if it is known or too old to count."""
        if digest in self.singles or at_ms <= self.log_ms - FORGOTTEN_AFTER_MS:
            return False
        index = self._index_of(activity_type)
        if at_ms <= self.log_ms - bounds.window_ms:
            self._add_to_day(index, at_ms, weight_milli)
        else:
            self.singles[digest] = Single(at_ms, digest, index, weight_milli)
        return True

    def _index_of(self, activity_type: str) -> int:
        try:
            return self.types.index(activity_type)
        except ValueError:
            self.types.append(activity_type)
            return len(self.types) - 1

    def _add_to_day(self, index: int, at_ms: int, weight_milli: int) -> None:
        of_type = self.days.setdefault(index, {})
        day = at_ms // DAY_MS
        of_type[day] = of_type.get(day, 0) + weight_milli

    def fold(self, bounds: Bounds) -> None:
        """Keep within ``bounds``: move to their days what is too old or one too many."""
        oldest_ms = self.log_ms - bounds.window_ms
        leaving = [single for single in self.singles.values() if single.at_ms <= oldest_ms]
        too_many = len(self.singles) - len(leaving) - bounds.activities_max
        if too_many > 0:
            leaving = sorted(self.singles.values())[: len(leaving) + too_many]
        for single in leaving:
            del self.singles[single.digest]
            self._add_to_day(single.type_index, single.at_ms, single.weight_milli)
        if self.days:
            self._forget()

    def _forget(self) -> None:
        first_day = (self.log_ms - FORGOTTEN_AFTER_MS) // DAY_MS
        for index, of_type in list(self.days.items()):
            for day in [day for day in of_type if day < first_day]:
                del of_type[day]
            if not of_type:
                del self.days[index]
