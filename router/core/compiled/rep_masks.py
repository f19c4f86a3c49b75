"""Masks of reps who can not take a lead now, made by :mod:`router.core.state.availability`.

Which limits stand against a rep is asked here and nowhere else: :meth:`Availability.asked` lists
them, :meth:`Availability.barred` and :meth:`Availability.limit_reached` answer by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from router.core.compiled.limits import UNANSWERED, Limit
from router.core.model.assignment import Exclusion
from router.core.model.channels import CHANNELS
from router.core.model.events import ALL_CHANNELS

FAR_MS = 1 << 60


@dataclass(slots=True)
class Availability:
    """Masks of reps who can NOT take a lead, and why. ``until_ms`` ends their truth.

    ``presence_until_ms`` is when next somebody starts, leaves, goes on leave, comes back, or is no
    new rep any more; what else changes with time is duty and the day's count.
    """

    until_ms: int = FAR_MS
    presence_until_ms: int = FAR_MS
    day: int = 0  # UTC, of the event in hand
    hour: int = 0  # since the epoch, of the event in hand
    left: int = 0
    not_started: int = 0
    time_off: int = 0
    new: int = 0
    off_duty: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    today: list[int] = field(default_factory=list)  # local day by rep number
    limits: dict[str, list[Limit]] = field(
        default_factory=lambda: {name: [] for name in CHANNELS}
    )  # in the order in which they are asked
    limits_of: dict[str, list[list[Limit]]] = field(
        default_factory=lambda: {name: [] for name in CHANNELS}
    )  # by rep number
    pacing: Limit = field(
        default_factory=lambda: Limit(Exclusion.UNACCEPTED, UNANSWERED, ALL_CHANNELS)
    )  # who has as many leads to accept as the backlog's rule allows
    eligible: dict[tuple[Any, ...], Any] = field(default_factory=dict)  # see `eligibility`

    def asked(
        self, channel: str, source: str | None, pool_id: str | None = None, *, paced: bool = False
    ) -> list[Limit]:
        """Return the limits that stand before a lead of ``source`` in a channel, in their order.

        ``pool_id`` is whose rotation gives it, if one does. ``paced``: a rep with leads to accept
        gets none.
        """
        found = [limit for limit in self.limits[channel] if limit.applies(source, pool_id)]
        return [*found, self.pacing] if paced else found

    def barred(
        self,
        channel: str,
        source: str | None,
        pool_id: str | None = None,
        *,
        paced: bool = False,
        urgent: bool = False,
    ) -> int:
        """Return the mask of the reps who have reached a limit.

        ``urgent``: what they were given in a period does not count, nor what they are to accept.
        """
        mask = self.pacing.reached if paced and not urgent else 0
        for limit in self.limits[channel]:
            if limit.applies(source, pool_id) and (not urgent or limit.binds_urgent):
                mask |= limit.reached
        return mask

    def limit_reached(
        self, number: int, channel: str, source: str | None, *, paced: bool = False
    ) -> Exclusion | None:
        """Return what is told of the first limit that the rep has reached; None without one."""
        for limit in self.asked(channel, source, paced=paced):
            if limit.reached >> number & 1:
                return limit.exclusion
        return None
