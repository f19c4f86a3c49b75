"""Limits as data: how many leads a rep may be given or have, and who has as many.

A limit is a line of a table: what is told of a rep who has reached it, what it counts (leads given
in a period, leads that are open, or to be answered), in which channel, and the most for each rep.
Another cap is a line of :data:`CAPS`; whoever counts, asks, explains or shows follows.
"""

from __future__ import annotations

from typing import Final

from router.core.model.assignment import Exclusion
from router.core.model.events import ALL_CHANNELS, RepCap
from router.core.model.policy import Cap, Policy
from router.core.model.rep import Load, Rep

HOUR: Final = "hour"
DAY: Final = "day"
WEEK: Final = "week"
OPEN: Final = "open"
UNANSWERED: Final = "unanswered"

CAPS: Final = (
    ("per_hour", HOUR, Exclusion.HOUR_CAP),
    ("per_day", DAY, Exclusion.DAY_CAP),
    ("per_week", WEEK, Exclusion.WEEK_CAP),
    ("open", OPEN, Exclusion.OPEN_CAP),
)
"""Of each cap: its name in policy and roster, what it counts, what is told when it is reached."""

_OTHERS: Final = (Exclusion.SOURCE_CAP, Exclusion.POOL_CAP, Exclusion.UNACCEPTED)
LIMITS: Final = frozenset((*[exclusion for _, _, exclusion in CAPS], *_OTHERS))
"""All that is told of a rep who has reached a limit."""

_ORDER: Final = {exclusion: place for place, exclusion in enumerate(Exclusion)}
NO_CAP: Final = Cap()
NO_OWN_CAP: Final = RepCap()
NO_LOAD: Final = Load()


class Limit:
    """One line: ``most`` by rep number, and in ``reached`` a bit for each rep who has as many.

    ``channel`` may be :data:`ALL_CHANNELS`: then it counts over all of a rep's. With a ``source``
    or a ``pool_id`` it counts, and bars, leads of that alone. ``counter`` is its name among the
    counts of a load; None for what every load counts.
    """

    __slots__ = (
        "channel", "counter", "exclusion", "measure", "most", "pool_id", "reached", "source",
    )  # fmt: skip

    def __init__(
        self,
        exclusion: Exclusion,
        measure: str,
        channel: str,
        source: str | None = None,
        pool_id: str | None = None,
    ) -> None:
        """No rep has it yet."""
        self.exclusion = exclusion
        self.measure = measure
        self.channel = channel
        self.source = source
        self.pool_id = pool_id
        self.most: dict[int, int] = {}
        self.reached = 0
        self.counter: str | None = None
        if pool_id is not None:
            self.counter = f"{measure} {pool_id}"
        elif measure in {HOUR, WEEK}:
            self.counter = measure

    def applies(self, source: str | None, pool_id: str | None) -> bool:
        """Whether it counts leads of a source that a pool gives; None outside rotation."""
        if self.source is not None:
            return self.source == source
        return self.pool_id is None or self.pool_id == pool_id

    def note(self, rep: Rep, load: Load, today: int, hour: int) -> None:
        """Set or clear the rep's bit by their ``load`` in a channel that the limit counts."""
        bit, before = 1 << rep.number, self.reached
        full = self.counted(rep, load, today, hour) >= self.most[rep.number]
        self.reached = before | bit if full else before & ~bit

    def counted(self, rep: Rep, load: Load, today: int, hour: int) -> int:
        """Return how many the rep has of what the limit counts."""
        if self.channel != ALL_CHANNELS:
            return self._counted_in(load, today, hour)
        count = 0
        for each in rep.loads.values():
            count += self._counted_in(each, today, hour)
        return count

    def _counted_in(self, load: Load, today: int, hour: int) -> int:
        if self.counter is not None:
            number, count = (load.counts or {}).get(self.counter, (0, 0))
            return count if number == period_of(self.measure, today, hour) else 0
        if self.measure == OPEN:
            return load.open
        if self.measure == UNANSWERED:
            return load.unaccepted
        if load.day != today:
            return 0
        return (
            load.day_count if self.source is None else (load.day_sources or {}).get(self.source, 0)
        )

    @property
    def binds_urgent(self) -> bool:
        """Whether urgent requests of a rep's own customers keep to it, too."""
        return self.measure == OPEN


def period_of(measure: str, today: int, hour: int) -> int:
    """Return the number of the period that goes on: hours and days since the epoch, weeks.

    Weeks begin on Monday: day 0, the first of January 1970, was a Thursday.
    """
    if measure == HOUR:
        return hour
    return today if measure == DAY else (today + 3) // 7


Line = tuple[Exclusion, str, str, str | None, int]
"""Exclusion, measure, channel, source, and the most of it."""


def lines_of(policy: Policy, rep: Rep, channel: str, *, new: bool) -> list[Line]:
    """Return the rep's limits in a channel; their own win, in it or over all channels."""
    cap = policy.caps.get(channel, NO_CAP)
    own = rep.profile.caps.get(channel, NO_OWN_CAP)
    over_all = rep.profile.caps.get(ALL_CHANNELS, NO_OWN_CAP)
    found: list[Line] = []
    for name, measure, exclusion in CAPS:
        most, most_over_all = getattr(own, name), getattr(over_all, name)
        if most is None and most_over_all is None:
            most = getattr(cap, name)
        for where, at_most in ((channel, most), (ALL_CHANNELS, most_over_all)):
            if at_most is not None:
                found.append((exclusion, measure, where, None, at_most))
    for source, at_most in cap.per_day_from:
        found.append((Exclusion.SOURCE_CAP, DAY, channel, source, at_most))
    rule = policy.new_rep
    if new and rule is not None:
        return [(*line[:4], _scaled(line[4], rule.permille)) for line in found]
    return found


def _scaled(most: int, permille: int) -> int:
    return max(1, most * permille // 1000) if most else 0  # a cap of 0 stays 0


def in_order(limits: list[Limit]) -> list[Limit]:
    """Return limits in the order of what they tell."""
    return sorted(limits, key=lambda limit: _ORDER[limit.exclusion])
