"""Lead events: a new lead, an update of one, a withdrawal, an import."""

from __future__ import annotations

from dataclasses import replace

from router.core.assign.absorb_merged import set_facts
from router.core.assign.apply import close
from router.core.assign.deadlines import heard_ms, watch_silence
from router.core.assign.intentions import Before, look_before
from router.core.assign.owner_changes import own_imported
from router.core.assign.sequence_memory import go_on_counting, stays_forgotten
from router.core.assign.waiting.pending_owners import await_rep, stop_awaiting
from router.core.assign.waiting.room import look_again
from router.core.decide import assign, find_owner
from router.core.handlers.early_merges import merge_early
from router.core.handlers.handoffs import hand_off_if_begun, note_if_begun
from router.core.handlers.placing import place, place_again, place_in_turn
from router.core.handlers.refusals import (
    ERASED,
    arrive_erased,
    close_refused,
    erase,
    erased_until_ms,
    is_erased,
    stranger_of,
)
from router.core.handlers.requests import tell_request, tell_request_outside
from router.core.model.assignment import Outcome, Reason
from router.core.model.events import LeadEvent
from router.core.model.lead import OPEN_STATUSES, Lead, Status, is_live
from router.core.model.placement import Placement
from router.core.search.consent import is_held, is_refused, note_consent, refuses
from router.core.search.united_facts import copy_of, patched
from router.core.state.bursts import count_arrival
from router.core.state.context import Context
from router.core.state.persons import after_merges, digests_of, forget_merge, know_person
from router.core.state.rep_names import owner_named, same_owner
from router.core.state.suppression_list import suppressed

EVENT_IDS_MAX = 32
"""Event ids remembered of a lead, to know a repeated event: the first, and the newest others."""
WITHDRAWN = "withdrawn"


def on_lead(context: Context, event: LeadEvent) -> None:
    """Take in a lead event; one seen before changes nothing."""
    lead = context.org.leads.get(event.lead_id)
    if lead is None:
        _arrive(context, event)
    elif event.event_id not in lead.event_ids:
        remember_event(context, lead, event.event_id)
        remains = what_remains(context, lead)
        if remains is not lead:
            event = _told_of(remains, event)
        _change(context, remains, event)


def what_remains(context: Context, lead: Lead) -> Lead:
    """The lead for which events of this one count: itself, or that into which it was merged.

    When that one is forgotten, this one is a closed lead of its own again.
    """
    if lead.status is not Status.MERGED:
        return lead
    remains, journal = after_merges(context.org, lead), context.journal
    if remains is not None:
        journal.put(remains, "last_event_ms", heard_ms(context, remains))
        context.touch_lead(remains)
        return remains
    forget_merge(journal, context.org, lead)
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


def remember_event(context: Context, lead: Lead, event_id: str) -> None:
    """Note the event as seen; the lead has been heard of."""
    context.journal.edit(lead)
    seen = lead.event_ids
    if len(seen) >= EVENT_IDS_MAX:
        seen = (seen[0], *seen[2 - EVENT_IDS_MAX :])
    lead.event_ids = (*seen, event_id)
    lead.last_event_ms = heard_ms(context, lead)
    context.touch_lead(lead)


def _arrive(context: Context, event: LeadEvent) -> None:
    org, now_ms = context.org, context.now_ms
    erased_ms = erased_until_ms(context, event)
    if stays_forgotten(org, event) or (erased_ms is not None and event.lead_id in org.forgotten):
        _note_late_refusal(context, event)
        return
    lead = Lead(event.lead_id, event.facts, event.occurred_at_ms, now_ms, now_ms, (event.event_id,))
    context.journal.made = lead
    if event.cleared and event.event_type == "updated":  # its submission comes late
        lead.field_times = dict.fromkeys(event.cleared, event.occurred_at_ms)
    context.journal.insert(org.leads, lead.lead_id, lead)
    context.touch_lead(lead)
    go_on_counting(context, lead)
    if erased_ms is not None:
        arrive_erased(context, lead, erased_ms)
        return
    _take_up_engagement(context, lead)
    refused = note_consent(context, lead)
    _decide_first(context, lead, event)
    know_person(context.journal, org, lead)
    watch_silence(org, lead)
    if refused:
        close_refused(context, lead)
    if org.early_merges:
        merge_early(context, lead)


