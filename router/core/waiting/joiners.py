"""Leads whose owner is not on the roster: they wait until that rep joins."""

from __future__ import annotations

from router.core.state import Lead
from router.core.turn import Turn
from router.core.waiting.room import enter, leave
from router.core.waiting.waiting_class import JOINER


def await_rep(turn: Turn, lead: Lead, rep_id: str) -> None:
    """The lead is to be that rep's from the day they are on the roster."""
    turn.journal.put(lead, "awaits", rep_id)
    enter(turn, lead, JOINER + rep_id)


def stop_awaiting(turn: Turn, lead: Lead) -> None:
    """The lead waits for nobody outside the roster any more."""
    if lead.awaits is not None:
        leave(turn, lead)
        turn.journal.put(lead, "awaits", None)
