"""Placing and placing again: search and settle, in the turns that need both."""

from __future__ import annotations

from enum import Enum

from router.core.apart import apart
from router.core.backlog import ahead_of
from router.core.capacity import release
from router.core.decision import Outcome, Reason
from router.core.exits import accounts_owner
from router.core.placement import Placement
from router.core.pools import give_back_turn, in_pool
from router.core.queues import pool_queue, rep_queue
from router.core.search import search, view_of
from router.core.settle import settle
from router.core.state import Lead, Rep, Status
from router.core.turn import Turn

SERVED_FIRST_MAX = 8
"""Waiting leads offered before a new one, at most; ticks offer the rest."""


def place_new(turn: Turn, lead: Lead) -> None:
    """Find the lead an owner; waiting leads of that pool which rank before it go first."""
    mark = turn.journal.mark()
    found = search(turn, lead)
    if found.rep is not None:
        before = ahead_of(turn.org, lead, _queue_for(found, found.rep), SERVED_FIRST_MAX)
        if before:
            turn.journal.unwind(mark)
            for lead_id in before:
                apart(turn, turn.org.leads[lead_id], place_waiting)
            found = search(turn, lead)
    settle(turn, lead, found)


def _queue_for(found: Placement, rep: Rep) -> str:
    return pool_queue(found.pool_id) if found.pool_id else rep_queue(rep.profile.rep_id)


def place_in_turn(turn: Turn, lead: Lead) -> None:
    """Offer a waiting lead of which something new is known; those before it go first."""
    queue = lead.queue
    for lead_id in ahead_of(turn.org, lead, queue or "", SERVED_FIRST_MAX):
        apart(turn, turn.org.leads[lead_id], place_waiting)
    if lead.queue == queue:
        place_waiting(turn, lead)


def place_waiting(turn: Turn, lead: Lead) -> bool:
    """Offer a waiting lead; whether it left its queue."""
    queue = lead.queue
    found = search(turn, lead)
    rotated = found.rep is not None and found.pool_id is not None
    settle(turn, lead, found, cause=Reason.BACKLOG_OFFERED if rotated else None)
    turn.touch_lead(lead)
    return lead.queue != queue


def place_again(turn: Turn, lead: Lead, cause: Reason, *, decline: bool, give_back: bool) -> None:
    """Take the lead from its rep and find another.

    ``decline``: that rep is not to get it again. ``give_back``: it does not count as their turn.
    """
    previous = turn.rep(lead.rep)
    release(turn, lead)
    if previous is not None:
        if decline:
            turn.journal.put(lead, "declined", lead.declined | 1 << previous.number)
        if give_back:
            give_back_turn(turn, lead, previous)
    found = search(turn, lead)
    settle(turn, lead, found, cause=cause, previous=previous)


class HandOff(Enum):
    """What became of a handoff."""

    DONE = "done"
    NOBODY = "nobody"  # the lead is better where it is
    SAME_REP = "same_rep"


def hand_off(
    turn: Turn, lead: Lead, to_channel: str, cause: Reason, rule: str | None = None
) -> HandOff:
    """Move the lead to the other channel; the rep who had it stays as partner."""
    tables = turn.tables
    if tables is None:
        return HandOff.NOBODY
    view = view_of(turn, tables, lead)
    mark = turn.journal.mark()
    found = accounts_owner(turn, tables, lead, view)
    if found is None or found.channel != to_channel:
        found = in_pool(turn, tables, lead, view, to_channel)
    found.score, found.value, found.rule = view.score, view.value, rule
    found.passed_over = view.passed_over
    previous = turn.rep(lead.rep)
    if found.rep is None or found.rep is previous:
        turn.journal.unwind(mark)  # nobody's turn was used up
        return HandOff.NOBODY if found.rep is None else HandOff.SAME_REP
    found.account_id, found.partner = lead.account_id, previous
    release(turn, lead)
    settle(turn, lead, found, cause=cause, outcome=Outcome.HANDED_OFF, previous=previous)
    return HandOff.DONE


def is_live(lead: Lead) -> bool:
    """Whether something can still happen to the lead by routing."""
    return lead.status is not Status.MERGED and lead.status is not Status.CLOSED
