"""Leads whose owner is not on the roster, by the id of that owner."""

from __future__ import annotations

from router.core.availability import has_left
from router.core.state import Lead, Rep, SalesOrg
from router.core.turn import Turn


def rep_on_roster(org: SalesOrg, rep_id: str, now_ms: int) -> Rep | None:
    """The rep to whom a lead may be given by name; None also when they have left.

    What a leaver is given, the next tick would take from them and route to somebody else.
    """
    rep = org.reps.get(rep_id)
    return None if rep is None or has_left(rep, now_ms) else rep


def await_rep(turn: Turn, lead: Lead, rep_id: str) -> None:
    """The lead is to be that rep's from the day they are on the roster."""
    journal, awaited = turn.journal, turn.org.awaited
    journal.put(lead, "awaits", rep_id)
    if rep_id not in awaited:
        journal.insert(awaited, rep_id, {})
    journal.insert(awaited[rep_id], lead.lead_id, None)
    turn.touch_lead(lead)


def stop_awaiting(turn: Turn, lead: Lead) -> None:
    """The lead waits for nobody outside the roster any more."""
    if lead.awaits is not None:
        journal, awaited = turn.journal, turn.org.awaited
        journal.remove(awaited[lead.awaits], lead.lead_id)
        if not awaited[lead.awaits]:
            journal.remove(awaited, lead.awaits)
        journal.put(lead, "awaits", None)


def joined(org: SalesOrg, now_ms: int) -> list[str]:
    """Ids of reps on the roster for whom leads still wait, in order."""
    return sorted(rep_id for rep_id in org.awaited if rep_on_roster(org, rep_id, now_ms))
