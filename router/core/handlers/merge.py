"""Two leads become one, by the CRM's word: the one that remains has an owner if either had.

The better assignment stands: contact over an answer over none. Of equal ones the owner of the lead
that remains keeps it; of several that were brought to it the first that was made.
"""

from __future__ import annotations

from typing import Final

from router.core.assign.absorb_merged import absorb
from router.core.assign.apply import close
from router.core.assign.deadlines import settle_clocks, stop_clocks
from router.core.assign.publish import publish
from router.core.assign.rep_load import move_place, release
from router.core.assign.turns import give_back_turn
from router.core.assign.waiting.pending_owners import await_rep, stop_awaiting
from router.core.assign.waiting.room import leave, wait_for_field_on
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import OPEN_STATUSES, Lead, Status, is_live
from router.core.model.rep import Rep
from router.core.search.consent import is_refused
from router.core.search.united_facts import united
from router.core.state.context import Context
from router.core.state.persons import forget_merge, know_merge, merged_into

_STANDINGS: Final = {
    Status.ASSIGNED: 1,
    Status.ACCEPTED: 2,
    Status.OUTSIDE: 3,
    Status.CONTACTED: 4,
}
_REPORTED: Final = {
    "accepted": 2,
    "attempted": 2,
    "contacted": 4,
    "meeting_held": 4,
    "qualified": 4,
    "converted": 4,
}
_ASSIGNMENT = (
    "rep", "partner", "channel", "hand_over", "pool_id", "territory_id", "account_id", "stake",
    "among", "status", "assigned_at_ms", "owner_at_ms", "waits_from_ms",
)  # fmt: skip


def merge(context: Context, lead: Lead, into: Lead, reason: Reason) -> None:
    """Merge ``lead``, which is merged into none yet, into the other."""
    was_live, own, owned_from = is_live(lead), lead.rep, lead.owned_from
    is_moved = stands_better(lead, into) and not _is_refused_as_one(context, lead, into)
    previous = context.rep(into.rep) if into.status in OPEN_STATUSES else None
    if is_moved:
        take_over(context, lead, into)
    elif lead.status in OPEN_STATUSES and (rep := context.rep(lead.rep)) is not None:
        release(context, lead)
        give_back_turn(context, lead, rep)
    _keep_short(context, lead, into)
    put = context.journal.put
    put(lead, "rep", into.rep)
    put(lead, "merged_into", into.lead_id)
    put(lead, "outside_rep_id", None)
    close(context, lead, reason, outcome=Outcome.MERGED)
    put(lead, "rep", own)  # who reports of it is known by this
    put(lead, "owned_from", owned_from)
    if is_moved:
        tell_moved(context, into, reason, previous)
    absorb(context, lead, into, opens=was_live, asks=False)


def stands_better(lead: Lead, into: Lead) -> bool:
    """Whether the lead's assignment is to stand, and not that of the lead it is merged into."""
    ours, theirs = _STANDINGS.get(into.status, 0), _STANDINGS.get(lead.status, 0)
    if theirs != ours:
        return theirs > ours
    if not theirs or into.assigned_as is None:
        return False
    brought = into.assigned_as
    return (lead.assigned_at_ms, lead.lead_id) < (into.assigned_at_ms, brought)


def _is_refused_as_one(context: Context, lead: Lead, into: Lead) -> bool:
    """Whether their person refuses every way to be reached by what both leads know.

    Then the lead that remains ends, and nobody is told of an assignment that ends at once.
    """
    facts, times = united(into, lead)
    occurred_ms, received_ms = into.occurred_at_ms, into.received_ms
    one = Lead(into.lead_id, facts, occurred_ms, received_ms, received_ms, (), field_times=times)
    return is_refused(context.org, one)


def would_stand_better(lead: Lead, feedback_type: str) -> bool:
    """Whether such a report of another's assignment puts it before the open lead's own."""
    reported = _REPORTED.get(feedback_type, 0)
    return lead.status in OPEN_STATUSES and reported > _STANDINGS.get(lead.status, 0)


def take_over(context: Context, lead: Lead, into: Lead) -> None:
    """Give ``into`` the assignment of ``lead``: its rep, their place, and the clocks that run."""
    journal = context.journal
    stop_awaiting(context, into)
    leave(context, into)
    if into.status in OPEN_STATUSES and (rep := context.rep(into.rep)) is not None:
        release(context, into)
        give_back_turn(context, into, rep)
    stop_clocks(context, into)
    handoff_at_ms, handoff_by, awaited = lead.handoff_at_ms, lead.handoff_by, lead.awaits
    stop_awaiting(context, lead)
    leave(context, lead)
    journal.edit(into)
    for name in _ASSIGNMENT:
        setattr(into, name, getattr(lead, name))
    into.assigned_as = lead.assigned_as or lead.lead_id
    into.outside_rep_id = None
    into.missed = max(into.missed, lead.missed)
    move_place(context, lead, into)
    settle_clocks(context, into, (lead.accept_by_ms, lead.contact_by_ms, None))
    if into.status is Status.OUTSIDE and awaited is not None:
        await_rep(context, into, awaited)
    elif into.status in OPEN_STATUSES and handoff_at_ms is not None:
        journal.put(into, "handoff_at_ms", handoff_at_ms)
        journal.put(into, "handoff_by", handoff_by)
        wait_for_field_on(context, into)
    context.touch_lead(into)


def tell_moved(context: Context, into: Lead, reason: Reason, previous: Rep | None) -> None:
    """Say that the lead is now with whoever had the one that was merged into it."""
    if into.status is Status.OUTSIDE:
        event = publish(context, into, Outcome.RECALLED, reason, previous=previous)
        if into.awaits is not None:
            event["outside_rep_id"] = into.awaits
        return
    outcome = Outcome.ASSIGNED if previous is None else Outcome.REASSIGNED
    publish(context, into, outcome, reason, previous=previous)


def _keep_short(context: Context, lead: Lead, into: Lead) -> None:
    """Let leads that were merged into this one point to the other at once: no chain grows."""
    journal, org = context.journal, context.org
    for each in list(merged_into(org, lead)):
        forget_merge(journal, org, each)
        journal.put(each, "merged_into", into.lead_id)
        know_merge(journal, org, each)
        context.touch_lead(each)
