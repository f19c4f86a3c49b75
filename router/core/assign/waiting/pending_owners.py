"""Leads whose owner is not on the roster: they wait until that rep joins."""

from __future__ import annotations

from router.core.assign.waiting.room import enter, leave
from router.core.model.lead import Lead
from router.core.state.context import Context
from router.core.state.waiting_class import JOINER


def await_rep(context: Context, lead: Lead, rep_id: str) -> None:
    """The lead is to be that rep's from the day they are on the roster."""
    context.journal.put(lead, "awaits", rep_id)
    enter(context, lead, JOINER + rep_id)


def stop_awaiting(context: Context, lead: Lead) -> None:
    """The lead waits for nobody outside the roster any more."""
    if lead.awaits is not None:
        leave(context, lead)
        context.journal.put(lead, "awaits", None)
