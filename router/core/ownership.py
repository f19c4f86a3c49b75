"""Who has a lead by somebody's word: the CRM's, which is final, or an operator's (ADR 0014)."""

from __future__ import annotations

from router.core.availability import has_left
from router.core.capacity import release, take, take_imported
from router.core.clocks import stop_clocks
from router.core.condition import View
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.exits import channel_for
from router.core.pools import charge_turn, give_back_turn
from router.core.roster.names import NamedOwner, may_mean, owner_named, same_owner
from router.core.search import view_of
from router.core.state import OPEN_STATUSES, Lead, Rep, Status, is_live
from router.core.turn import Turn
from router.core.waiting.joiners import await_rep, stop_awaiting
from router.core.waiting.room import leave, review_person, wait_for_field_on


def change_owner(turn: Turn, lead: Lead, name: str) -> None:
    """By hand in the CRM: it wins over caps and rotation, and counts as a turn.

    A closed lead stays closed: who transfers a leaver's old leads wants no work to begin.
    """
    named = owner_named(turn.org, name, turn.now_ms)
    rep = named.rep
    if rep is None and _is_one_of_those(turn, lead, name):
        return
    if lead.status is Status.CLOSED and lead.awaits is None:
        _change_last_owner(turn, lead, named)
    elif rep is None:
        _leave_outside(turn, lead, named)
    elif lead.rep != rep.number or lead.status not in OPEN_STATUSES:
        give(turn, lead, rep, Reason.CHANGED_IN_CRM)


def _is_one_of_those(turn: Turn, lead: Lead, name: str) -> bool:
    """Whether the lead is with one of those reps of the roster who share the id that is named."""
    rep = turn.rep(lead.rep)
    if rep is None or has_left(rep, turn.now_ms):
        return False
    return may_mean(turn.org, name, rep, turn.now_ms)


def give(turn: Turn, lead: Lead, rep: Rep, reason: Reason) -> None:
    """Hand the lead to a named rep, without clocks to accept: somebody chose this."""
    handoff_at_ms, handoff_by = lead.handoff_at_ms, lead.handoff_by
    view, put = view_now(turn, lead), turn.journal.put
    channel = _channel_of(rep, lead, view)
    previous = _take_from_owner(turn, lead)
    put(lead, "rep", rep.number)
    put(lead, "channel", channel)
    put(lead, "status", Status.ACCEPTED)
    put(lead, "assigned_at_ms", turn.now_ms)
    take(turn, lead, rep, channel)
    among = charge_turn(turn, lead, rep, view)
    if channel == "inside":  # another rep of inside sales waits for the field on
        put(lead, "handoff_at_ms", handoff_at_ms)
        put(lead, "handoff_by", handoff_by)
    outcome = Outcome.ASSIGNED if previous is None else Outcome.REASSIGNED
    event = emit(turn, lead, outcome, reason, previous=previous)
    if among is not None:
        event["turn_among"] = among
    wait_for_field_on(turn, lead)


def view_now(turn: Turn, lead: Lead) -> View | None:
    """The lead as the policy sees it; None before there is one."""
    tables = turn.tables
    return None if tables is None else view_of(turn, tables, lead)


def _channel_of(rep: Rep, lead: Lead, view: View | None) -> str:
    """The channel in which a rep has the lead by somebody's word; what was handed over stays."""
    if lead.partner is not None and lead.channel in rep.profile.channels:
        return lead.channel
    return channel_for(rep, "field" if view is None else view.channel)


def own_imported(turn: Turn, lead: Lead, rep: Rep) -> None:
    """The rep has had the lead all along: it is open, and none of today's."""
    channel = _channel_of(rep, lead, view_now(turn, lead))
    stop_awaiting(turn, lead)
    turn.journal.edit(lead)
    lead.rep, lead.channel, lead.status = rep.number, channel, Status.ACCEPTED
    lead.assigned_at_ms = turn.now_ms
    take_imported(turn, lead, rep, channel)
    emit(turn, lead, Outcome.ASSIGNED, Reason.IMPORTED)


def _take_from_owner(turn: Turn, lead: Lead) -> Rep | None:
    """Return who had the lead; nobody has it, and no clock runs for it any more."""
    previous = turn.rep(lead.rep)
    stop_awaiting(turn, lead)
    leave(turn, lead)
    release(turn, lead)
    if previous is not None:
        give_back_turn(turn, lead, previous)
    stop_clocks(turn, lead)
    return previous


def _leave_outside(turn: Turn, lead: Lead, named: NamedOwner) -> None:
    """To somebody whom the router does not know: theirs, and routed no more behind their back."""
    if lead.status is Status.OUTSIDE and same_owner(
        turn.org, lead.awaits, named.rep_id, turn.now_ms
    ):
        return
    previous = _take_from_owner(turn, lead)
    put = turn.journal.put
    put(lead, "rep", None)
    put(lead, "channel", None)
    put(lead, "status", Status.OUTSIDE)
    await_rep(turn, lead, named.rep_id)
    event = emit(turn, lead, Outcome.RECALLED, named.reason, previous=previous)
    event["outside_rep_id"] = named.rep_id


def _change_last_owner(turn: Turn, lead: Lead, named: NamedOwner) -> None:
    """The owner of a closed lead: to whom it goes if it is submitted again."""
    previous, put, rep = turn.rep(lead.rep), turn.journal.put, named.rep
    outside_rep_id = named.rep_id if rep is None else None
    if rep is previous and same_owner(turn.org, outside_rep_id, lead.outside_rep_id, turn.now_ms):
        return
    put(lead, "outside_rep_id", outside_rep_id)
    put(lead, "rep", None if rep is None else rep.number)
    view = view_now(turn, lead)
    put(lead, "channel", None if rep is None else _channel_of(rep, lead, view))
    put(lead, "assigned_at_ms", turn.now_ms)
    if lead.channel != "field":
        put(lead, "handoff_at_ms", None)  # a won customer has been handed on by this
    reason = named.reason if rep is None else Reason.CHANGED_IN_CRM
    event = emit(turn, lead, Outcome.CLOSED, reason, previous=previous)
    if rep is None:
        event["outside_rep_id"] = named.rep_id
    review_person(turn, lead)


def may_change_owner(lead: Lead) -> bool:
    """A lead that was merged has no owner of its own."""
    return is_live(lead) or lead.status is Status.CLOSED
