"""Misses bar for a while: a rep who let a clock run out may have the lead later again.

A rejection bars for good. One time ends it for all who missed a lead: an hour after the last miss
for each miss so far, a day at most. So a lead is offered to each in turn; when nobody is left it
waits, somebody is told, and then another round begins. A team of one that misses over lunch has it
again in the afternoon.
"""

from __future__ import annotations

from typing import Final

from router.core.model.assignment import Reason
from router.core.model.lead import Lead
from router.core.model.rep import Rep
from router.core.state.context import Context

PAUSE_MS: Final = 3_600_000
"""How long nobody who missed a lead is asked again, for each miss so far."""
PAUSE_MS_MAX: Final = 86_400_000

MISSES: Final = (Reason.ACCEPT_MISSED, Reason.CONTACT_MISSED)


def note_miss(context: Context, lead: Lead, rep: Rep | None) -> None:
    """Count a miss, and bar the rep from the lead for a while."""
    context.journal.edit(lead)
    lead.missed += 1
    if rep is not None:
        lead.missed_by |= 1 << rep.number
        lead.missed_until_ms = context.now_ms + min(PAUSE_MS * lead.missed, PAUSE_MS_MAX)


def missing(lead: Lead, now_ms: int) -> int:
    """Return the mask of the reps who missed the lead a short while ago."""
    until_ms = lead.missed_until_ms
    return 0 if until_ms is None or until_ms <= now_ms else lead.missed_by
