"""A lead moves between field and inside when the policy says so; both reps stay on it."""

from __future__ import annotations

from router.core.assign.intentions import (
    BY_RISE,
    Before,
    goes_inside_first,
    handoff_for,
    line_begun,
)
from router.core.assign.waiting.room import wait_for_field_on
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.view import View
from router.core.handlers.placing import hand_off
from router.core.model.assignment import Reason
from router.core.model.lead import Lead
from router.core.search.view import view_of
from router.core.state.context import Context

_REASONS = {"qualified": Reason.QUALIFIED, "won": Reason.DEAL_WON}


def hand_off_by_report(context: Context, lead: Lead, feedback: str) -> None:
    """Hand the lead over at once if a line of the policy fits the report that has just come in.

    What inside sales were given first goes to the field once qualified, whatever the lines say.
    """
    compiled = context.compiled
    by_line = compiled is not None and any(
        line.feedback == feedback for line, _ in compiled.handoffs
    )
    if compiled is None or not (by_line or (feedback == "qualified" and lead.hand_over)):
        wait_for_field_on(context, lead)
        return
    view = rescore(context, compiled, lead)
    line = handoff_for(compiled, lead, view, feedback)
    if line is not None and not line.after_ms:
        reason = _REASONS.get(feedback, Reason.HANDOFF_RULE)
        hand_off(context, lead, line.to_channel, reason, by=feedback, rule=line.label)
    elif feedback == "qualified" and lead.channel == "inside" and goes_inside_first(lead, view):
        hand_off(context, lead, "field", Reason.QUALIFIED, by=feedback)
    else:
        wait_for_field_on(context, lead)


def hand_off_if_begun(context: Context, lead: Lead, before: Before | None) -> None:
    """Hand the lead over if it begins to fit a line of the policy.

    ``before`` is None where something new has come, a submission: then whatever fits counts.
    """
    compiled = context.compiled
    if compiled is None or not any(line.feedback is None for line, _ in compiled.handoffs):
        wait_for_field_on(context, lead)
        return
    view = rescore(context, compiled, lead)
    line = line_begun(compiled, lead, view, before)
    if line is None:
        wait_for_field_on(context, lead)
    else:
        rose = before is not None and view.points > before.points
        reason = Reason.SCORE_ROSE if rose else Reason.HANDOFF_RULE
        hand_off(context, lead, line.to_channel, reason, by=BY_RISE, rule=line.label)


def note_if_begun(context: Context, lead: Lead, before: Before | None) -> None:
    """Remember that a lead that waits for inside sales begins to fit a line to the field.

    It goes there as soon as an inside rep has it, as one that waits for the field.
    """
    compiled = context.compiled
    if compiled is None or before is None or lead.channel != "inside":
        return
    line = line_begun(compiled, lead, view_of(context, compiled, lead), before)
    if line is not None and line.to_channel == "field":
        context.journal.put(lead, "handoff_at_ms", context.now_ms)
        context.journal.put(lead, "handoff_by", BY_RISE)
        context.touch_lead(lead)


def rescore(context: Context, compiled: CompiledPolicy, lead: Lead) -> View:
    """Value and score as they are now, remembered on the lead."""
    view = view_of(context, compiled, lead)
    context.journal.edit(lead)
    lead.value_minor, lead.points, lead.band = view.value_minor or 0, view.points, view.band
    return view
