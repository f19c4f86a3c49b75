"""Masks of reps who can not take a lead now, made by :mod:`router.core.state.availability`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from router.core.model.channels import CHANNELS

FAR_MS = 1 << 60


Caps = tuple[int | None, int | None, tuple[tuple[str, int], ...]]
"""Per day, open, per day from each source."""
Totals = tuple[int | None, int | None]
"""Per day and open, over all channels."""


@dataclass(slots=True)
class Availability:
    """Masks of reps who can NOT take a lead, and why. ``until_ms`` ends their truth.

    ``presence_until_ms`` is when next somebody starts, leaves, goes on leave, comes back, or is no
    new rep any more; what else changes with time is duty and the day's count.
    """

    until_ms: int = FAR_MS
    presence_until_ms: int = FAR_MS
    day: int = 0  # UTC, of the event in hand
    left: int = 0
    not_started: int = 0
    time_off: int = 0
    new: int = 0
    off_duty: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    day_full: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    open_full: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    source_full: dict[tuple[str, str], int] = field(default_factory=dict)
    unaccepted: int = 0  # who has as many leads to accept as the backlog's rule allows
    unaccepted_max: int = 1
    today: list[int] = field(default_factory=list)  # local day by rep number
    caps: dict[str, list[Caps]] = field(default_factory=lambda: {name: [] for name in CHANNELS})
    totals: dict[int, Totals] = field(default_factory=dict)  # by number, of the few with such caps
    eligible: dict[tuple[Any, ...], Any] = field(default_factory=dict)  # see `eligibility`

    def barred(self, channel: str) -> int:
        """Return the mask of reps barred by the channel's duty and caps, whatever the source."""
        return self.off_duty[channel] | self.day_full[channel] | self.open_full[channel]
