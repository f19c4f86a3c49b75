"""What a lead is meant for later is asked again when it is carried out: by the policy of then.

A handoff line with a report (`qualified`, `won`, …) fits while its `when` holds. A line without one
hands over as a lead *begins* to fit it: who was hot before has not risen, and a lead that the field
gave back is not pushed there again by an edit of its city, but by a later rise, a new submission
or a report.
"""

from __future__ import annotations

from typing import Final

from router.core.condition import View
from router.core.policy import Handoff
from router.core.search import view_of
from router.core.state import OPEN_STATUSES, Lead, Status
from router.core.tables import Tables
from router.core.turn import Turn

BY_REQUEST: Final = "handoff_requested"
BY_RISE: Final = "rise"
"""What a lead is to be handed over by, beside the types of reports."""


def handoff_for(tables: Tables, lead: Lead, view: View, feedback: str | None) -> Handoff | None:
    """Return the first handoff line that fits the lead's channel and what has happened."""
    return _first(tables, lead, view, feedback, 0)


def fitting_lines(turn: Turn, lead: Lead) -> int:
    """Return the handoff lines without a report that fit the lead as it stands, as a mask."""
    tables = turn.tables
    can_begin = lead.status in OPEN_STATUSES or lead.status is Status.WAITING
    if tables is None or not can_begin or not _asks_without_report(tables, lead):
        return 0
    view, found = view_of(turn, tables, lead), 0
    view.feedback = None
    for place, (line, holds) in enumerate(tables.handoffs):
        if line.feedback is None and line.from_channel == lead.channel and holds(view):
            found |= 1 << place
    return found


def line_begun(tables: Tables, lead: Lead, view: View, fitted: int) -> Handoff | None:
    """Return the first line without a report that fits the lead, and did not before."""
    return _first(tables, lead, view, None, fitted)


def _first(
    tables: Tables, lead: Lead, view: View, feedback: str | None, but: int
) -> Handoff | None:
    view.feedback = feedback
    for place, (line, holds) in enumerate(tables.handoffs):
        if (
            line.from_channel == lead.channel
            and line.feedback == feedback
            and not but >> place & 1
            and holds(view)
        ):
            return line
    return None


def _asks_without_report(tables: Tables, lead: Lead) -> bool:
    return any(
        line.feedback is None and line.from_channel == lead.channel for line, _ in tables.handoffs
    )


def goes_inside_first(lead: Lead, view: View) -> bool:
    """Whether the lead was given to inside sales to be handed over, and still would be."""
    line = view.lines.channel
    return lead.hand_over and line is not None and line.use == "inside_then_field"


def is_still_meant_for_field(turn: Turn, tables: Tables, lead: Lead) -> bool:
    """Whether a lead that waits for the field is still to go there.

    What the CRM asked for stands. So does what an older core wrote, which did not say by what.
    """
    by = lead.handoff_by
    if by is None or by == BY_REQUEST:
        return True
    view = view_of(turn, tables, lead)
    if by == "qualified" and goes_inside_first(lead, view):
        return True
    return handoff_for(tables, lead, view, None if by == BY_RISE else by) is not None


def won_line(turn: Turn, lead: Lead) -> Handoff | None:
    """Return the line by which a customer that was won is handed on, in the policy in force."""
    tables = turn.tables
    if tables is None:
        return None
    return handoff_for(tables, lead, view_of(turn, tables, lead), "won")
