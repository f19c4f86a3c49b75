"""Clocks, waits and later handoffs of leads that are due: each fires once, in order of time."""

from __future__ import annotations

from heapq import heappop, heappush

from router.core.assign.apply import close
from router.core.assign.deadlines import due_ms, heard_ms, sla_of, watch, watch_silence
from router.core.assign.intentions import won_line
from router.core.assign.isolate import apart, has_faults_left, postpone
from router.core.assign.publish import publish
from router.core.assign.rep_load import release, stop_accept_clock, stop_contact_clock
from router.core.assign.waiting.room import look_again
from router.core.decide import assign, find_owner
from router.core.handlers.placing import place_again, place_in_turn
from router.core.model.assignment import Notify, Outcome, Reason
from router.core.model.lead import Lead, Status
from router.core.model.placement import Placement
from router.core.model.policy import Sla
from router.core.model.rep import Rep
from router.core.search.misses import missing, note_miss
from router.core.search.stand_ins import Told, manager_there, stand_in, to_tell
from router.core.state.availability import has_room, is_with_us
from router.core.state.context import Context
from router.core.state.rep_names import rep_named
from router.core.state.sales_org import SalesOrg


def next_deadline_ms(org: SalesOrg) -> int | None:
    """Return when the next of them is due; None if nothing is."""
    heap = org.deadlines
    while heap and ((lead := org.leads.get(heap[0][1])) is None or due_ms(lead) != heap[0][0]):
        heappop(heap)
    return heap[0][0] if heap else None


def fire_deadlines(context: Context, left: int) -> int:
    """Clocks and waits, in order of (deadline, lead id)."""
    heap, org = context.org.deadlines, context.org
    while left > 0 and heap and heap[0][0] <= context.now_ms and has_faults_left(org):
        entry = heappop(heap)
        context.journal.on_unwind(heappush, heap, entry)
        lead = org.leads.get(entry[1])
        if lead is not None and due_ms(lead) == entry[0]:
            if not apart(context, lead, _fire):
                postpone(context, lead)
            left -= 1
    return left


def _fire(context: Context, lead: Lead) -> bool:
    context.touch_lead(lead)
    if lead.review_at_ms is not None and lead.review_at_ms <= context.now_ms:
        look_again(context, lead)
        watch(context.org, lead)
    elif lead.status is Status.WAITING:
        _waited_too_long(context, lead)
    elif lead.status is Status.CLOSED:
        _hand_back(context, lead)
    else:
        _missed(context, lead)
    return True


def _waited_too_long(context: Context, lead: Lead) -> None:
    """Follow what the policy says of a wait that is over, and tell a manager or sales operations.

    A lead that finds somebody at the last moment goes to them, and one that may wait longer by the
    policy in force waits on. The event says who was looked at now, and why in vain.
    """
    place_in_turn(context, lead)
    until_ms = lead.wait_until_ms
    if lead.status is not Status.WAITING or (until_ms is not None and until_ms > context.now_ms):
        return
    rule, place = context.org.policy.backlog if context.org.policy else None, len(context.out)
    notify = _to_tell_of_wait(context, lead)
    found = find_owner(context, lead, paced=True)
    if rule is not None and rule.then == "close":
        close(context, lead, Reason.WAITED_TOO_LONG, notify=notify)
    elif rule is not None and rule.then == "manager":  # it waits on, and is still offered
        context.journal.put(lead, "wait_until_ms", None)
        context.journal.put(lead, "waits_from_ms", None)
        publish(context, lead, Outcome.ESCALATED, Reason.WAITED_TOO_LONG, notify=notify)
    else:
        ended = Placement(Outcome.NURTURED, Reason.WAITED_TOO_LONG)
        assign(context, lead, ended, notify=notify)
    if found.candidates is not None:
        context.out[place]["candidates"] = found.candidates


def _to_tell_of_wait(context: Context, lead: Lead) -> Told:
    """Return a manager of the rep, or of the first rep of the pool, that the lead waits for."""
    org, compiled = context.org, context.compiled
    number = org.room[lead.needs or ""].awaited
    table = compiled.pool_by_id.get(lead.pool_id or "") if compiled else None
    awaited = [] if number is None else [org.rep_numbers[number]]
    awaited += [org.rep_numbers[member.number] for member in table.members] if table else []
    for rep in awaited:
        manager = manager_there(org, rep, context.now_ms)
        if manager is not None:
            return manager
    return Notify.SALES_OPS


