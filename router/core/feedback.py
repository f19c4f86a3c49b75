"""What the CRM reports: the living history of a lead. The CRM's word on owners is final."""

from __future__ import annotations

from collections.abc import Callable

from router.core.arrivals import ERASED, remember_event
from router.core.availability import has_room
from router.core.capacity import release, stop_accept_clock
from router.core.chains.intentions import BY_REQUEST, handoff_for
from router.core.clocks import watch
from router.core.decision import Outcome, Reason
from router.core.events import Facts, Feedback
from router.core.exits import channel_for
from router.core.handoffs import hand_off_by_report, rescore
from router.core.ownership import change_owner, may_change_owner
from router.core.persons import after_merges, forget_person
from router.core.placement import Placement
from router.core.placing import hand_off, place_again
from router.core.pools import charge_turn
from router.core.roster.names import may_mean, rep_named
from router.core.roster.unknown_names import note_unknown
from router.core.search import view_of
from router.core.settle import close, settle
from router.core.state import OPEN_STATUSES, Lead, Status, is_live
from router.core.turn import Turn
from router.core.waiting.room import review_person

SEQUENCE_DIGITS_MAX = 12
OWN_ACTOR = "lead-router"
"""Feedback by this actor is the echo of our own writes."""

_EVEN_IF_STALE = ("won", "lost", "owner_changed", "erased", "merged")

_IN_WORK = ("accepted", "attempted", "contacted", "meeting_held", "converted")
"""Reports after which a policy may hand a lead over, beside ``qualified`` and ``won``."""

_ENDS = {
    "won": Reason.DEAL_WON,
    "lost": Reason.DEAL_LOST,
    "disqualified": Reason.DISQUALIFIED,
}

Step = Callable[[Turn, Lead, Feedback], None]


def on_feedback(turn: Turn, event: Feedback) -> None:
    """Take in a report. Echoes, repeats, strangers' leads and stale reports change nothing."""
    lead = turn.org.leads.get(event.lead_id)
    if lead is None or event.actor == OWN_ACTOR or event.event_id in lead.event_ids:
        _ignore(turn)
        return
    heard_ms, sequence = lead.last_event_ms, lead.sequence
    remember_event(turn, lead, event.event_id)
    _take_in(turn, lead, event)
    if lead.status is Status.CLOSED and lead.sequence == sequence:
        # Nothing new: a CRM that repeats itself every night must not have it kept for ever.
        turn.journal.put(lead, "last_event_ms", heard_ms)


def _take_in(turn: Turn, lead: Lead, event: Feedback) -> None:
    kind = event.feedback_type
    is_late = kind not in _EVEN_IF_STALE and _is_stale(turn, lead, event)
    if is_late or (is_erased(lead) and kind != "erased"):
        if is_late:
            note_unknown(turn, event.rep_id)
        _ignore(turn)
        return
    _STEPS[kind](turn, lead, event)
    if kind in _IN_WORK and lead.status in OPEN_STATUSES:
        hand_off_by_report(turn, lead, kind)


def _ignore(turn: Turn) -> None:
    org = turn.org
    turn.journal.put(org, "feedback_ignored", org.feedback_ignored + 1)
    turn.journal.touch("org", org.sales_org, "")


def _is_stale(turn: Turn, lead: Lead, event: Feedback) -> bool:
    """Whether the report is about an owner or an assignment that is no longer the lead's."""
    if event.assignment_id is not None:
        lead_id, _, text = event.assignment_id.rpartition(".")
        sequence = int(text) if text.isdecimal() and len(text) <= SEQUENCE_DIGITS_MAX else 0
        if lead_id != lead.lead_id or not 0 < sequence <= lead.sequence:
            return True
        assigned = turn.rep(lead.rep)
        if assigned is not None and event.rep_id is not None:
            return not may_mean(turn.org, event.rep_id, assigned, turn.now_ms)
        return sequence < lead.owned_from
    rep = turn.rep(lead.rep)
    needs_owner = event.feedback_type not in {"claimed", "disqualified"}
    if event.rep_id is None or not needs_owner:
        return False
    return not may_mean(turn.org, event.rep_id, rep, turn.now_ms)


