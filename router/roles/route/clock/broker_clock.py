"""The broker's clock, watched by one of ours that nobody sets."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

CONFIRM_MS = 180_000
"""How long a clock that has leapt must go on at our pace until its time is taken for true."""

_PROMPT_MS = 1_000
"""An answer within this time is taken for the broker's time; a later one only bounds it."""

FAR_MS = 40 * 86_400_000
"""A step of the log's time beyond this needs an operator, whatever clocks say."""


class Change(StrEnum):
    """What the broker's clock has done."""

    LEAPT = "leapt"  # ahead, beyond the bound: not believed yet
    RETURNED = "returned"  # to what was believed all the while
    CONFIRMED = "confirmed"  # it has gone on at our pace: believed from now on
    SET_BACK = "set_back"  # believed at once: no deadline fires by it


class ClockChange(NamedTuple):
    """A change, and by how much the broker's clock moved."""

    change: Change
    by_ms: int


class BrokerClock:
    """What the broker's clock is believed to show.

    ``local_ms`` everywhere is a clock of this machine that goes on at an even pace. A record was
    appended between two of its times: between ``sent_ms`` and ``received_ms`` if it is our own, at
    ``read_ms`` or any time before if it was read. So a process that stood still, or reads with
    lag, is not led astray: a record from the past says nothing, one from the future that the clock
    has leapt. ``settled_ms`` is the log's time as far as ticks have vouched for it, 0 for an empty
    log.

    ``leap_ms`` is how far the clock is beyond what is believed, 0 while it is not; ``unlived_ms``
    what of confirmed leaps the core has not been told. ``is_proven`` says whether the broker has
    answered: before that, what is believed is a guess by the log and this machine's time of day.
    """

    def __init__(self, leap_max_ms: int, *, believes_anything: bool = False) -> None:
        """``believes_anything``: the first answer is taken for true, however far it leaps."""
        self.leap_ms = 0
        self.unlived_ms = 0
        self.is_proven = False
        self._leap_max_ms = leap_max_ms
        self._believes_anything = believes_anything
        self._ahead_ms = 0
        self._since_ms = 0

    def assume(self, broker_ms: int, local_ms: int) -> None:
        """Guess the broker's time, as long as it has not answered."""
        if not self.is_proven and not self.leap_ms:
            self._ahead_ms = broker_ms - local_ms

    def now_ms(self, local_ms: int) -> int:
        """The broker's time as it is believed; late by a round trip, never early."""
        return local_ms + self._ahead_ms

    def until_ms(self, local_ms: int, settled_ms: int) -> int | None:
        """The latest append time that is believed of what is sent now; None: any."""
        if self._believes_anything or not settled_ms:
            return None
        return min(self.now_ms(local_ms) + self._leap_max_ms, settled_ms + FAR_MS)

    def read(self, stamp_ms: int, read_ms: int) -> ClockChange | None:
        """A record was read that the broker appended at ``stamp_ms`` by its clock."""
        leap_ms = stamp_ms - read_ms - self._ahead_ms
        if not self.is_proven or leap_ms <= self.leap_ms + self._leap_max_ms:
            return None
        return self._leapt(leap_ms, read_ms)

    def appended(
        self, stamp_ms: int, *, sent_ms: int, received_ms: int, settled_ms: int
    ) -> ClockChange | None:
        """A record of ours was appended at ``stamp_ms`` by the broker's clock."""
        low_ms, high_ms = stamp_ms - received_ms, stamp_ms - sent_ms
        leap_ms = low_ms - self._ahead_ms
        if settled_ms and not self._believes_anything:
            is_far = stamp_ms - settled_ms > FAR_MS
            if leap_ms > self._leap_max_ms:
                return self._further(leap_ms, received_ms, is_far=is_far)
            if is_far:
                return self._further(stamp_ms - settled_ms, received_ms, is_far=True)
        change = self._believed(high_ms)
        is_prompt = received_ms - sent_ms <= _PROMPT_MS
        self._ahead_ms = low_ms if is_prompt else min(max(self._ahead_ms, low_ms), high_ms)
        self.is_proven, self._believes_anything = True, False
        return change

    def settled(self) -> None:
        """The core has been told."""
        self.unlived_ms = 0

    def _further(self, leap_ms: int, local_ms: int, *, is_far: bool) -> ClockChange | None:
        """It is beyond what is believed: a new leap, or the one that is known and lasts."""
        lasts = self.leap_ms and abs(leap_ms - self.leap_ms) <= self._leap_max_ms
        if not lasts and not (is_far and self.leap_ms > FAR_MS):
            return self._leapt(leap_ms, local_ms)
        self.leap_ms = leap_ms
        if is_far or local_ms - self._since_ms < CONFIRM_MS:
            return None
        self._ahead_ms += leap_ms
        self.unlived_ms += leap_ms
        self.leap_ms, self.is_proven = 0, True
        return ClockChange(Change.CONFIRMED, leap_ms)

    def _leapt(self, leap_ms: int, local_ms: int) -> ClockChange:
        self.leap_ms, self._since_ms = leap_ms, local_ms
        return ClockChange(Change.LEAPT, leap_ms)

    def _believed(self, high_ms: int) -> ClockChange | None:
        """It is where it should be, or behind: what that means for what was believed before."""
        leap_ms, self.leap_ms = self.leap_ms, 0
        if leap_ms:
            return ClockChange(Change.RETURNED, leap_ms)
        back_ms = self._ahead_ms - high_ms
        if self.is_proven and back_ms > self._leap_max_ms:
            return ClockChange(Change.SET_BACK, back_ms)
        return None
