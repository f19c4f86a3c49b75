"""A rep joins: what waited for them, because they were not on the roster yet, is theirs."""

from __future__ import annotations

from heapq import nsmallest

from router.core.apart import apart
from router.core.arrivals import own_imported
from router.core.awaited import joined
from router.core.decision import Reason
from router.core.ownership import give
from router.core.state import Lead, Status
from router.core.turn import Turn


def give_to_joiners(turn: Turn, left: int) -> int:
    """Give reps what waited for them; returns how many of ``left`` remain."""
    org = turn.org
    for rep_id in joined(org, turn.now_ms):
        for lead_id in nsmallest(left, org.awaited[rep_id]):
            apart(turn, org.leads[lead_id], _give_to_joiner)
            left -= 1
    return left


def _give_to_joiner(turn: Turn, lead: Lead) -> bool:
    turn.touch_lead(lead)
    rep = turn.org.reps[lead.awaits or ""]
    if lead.status is Status.CLOSED:
        own_imported(turn, lead, rep)
    else:
        give(turn, lead, rep, Reason.CHANGED_IN_CRM)
    return True
