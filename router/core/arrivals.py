"""Lead events: a new lead, an update of one, a withdrawal, an import."""

from __future__ import annotations

from dataclasses import replace

from router.core.chains.intentions import Before, look_before
from router.core.clocks import heard_ms, watch_silence
from router.core.decision import Outcome, Reason
from router.core.events import LeadEvent
from router.core.forgotten import go_on_counting, stays_forgotten
from router.core.handoffs import hand_off_if_begun, note_if_begun
from router.core.ownership import own_imported
from router.core.person.absorb import set_facts
from router.core.person.consent import is_held, is_refused, note_consent, refuses
from router.core.person.early_merges import merge_early
from router.core.person.endings import (
    ERASED,
    arrive_erased,
    close_refused,
    erase,
    erased_until_ms,
    is_erased,
    stranger_of,
)
from router.core.person.facts import copy_of, patched
from router.core.person.request import tell_request, tell_request_outside
from router.core.person.suppression import suppressed
from router.core.persons import after_merges, digests_of, forget_merge, know_person
from router.core.placement import Placement
from router.core.placing import place, place_again, place_in_turn
from router.core.roster.names import owner_named, same_owner
from router.core.search import search
from router.core.settle import close, settle
from router.core.state import OPEN_STATUSES, Lead, Status, is_live
from router.core.turn import Turn
from router.core.waiting.joiners import await_rep, stop_awaiting
from router.core.waiting.room import look_again

EVENT_IDS_MAX = 32
"""Event ids remembered of a lead, to know a repeated event: the first, and the newest others."""
WITHDRAWN = "withdrawn"


def on_lead(turn: Turn, event: LeadEvent) -> None:
    """Take in a lead event; one seen before changes nothing."""
    lead = turn.org.leads.get(event.lead_id)
    if lead is None:
        _arrive(turn, event)
    elif event.event_id not in lead.event_ids:
        remember_event(turn, lead, event.event_id)
        remains = what_remains(turn, lead)
        if remains is not lead:
            event = _told_of(remains, event)
        _change(turn, remains, event)


def what_remains(turn: Turn, lead: Lead) -> Lead:
    """The lead for which events of this one count: itself, or that into which it was merged.

    When that one is forgotten, this one is a closed lead of its own again.
    """
    if lead.status is not Status.MERGED:
        return lead
    remains, journal = after_merges(turn.org, lead), turn.journal
    if remains is not None:
        journal.put(remains, "last_event_ms", heard_ms(turn, remains))
        turn.touch_lead(remains)
        return remains
    forget_merge(journal, turn.org, lead)
    journal.put(lead, "merged_into", None)
    journal.put(lead, "status", Status.CLOSED)
    return lead


def _told_of(lead: Lead, event: LeadEvent) -> LeadEvent:
    """The event of a merged lead; the one that remains keeps its own ids in other systems."""
    if event.facts.external_ids is None or lead.facts.external_ids is None:
        return event
    facts = copy_of(event.facts)
    facts.external_ids = None
    return replace(event, facts=facts)


def remember_event(turn: Turn, lead: Lead, event_id: str) -> None:
    """Note the event as seen; the lead has been heard of."""
    turn.journal.edit(lead)
    seen = lead.event_ids
    if len(seen) >= EVENT_IDS_MAX:
        seen = (seen[0], *seen[2 - EVENT_IDS_MAX :])
    lead.event_ids = (*seen, event_id)
    lead.last_event_ms = heard_ms(turn, lead)
    turn.touch_lead(lead)


def _arrive(turn: Turn, event: LeadEvent) -> None:
    org, now_ms = turn.org, turn.now_ms
    erased_ms = erased_until_ms(turn, event)
    if stays_forgotten(org, event) or (erased_ms is not None and event.lead_id in org.forgotten):
        _note_late_refusal(turn, event)
        return
    lead = Lead(event.lead_id, event.facts, event.occurred_at_ms, now_ms, now_ms, (event.event_id,))
    turn.journal.made = lead
    if event.cleared and event.event_type == "updated":  # its submission comes late
        lead.field_times = dict.fromkeys(event.cleared, event.occurred_at_ms)
    turn.journal.insert(org.leads, lead.lead_id, lead)
    turn.touch_lead(lead)
    go_on_counting(turn, lead)
    if erased_ms is not None:
        arrive_erased(turn, lead, erased_ms)
        return
    _take_up_engagement(turn, lead)
    refused = note_consent(turn, lead)
    _decide_first(turn, lead, event)
    know_person(turn.journal, org, lead)
    watch_silence(org, lead)
    if refused:
        close_refused(turn, lead)
    if org.early_merges:
        merge_early(turn, lead)


