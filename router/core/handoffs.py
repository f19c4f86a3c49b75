"""A lead moves between field and inside when the policy says so; both reps stay on it."""

from __future__ import annotations

from router.core.condition import View
from router.core.decision import Reason
from router.core.placing import HandOff, hand_off
from router.core.policy import Handoff
from router.core.search import view_of
from router.core.state import Lead
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.room import wait_for_field_on

_REASONS = {"qualified": Reason.QUALIFIED, "won": Reason.DEAL_WON}


def hand_off_if_due(turn: Turn, lead: Lead, *, feedback: str | None) -> bool:
    """Hand the lead over at once if a handoff line fits; whether it was.

    ``feedback`` is the type that has just come in; None for any other change of the lead.
    """
    tables = turn.tables
    if tables is None or not any(line.feedback == feedback for line, _ in tables.handoffs):
        wait_for_field_on(turn, lead)
        return False
    view = rescore(turn, tables, lead)
    line = handoff_for(tables, lead, view, feedback)
    if line is None or line.after_ms:
        wait_for_field_on(turn, lead)
        return False
    reason = Reason.SCORE_ROSE if feedback is None else _REASONS.get(feedback, Reason.HANDOFF_RULE)
    return hand_off(turn, lead, line.to_channel, reason, line.label) is HandOff.DONE


def rescore(turn: Turn, tables: Tables, lead: Lead) -> View:
    """Value and score as they are now, remembered on the lead."""
    view = view_of(turn, tables, lead)
    turn.journal.edit(lead)
    lead.value_minor, lead.points, lead.band = view.value_minor or 0, view.points, view.band
    return view


def handoff_for(tables: Tables, lead: Lead, view: View, feedback: str | None) -> Handoff | None:
    """The first handoff line that fits the lead's channel and what has happened."""
    view.feedback = feedback
    for line, holds in tables.handoffs:
        if line.from_channel == lead.channel and line.feedback == feedback and holds(view):
            return line
    return None
