"""A lead moves between field and inside when the policy says so; both reps stay on it."""

from __future__ import annotations

from router.core.chains.intentions import (
    BY_RISE,
    Before,
    goes_inside_first,
    handoff_for,
    line_begun,
)
from router.core.condition import View
from router.core.decision import Reason
from router.core.placing import hand_off
from router.core.search import view_of
from router.core.state import Lead
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.room import wait_for_field_on

_REASONS = {"qualified": Reason.QUALIFIED, "won": Reason.DEAL_WON}


def hand_off_by_report(turn: Turn, lead: Lead, feedback: str) -> None:
    """Hand the lead over at once if a line of the policy fits the report that has just come in.

    What inside sales were given first goes to the field once qualified, whatever the lines say.
    """
    tables = turn.tables
    by_line = tables is not None and any(line.feedback == feedback for line, _ in tables.handoffs)
    if tables is None or not (by_line or (feedback == "qualified" and lead.hand_over)):
        wait_for_field_on(turn, lead)
        return
    view = rescore(turn, tables, lead)
    line = handoff_for(tables, lead, view, feedback)
    if line is not None and not line.after_ms:
        reason = _REASONS.get(feedback, Reason.HANDOFF_RULE)
        hand_off(turn, lead, line.to_channel, reason, by=feedback, rule=line.label)
    elif feedback == "qualified" and lead.channel == "inside" and goes_inside_first(lead, view):
        hand_off(turn, lead, "field", Reason.QUALIFIED, by=feedback)
    else:
        wait_for_field_on(turn, lead)


def hand_off_if_begun(turn: Turn, lead: Lead, before: Before | None) -> None:
    """Hand the lead over if it begins to fit a line of the policy.

    ``before`` is None where something new has come, a submission: then whatever fits counts.
    """
    tables = turn.tables
    if tables is None or not any(line.feedback is None for line, _ in tables.handoffs):
        wait_for_field_on(turn, lead)
        return
    view = rescore(turn, tables, lead)
    line = line_begun(tables, lead, view, before)
    if line is None:
        wait_for_field_on(turn, lead)
    else:
        rose = before is not None and view.points > before.points
        reason = Reason.SCORE_ROSE if rose else Reason.HANDOFF_RULE
        hand_off(turn, lead, line.to_channel, reason, by=BY_RISE, rule=line.label)


def note_if_begun(turn: Turn, lead: Lead, before: Before | None) -> None:
    """Remember that a lead that waits for inside sales begins to fit a line to the field.

    It goes there as soon as an inside rep has it, as one that waits for the field.
    """
    tables = turn.tables
    if tables is None or before is None or lead.channel != "inside":
        return
    line = line_begun(tables, lead, view_of(turn, tables, lead), before)
    if line is not None and line.to_channel == "field":
        turn.journal.put(lead, "handoff_at_ms", turn.now_ms)
        turn.journal.put(lead, "handoff_by", BY_RISE)
        turn.touch_lead(lead)


def rescore(turn: Turn, tables: Tables, lead: Lead) -> View:
    """Value and score as they are now, remembered on the lead."""
    view = view_of(turn, tables, lead)
    turn.journal.edit(lead)
    lead.value_minor, lead.points, lead.band = view.value_minor or 0, view.points, view.band
    return view
