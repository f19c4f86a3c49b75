"""Leads that wait: in a queue by value, with a reason and a deadline, offered again.

A queue is never starved by new leads: those that rank before a new one are served first. Offering
stops when nothing has changed since the last time (``openings``), so a full house costs little.
"""

from __future__ import annotations

from collections.abc import Callable

from router.core.apart import apart, has_faults_left
from router.core.clocks import watch
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.placement import Placement
from router.core.queues import POLICY_QUEUE
from router.core.state import Lead, QueueItem, Rep, SalesOrg, Status
from router.core.turn import Turn

EXAMINED_MAX = 2_000
"""Leads of one queue looked at in one offering; a bound on one event's work."""

_SAME_POOL = ("backlog", "next_territory", "any_language")

SHUT_EXAMINED_MAX = 32
"""The same while the pool has nobody with room."""

Offer = Callable[[Turn, Lead], bool]
"""Try to place a waiting lead; whether it left its queue."""


def wait(
    turn: Turn,
    lead: Lead,
    placement: Placement,
    *,
    cause: Reason | None = None,
    previous: Rep | None = None,
) -> None:
    """Put the lead into the placement's queue, and say so unless it waits there already."""
    assert placement.queue is not None  # noqa: S101  # narrows for the type checker; settle checks
    moved = lead.queue != placement.queue
    rank = _rank(turn.org, lead)
    if not moved and rank == lead.rank:
        return
    leave(turn, lead)
    org, put = turn.org, turn.journal.put
    put(lead, "status", Status.WAITING)
    put(lead, "queue", placement.queue)
    put(lead, "rank", rank)
    turn.journal.enqueue(org.queues.setdefault(placement.queue, []), _item(lead))
    turn.touch_lead(lead)
    if not moved:
        return
    for name in ("rep", "accept_by_ms", "contact_by_ms"):
        put(lead, name, None)
    for name in ("channel", "pool_id", "territory_id", "account_id", "hand_over", "stake"):
        put(lead, name, getattr(placement, name))
    if org.policy is not None and lead.wait_until_ms is None:
        put(lead, "wait_until_ms", turn.now_ms + org.policy.backlog.at_most_ms)
    watch(org, lead)
    event = emit(
        turn,
        lead,
        Outcome.QUEUED,
        cause or placement.reason,
        placement=placement,
        previous=previous,
    )
    if org.policy is not None and org.policy.backlog.crm_queue:
        event["crm_queue"] = org.policy.backlog.crm_queue


def _rank(org: SalesOrg, lead: Lead) -> int:
    """Smaller is served first: by value, or 0 to leave it to the time of arrival."""
    by_age = org.policy is not None and org.policy.backlog.order == "age"
    return 0 if by_age else -lead.value_minor


def _item(lead: Lead) -> QueueItem:
    return lead.rank, lead.received_ms, lead.lead_id


def leave(turn: Turn, lead: Lead) -> None:
    """Take the lead out of its queue, if it waits."""
    if lead.queue is None:
        return
    turn.journal.dequeue(turn.org.queues[lead.queue], _item(lead))
    turn.journal.put(lead, "queue", None)
    turn.note_opening()  # the next in line may come within the bounds now


def ahead_of(org: SalesOrg, lead: Lead, queue: str, at_most: int) -> list[str]:
    """Ids of waiting leads that rank before a new one, if offering them could help."""
    waiting = org.queues.get(queue)
    if not waiting or org.offered.get(queue) == org.openings:
        return []
    mine = (_rank(org, lead), lead.received_ms, lead.lead_id)
    first = [item for item in waiting[:at_most] if item < mine]
    return [lead_id for _, _, lead_id in first if lead_id not in org.aside]


def offer(turn: Turn, place: Offer, left: int) -> int:
    """Offer every queue in the order of its name; returns how many of ``left`` remain.

    While a queue's pool has nobody with room only its first leads are looked at, which may belong
    elsewhere by now: in a full house the work is that of the leads which find a rep, not of those
    which wait.
    """
    org = turn.org
    for queue in sorted(name for name, waiting in org.queues.items() if waiting):
        waiting = org.queues[queue]
        if not waiting or (org.offered.get(queue) == org.openings and queue != POLICY_QUEUE):
            continue
        looked_through = queue in org.offered  # since this policy came: all stand in its order
        for place_in_queue, (_, _, lead_id) in enumerate(waiting[:EXAMINED_MAX]):
            if left <= 0 or not has_faults_left(org):
                return left
            if lead_id in org.aside:
                continue
            if looked_through and place_in_queue >= SHUT_EXAMINED_MAX and _is_shut(turn, queue):
                break
            if apart(turn, org.leads[lead_id], place):
                left -= 1
        turn.journal.insert(org.offered, queue, org.openings)
        turn.journal.touch("org", org.sales_org, "")
    return left


def _is_shut(turn: Turn, queue: str) -> bool:
    """Whether no lead of a pool's queue can be placed: nobody has room, and nobody else helps."""
    tables = turn.tables
    table = tables.pool_by_id.get(queue.removeprefix("pool:")) if tables is not None else None
    if tables is None or table is None:
        return False
    channel = table.channel
    steps = tables.policy.nobody_free.get(channel, ("backlog",))
    if any(step not in _SAME_POOL for step in steps):
        return False
    masks = turn.masks(tables)
    barred = masks.left | masks.not_started | masks.time_off | masks.off_duty[channel]
    return not table.mask & ~(barred | masks.day_full[channel] | masks.open_full[channel])
