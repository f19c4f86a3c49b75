"""Time passing. Only a tick fires deadlines, at most :data:`ITEMS_MAX` things a tick.

The bound is for all sales orgs of a shard together. If more remain, ``next_due_ms`` is in the past
and another tick follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

from router.core.apart import apart, has_faults_left, postpone, take_up_again
from router.core.availability import has_left, has_room, is_present, is_with_us
from router.core.capacity import release, stop_accept_clock
from router.core.clocks import DAY_MS, due_ms, heard_ms, sla_of, watch
from router.core.decision import Outcome, Reason
from router.core.directory import activate
from router.core.emit import emit
from router.core.forgotten import drop_forgotten
from router.core.leavers import clear_leavers, clearing_due_ms
from router.core.placement import Placement
from router.core.placing import place_again, place_in_turn
from router.core.policy import Sla
from router.core.search import search
from router.core.settle import close, settle
from router.core.silence import drop_early, end_silent
from router.core.state import Lead, Rep, SalesOrg, Status
from router.core.turn import Turn
from router.core.waiting.room import look_again
from router.core.waiting.serve import serve

ITEMS_MAX = 500


def on_tick(turns: Sequence[Turn]) -> None:
    """Fire what is due in every sales org of a shard, each its share of the bound.

    What some leave goes in equal parts to those who have used theirs up. One thing is done for
    each of them however many there are, so that none starves. Nothing here asks what is due
    *when*: that is derived, and a restart would change the shares.
    """
    left, wanting = ITEMS_MAX, list(turns)
    share = max(1, left // len(wanting))
    while share > 0:
        still = []
        for turn in wanting:
            unused = _fire_due(turn, share)
            left -= share - unused
            if unused == 0:
                still.append(turn)
        wanting = still
        share = left // len(wanting) if wanting else 0


def _fire_due(turn: Turn, left: int) -> int:
    """Fire what is due in one sales org, in a fixed order; returns how many of ``left`` remain."""
    org = turn.org
    if org.next_policy is not None and org.next_policy.effective_from_ms <= turn.now_ms:
        activate(turn, org.next_policy)
    left = take_up_again(turn, left)
    left = _deadlines(turn, left)
    left = clear_leavers(turn, left)
    left = end_silent(turn, left)
    left = drop_early(turn, left)
    left = drop_forgotten(turn, left)
    if turn.tables is not None:
        turn.masks(turn.tables)  # passing a boundary of time may free reps
    return serve(turn, left)


def _deadlines(turn: Turn, left: int) -> int:
    """Clocks and waits, in order of (deadline, lead id)."""
    heap, org = turn.org.deadlines, turn.org
    while left > 0 and heap and heap[0][0] <= turn.now_ms and has_faults_left(org):
        entry = heappop(heap)
        turn.journal.on_unwind(heappush, heap, entry)
        lead = org.leads.get(entry[1])
        if lead is not None and due_ms(lead) == entry[0]:
            if not apart(turn, lead, _fire):
                postpone(turn, lead)
            left -= 1
    return left


def _fire(turn: Turn, lead: Lead) -> bool:
    turn.touch_lead(lead)
    if lead.review_at_ms is not None and lead.review_at_ms <= turn.now_ms:
        look_again(turn, lead)
        watch(turn.org, lead)
    elif lead.status is Status.WAITING:
        _waited_too_long(turn, lead)
    elif lead.status is Status.CLOSED:
        _hand_back(turn, lead)
    else:
        _missed(turn, lead)
    return True


def _waited_too_long(turn: Turn, lead: Lead) -> None:
    """What follows a wait that is over; the event says who was looked at now, and why in vain.

    A lead that finds somebody at the last moment goes to them.
    """
    place_in_turn(turn, lead)
    if lead.status is not Status.WAITING:
        return
    rule, told = turn.org.policy.backlog if turn.org.policy else None, len(turn.out)
    turn.journal.put(lead, "wait_until_ms", None)
    manager = _manager_of_those_awaited(turn, lead)
    found = search(turn, lead, paced=True)
    if rule is not None and rule.then == "close":
        close(turn, lead, Reason.WAITED_TOO_LONG)
    elif rule is not None and rule.then == "manager" and manager is not None:
        emit(turn, lead, Outcome.ESCALATED, Reason.WAITED_TOO_LONG, notify=manager)
        # it waits on, and is still offered
    else:
        settle(turn, lead, Placement(Outcome.NURTURED, Reason.WAITED_TOO_LONG))
    if found.candidates is not None:
        turn.out[told]["candidates"] = found.candidates


def _manager_of_those_awaited(turn: Turn, lead: Lead) -> str | None:
    """The manager of the rep, or of the first rep of the pool, that the lead waits for."""
    org, tables = turn.org, turn.tables
    number = org.room[lead.needs or ""].awaited
    table = tables.pool_by_id.get(lead.pool_id or "") if tables else None
    awaited = [] if number is None else [org.rep_numbers[number]]
    awaited += [org.rep_numbers[member.number] for member in table.members] if table else []
    for rep in awaited:
        manager = org.reps.get(rep.profile.manager_rep_id or "")
        if manager is not None and not has_left(manager, turn.now_ms):
            return manager.profile.rep_id
    return None


def _hand_back(turn: Turn, lead: Lead) -> None:
    """A field rep's won customer goes to inside sales after its time; nobody's cap is touched."""
    owner = turn.rep(lead.rep)
    turn.journal.put(lead, "handoff_at_ms", None)
    turn.journal.put(lead, "last_event_ms", heard_ms(turn, lead))
    partner = turn.org.reps.get((owner.profile.partner_rep_id if owner else None) or "")
    if owner is None or partner is None or not is_with_us(partner, turn.now_ms):
        return
    turn.journal.put(lead, "rep", partner.number)
    turn.journal.put(lead, "partner", owner.number)
    turn.journal.put(lead, "channel", "inside")
    emit(turn, lead, Outcome.HANDED_OFF, Reason.DEAL_WON, previous=owner)


def _missed(turn: Turn, lead: Lead) -> None:
    """An accept or contact clock ran out."""
    accept = lead.status is Status.ASSIGNED and lead.accept_by_ms == due_ms(lead)
    cause = Reason.ACCEPT_MISSED if accept else Reason.CONTACT_MISSED
    tables = turn.tables
    sla = sla_of(tables, lead) if tables is not None else None
    if sla is None or sla.missed == "tell_manager":
        _tell_manager(turn, lead, cause)
        return
    turn.journal.put(lead, "missed", lead.missed + 1)
    if lead.missed >= sla.at_most:
        _escalate(turn, lead, cause, sla)
    else:
        place_again(turn, lead, cause, decline=True, give_back=False)


def _tell_manager(turn: Turn, lead: Lead, cause: Reason) -> None:
    """The deal stays with its rep; the clock that ran out runs no more."""
    if cause is Reason.ACCEPT_MISSED:
        stop_accept_clock(turn, lead)
    else:
        turn.journal.put(lead, "contact_by_ms", None)
    watch(turn.org, lead)
    rep = turn.rep(lead.rep)
    manager = rep.profile.manager_rep_id if rep else None
    emit(turn, lead, Outcome.ESCALATED, cause, notify=manager)


def _escalate(turn: Turn, lead: Lead, cause: Reason, sla: Sla) -> None:
    """Missed once too often: to the manager if their caps allow, else the manager is told."""
    rep = turn.rep(lead.rep)
    manager = turn.org.reps.get((rep.profile.manager_rep_id if rep else None) or "")
    stop_accept_clock(turn, lead)
    turn.journal.put(lead, "contact_by_ms", None)
    if sla.then == "backlog" or (sla.then == "manager" and manager is None):
        place_again(turn, lead, cause, decline=True, give_back=False)
    elif sla.then == "manager" and manager is not None and _may_take(turn, manager, lead):
        release(turn, lead)
        found = Placement(Outcome.ESCALATED, cause, rep=manager, channel=lead.channel)
        found.pool_id, found.account_id = lead.pool_id, lead.account_id
        settle(turn, lead, found, outcome=Outcome.ESCALATED, previous=rep, timed=False)
    else:
        told = manager.profile.rep_id if manager else None
        emit(turn, lead, Outcome.ESCALATED, cause, notify=told)


def _may_take(turn: Turn, manager: Rep, lead: Lead) -> bool:
    tables = turn.tables
    if tables is None or manager.number == lead.rep or lead.declined >> manager.number & 1:
        return False
    masks = turn.masks(tables)
    return is_present(masks, manager) and has_room(masks, manager, lead.channel or "inside", lead)


def next_due_ms(org: SalesOrg) -> int | None:
    """When a tick has something to do: the earliest of everything that waits for time."""
    heap = org.deadlines
    while heap and ((lead := org.leads.get(heap[0][1])) is None or due_ms(lead) != heap[0][0]):
        heappop(heap)
    due = [heap[0][0]] if heap else []
    if org.stirred_ms is not None:
        due.append(org.stirred_ms)
    if org.room and org.policy is not None and org.boundary_ms:
        due.append(org.boundary_ms)
    if org.next_policy is not None:
        due.append(org.next_policy.effective_from_ms)
    if org.silent_days:
        due.append(min(org.silent_days) * DAY_MS)
    if org.early_days:
        due.append(min(org.early_days) * DAY_MS)
    if org.forgotten_days:
        due.append(min(org.forgotten_days) * DAY_MS)
    due += [due_at for rep in org.rep_numbers if (due_at := clearing_due_ms(org, rep)) is not None]
    if org.aside:
        due.append(min(org.aside.values()))
    return min(due) if due else None
