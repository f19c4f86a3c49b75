"""A lead that nobody can have now begins to wait, with a reason and a deadline."""

from __future__ import annotations

from operator import attrgetter

from router.core.assign.deadlines import SILENT_MS, watch
from router.core.assign.publish import publish
from router.core.assign.waiting.room import stand
from router.core.assign.work_by_hand import paused_by
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead, Status
from router.core.model.placement import Placement
from router.core.model.rep import Rep
from router.core.search.misses import MISSES
from router.core.search.rules import away_until_ms
from router.core.search.stand_ins import to_tell
from router.core.state.context import Context
from router.core.state.waiting_class import reason_in

_FOUND = ("channel", "pool_id", "territory_id", "account_id", "hand_over", "stake", "among")
_standing = attrgetter(*_FOUND, "needs", "rank", "review_at_ms", "wait_until_ms", "waits_from_ms")


def wait(
    context: Context,
    lead: Lead,
    placement: Placement,
    *,
    cause: Reason | None = None,
    previous: Rep | None = None,
) -> None:
    """Put the lead into the class of the placement, and say so unless it waited there already."""
    if placement.needs is None:
        raise AssertionError("a lead can only wait for what it needs")
    moved = lead.needs is None or lead.rep is not None or _waits_otherwise(context, lead, placement)
    told = reason_in(lead.needs or "")
    reason = placement.reason if moved else _reason_now(told, placement.reason)
    before = _standing(lead)
    context.journal.edit(lead)
    lead.status = Status.WAITING
    lead.rep = lead.accept_by_ms = lead.contact_by_ms = None
    for name in _FOUND:
        setattr(lead, name, getattr(placement, name))
    if previous is not None and cause not in MISSES:
        lead.waits_from_ms = None
    stand(context, lead, reason + placement.needs, placement.rank)
    lead.review_at_ms = placement.review_at_ms
    _set_deadline(context, lead, placement, moved=moved)
    if _standing(lead) != before:
        context.touch_lead(lead)
        watch(context.org, lead)
    owned_from = lead.owned_from
    if moved or (told and reason != told):
        _tell(context, lead, placement, cause, previous)
    if not moved:
        lead.owned_from = owned_from  # who answers to what was told before answers to this


def _waits_otherwise(context: Context, lead: Lead, placement: Placement) -> bool:
    """Whether it waits for another pool, or another rep by name, than it did."""
    if lead.channel != placement.channel or lead.pool_id != placement.pool_id:
        return True
    if reason_in(lead.needs or "") == Reason.NO_POLICY:  # until now nothing set a deadline
        return placement.reason is not Reason.NO_POLICY
    awaited = None if placement.waits_for is None else placement.waits_for.number
    stands_in = context.org.room[lead.needs or ""]
    return stands_in.is_known and stands_in.awaited != awaited


def _reason_now(told: str, present: str) -> str:
    """The reason that is to stand: the present one, but that duty ends every evening is no news."""
    return told if told == Reason.ALL_AT_CAP and present == Reason.ALL_OFF_DUTY else present


def _set_deadline(context: Context, lead: Lead, placement: Placement, *, moved: bool) -> None:
    """It waits so long as the policy in force says; for a rep who is away, from their return on.

    Not longer than a lead may be silent: a leave may have no end. What nobody answered in time goes
    on waiting from when it first did, so that its rounds through a team that is not there end.
    """
    policy, awaited = context.org.policy, placement.waits_for
    if policy is None:
        return
    from_ms = context.now_ms
    if placement.reason is Reason.OWNER_AWAY and awaited is not None:
        back_ms = max(away_until_ms(awaited, context.now_ms), awaited.profile.starts_ms or 0)
        from_ms = min(back_ms, context.now_ms + SILENT_MS)
    if lead.waits_from_ms is None:
        if not moved or lead.wait_until_ms is not None:  # its wait is over, or an older core's
            return
        lead.waits_from_ms = from_ms
    elif from_ms > context.now_ms:
        lead.waits_from_ms = max(lead.waits_from_ms, from_ms)
    lead.wait_until_ms = lead.waits_from_ms + policy.backlog.at_most_ms


def _tell(
    context: Context, lead: Lead, placement: Placement, cause: Reason | None, previous: Rep | None
) -> None:
    """Say that it waits; of a lead that was taken from a rep, and is for nobody else, to whom."""
    reason = cause or placement.reason
    for_nobody = previous is not None and _is_for_nobody(context, lead, placement)
    notify = to_tell(context, previous) if for_nobody else None
    event = publish(
        context, lead, Outcome.QUEUED, reason, placement=placement, previous=previous, notify=notify
    )
    if placement.reason is Reason.POOL_PAUSED:
        paused = paused_by(context.org, placement.pool_id)
        if paused is not None:
            event["by_hand"] = paused
    policy = context.org.policy
    if policy is not None and policy.backlog.crm_queue:
        event["crm_queue"] = policy.backlog.crm_queue


def _is_for_nobody(context: Context, lead: Lead, placement: Placement) -> bool:
    """Whether no rep could have it, however free they were: all rejected or missed it, or left."""
    compiled = context.compiled
    if compiled is None or placement.reason is Reason.POOL_PAUSED:
        return False
    found = context.org.room[lead.needs or ""]
    found.prepare(compiled, context.org.pools)
    return not (any(found.served.values()) or found.named)
