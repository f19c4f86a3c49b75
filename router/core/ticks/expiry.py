"""Silent leads are closed, closed ones forgotten, and early engagement is dropped."""

from __future__ import annotations

from router.core.assign.apply import close
from router.core.assign.deadlines import FORGET_MS, SILENT_MS, early_day, silent_day, watch_silence
from router.core.assign.due_by_day import do_due
from router.core.assign.isolate import AGAIN_MS, apart
from router.core.assign.sequence_memory import keep_count
from router.core.assign.waiting.pending_owners import stop_awaiting
from router.core.assign.waiting.room import review_person
from router.core.model.assignment import Reason
from router.core.model.lead import Lead, Status, is_live
from router.core.state.context import Context
from router.core.state.persons import after_merges, forget_merge, forget_person


def end_silent(context: Context, left: int) -> int:
    """Close leads without an event for 180 days, forget closed ones after 30 more."""
    return do_due(context, context.org.silent_days, left, _end_if_silent)


def drop_early(context: Context, left: int) -> int:
    """Drop engagement whose lead has not come for 30 days."""
    return do_due(context, context.org.early_days, left, _drop_early)


def _end_if_silent(context: Context, lead_id: str, day: int) -> bool:
    lead = context.org.leads.get(lead_id)
    if lead is None:
        return False
    if lead.status is Status.MERGED and silent_day(lead) <= day:
        _hear_of_survivor(context, lead)
    if silent_day(lead) > day:  # heard of since
        watch_silence(context.org, lead)
        return False
    if not apart(context, lead, _end):
        _put_off(context, lead)
    return True


def _hear_of_survivor(context: Context, lead: Lead) -> None:
    """Remember a merged lead as long as the one that remains: events of it count there."""
    survivor = after_merges(context.org, lead)
    if survivor is None:
        return
    heard_at_ms = context.now_ms if is_live(survivor) else survivor.last_event_ms
    if heard_at_ms > lead.last_event_ms:
        context.journal.put(lead, "last_event_ms", heard_at_ms)
        context.touch_lead(lead)


def _end(context: Context, lead: Lead) -> bool:
    if is_live(lead):
        context.journal.put(lead, "last_event_ms", context.now_ms)
        close(context, lead, Reason.SILENT_TOO_LONG)
    else:
        _forget(context, lead)
    return True


def _put_off(context: Context, lead: Lead) -> None:
    """It could not be ended: a day more is given to it."""
    silent_ms = SILENT_MS if is_live(lead) else FORGET_MS
    context.journal.put(lead, "last_event_ms", context.now_ms - silent_ms + AGAIN_MS)
    context.touch_lead(lead)
    watch_silence(context.org, lead)


def _forget(context: Context, lead: Lead) -> None:
    org = context.org
    review_person(context, lead)
    forget_person(context.journal, org, lead)
    forget_merge(context.journal, org, lead)
    stop_awaiting(context, lead)
    context.journal.remove(org.leads, lead.lead_id)
    context.touch_lead(lead)
    keep_count(context, lead)


def _drop_early(context: Context, lead_id: str, day: int) -> bool:
    org = context.org
    early = org.early_engagement.get(lead_id)
    if early is None or early_day(early) != day:  # it came again later
        return False
    context.journal.remove(org.early_engagement, lead_id)
    context.journal.touch("engagement", org.sales_org, lead_id)
    return True
