"""Lead events: a new lead, an update of one, a withdrawal, an import."""

from __future__ import annotations

from dataclasses import fields

from router.core.chains.intentions import Before, look_before
from router.core.clocks import heard_ms, watch_silence
from router.core.decision import Outcome, Reason
from router.core.events import Facts, LeadEvent
from router.core.exits import consent_refused
from router.core.forgotten import go_on_counting
from router.core.handoffs import hand_off_if_begun, note_if_begun
from router.core.ownership import own_imported
from router.core.persons import digests_of, forget_person, know_person
from router.core.placement import Placement
from router.core.placing import place, place_in_turn
from router.core.roster.names import owner_named, same_owner
from router.core.search import search
from router.core.settle import close, settle
from router.core.state import OPEN_STATUSES, Lead, Status, is_live
from router.core.turn import Turn
from router.core.waiting.joiners import await_rep, stop_awaiting
from router.core.waiting.room import look_again, review_person

EVENT_IDS_MAX = 32
"""Event ids remembered of a lead, to know a repeated event: the first, and the newest others."""
WITHDRAWN = "withdrawn"
ERASED = "erased"
_FACT_NAMES = tuple(field.name for field in fields(Facts))


def on_lead(turn: Turn, event: LeadEvent) -> None:
    """Take in a lead event; one seen before changes nothing."""
    lead = turn.org.leads.get(event.lead_id)
    if lead is None:
        _arrive(turn, event)
    elif event.event_id not in lead.event_ids:
        remember_event(turn, lead, event.event_id)
        _change(turn, lead, event)


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
    lead = Lead(event.lead_id, event.facts, event.occurred_at_ms, now_ms, now_ms, (event.event_id,))
    turn.journal.made = lead
    if event.cleared and event.event_type == "updated":  # its submission comes late
        lead.field_times = dict.fromkeys(event.cleared, event.occurred_at_ms)
    turn.journal.insert(org.leads, lead.lead_id, lead)
    turn.touch_lead(lead)
    go_on_counting(turn, lead)
    early = org.early_engagement.get(lead.lead_id)
    if early is not None:
        lead.engagement_milli, lead.engagement_at_ms = early.points_milli, early.at_ms
        lead.engagement_half_life_ms = early.half_life_ms
        turn.journal.remove(org.early_engagement, lead.lead_id)
        turn.journal.touch("engagement", org.sales_org, lead.lead_id)
    if event.event_type == "withdrawn":
        times = {**(lead.field_times or {}), WITHDRAWN: event.occurred_at_ms}
        turn.journal.put(lead, "field_times", times)
        close(turn, lead, Reason.WITHDRAWN)
    elif event.event_type == "imported":
        _import(turn, lead)
    elif consent_refused(lead.facts):
        settle(turn, lead, Placement(Outcome.CLOSED, Reason.CONSENT_REFUSED))
    else:
        place(turn, lead)
    know_person(turn.journal, org, lead)
    watch_silence(org, lead)


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
    withdrawn_ms = (lead.field_times or {}).get(WITHDRAWN)
    is_old = withdrawn_ms is not None and event.occurred_at_ms <= withdrawn_ms
    if event.event_type == "withdrawn":
        if not is_old:
            _withdraw(turn, lead, event.occurred_at_ms)
        return
    before = look_before(turn, lead)
    _merge_facts(turn, lead, event)
    if event.event_type == "imported":
        if lead.status is Status.CLOSED and _awaits_another(turn, lead):
            _import(turn, lead)  # its owner's name was put right
        elif lead.needs is not None:
            look_again(turn, lead)
        return
    if is_old:
        return
    opens = event.event_type == "submitted" and _is_new_submission(turn, lead, event)
    asks_anew = opens and lead.channel == "inside" and event.occurred_at_ms > lead.occurred_at_ms
    _reconsider(turn, lead, opens=opens, before=None if asks_anew else before)


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
    if quiet_until_ms is not None and at_ms <= quiet_until_ms:
        return False
    turn.journal.put(lead, "quiet_until_ms", min(at_ms, turn.now_ms))
    return True


def _merge_facts(turn: Turn, lead: Lead, event: LeadEvent) -> None:
    """Merge patch: of each fact, the value with the latest ``occurred_at`` stands."""
    times = dict(lead.field_times or {})
    at_ms, patch = event.occurred_at_ms, event.facts
    if at_ms <= times.get(ERASED, at_ms - 1):
        return
    after = Facts(*(getattr(lead.facts, name) for name in _FACT_NAMES))
    for name in _FACT_NAMES:
        value, before = getattr(patch, name), getattr(after, name)
        if name not in event.cleared and _is_unset(value):
            continue
        # What was never set has no time: a late first report of it still counts.
        since_ms = times.get(name, at_ms if _is_unset(before) else lead.occurred_at_ms)
        if at_ms >= since_ms:
            setattr(after, name, _merged(name, before, value))
            times[name] = at_ms
        elif isinstance(before, dict) and isinstance(value, dict):
            setattr(after, name, {**value, **before})
    for name in event.cleared:
        if at_ms >= times.get(name.partition(".")[0], lead.occurred_at_ms):
            _clear_entry(after, name)
    is_somebody_else = digests_of(after) != digests_of(lead.facts)
    if is_somebody_else:
        review_person(turn, lead)
    forget_person(turn.journal, turn.org, lead)
    turn.journal.put(lead, "facts", after)
    know_person(turn.journal, turn.org, lead)
    turn.journal.put(lead, "field_times", times)
    if is_somebody_else:
        review_person(turn, lead)


def _is_unset(value: object) -> bool:
    return value is None or value is False


def _clear_entry(facts: Facts, name: str) -> None:
    """``custom.NAME``: one entry of a map goes, the others stay."""
    map_name, dot, key = name.partition(".")
    held = getattr(facts, map_name, None) if dot else None
    if isinstance(held, dict) and key in held:
        rest = {other: value for other, value in held.items() if other != key}
        setattr(facts, map_name, rest or None)


def _merged(name: str, before: object, value: object) -> object:
    """Maps (custom, scores, external ids) merge key by key; everything else is replaced."""
    if isinstance(before, dict) and isinstance(value, dict):
        return {**before, **value}
    if value is None and name in {"test", "do_not_route"}:
        return False
    return value


def _reconsider(turn: Turn, lead: Lead, *, opens: bool, before: Before | None) -> None:
    """What new facts change: nothing for an owner's lead but a handoff; everything otherwise.

    ``opens``: a closed lead is submitted again. ``before`` is the lead without them; None where
    inside sales are asked anew.
    """
    barred = _barred(lead.facts)
    if barred is not None:
        if is_live(lead):
            close(turn, lead, barred)
        stop_awaiting(turn, lead)
    elif lead.status is Status.WAITING:
        note_if_begun(turn, lead, before)
        place_in_turn(turn, lead)
    elif lead.status in OPEN_STATUSES:
        hand_off_if_begun(turn, lead, before)
    elif lead.status is Status.NURTURED or (lead.status is Status.CLOSED and opens):
        try_again(turn, lead)


def _barred(facts: Facts) -> Reason | None:
    """Why a lead that was routed may not be any more."""
    if consent_refused(facts):
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
