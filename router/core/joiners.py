"""A rep joins: what waited for them, because they were not on the roster yet, is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest

from router.core.apart import apart, has_faults_left
from router.core.arrivals import own_imported
from router.core.awaited import joined
from router.core.clocks import heard_ms
from router.core.decision import Reason
from router.core.ownership import give
from router.core.state import Lead, SalesOrg, Status
from router.core.turn import Turn


def give_to_joiners(turn: Turn, left: int) -> int:
    """Give reps what waited for them; returns how many of ``left`` remain."""
    org = turn.org
    for rep_id in joined(org, turn.now_ms):
        for lead_id in nsmallest(left, _ready(org, rep_id)):
            if not has_faults_left(org):
                return left
            apart(turn, org.leads[lead_id], _give_to_joiner)
            left -= 1
    return left


def wait_for_joiners(org: SalesOrg, now_ms: int) -> bool:
    """Whether a lead waits for a rep who has joined, and is not set aside."""
    return any(True for rep_id in joined(org, now_ms) for _ in _ready(org, rep_id))


def _ready(org: SalesOrg, rep_id: str) -> Iterator[str]:
    return (lead_id for lead_id in org.awaited[rep_id] if lead_id not in org.aside)


def _give_to_joiner(turn: Turn, lead: Lead) -> bool:
    turn.touch_lead(lead)
    rep = turn.org.reps[lead.awaits or ""]
    turn.journal.put(
        lead, "last_event_ms", heard_ms(turn, lead)
    )  # its silence begins with its work
    if lead.status is Status.CLOSED:
        own_imported(turn, lead, rep)
    else:
        give(turn, lead, rep, Reason.CHANGED_IN_CRM)
    return True
