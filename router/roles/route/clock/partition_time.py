"""Time in one partition of the inbox: its ticks, and what they say of the broker's clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from router.core.ticks.clock_leap import STEP_MS_MAX
from router.kafka.topics.codecs import tick_value
from router.observe.meters import RoutingMeters
from router.roles.route.clock.broker_clock import BrokerClock, Change, ClockChange
from router.roles.route.clock.tick_schedule import TickSchedule
from router.roles.route.fold import Fold
from router.telemetry import logger

log = logger(__name__)

_EVEN_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps: time that passes for people passes for their clocks."""

_TOLD = {
    Change.LEAPT: "no clock fires until the broker's clock has come back, or gone on like this for"
    " 3 minutes (beyond 40 days: until you say so): see to the broker's time; if it is right and"
    " all of it is to count, go on with `lead-router run --accept-clock-jump`",
    Change.RETURNED: "the broker's clock shows again what it should: clocks go on as if nothing had"
    " been",
    Change.CONFIRMED: "the broker's clock has gone on at our pace, so its time stands; clocks that"
    " ran before it leapt run so much longer, because nobody lived through it",
    Change.SET_BACK: "the broker's clock was set back, and the log's time and every running clock"
    " with it",
}


def even_ms() -> int:
    """A clock of this machine that nobody sets."""
    return time.clock_gettime_ns(_EVEN_CLOCK) // 1_000_000


def wall_ms() -> int:
    """This machine's time of day."""
    return time.time_ns() // 1_000_000


class PartitionTime:
    """Lets time pass in one partition, as long as the broker's clock can be believed.

    A partition's leader has a clock of its own, so each partition judges for itself.
    """

    def __init__(
        self,
        partition: int,
        meters: RoutingMeters,
        leap_max_ms: int,
        *,
        accepts_leap: bool = False,
        even_ms: Callable[[], int] = even_ms,
        wall_ms: Callable[[], int] = wall_ms,
    ) -> None:
        """``accepts_leap``: an operator has said that the broker's time is true as it is now."""
        self._partition = partition
        self._meters = meters
        self._leap_max_ms = leap_max_ms
        self._accepts_leap = accepts_leap
        self._even_ms, self._wall_ms = even_ms, wall_ms
        self._ticks = TickSchedule()
        self._clock = BrokerClock(leap_max_ms)
        self._sent_ms = 0
        for change in Change:
            meters.clock_changes.add(str(partition), change, by=0)  # as in DeadLetterBox.expect

    def open(self, fold: Fold) -> None:
        """Begin anew: meanwhile others may have had the partition, and clocks may have moved."""
        self._ticks = TickSchedule()
        self._clock = BrokerClock(self._leap_max_ms, believes_anything=self._accepts_leap)
        self._clock.assume(self._guess_ms(fold), self._even_ms())

    @property
    def leap_ms(self) -> int:
        """How far the broker's clock has leapt while no clock fires for it; 0 otherwise."""
        return self._clock.leap_ms

    @property
    def is_urgent(self) -> bool:
        """Whether a tick has left work that was due, so that another follows at once."""
        return self._ticks.follows_at_once and not self._clock.leap_ms

    def overdue_ms(self, due_ms: int) -> int:
        """How long ``due_ms`` is past, by the broker's time as it is believed; 0 if not."""
        return max(self._clock.now_ms(self._even_ms()) - due_ms, 0)

    def read(self, stamp_ms: int) -> None:
        """A record was read; told at once if it is from the future."""
        self._tell(self._clock.read(stamp_ms, self._even_ms()))

    def wants_tick(self, fold: Fold) -> bool:
        """Whether to send a tick now, with an inbox that is drained."""
        local_ms, clock = self._even_ms(), self._clock
        clock.assume(self._guess_ms(fold), local_ms)
        now_ms, due_ms = clock.now_ms(local_ms), fold.next_due_ms()
        is_due = due_ms is not None and due_ms <= now_ms
        is_ahead = clock.is_proven and fold.now_ms - now_ms > STEP_MS_MAX
        return self._ticks.is_wanted(
            local_ms,
            is_due=is_due or is_ahead or clock.unlived_ms > 0,
            is_held=clock.leap_ms > 0,
        )

    def tick(self, fold: Fold) -> bytes:
        """Return the inbox value of a tick that is sent now."""
        self._sent_ms, clock = self._even_ms(), self._clock
        now_ms, due_ms = clock.now_ms(self._sent_ms), fold.next_due_ms()
        return tick_value(
            now_ms if due_ms is None else min(due_ms, now_ms),
            clock.until_ms(self._sent_ms, _settled_ms(fold)),
            clock.unlived_ms + clock.leap_ms,
        )

    def tick_committed(self, offset: int, stamp_ms: int, fold: Fold) -> None:
        """A tick is in the log, appended at ``stamp_ms`` by the broker's clock; 0: not said."""
        received_ms = self._even_ms()
        self._ticks.sent(offset, received_ms)
        if not stamp_ms:
            return
        was_proven = self._clock.is_proven
        change = self._clock.appended(
            stamp_ms,
            sent_ms=self._sent_ms,
            received_ms=received_ms,
            settled_ms=_settled_ms(fold),
        )
        self._accepts_leap = False
        self._tell(change)
        if not was_proven and self._clock.is_proven:
            self._compare(stamp_ms)

    def applied(self, fold: Fold) -> None:
        """A transaction is committed: maybe a tick has done its work."""
        due_ms = fold.next_due_ms()
        more_is_due = due_ms is not None and due_ms <= _settled_ms(fold)
        if self._ticks.applied(fold.next_offset, more_is_due=more_is_due) and fold.leap is None:
            self._clock.settled()

    def _guess_ms(self, fold: Fold) -> int:
        """The broker's time, before it has answered.

        An owner before us may have said that the log's time is too late. Else it is at least the
        log's time before its last leap, and it should be this machine's.
        """
        leap = fold.leap
        if leap is not None and leap.unlived_ms:
            return fold.now_ms - leap.unlived_ms
        return max(self._wall_ms(), _settled_ms(fold))

    def _tell(self, change: ClockChange | None) -> None:
        if change is None:
            return
        self._meters.clock_changes.add(str(self._partition), change.change)
        log.warning(
            "broker_clock.changed",
            change=change.change.value,
            partition=self._partition,
            seconds=change.by_ms // 1000,
            why=_TOLD[change.change],
        )

    def _compare(self, stamp_ms: int) -> None:
        ahead_ms = stamp_ms - self._wall_ms()
        if abs(ahead_ms) > self._leap_max_ms:
            log.warning(
                "broker_clock.differs",
                partition=self._partition,
                ahead_seconds=ahead_ms // 1000,
                why="the broker's time of day is not this machine's: synchronize their clocks",
            )


def _settled_ms(fold: Fold) -> int:
    """The log's time as far as ticks have vouched for it."""
    return fold.now_ms if fold.leap is None else fold.leap.before_ms
