"""Time that leaps: what of the log's time counts when a broker's clock was set.

The log's time is what the broker's clock says, and clocks of people (to accept, to contact, waits)
are to run in time that was lived through. Both are the same until somebody sets the broker's clock.
Nothing in the core can tell a leap of an hour from an hour in which the service was off, and a
replay has nothing but the inbox. So whoever owns the partition judges, by a clock of its own, and
says in the ticks what it found (:class:`router.core.model.events.Tick`):

1. A record that is more than a minute later than the one before it may be either. The step is
   remembered (:class:`Leap`), and decisions go on by the log's time.
2. A tick that was appended later than ``until_ms`` was stamped by a clock that its sender does not
   believe. It fires nothing. So nothing fires until clocks agree, or the sender has been convinced.
3. The next tick that is believed settles the step: ``unlived_ms`` of it were lived through by
   nobody, so clocks that ran before it run so much longer. Without that it counts: the service
   was off, and people had the time.
4. A tick that is believed and yet was appended more than a minute *before* the log's time shows
   that the log is ahead of the broker's clock. The log's time is set back to it, and what was set
   by the time that was too late is set back with it. (By how far the log's time is ahead: what was
   lived through since its last record, a minute at most, is given on top to those clocks.)

Example, in minutes: a lead is assigned at 0 with a clock to accept of 10. At 5 the broker's clock
leaps by 60; a lead that comes at 66 has until 76. Ticks at 65 to 68, believed until 6 to 9, fire
nothing. The tick at 69 says that 60 were not lived through: the first lead now has until 70. Had
the clock come back at 7, the next tick at 8 finds the log's time at 68 and sets it back to 8: the
first lead keeps its 10, and the second has until 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from router.core.model.events import Tick

STEP_MS_MAX: Final = 60_000
"""A larger step may be a leap; and so far ahead of the broker's clock the log's time may stay."""


@dataclass(frozen=True, slots=True)
class Leap:
    """A step of the log's time, from ``before_ms`` to ``at_ms``, that no tick has settled yet.

    ``unlived_ms`` is what of it nobody lived through, as far as an owner of the partition has
    said: another who takes over goes on from there. Of several steps it is the span of all, so
    that whatever began before the last of them is given too much time rather than too little.
    """

    before_ms: int
    at_ms: int
    unlived_ms: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """What ``from_ms`` was for a running clock is ``to_ms`` now; nobody lived through the rest."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What follows from a tick: the log's time, and whether anything may fire.

    ``earlier`` moves the clocks that began before ``at_ms`` of the log's time, ``later`` the
    others; ``leap`` is what remains to be settled.
    """

    now_ms: int
    fires: bool = True
    leap: Leap | None = None
    at_ms: int = 0
    earlier: Move | None = None
    later: Move | None = None


def after_step(leap: Leap | None, now_ms: int, timestamp_ms: int) -> Leap | None:
    """Return what is to be settled once a record of ``timestamp_ms`` has come after ``now_ms``."""
    if not now_ms or timestamp_ms - now_ms <= STEP_MS_MAX:
        return leap
    if leap is None:
        return Leap(now_ms, timestamp_ms)
    return Leap(leap.before_ms, timestamp_ms, leap.unlived_ms)


def read_tick(tick: Tick, timestamp_ms: int, now_ms: int, leap: Leap | None) -> Reading:
    """Return what follows from a tick; ``now_ms`` and ``leap`` are as they were before it."""
    if tick.until_ms is None:  # of an older version: believed whenever it came
        return Reading(max(timestamp_ms, now_ms))
    if timestamp_ms > tick.until_ms:
        leap = _told(after_step(leap, now_ms, timestamp_ms), tick.unlived_ms)
        return Reading(max(timestamp_ms, now_ms), fires=False, leap=leap)
    later: Move | None = None
    if now_ms - timestamp_ms > STEP_MS_MAX:
        later, now_ms = Move(now_ms, timestamp_ms), timestamp_ms
    now_ms = max(timestamp_ms, now_ms)  # and the step to a tick that is believed is no leap
    if leap is None:
        return Reading(now_ms, later=later)
    unlived_ms = max(0, min(tick.unlived_ms, leap.at_ms - leap.before_ms))
    leapt_ms = leap.at_ms - unlived_ms  # when it leapt, by a clock that did not
    ahead_ms = unlived_ms - (0 if later is None else later.from_ms - later.to_ms)
    earlier = Move(leapt_ms, leapt_ms + ahead_ms) if ahead_ms > 0 else None
    return Reading(now_ms, at_ms=leap.at_ms, earlier=earlier, later=later)


def _told(leap: Leap | None, unlived_ms: int) -> Leap | None:
    """Remember what an owner has found out; one who knows nothing yet takes nothing back."""
    if leap is None or unlived_ms <= 0:
        return leap
    return Leap(leap.before_ms, leap.at_ms, min(unlived_ms, leap.at_ms - leap.before_ms))
