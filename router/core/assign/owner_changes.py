"""Owners by somebody's word: the CRM's, which is final, or an operator's (ADR 0014)."""

from __future__ import annotations

from router.core.assign.deadlines import stop_clocks, watch_silence
from router.core.assign.publish import publish
from router.core.assign.rep_load import release, take, take_imported
from router.core.assign.turns import charge_turn, give_back_turn
from router.core.assign.waiting.pending_owners import await_rep, stop_awaiting
from router.core.assign.waiting.room import leave, review_person, wait_for_field_on
from router.core.compiled.view import View
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import OPEN_STATUSES, Lead, Status, is_live
from router.core.model.rep import Rep
from router.core.search.rules import channel_for
from router.core.search.view import view_of
from router.core.state.availability import has_left
from router.core.state.context import Context
from router.core.state.rep_names import NamedOwner, may_mean, owner_named, same_owner


def change_owner(context: Context, lead: Lead, name: str) -> None:
    """By hand in the CRM: it wins over caps and rotation, and counts as a turn.

    A closed lead stays closed: who transfers a leaver's old leads wants no work to begin.
    """
    named = owner_named(context.org, name, context.now_ms)
    rep = named.rep
    if rep is None and _is_one_of_those(context, lead, name):
        return
    if lead.status is Status.CLOSED and lead.awaits is None:
        _change_last_owner(context, lead, named)
    elif rep is None:
        _leave_outside(context, lead, named)
    elif lead.rep != rep.number or lead.status not in OPEN_STATUSES:
        give(context, lead, rep, Reason.CHANGED_IN_CRM)


def _is_one_of_those(context: Context, lead: Lead, name: str) -> bool:
    """Whether the lead is with one of those reps of the roster who share the id that is named."""
    rep = context.rep(lead.rep)
    if rep is None or has_left(rep, context.now_ms):
        return False
    return may_mean(context.org, name, rep, context.now_ms)


def give(context: Context, lead: Lead, rep: Rep, reason: Reason) -> None:
    """Hand the lead to a named rep, without clocks to accept: somebody chose this."""
    handoff_at_ms, handoff_by = lead.handoff_at_ms, lead.handoff_by
    view, put = view_now(context, lead), context.journal.put
    channel = _channel_of(rep, lead, view)
    previous = _take_from_owner(context, lead)
    put(lead, "rep", rep.number)
    put(lead, "channel", channel)
    put(lead, "status", Status.ACCEPTED)
    put(lead, "assigned_at_ms", context.now_ms)
    take(context, lead, rep, channel)
    among = charge_turn(context, lead, rep, view)
    if channel == "inside":  # another rep of inside sales waits for the field on
        put(lead, "handoff_at_ms", handoff_at_ms)
        put(lead, "handoff_by", handoff_by)
    outcome = Outcome.ASSIGNED if previous is None else Outcome.REASSIGNED
    event = publish(context, lead, outcome, reason, previous=previous)
    if among is not None:
        event["turn_among"] = among
    wait_for_field_on(context, lead)


def view_now(context: Context, lead: Lead) -> View | None:
    """The lead as the policy sees it; None before there is one."""
    compiled = context.compiled
    return None if compiled is None else view_of(context, compiled, lead)


def _channel_of(rep: Rep, lead: Lead, view: View | None) -> str:
    """The channel in which a rep has the lead by somebody's word; what was handed over stays."""
    if lead.partner is not None and lead.channel in rep.profile.channels:
        return lead.channel
    return channel_for(rep, "field" if view is None else view.channel)


def own_imported(context: Context, lead: Lead, rep: Rep) -> None:
    """The rep has had the lead all along: it is open, and none of today's."""
    channel = _channel_of(rep, lead, view_now(context, lead))
    stop_awaiting(context, lead)
    context.journal.edit(lead)
    lead.rep, lead.channel, lead.status = rep.number, channel, Status.ACCEPTED
    lead.assigned_at_ms = context.now_ms
    take_imported(context, lead, rep, channel)
    publish(context, lead, Outcome.ASSIGNED, Reason.IMPORTED)


def _take_from_owner(context: Context, lead: Lead) -> Rep | None:
    """Return who had the lead; nobody has it, and no clock runs for it any more."""
    previous = context.rep(lead.rep)
    stop_awaiting(context, lead)
    leave(context, lead)
    release(context, lead)
    if previous is not None:
        give_back_turn(context, lead, previous)
    stop_clocks(context, lead)
    return previous


def _leave_outside(context: Context, lead: Lead, named: NamedOwner) -> None:
    """To somebody whom the router does not know: theirs, and routed no more behind their back."""
    if lead.status is Status.OUTSIDE and same_owner(
        context.org, lead.awaits, named.rep_id, context.now_ms
    ):
        return
    previous = _take_from_owner(context, lead)
    put = context.journal.put
    put(lead, "rep", None)
    put(lead, "channel", None)
    put(lead, "status", Status.OUTSIDE)
    await_rep(context, lead, named.rep_id)
    event = publish(context, lead, Outcome.RECALLED, named.reason, previous=previous)
    event["outside_rep_id"] = named.rep_id


def _change_last_owner(context: Context, lead: Lead, named: NamedOwner) -> None:
    """The owner of a closed lead: to whom it goes if it is submitted again."""
    previous, put, rep = context.rep(lead.rep), context.journal.put, named.rep
    outside_rep_id = named.rep_id if rep is None else None
    if rep is previous and same_owner(
        context.org, outside_rep_id, lead.outside_rep_id, context.now_ms
    ):
        return
    put(lead, "outside_rep_id", outside_rep_id)
    put(lead, "rep", None if rep is None else rep.number)
    view = view_now(context, lead)
    put(lead, "channel", None if rep is None else _channel_of(rep, lead, view))
    put(lead, "assigned_at_ms", context.now_ms)
    if lead.channel != "field" and lead.handoff_at_ms is not None:
        put(lead, "handoff_at_ms", None)  # a won customer has been handed on by this
        watch_silence(context.org, lead)  # and is forgotten the earlier
    reason = named.reason if rep is None else Reason.CHANGED_IN_CRM
    event = publish(context, lead, Outcome.CLOSED, reason, previous=previous)
    if rep is None:
        event["outside_rep_id"] = named.rep_id
    review_person(context, lead)


def may_change_owner(lead: Lead) -> bool:
    """A lead that was merged has no owner of its own."""
    return is_live(lead) or lead.status is Status.CLOSED
