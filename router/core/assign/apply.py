"""Parts of making a placement true: what is remembered, charged, given, ended, published."""

from __future__ import annotations

from typing import Final

from router.core.assign.absorb_merged import absorb
from router.core.assign.deadlines import (
    NO_CLOCKS,
    clocks_for,
    settle_clocks,
    stop_clocks,
    takes_away,
    watch_silence,
)
from router.core.assign.publish import publish
from router.core.assign.rep_load import release, take
from router.core.assign.turns import charge, note_value
from router.core.assign.waiting.pending_owners import stop_awaiting
from router.core.assign.waiting.room import leave, review_person, wait_for_field_on
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead, Status
from router.core.model.placement import Placement
from router.core.model.rep import Rep
from router.core.search.misses import missing
from router.core.search.stand_ins import Told, to_tell
from router.core.state.context import Context

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_ASSIGNED: Final = Outcome.ASSIGNED
_URGENT_CUSTOMER: Final = Reason.URGENT_CUSTOMER
_TO_ACCEPT: Final = Status.ASSIGNED

ENDINGS: Final = {
    Outcome.MERGED: Status.MERGED,
    Outcome.NURTURED: Status.NURTURED,
    Outcome.CLOSED: Status.CLOSED,
}


def remember(context: Context, lead: Lead, found: Placement) -> None:
    """Keep what the lead is worth and scored, as it was found."""
    value_minor, points, band = found.value_minor, found.points, found.band
    if lead.value_minor != value_minor or lead.points != points or lead.band != band:
        context.journal.edit(lead)
        lead.value_minor, lead.points, lead.band = value_minor, points, band
        if lead.needs is not None:  # else it is told of in any case
            context.touch_lead(lead)


def end(
    context: Context, lead: Lead, placement: Placement, *, previous: Rep | None, notify: Told | None
) -> None:
    """Let the lead end as ``placement`` says: merged, nurtured or closed; publish it.

    ``previous`` is the rep who had it, whose manager is told when nobody is left for it.
    """
    status = ENDINGS[placement.outcome]
    lead.status = status  # journaled by take_over
    if status is Status.CLOSED:
        _note_end(context, lead, placement.reason)
    stop_clocks(context, lead)
    outcome, reason = placement.outcome, placement.reason
    if previous is not None and status is Status.NURTURED:
        notify = to_tell(context, previous)
    publish(context, lead, outcome, reason, placement=placement, previous=previous, notify=notify)
    watch_silence(context.org, lead)
    if placement.merged_into is not None:
        absorb(context, lead, context.org.leads[placement.merged_into], opens=True, asks=True)


def take_over(context: Context, lead: Lead, placement: Placement) -> None:
    """Copy what the search found onto the lead."""
    context.journal.edit(lead)
    lead.rep = placement.rep.number if placement.rep is not None else None
    if placement.partner is not None:
        lead.partner = placement.partner.number
    lead.channel = placement.channel
    lead.pool_id = placement.pool_id
    lead.territory_id = placement.territory_id
    lead.account_id = placement.account_id
    lead.hand_over = placement.hand_over
    lead.merged_into = placement.merged_into
    lead.stake, lead.among = placement.stake, placement.among
    if placement.channel != "inside":  # another rep of inside sales waits for the field on
        lead.handoff_at_ms = lead.handoff_by = None


def charge_winner(context: Context, placement: Placement) -> None:
    """Charge the pick with its turn, where rotation made it."""
    if placement.credits is not None and placement.pool_id is not None:
        charge(context, placement.pool_id, placement.credits)
        note_value(context, placement.pool_id, placement.value_minor)


def give(
    context: Context,
    lead: Lead,
    placement: Placement,
    *,
    cause: Reason | None,
    outcome: Outcome | None,
    previous: Rep | None,
    timed: bool,
) -> None:
    """Give the lead to the placement's rep: capacity taken, clocks started, published.

    Raises:
        AssertionError: the placement has no rep or no channel; a broken invariant.
    """
    if cause is None or placement.reason is _URGENT_CUSTOMER:
        cause = placement.reason  # who passed the daily cap must say so
    if outcome is None:
        outcome = _ASSIGNED if previous is None else Outcome.REASSIGNED
    rep, channel, compiled = placement.rep, placement.channel, context.compiled
    if rep is None or channel is None or compiled is None:
        raise AssertionError("an assignment needs a rep, a channel and a policy")
    lead.status = _TO_ACCEPT if timed else Status.ACCEPTED  # journaled by take_over
    lead.assigned_at_ms = context.now_ms
    lead.wait_until_ms = None
    if lead.missed_by and not missing(lead, context.now_ms):  # another round of asking begins
        lead.missed_by, lead.missed_until_ms = 0, None
    clocks = clocks_for(compiled, rep, channel, context.now_ms) if timed else NO_CLOCKS
    first_ends_it = clocks[1] is not None and takes_away(compiled, channel)
    to_answer = clocks[0] is not None or first_ends_it
    take(context, lead, rep, channel, pool_id=placement.pool_id, to_answer=to_answer)
    settle_clocks(context, lead, clocks)
    publish(context, lead, outcome, cause, placement=placement, clocks=clocks, previous=previous)
    wait_for_field_on(context, lead)


def close(
    context: Context,
    lead: Lead,
    reason: Reason,
    *,
    outcome: Outcome = Outcome.CLOSED,
    notify: Told | None = None,
) -> None:
    """End the lead: capacity given back, clocks stopped. It keeps its last owner's name."""
    stop_awaiting(context, lead)
    leave(context, lead)
    release(context, lead)
    stop_clocks(context, lead)
    if lead.among:
        context.journal.put(lead, "among", 0)  # no turn comes back any more
    status = Status.MERGED if outcome is Outcome.MERGED else Status.CLOSED
    context.journal.put(lead, "status", status)
    if status is Status.CLOSED:
        _note_end(context, lead, reason)
    publish(context, lead, outcome, reason, notify=notify)
    watch_silence(context.org, lead)
    review_person(context, lead)


def _note_end(context: Context, lead: Lead, reason: Reason) -> None:
    """Remember why the lead was closed, and what can open it again: what occurs later.

    An end that is dated before the lead's submissions does not let their repetitions open it.
    """
    ended_ms = max(context.occurred_at_ms, lead.occurred_at_ms, lead.quiet_until_ms or 0)
    context.journal.put(lead, "quiet_until_ms", min(ended_ms, context.now_ms))
    context.journal.put(lead, "closed_as", reason.value)
