"""Reports of the CRM: the living history of a lead. Its word on owners is final."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from router.core.assign.apply import close
from router.core.assign.deadlines import watch
from router.core.assign.intentions import BY_REQUEST, handoff_for
from router.core.assign.owner_changes import change_owner, give, may_change_owner
from router.core.assign.publish import owned_since_ms
from router.core.assign.rep_load import stop_accept_clock
from router.core.assign.turns import charge_turn
from router.core.decide import assign
from router.core.handlers.early_merges import remember_merge
from router.core.handlers.handoffs import hand_off_by_report, rescore
from router.core.handlers.ignored_feedback import ignore
from router.core.handlers.lead_events import remember_event, what_remains
from router.core.handlers.merge import merge, would_stand_better
from router.core.handlers.placing import hand_off, place_again
from router.core.handlers.refusals import erase, is_erased, note_erased
from router.core.model.assignment import Ignored, Outcome, Reason
from router.core.model.events import Feedback, FeedbackType
from router.core.model.lead import OPEN_STATUSES, Lead, Status, is_live
from router.core.model.lead_transitions import moves_from
from router.core.model.placement import Placement
from router.core.search.rules import channel_for
from router.core.search.view import view_of
from router.core.state.availability import has_left, has_room
from router.core.state.context import Context
from router.core.state.persons import after_merges
from router.core.state.rep_names import may_mean, rep_named
from router.core.state.unknown_names import note_unknown

SEQUENCE_DIGITS_MAX = 12
OWN_ACTOR = "lead-router"
"""Feedback by this actor is the echo of our own writes."""

_EVEN_IF_STALE = ("won", "lost", "owner_changed", "erased", "merged")

_OF_DELIVERY = ("delivered", "delivery_failed")
"""That a destination has an assignment says nothing of the lead: delivered is not accepted."""

_IN_WORK = ("accepted", "attempted", "contacted", "meeting_held", "converted")
"""Reports after which a policy may hand a lead over, beside ``qualified`` and ``won``."""

_OF_OPEN_LEADS = frozenset(
    kind for kind in get_args(FeedbackType) if set(moves_from(kind)) <= set(OPEN_STATUSES)
)
"""Reports that say something only of a lead that a rep has."""

_ENDS = {
    "won": Reason.DEAL_WON,
    "lost": Reason.DEAL_LOST,
    "disqualified": Reason.DISQUALIFIED,
}

Step = Callable[[Context, Lead, Feedback], None]


def on_feedback(context: Context, event: Feedback) -> None:
    """Take in a report. Echoes, repeats, strangers' leads and stale reports change nothing."""
    lead = context.org.leads.get(event.lead_id)
    if event.actor == OWN_ACTOR:
        ignore(context, event, Ignored.ECHO)
        return
    if event.feedback_type in _OF_DELIVERY:
        return
    if lead is not None and event.event_id in lead.event_ids:
        ignore(context, event, Ignored.REPEATED)
        return
    if event.feedback_type == "erased":
        note_erased(context, event.lead_id, event.occurred_at_ms)
    if lead is None:
        if not _is_early_merge(context, event):
            ignore(context, event, Ignored.UNKNOWN_LEAD)
        return
    heard_ms, sequence = lead.last_event_ms, lead.sequence
    remember_event(context, lead, event.event_id)
    remains = what_remains(context, lead)
    _take_in(context, remains, lead, event)
    if lead.status is Status.CLOSED and lead.sequence == sequence:
        # Nothing new: a CRM that repeats itself every night must not have it kept for ever.
        context.journal.put(lead, "last_event_ms", heard_ms)


def _is_early_merge(context: Context, event: Feedback) -> bool:
    """Whether it is a merge of leads that are still to come, which is remembered then."""
    into_lead_id = event.into_lead_id
    known = (context.org.leads.get(event.lead_id), context.org.leads.get(into_lead_id or ""))
    if event.feedback_type != "merged" or into_lead_id is None or None not in known:
        return False
    if event.lead_id != into_lead_id:
        remember_merge(context, event.lead_id, into_lead_id)
    return True


def _take_in(context: Context, lead: Lead, told: Lead, event: Feedback) -> None:
    """``told`` is the lead of which the report says something, merged into ``lead`` if another."""
    kind = event.feedback_type
    if is_erased(lead) and kind != "erased":
        ignore(context, event, Ignored.ERASED)
        return
    is_stale = kind not in _EVEN_IF_STALE and _is_stale(context, lead, told, event)
    if is_stale and not _moves_to(context, lead, told, event):
        note_unknown(context, event.rep_id)
        ignore(context, event, Ignored.NOT_CURRENT)
        return
    if kind in _OF_OPEN_LEADS and lead.status not in OPEN_STATUSES:
        ignore(context, event, Ignored.NOT_OPEN)
        return
    _STEPS[kind](context, lead, event)
    if kind in _IN_WORK and lead.status in OPEN_STATUSES:
        hand_off_by_report(context, lead, kind)