def _note_late_refusal(context: Context, event: LeadEvent) -> None:
    """A lead that is forgotten stays so; what its person refuses counts for their other leads."""
    if refuses(event.facts):
        stranger = stranger_of(event)
        if note_consent(context, stranger):
            close_refused(context, stranger)


def _take_up_engagement(context: Context, lead: Lead) -> None:
    org = context.org
    early = org.early_engagement.get(lead.lead_id)
    if early is not None:
        lead.engagement_milli, lead.engagement_at_ms = early.points_milli, early.at_ms
        lead.engagement_half_life_ms = early.half_life_ms
        context.journal.remove(org.early_engagement, lead.lead_id)
        context.journal.touch("engagement", org.sales_org, lead.lead_id)


def _decide_first(context: Context, lead: Lead, event: LeadEvent) -> None:
    """Decide a lead of which nothing had come before."""
    if event.event_type == "withdrawn":
        times = {**(lead.field_times or {}), WITHDRAWN: event.occurred_at_ms}
        context.journal.put(lead, "field_times", times)
        close(context, lead, Reason.WITHDRAWN)
    elif is_refused(context.org, lead):
        assign(context, lead, Placement(Outcome.CLOSED, Reason.CONSENT_REFUSED))
    elif event.event_type == "imported":
        _import(context, lead)
    elif event.event_type == "updated":
        close(context, lead, Reason.NOT_SUBMITTED)
        context.journal.put(lead, "quiet_until_ms", None)  # its submission may be older
    else:
        count_arrival(context, lead)
        place(context, lead)


def _import(context: Context, lead: Lead) -> None:
    """An imported lead is routed nowhere; with an owner it counts in their open cap.

    Topics have no order among each other, so the owner may join the roster later: until the lead
    is forgotten it is theirs then, unless it was submitted meanwhile. So is a leaver's: the old
    leads of former staff are no work for rotation.
    """
    name = lead.facts.owner_rep_id
    named = owner_named(context.org, name, context.now_ms) if name else None
    if named is not None and named.rep is not None:
        own_imported(context, lead, named.rep)
        return
    close(context, lead, Reason.IMPORTED if named is None else named.reason)
    # Its first submission is to be routed, whenever that was.
    context.journal.put(lead, "quiet_until_ms", None)
    if named is not None:
        await_rep(context, lead, named.rep_id)
        context.out[-1]["outside_rep_id"] = named.rep_id


def _change(context: Context, lead: Lead, event: LeadEvent) -> None:
    """An update, a repeated submission or a withdrawal of a lead that is known."""
    if _is_kept_out(context, lead, event):
        return
    withdrawn_ms = (lead.field_times or {}).get(WITHDRAWN)
    is_old = withdrawn_ms is not None and event.occurred_at_ms <= withdrawn_ms
    if event.event_type == "withdrawn":
        if not is_old:
            _withdraw(context, lead, event.occurred_at_ms)
        return
    before = look_before(context, lead)
    refused = _merge_facts(context, lead, event)
    if event.event_type == "imported":
        _import_again(context, lead)
    elif not is_old:
        is_new = event.event_type == "submitted" and _is_new_submission(context, lead, event)
        reconsider(context, lead, opens=is_new, asks=is_new, before=before)
    if refused:
        close_refused(context, lead)


def _is_kept_out(context: Context, lead: Lead, event: LeadEvent) -> bool:
    """Whether the lead or the person of whom the event tells was erased.

    An open lead that turns out to be of an erased person, and was submitted before, is erased.
    """
    if is_erased(lead):
        erased_ms = context.org.erased.get(lead.lead_id, 0)
        return event.event_type != "submitted" or event.occurred_at_ms <= erased_ms
    if not context.org.suppressed or not digests_of(event.facts):
        return False
    stranger = stranger_of(event)
    erased_ms = suppressed(context.org, stranger).erased_ms
    if event.occurred_at_ms > erased_ms:
        return False
    erase(context, lead, erased_ms)
    return True


def _import_again(context: Context, lead: Lead) -> None:
    if lead.status is Status.CLOSED and _awaits_another(context, lead):
        _import(context, lead)  # its owner's name was put right
    elif lead.needs is not None:
        look_again(context, lead)


def _awaits_another(context: Context, lead: Lead) -> bool:
    """Whether an imported lead waits for somebody else than it names as its owner now."""
    if lead.awaits is None:
        return False
    return not same_owner(context.org, lead.awaits, lead.facts.owner_rep_id, context.now_ms)