def _note_late_refusal(turn: Turn, event: LeadEvent) -> None:
    """A lead that is forgotten stays so; what its person refuses counts for their other leads."""
    if refuses(event.facts):
        stranger = stranger_of(event)
        if note_consent(turn, stranger):
            close_refused(turn, stranger)


def _take_up_engagement(turn: Turn, lead: Lead) -> None:
    org = turn.org
    early = org.early_engagement.get(lead.lead_id)
    if early is not None:
        lead.engagement_milli, lead.engagement_at_ms = early.points_milli, early.at_ms
        lead.engagement_half_life_ms = early.half_life_ms
        turn.journal.remove(org.early_engagement, lead.lead_id)
        turn.journal.touch("engagement", org.sales_org, lead.lead_id)


def _decide_first(turn: Turn, lead: Lead, event: LeadEvent) -> None:
    """Decide a lead of which nothing had come before."""
    if event.event_type == "withdrawn":
        times = {**(lead.field_times or {}), WITHDRAWN: event.occurred_at_ms}
        turn.journal.put(lead, "field_times", times)
        close(turn, lead, Reason.WITHDRAWN)
    elif is_refused(turn.org, lead):
        settle(turn, lead, Placement(Outcome.CLOSED, Reason.CONSENT_REFUSED))
    elif event.event_type == "imported":
        _import(turn, lead)
    elif event.event_type == "updated":
        close(turn, lead, Reason.NOT_SUBMITTED)
        turn.journal.put(lead, "quiet_until_ms", None)  # its submission may be older
    else:
        place(turn, lead)


def _import(turn: Turn, lead: Lead) -> None:
    """An imported lead is routed nowhere; with an owner it counts in their open cap.

    Topics have no order among each other, so the owner may join the roster later: until the lead
    is forgotten it is theirs then, unless it was submitted meanwhile. So is a leaver's: the old
    leads of former staff are no work for rotation.
    """
    name = lead.facts.owner_rep_id
    named = owner_named(turn.org, name, turn.now_ms) if name else None
    if named is not None and named.rep is not None:
        own_imported(turn, lead, named.rep)
        return
    close(turn, lead, Reason.IMPORTED if named is None else named.reason)
    # Its first submission is to be routed, whenever that was.
    turn.journal.put(lead, "quiet_until_ms", None)
    if named is not None:
        await_rep(turn, lead, named.rep_id)
        turn.out[-1]["outside_rep_id"] = named.rep_id


def _change(turn: Turn, lead: Lead, event: LeadEvent) -> None:
    """An update, a repeated submission or a withdrawal of a lead that is known."""
    if _is_kept_out(turn, lead, event):
        return
    withdrawn_ms = (lead.field_times or {}).get(WITHDRAWN)
    is_old = withdrawn_ms is not None and event.occurred_at_ms <= withdrawn_ms
    if event.event_type == "withdrawn":
        if not is_old:
            _withdraw(turn, lead, event.occurred_at_ms)
        return
    before = look_before(turn, lead)
    refused = _merge_facts(turn, lead, event)
    if event.event_type == "imported":
        _import_again(turn, lead)
    elif not is_old:
        is_new = event.event_type == "submitted" and _is_new_submission(turn, lead, event)
        reconsider(turn, lead, opens=is_new, asks=is_new, before=before)
    if refused:
        close_refused(turn, lead)


def _is_kept_out(turn: Turn, lead: Lead, event: LeadEvent) -> bool:
    """Whether the lead or the person of whom the event tells was erased.

    An open lead that turns out to be of an erased person, and was submitted before, is erased.
    """
    if is_erased(lead):
        erased_ms = turn.org.erased.get(lead.lead_id, 0)
        return event.event_type != "submitted" or event.occurred_at_ms <= erased_ms
    if not turn.org.suppressed or not digests_of(event.facts):
        return False
    stranger = stranger_of(event)
    erased_ms = suppressed(turn.org, stranger).erased_ms
    if event.occurred_at_ms > erased_ms:
        return False
    erase(turn, lead, erased_ms)
    return True


def _import_again(turn: Turn, lead: Lead) -> None:
    if lead.status is Status.CLOSED and _awaits_another(turn, lead):
        _import(turn, lead)  # its owner's name was put right
    elif lead.needs is not None:
        look_again(turn, lead)


def _awaits_another(turn: Turn, lead: Lead) -> bool:
    """Whether an imported lead waits for somebody else than it names as its owner now."""
    if lead.awaits is None:
        return False
    return not same_owner(turn.org, lead.awaits, lead.facts.owner_rep_id, turn.now_ms)


