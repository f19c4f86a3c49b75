"""What is left of a forgotten lead: how far its decisions were counted.

An ``assignment_id`` must not come twice while ``lead.assignments`` can hold the first: a CRM takes
the second for a repetition. So a lead that comes again goes on counting. Of each there is one
number in memory, because it is kept for more than a year: the count above, the day below.
"""

from __future__ import annotations

from typing import Final

from router.core.assign.deadlines import DAY_MS, FORGET_MS
from router.core.assign.due_by_day import do_due
from router.core.model.events import LeadEvent
from router.core.model.lead import Lead
from router.core.state.context import Context
from router.core.state.day_queue import watch_day
from router.core.state.records import packed_count, unpacked_count
from router.core.state.sales_org import SalesOrg

KEPT_DAYS: Final = 400
"""Days a count is kept: as long as ``lead.assignments`` keeps a decision (``retention.ms``)."""


def keep_count(context: Context, lead: Lead) -> None:
    """The lead is forgotten today; how far it was counted is not."""
    org, day = context.org, context.now_ms // DAY_MS
    context.journal.insert(org.forgotten, lead.lead_id, packed_count(lead.sequence, day))
    context.journal.touch("forgotten", org.sales_org, lead.lead_id)
    watch_forgotten(org, lead.lead_id)


def stays_forgotten(org: SalesOrg, event: LeadEvent) -> bool:
    """Whether the event is of a forgotten lead that it cannot open.

    Only a submission opens it, and only one that occurred after the lead was last heard of: that
    was :data:`FORGET_MS` before it was forgotten. Any other is a repetition.
    """
    packed = org.forgotten.get(event.lead_id)
    if packed is None:
        return False
    heard_until_ms = unpacked_count(packed)[1] * DAY_MS - FORGET_MS - DAY_MS
    return event.event_type != "submitted" or event.occurred_at_ms < heard_until_ms


def go_on_counting(context: Context, lead: Lead) -> None:
    """A lead that this event has made counts on from where it was when it was forgotten."""
    org = context.org
    packed = org.forgotten.get(lead.lead_id)
    if packed is not None:
        lead.sequence = unpacked_count(packed)[0]
        _drop(context, lead.lead_id)


def _drop(context: Context, lead_id: str) -> None:
    context.journal.remove(context.org.forgotten, lead_id)
    context.journal.touch("forgotten", context.org.sales_org, lead_id)


def watch_forgotten(org: SalesOrg, lead_id: str) -> None:
    """Remember the day on which the count is dropped."""
    watch_day(org.forgotten_days, _last_day(org.forgotten[lead_id]), lead_id)


def _last_day(packed: int) -> int:
    return unpacked_count(packed)[1] + KEPT_DAYS + 1


def drop_forgotten(context: Context, left: int) -> int:
    """Drop the counts that are old enough; returns how many of ``left`` remain."""
    return do_due(context, context.org.forgotten_days, left, _drop_if_old)


def _drop_if_old(context: Context, lead_id: str, day: int) -> bool:
    packed = context.org.forgotten.get(lead_id)
    if packed is None or _last_day(packed) != day:  # it came again, and may be forgotten again
        return False
    _drop(context, lead_id)
    return True