def _accepted(turn: Turn, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status is Status.ASSIGNED:
        stop_accept_clock(turn, lead)
        turn.journal.put(lead, "waits_from_ms", None)
        turn.journal.put(lead, "status", Status.ACCEPTED)
        watch(turn.org, lead)


def _attempted(turn: Turn, lead: Lead, event: Feedback) -> None:
    """An attempt shows that the rep works on it, but is no contact."""
    _accepted(turn, lead, event)


def _contacted(turn: Turn, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status in OPEN_STATUSES:
        stop_accept_clock(turn, lead)
        turn.journal.put(lead, "waits_from_ms", None)
        turn.journal.put(lead, "status", Status.CONTACTED)
        turn.journal.put(lead, "contact_by_ms", None)


def _rejected(turn: Turn, lead: Lead, event: Feedback) -> None:
    if lead.status in OPEN_STATUSES:
        asked = event.feedback_type == "reassign_requested"
        cause = Reason.REASSIGN_REQUESTED if asked else Reason.REJECTED
        place_again(turn, lead, cause, rejected=True)


def _qualified(turn: Turn, lead: Lead, event: Feedback) -> None:
    _contacted(turn, lead, event)
    if lead.status in OPEN_STATUSES:
        hand_off_by_report(turn, lead, "qualified")


def _handoff_requested(turn: Turn, lead: Lead, event: Feedback) -> None:
    del event
    if lead.status in OPEN_STATUSES:
        to_channel = "inside" if lead.channel == "field" else "field"
        hand_off(turn, lead, to_channel, Reason.HANDOFF_REQUESTED, by=BY_REQUEST)


def _owner_changed(turn: Turn, lead: Lead, event: Feedback) -> None:
    if event.rep_id is None or not may_change_owner(lead):
        _ignore(turn)
    else:
        change_owner(turn, lead, event.rep_id)


def _claimed(turn: Turn, lead: Lead, event: Feedback) -> None:
    """A rep takes a lead that waits or is nurtured, within their caps; even from their leave."""
    rep, tables = rep_named(turn.org, event.rep_id, turn.now_ms), turn.tables
    if rep is None or tables is None or lead.status not in (Status.WAITING, Status.NURTURED):
        _ignore(turn)
        return
    view, masks = view_of(turn, tables, lead), turn.masks(tables)
    channel = channel_for(rep, view.channel)
    gone = (masks.left | masks.not_started) >> rep.number & 1
    if gone or not has_room(masks, rep, channel, lead):
        _ignore(turn)
        return
    found = Placement(Outcome.ASSIGNED, Reason.CLAIMED, rep=rep, channel=channel)
    found.pool_id, found.account_id = lead.pool_id, lead.account_id
    found.territory_id = lead.territory_id
    settle(turn, lead, found)
    among = charge_turn(turn, lead, rep, view)
    if among is not None:
        turn.out[-1]["turn_among"] = among
    _accepted(turn, lead, event)
    turn.out[-1].pop("accept_by", None)  # who claims has accepted
    turn.out[-1].pop("remind_at", None)


def _converted(turn: Turn, lead: Lead, event: Feedback) -> None:
    """A lead that became an opportunity is in work: no clock runs, its rep still carries it."""
    _contacted(turn, lead, event)


def _merged(turn: Turn, lead: Lead, event: Feedback) -> None:
    named = turn.org.leads.get(event.into_lead_id or "")
    into = after_merges(turn.org, named) if named is not None else None
    if into is None or into is lead or not is_live(lead):
        _ignore(turn)
        return
    release(turn, lead)
    turn.journal.put(lead, "rep", into.rep)
    turn.journal.put(lead, "merged_into", into.lead_id)
    close(turn, lead, Reason.MERGED_IN_CRM, outcome=Outcome.MERGED)


def _ended(turn: Turn, lead: Lead, event: Feedback) -> None:
    """Won, lost or disqualified: the lead's place is free again.

    Won and lost count for a closed lead too: deals come back, and mistakes are put right.
    """
    kind = event.feedback_type
    reason = _ENDS[kind]
    if not is_live(lead) and not _corrects_end(lead, event, reason):
        _ignore(turn)
        return
    tables, line = turn.tables, None
    if tables is not None and kind == "won":
        line = handoff_for(tables, lead, rescore(turn, tables, lead), kind)
    close(turn, lead, reason)
    if line is not None and lead.rep is not None:
        turn.journal.put(lead, "handoff_at_ms", turn.now_ms + line.after_ms)
        turn.journal.put(lead, "waits_from_ms", turn.now_ms)
        watch(turn.org, lead)


def _corrects_end(lead: Lead, event: Feedback, reason: Reason) -> bool:
    """Whether a closed lead ends otherwise than it stands; of the CRM's own words the later."""
    if lead.status is not Status.CLOSED or event.feedback_type not in _EVEN_IF_STALE:
        return False
    if lead.closed_as not in _ENDS.values():
        return True
    is_old = event.occurred_at_ms < (lead.quiet_until_ms or 0)
    return lead.closed_as != reason.value and not is_old


def is_erased(lead: Lead) -> bool:
    """Whether the lead's person asked to be forgotten, and has not submitted it anew."""
    return lead.status is Status.CLOSED and lead.closed_as == Reason.ERASED.value


def _erased(turn: Turn, lead: Lead, event: Feedback) -> None:
    """The person asked to be forgotten: their digests and free fields go, the decision stays.

    It is told of a lead that has ended too: whoever keeps a row of its owner must let go of it.
    """
    turn.journal.put(lead, "field_times", {ERASED: event.occurred_at_ms})
    review_person(turn, lead)
    forget_person(turn.journal, turn.org, lead)
    turn.journal.put(lead, "facts", Facts(country=lead.facts.country))
    if not is_erased(lead):
        close(turn, lead, Reason.ERASED)
    turn.touch_lead(lead)


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