def _withdraw(context: Context, lead: Lead, at_ms: int) -> None:
    context.journal.put(lead, "field_times", {**(lead.field_times or {}), WITHDRAWN: at_ms})
    if is_live(lead):
        close(context, lead, Reason.WITHDRAWN)
    stop_awaiting(context, lead)


def _is_new_submission(context: Context, lead: Lead, event: LeadEvent) -> bool:
    """Whether it occurred after the lead was closed last, and after every submission before it.

    Any other is a repetition, or comes late: the ids of a lead that much happens to are not all
    remembered.
    """
    quiet_until_ms, at_ms = lead.quiet_until_ms, event.occurred_at_ms
    if quiet_until_ms is None and is_live(lead):
        quiet_until_ms = lead.occurred_at_ms
    if quiet_until_ms is not None and at_ms <= quiet_until_ms:
        return False
    context.journal.put(lead, "quiet_until_ms", min(at_ms, context.now_ms))
    return True


def _merge_facts(context: Context, lead: Lead, event: LeadEvent) -> bool:
    """Take in what the event says of the lead; whether that is a refusal of the person."""
    if event.occurred_at_ms <= (lead.field_times or {}).get(ERASED, event.occurred_at_ms - 1):
        return False
    facts, times = patched(lead, event)
    set_facts(context, lead, facts, times)
    return note_consent(context, lead)


def reconsider(context: Context, lead: Lead, *, opens: bool, asks: bool, before: Before) -> None:
    """Decide a lead with new facts: an owner's lead can only be handed off, any other anew.

    ``opens``: a closed lead is submitted again. ``asks``: whoever has an open one is to hear of a
    request. ``before`` is the lead without them; inside sales are asked anew by a request.
    """
    barred = _barred(context, lead)
    compared = None if asks and lead.channel == "inside" else before
    if barred is not None:
        if is_live(lead) or opens:  # also of one that ended: no request is silent
            close(context, lead, barred)
        stop_awaiting(context, lead)
    elif lead.status is Status.WAITING:
        note_if_begun(context, lead, compared)
        place_in_turn(context, lead)
    elif lead.status in OPEN_STATUSES and is_held(context.org, lead):
        place_again(context, lead, Reason.CONSENT_UNREADABLE)
    elif lead.status in OPEN_STATUSES:
        rep_before = lead.rep
        hand_off_if_begun(context, lead, compared)
        if asks and lead.rep == rep_before:
            tell_request(context, lead)
    elif lead.status is Status.NURTURED or (lead.status is Status.CLOSED and opens):
        try_again(context, lead)
    elif lead.status is Status.OUTSIDE and asks:
        tell_request_outside(context, lead)


def decide_again(context: Context) -> None:
    """Decide those leads anew into which another was merged by the event in hand."""
    at = 0
    while at < len(context.again):  # it may grow meanwhile
        lead_id, opens, asks, before = context.again[at]
        at += 1
        lead = context.org.leads.get(lead_id)
        remains = None if lead is None else after_merges(context.org, lead)
        if remains is not None and not is_erased(remains):
            reconsider(context, remains, opens=opens, asks=asks, before=before)


def _barred(context: Context, lead: Lead) -> Reason | None:
    """Why a lead that was routed may not be any more."""
    facts = lead.facts
    if is_refused(context.org, lead):
        return Reason.CONSENT_REFUSED
    if facts.do_not_route:
        return Reason.DO_NOT_ROUTE
    return Reason.TEST_LEAD if facts.test else None


def try_again(context: Context, lead: Lead) -> None:
    """A nurtured lead that changed, or a closed one submitted again, is decided afresh."""
    previous, journal = context.rep(lead.rep), context.journal
    mark = journal.mark()
    journal.put(lead, "declined", 0)
    journal.put(lead, "missed", 0)
    journal.put(lead, "missed_by", 0)
    journal.put(lead, "missed_until_ms", None)
    journal.put(lead, "handoff_at_ms", None)  # of a deal that was won
    if lead.status is Status.NURTURED and find_owner(context, lead).outcome is Outcome.NURTURED:
        journal.unwind(mark)  # still too small: nothing to say
        return
    place(context, lead)
    if lead.outside_rep_id is not None:
        journal.put(lead, "outside_rep_id", None)
    if previous is not None:
        context.out[-1]["previous_rep_id"] = previous.profile.rep_id