def _is_stale(context: Context, lead: Lead, told: Lead, event: Feedback) -> bool:
    """Whether the report is about an owner or an assignment that is no longer the lead's."""
    if event.assignment_id is not None:
        lead_id, _, text = event.assignment_id.rpartition(".")
        sequence = int(text) if text.isdecimal() and len(text) <= SEQUENCE_DIGITS_MAX else 0
        if lead_id != told.lead_id or not 0 < sequence <= told.sequence:
            return True
        assigned = context.rep(lead.rep)
        if assigned is not None and event.rep_id is not None:
            return not may_mean(context.org, event.rep_id, assigned, context.now_ms)
        return sequence < told.owned_from or (told is not lead and told.rep != lead.rep)
    rep = context.rep(lead.rep)
    needs_owner = event.feedback_type not in {"claimed", "disqualified"}
    if event.rep_id is None or not needs_owner:
        return False
    return not may_mean(context.org, event.rep_id, rep, context.now_ms)


def _moves_to(context: Context, lead: Lead, told: Lead, event: Feedback) -> bool:
    """Whether the report of a merged lead's own rep gives them the lead that remains.

    As if it had come before the merge: who has made contact has it, before who has not.
    """
    rep = context.rep(told.rep)
    if told is lead or rep is None:
        return False
    if event.rep_id is not None and not may_mean(context.org, event.rep_id, rep, context.now_ms):
        return False
    if has_left(rep, context.now_ms) or not would_stand_better(lead, event.feedback_type):
        return False
    give(context, lead, rep, Reason.MERGED_IN_CRM)
    return True