def _withdraw(turn: Turn, lead: Lead, at_ms: int) -> None:
    turn.journal.put(lead, "field_times", {**(lead.field_times or {}), WITHDRAWN: at_ms})
    if is_live(lead):
        close(turn, lead, Reason.WITHDRAWN)
    stop_awaiting(turn, lead)


def _is_new_submission(turn: Turn, lead: Lead, event: LeadEvent) -> bool:
    """Whether it occurred after the lead was closed last, and after every submission before it.

    Any other is a repetition, or comes late: the ids of a lead that much happens to are not all
    remembered.
    """
    quiet_until_ms, at_ms = lead.quiet_until_ms, event.occurred_at_ms
    if quiet_until_ms is None and is_live(lead):
        quiet_until_ms = lead.occurred_at_ms
    if quiet_until_ms is not None and at_ms <= quiet_until_ms:
        return False
    turn.journal.put(lead, "quiet_until_ms", min(at_ms, turn.now_ms))
    return True


def _merge_facts(turn: Turn, lead: Lead, event: LeadEvent) -> bool:
    """Take in what the event says of the lead; whether that is a refusal of the person."""
    if event.occurred_at_ms <= (lead.field_times or {}).get(ERASED, event.occurred_at_ms - 1):
        return False
    facts, times = patched(lead, event)
    set_facts(turn, lead, facts, times)
    return note_consent(turn, lead)


def reconsider(turn: Turn, lead: Lead, *, opens: bool, asks: bool, before: Before) -> None:
    """What new facts change: nothing for an owner's lead but a handoff; everything otherwise.

    ``opens``: a closed lead is submitted again. ``asks``: whoever has an open one is to hear of a
    request. ``before`` is the lead without them; inside sales are asked anew by a request.
    """
    barred = _barred(turn, lead)
    compared = None if asks and lead.channel == "inside" else before
    if barred is not None:
        if is_live(lead) or opens:  # also of one that ended: no request is silent
            close(turn, lead, barred)
        stop_awaiting(turn, lead)
    elif lead.status is Status.WAITING:
        note_if_begun(turn, lead, compared)
        place_in_turn(turn, lead)
    elif lead.status in OPEN_STATUSES and is_held(turn.org, lead):
        place_again(turn, lead, Reason.CONSENT_UNREADABLE)
    elif lead.status in OPEN_STATUSES:
        rep_before = lead.rep
        hand_off_if_begun(turn, lead, compared)
        if asks and lead.rep == rep_before:
            tell_request(turn, lead)
    elif lead.status is Status.NURTURED or (lead.status is Status.CLOSED and opens):
        try_again(turn, lead)
    elif lead.status is Status.OUTSIDE and asks:
        tell_request_outside(turn, lead)


def decide_again(turn: Turn) -> None:
    """Decide those leads anew into which another was merged by the event in hand."""
    at = 0
    while at < len(turn.again):  # it may grow meanwhile
        lead_id, opens, asks, before = turn.again[at]
        at += 1
        lead = turn.org.leads.get(lead_id)
        remains = None if lead is None else after_merges(turn.org, lead)
        if remains is not None and not is_erased(remains):
            reconsider(turn, remains, opens=opens, asks=asks, before=before)


def _barred(turn: Turn, lead: Lead) -> Reason | None:
    """Why a lead that was routed may not be any more."""
    facts = lead.facts
    if is_refused(turn.org, lead):
        return Reason.CONSENT_REFUSED
    if facts.do_not_route:
        return Reason.DO_NOT_ROUTE
    return Reason.TEST_LEAD if facts.test else None


def try_again(turn: Turn, lead: Lead) -> None:
    """A nurtured lead that changed, or a closed one submitted again, is decided afresh."""
    previous, journal = turn.rep(lead.rep), turn.journal
    mark = journal.mark()
    journal.put(lead, "declined", 0)
    journal.put(lead, "missed", 0)
    journal.put(lead, "missed_by", 0)
    journal.put(lead, "missed_until_ms", None)
    journal.put(lead, "handoff_at_ms", None)  # of a deal that was won
    if lead.status is Status.NURTURED and search(turn, lead).outcome is Outcome.NURTURED:
        journal.unwind(mark)  # still too small: nothing to say
        return
    place(turn, lead)
    if lead.outside_rep_id is not None:
        journal.put(lead, "outside_rep_id", None)
    if previous is not None:
        turn.out[-1]["previous_rep_id"] = previous.profile.rep_id
