"""Assignment events, in the public contract's shape."""

from __future__ import annotations

from typing import Final

from router.core.assign.deadlines import NO_CLOCKS, Clocks
from router.core.assign.work_by_hand import add_leaves
from router.core.model.assignment import CORE_VERSION, Assignment, Notify, Outcome, Reason
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.rep import Rep
from router.core.model.timestamps import rfc3339
from router.core.state.availability import has_left
from router.core.state.context import Context

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_CLOSED: Final = Outcome.CLOSED
_MERGED: Final = Outcome.MERGED


def publish(
    context: Context,
    lead: Lead,
    outcome: Outcome,
    reason: Reason,
    *,
    placement: Placement | None = None,
    clocks: Clocks = NO_CLOCKS,
    previous: Rep | None = None,
    notify: Rep | Notify | None = None,
) -> Assignment:
    """Publish what became of the lead, and who is to be told; its sequence grows by one."""
    context.journal.edit(lead)
    lead.sequence = sequence = lead.sequence + 1
    if placement is not None or outcome is not Outcome.ESCALATED:
        lead.owned_from = sequence
        if outcome is not _CLOSED and outcome is not _MERGED:
            note_owner(lead, context)
    org = context.org
    event: Assignment = {
        "assignment_id": f"{lead.lead_id}.{sequence}",
        "event_id": context.event_id,
        "lead_id": lead.lead_id,
        "sales_org": org.sales_org,
        "sequence": sequence,
        "outcome": outcome,
        "reason": reason,
        "roster_version": org.roster_version,
        "core_version": CORE_VERSION,
        "occurred_at": rfc3339(context.occurred_at_ms),
        "decided_at": rfc3339(context.now_ms),
        "inbox": {"partition": context.partition, "offset": context.offset},
    }
    if lead.facts.external_ids:
        event["external_ids"] = lead.facts.external_ids
    if (compiled := context.compiled) is not None:
        event["policy"] = compiled.policy_ref
    _add_people(context, event, lead, previous)
    if notify is not None:
        _add_notify(event, notify)
    _add_times(event, lead, clocks)
    if placement is not None:
        _add_placement(event, placement)
        add_leaves(org, event, context.now_ms)
    elif lead.channel is not None and lead.rep is not None:
        event["sales_channel"] = lead.channel
    context.out.append(event)
    context.touch_lead(lead)
    return event


def note_owner(lead: Lead, context: Context) -> None:
    """Remember since when the lead is with whom it is with; by default since its submission."""
    since_ms = min(context.occurred_at_ms, context.now_ms)
    if since_ms > owned_since_ms(lead):
        lead.owner_at_ms = since_ms


def owned_since_ms(lead: Lead) -> int:
    """Return since when the lead is with whom it is with.

    Not later than it came in, though its sender's clock may be ahead of the CRM's.
    """
    return max(lead.owner_at_ms, min(lead.occurred_at_ms, lead.received_ms))


def _add_people(context: Context, event: Assignment, lead: Lead, previous: Rep | None) -> None:
    rep, partner = context.rep(lead.rep), context.rep(lead.partner)
    if rep is not None:
        event["rep_id"] = rep.profile.rep_id
        if rep.profile.crm_ids:
            event["owner_crm_ids"] = rep.profile.crm_ids
    if partner is not None and not has_left(partner, context.now_ms):
        event["partner_rep_id"] = partner.profile.rep_id
    if previous is not None:
        event["previous_rep_id"] = previous.profile.rep_id
    if lead.merged_into is not None:
        event["merged_into"] = lead.merged_into


def _add_notify(event: Assignment, notify: Rep | Notify) -> None:
    if isinstance(notify, Rep):
        event["notify"] = Notify.MANAGER
        event["notify_rep_id"] = notify.profile.rep_id
    else:
        event["notify"] = notify


def _add_times(event: Assignment, lead: Lead, clocks: Clocks) -> None:
    if lead.accept_by_ms is not None:
        event["accept_by"] = rfc3339(lead.accept_by_ms)
    if lead.contact_by_ms is not None:
        event["contact_by"] = rfc3339(lead.contact_by_ms)
    if clocks[2] is not None:
        event["remind_at"] = rfc3339(clocks[2])
    if lead.wait_until_ms is not None:
        event["wait_until"] = rfc3339(lead.wait_until_ms)


def _add_placement(event: Assignment, placement: Placement) -> None:
    if placement.rule is not None:
        event["rule"] = placement.rule
    if placement.channel is not None:
        event["sales_channel"] = placement.channel
    if placement.channel_rule is not None:
        event["channel_rule"] = placement.channel_rule
    if placement.pool_id is not None:
        event["pool_id"] = placement.pool_id
    if placement.territory_id is not None:
        event["territory_id"] = placement.territory_id
    if placement.account_id is not None:
        event["account_id"] = placement.account_id
    _add_findings(event, placement)


def _add_findings(event: Assignment, placement: Placement) -> None:
    """What the lead is worth, and who was looked at for it."""
    if placement.score is not None:
        event["score"] = placement.score
    if placement.value is not None:
        event["value"] = placement.value
    if placement.candidates is not None:
        event["candidates"] = placement.candidates
    if placement.passed_over is not None:
        event["passed_over"] = placement.passed_over