def _accepted(context: Context, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status in OPEN_STATUSES and lead.accept_by_ms is not None:
        stop_accept_clock(context, lead)
        context.journal.put(lead, "waits_from_ms", None)
        watch(context.org, lead)
    if lead.status is Status.ASSIGNED:
        context.journal.put(lead, "status", Status.ACCEPTED)
        watch(context.org, lead)


def _attempted(context: Context, lead: Lead, event: Feedback) -> None:
    """An attempt shows that the rep works on it, but is no contact."""
    _accepted(context, lead, event)


def _contacted(context: Context, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status in OPEN_STATUSES:
        stop_accept_clock(context, lead)
        context.journal.put(lead, "waits_from_ms", None)
        context.journal.put(lead, "status", Status.CONTACTED)
        context.journal.put(lead, "contact_by_ms", None)


def _rejected(context: Context, lead: Lead, event: Feedback) -> None:
    if lead.status in OPEN_STATUSES:
        asked = event.feedback_type == "reassign_requested"
        cause = Reason.REASSIGN_REQUESTED if asked else Reason.REJECTED
        place_again(context, lead, cause, rejected=True)


def _qualified(context: Context, lead: Lead, event: Feedback) -> None:
    _contacted(context, lead, event)
    if lead.status in OPEN_STATUSES:
        hand_off_by_report(context, lead, "qualified")


def _handoff_requested(context: Context, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status in OPEN_STATUSES:
        to_channel = "inside" if lead.channel == "field" else "field"
        hand_off(context, lead, to_channel, Reason.HANDOFF_REQUESTED, by=BY_REQUEST)


def _owner_changed(context: Context, lead: Lead, event: Feedback) -> None:
    if event.rep_id is None:
        ignore(context, event, Ignored.NO_SUCH_REP)
        return
    if not may_change_owner(lead) or _is_old_owner(context, lead, event):
        ignore(context, event, Ignored.OLDER)
        return
    change_owner(context, lead, event.rep_id)
    since_ms = min(event.occurred_at_ms, context.now_ms)
    if since_ms > owned_since_ms(lead):  # said again of the same owner, too
        context.journal.put(lead, "owner_at_ms", since_ms)
        context.touch_lead(lead)


def _is_old_owner(context: Context, lead: Lead, event: Feedback) -> bool:
    """Whether the lead has come to its owner since, or this is an echo of one who declined it."""
    since_ms = lead.owner_at_ms if lead.rep is None else owned_since_ms(lead)
    if event.occurred_at_ms < since_ms:
        return True
    rep = rep_named(context.org, event.rep_id, context.now_ms)
    declined = rep is not None and lead.declined >> rep.number & 1
    return bool(declined) and event.assignment_id is not None and _is_superseded(lead, event)


def _is_superseded(lead: Lead, event: Feedback) -> bool:
    """Whether the report names an assignment of the lead before the one in force."""
    lead_id, _, text = (event.assignment_id or "").rpartition(".")
    is_sequence = text.isdecimal() and len(text) <= SEQUENCE_DIGITS_MAX
    return lead_id == lead.lead_id and is_sequence and 0 < int(text) < lead.owned_from


def _claimed(context: Context, lead: Lead, event: Feedback) -> None:
    """A rep takes a lead that waits or is nurtured, within their caps; even from their leave."""
    rep, compiled = rep_named(context.org, event.rep_id, context.now_ms), context.compiled
    if rep is None or compiled is None:
        ignore(context, event, Ignored.NO_SUCH_REP)
        return
    if lead.status not in (Status.WAITING, Status.NURTURED):
        ignore(context, event, Ignored.NOT_WAITING)
        return
    view, masks = view_of(context, compiled, lead), context.masks(compiled)
    channel = channel_for(rep, view.channel)
    gone = (masks.left | masks.not_started) >> rep.number & 1
    if gone or not has_room(masks, rep, channel, lead):
        ignore(context, event, Ignored.NO_ROOM)
        return
    found = Placement(Outcome.ASSIGNED, Reason.CLAIMED, rep=rep, channel=channel)
    found.pool_id, found.account_id = lead.pool_id, lead.account_id
    found.territory_id = lead.territory_id
    assign(context, lead, found)
    among = charge_turn(context, lead, rep, view)
    if among is not None:
        context.out[-1]["turn_among"] = among
    _accepted(context, lead, event)
    context.out[-1].pop("accept_by", None)  # who claims has accepted
    context.out[-1].pop("remind_at", None)


def _converted(context: Context, lead: Lead, event: Feedback) -> None:
    """A lead that became an opportunity is in work: no clock runs, its rep still carries it."""
    _contacted(context, lead, event)


def _merged(context: Context, lead: Lead, event: Feedback) -> None:
    named = context.org.leads.get(event.into_lead_id or "")
    into = after_merges(context.org, named) if named is not None else None
    if _is_early_merge(context, event):
        return
    if into is None or into is lead or is_erased(into):
        ignore(context, event, Ignored.NO_SUCH_MERGE)
    else:
        merge(context, lead, into, Reason.MERGED_IN_CRM)


def _ended(context: Context, lead: Lead, event: Feedback) -> None:
    """Won, lost or disqualified: the lead's place is free again.

    Won and lost count for a closed lead too: deals come back, and mistakes are put right.
    """
    kind = event.feedback_type
    reason = _ENDS[kind]
    if not is_live(lead) and not _corrects_end(lead, event, reason):
        ignore(context, event, Ignored.ENDED)
        return
    compiled, line = context.compiled, None
    if compiled is not None and kind == "won":
        line = handoff_for(compiled, lead, rescore(context, compiled, lead), kind)
    close(context, lead, reason)
    if line is not None and lead.rep is not None:
        context.journal.put(lead, "handoff_at_ms", context.now_ms + line.after_ms)
        context.journal.put(lead, "waits_from_ms", context.now_ms)
        watch(context.org, lead)


def _corrects_end(lead: Lead, event: Feedback, reason: Reason) -> bool:
    """Whether a closed lead ends otherwise than it stands; of the CRM's own words the later."""
    if lead.status is not Status.CLOSED or event.feedback_type not in _EVEN_IF_STALE:
        return False
    if lead.closed_as not in _ENDS.values():
        return True
    is_old = event.occurred_at_ms < (lead.quiet_until_ms or 0)
    return lead.closed_as != reason.value and not is_old


def _erased(context: Context, lead: Lead, event: Feedback) -> None:
    """The person asked to be forgotten: so are all their leads."""
    erase(context, lead, event.occurred_at_ms)


_STEPS: dict[str, Step] = {
    "accepted": _accepted,
    "rejected": _rejected,
    "attempted": _attempted,
    "contacted": _contacted,
    "meeting_held": _contacted,
    "qualified": _qualified,
    "handoff_requested": _handoff_requested,
    "owner_changed": _owner_changed,
    "claimed": _claimed,
    "converted": _converted,
    "merged": _merged,
    "disqualified": _ended,
    "won": _ended,
    "lost": _ended,
    "reassign_requested": _rejected,
    "erased": _erased,
}
