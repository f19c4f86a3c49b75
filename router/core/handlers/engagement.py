"""A lead's engagement, as one number that fades."""

from __future__ import annotations

from router.core.assign.absorb_merged import raise_engagement
from router.core.assign.deadlines import early_day, heard_ms, watch_early
from router.core.assign.intentions import look_before
from router.core.handlers.handoffs import hand_off_if_begun, note_if_begun
from router.core.handlers.lead_events import reconsider, try_again, what_remains
from router.core.handlers.placing import place_in_turn
from router.core.model.events import (
    Engagement,
)
from router.core.model.lead import OPEN_STATUSES, Status
from router.core.model.person import EarlyEngagement
from router.core.state.context import Context


def on_engagement(context: Context, event: Engagement) -> None:
    """A lead's engagement, absolute: it may rise in the backlog or be handed over."""
    org, journal = context.org, context.journal
    lead = org.leads.get(event.lead_id)
    if lead is None:
        _keep_early(context, event)
        return
    if lead.status is Status.MERGED:
        lead = what_remains(context, lead)
        before = look_before(context, lead)
        raise_engagement(context, lead, event.points_milli, event.at_ms, event.half_life_ms)
        reconsider(context, lead, opens=False, asks=False, before=before)
        return
    if event.at_ms < lead.engagement_at_ms:
        return
    before = look_before(context, lead)
    journal.put(lead, "engagement_milli", event.points_milli)
    journal.put(lead, "engagement_at_ms", event.at_ms)
    journal.put(lead, "engagement_half_life_ms", event.half_life_ms)
    journal.put(lead, "last_event_ms", heard_ms(context, lead))
    context.touch_lead(lead)
    if lead.status is Status.WAITING:
        note_if_begun(context, lead, before)
        place_in_turn(context, lead)
    elif lead.status in OPEN_STATUSES:
        hand_off_if_begun(context, lead, before)
    elif lead.status is Status.NURTURED:  # this is what nurture is for
        try_again(context, lead)


def _keep_early(context: Context, event: Engagement) -> None:
    """Keep engagement whose lead has not come yet; the latest stands."""
    org, journal = context.org, context.journal
    before = org.early_engagement.get(event.lead_id)
    if before is not None and event.at_ms < before.at_ms:
        return
    early = EarlyEngagement(event.points_milli, event.at_ms, event.half_life_ms)
    journal.insert(org.early_engagement, event.lead_id, early)
    journal.touch("engagement", org.sales_org, event.lead_id)
    if before is None or early_day(before) != early_day(early):
        watch_early(org, event.lead_id, early)