def _hand_back(context: Context, lead: Lead) -> None:
    """Hand a won customer to inside sales, if the policy in force still says so.

    The owner's partner gets it, or whoever stands in for them; one who is on leave, if nobody does.
    Nobody's cap is touched.
    """
    put, since_ms = context.journal.put, lead.waits_from_ms
    line, owner = won_line(context, lead), context.rep(lead.rep)
    if line is not None and since_ms is not None and since_ms + line.after_ms > context.now_ms:
        put(lead, "handoff_at_ms", since_ms + line.after_ms)
        watch(context.org, lead)
        watch_silence(context.org, lead)
        return
    put(lead, "handoff_at_ms", None)
    put(lead, "waits_from_ms", None)
    put(lead, "last_event_ms", heard_ms(context, lead))
    partner_id = owner.profile.partner_rep_id if owner else None
    named = rep_named(context.org, partner_id, context.now_ms)
    partner = stand_in(context.org, partner_id, context.now_ms) or named
    if line is None or owner is None or partner is None or partner is owner:
        return
    if not is_with_us(partner, context.now_ms):
        return
    put(lead, "rep", partner.number)
    put(lead, "partner", owner.number)
    put(lead, "channel", "inside")
    publish(context, lead, Outcome.HANDED_OFF, Reason.DEAL_WON, previous=owner)


def _missed(context: Context, lead: Lead) -> None:
    """An accept or contact clock ran out; if the policy in force has none such, without a word."""
    accept = lead.accept_by_ms is not None and lead.accept_by_ms == due_ms(lead)
    cause = Reason.ACCEPT_MISSED if accept else Reason.CONTACT_MISSED
    in_contact = lead.status is Status.CONTACTED  # the clock is that of another request
    compiled = context.compiled
    sla = sla_of(compiled, lead) if compiled is not None else None
    if sla is None or (sla.accept_ms if accept else sla.contact_ms) is None:
        _end_clock(context, lead, cause)
    elif sla.missed == "tell_manager" or in_contact:
        _end_clock(context, lead, cause)
        publish(
            context, lead, Outcome.ESCALATED, cause, notify=to_tell(context, context.rep(lead.rep))
        )
    else:
        note_miss(context, lead, context.rep(lead.rep))
        if lead.missed >= sla.at_most:
            _escalate(context, lead, cause, sla)
        else:
            place_again(context, lead, cause)


def _end_clock(context: Context, lead: Lead, cause: Reason) -> None:
    """End the clock that ran out; the lead stays with its rep, and another may run on."""
    if cause is Reason.ACCEPT_MISSED:
        stop_accept_clock(context, lead)
    else:
        stop_contact_clock(context, lead)
    watch(context.org, lead)


def _escalate(context: Context, lead: Lead, cause: Reason, sla: Sla) -> None:
    """Missed once too often: to a manager who is there if their caps allow, else they are told.

    Is no manager there, the next rep gets it, as if nobody had one.
    """
    rep = context.rep(lead.rep)
    manager = None if rep is None else manager_there(context.org, rep, context.now_ms)
    stop_accept_clock(context, lead)
    context.journal.put(lead, "contact_by_ms", None)
    if sla.then == "backlog" or (sla.then == "manager" and manager is None):
        place_again(context, lead, cause)
    elif sla.then == "manager" and manager is not None and _may_take(context, manager, lead):
        release(context, lead)
        found = Placement(Outcome.ESCALATED, cause, rep=manager, channel=lead.channel)
        found.pool_id, found.account_id = lead.pool_id, lead.account_id
        assign(context, lead, found, outcome=Outcome.ESCALATED, previous=rep, timed=False)
    else:
        publish(context, lead, Outcome.ESCALATED, cause, notify=to_tell(context, rep))


def _may_take(context: Context, manager: Rep, lead: Lead) -> bool:
    compiled = context.compiled
    barred = lead.declined | missing(lead, context.now_ms)
    if compiled is None or barred >> manager.number & 1:
        return False
    return has_room(context.masks(compiled), manager, lead.channel or "inside", lead)
