"""Intentions for later are asked again when they are carried out: by the policy of then.

A handoff line with a report (`qualified`, `won`, …) fits while its `when` holds. A line without one
hands over as a lead *begins* to fit it: who was hot before has not risen, and a lead that the field
gave back is not pushed there again by an edit of its city, but by a later rise, a new submission
or a report.
"""

from __future__ import annotations

from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.view import View
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.model.policy import Handoff
from router.core.search.view import view_of
from router.core.state.context import Context

BY_REQUEST: Final = "handoff_requested"
BY_RISE: Final = "rise"
"""Causes of a handoff beside the types of reports."""


class Before:
    """A lead before an event: its points, and the lines without a report that fitted it, a mask."""

    __slots__ = ("fitted", "points")

    def __init__(self, fitted: int = 0, points: int = 0) -> None:
        """Empty by default: where no line without a report asks, nothing is looked up."""
        self.fitted = fitted
        self.points = points


def handoff_for(
    compiled: CompiledPolicy, lead: Lead, view: View, feedback: str | None
) -> Handoff | None:
    """Return the first handoff line that fits the lead's channel and what has happened."""
    view.feedback = feedback
    for line, holds in compiled.handoffs:
        if line.from_channel == lead.channel and line.feedback == feedback and holds(view):
            return line
    return None


def look_before(context: Context, lead: Lead) -> Before:
    """Return what there is to compare with once the event in hand has changed the lead."""
    compiled = context.compiled
    can_begin = lead.status in OPEN_STATUSES or lead.status is Status.WAITING
    if compiled is None or not can_begin or not _asks_without_report(compiled, lead):
        return Before()
    view = view_of(context, compiled, lead)
    found = Before(points=view.points)
    for place, (line, holds) in enumerate(compiled.handoffs):
        if line.feedback is None and line.from_channel == lead.channel and holds(view):
            found.fitted |= 1 << place
    return found


def line_begun(
    compiled: CompiledPolicy, lead: Lead, view: View, before: Before | None
) -> Handoff | None:
    """Return the first line without a report that the lead begins to fit.

    One with `score_rises` is not begun by a fall, from hot to warm where warm leads are handed
    over. Without ``before`` whatever fits counts.
    """
    view.feedback = None
    for place, (line, holds) in enumerate(compiled.handoffs):
        if line.feedback is not None or line.from_channel != lead.channel or not holds(view):
            continue
        if before is None:
            return line
        has_risen = view.points > before.points or not line.rises
        if has_risen and not before.fitted >> place & 1:
            return line
    return None


def _asks_without_report(compiled: CompiledPolicy, lead: Lead) -> bool:
    return any(
        line.feedback is None and line.from_channel == lead.channel for line, _ in compiled.handoffs
    )


def goes_inside_first(lead: Lead, view: View) -> bool:
    """Whether the lead was given to inside sales to be handed over, and still would be."""
    line = view.lines.channel
    return lead.hand_over and line is not None and line.use == "inside_then_field"


def is_still_meant_for_field(context: Context, compiled: CompiledPolicy, lead: Lead) -> bool:
    """Whether a lead that waits for the field is still to go there.

    What the CRM asked for stands. So does what an older core wrote, which did not say by what.
    """
    by = lead.handoff_by
    if by is None or by == BY_REQUEST:
        return True
    view = view_of(context, compiled, lead)
    if by == "qualified" and goes_inside_first(lead, view):
        return True
    return handoff_for(compiled, lead, view, None if by == BY_RISE else by) is not None


def won_line(context: Context, lead: Lead) -> Handoff | None:
    """Return the line by which a customer that was won is handed on, in the policy in force."""
    compiled = context.compiled
    if compiled is None:
        return None
    return handoff_for(compiled, lead, view_of(context, compiled, lead), "won")
