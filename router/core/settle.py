"""Make a placement true: the lead's new state, capacity taken, clocks started, event published."""

from __future__ import annotations

from typing import Final

from router.core.capacity import release, take
from router.core.chains.misses import missing
from router.core.chains.stand_ins import Told, to_tell
from router.core.clocks import (
    NO_CLOCKS,
    clocks_for,
    settle_clocks,
    stop_clocks,
    takes_away,
    watch_silence,
)
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.person.absorb import absorb
from router.core.placement import Placement
from router.core.pools import charge, note_value
from router.core.state import Lead, Rep, Status
from router.core.turn import Turn
from router.core.waiting.backlog import wait
from router.core.waiting.joiners import stop_awaiting
from router.core.waiting.room import leave, review_person, wait_for_field_on

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_ASSIGNED: Final = Outcome.ASSIGNED
_QUEUED: Final = Outcome.QUEUED
_URGENT_CUSTOMER: Final = Reason.URGENT_CUSTOMER
_TO_ACCEPT: Final = Status.ASSIGNED

_ENDINGS: Final = (
    (Outcome.MERGED, Status.MERGED),
    (Outcome.NURTURED, Status.NURTURED),
    (Outcome.CLOSED, Status.CLOSED),
)


def settle(
    turn: Turn,
    lead: Lead,
    placement: Placement,
    *,
    cause: Reason | None = None,
    outcome: Outcome | None = None,
    previous: Rep | None = None,
    notify: Told | None = None,
    timed: bool = True,
) -> None:
    """Apply ``placement``. The lead holds no rep's capacity when this is called.

    ``cause`` stands as the reason instead of the placement's (why it had to be placed again);
    ``outcome`` replaces ``assigned``; ``previous`` is the rep who had it; ``notify`` is told of an
    end; ``timed`` starts clocks.
    """
    if lead.awaits is not None:
        stop_awaiting(turn, lead)
    if placement.score is not None:
        _remember(turn, lead, placement)
    if placement.outcome is _QUEUED:
        wait(turn, lead, placement, cause=cause, previous=previous)
        return
    leave(turn, lead)
    _take_over(turn, lead, placement)
    if placement.credits is not None and placement.pool_id is not None:
        charge(turn, placement.pool_id, placement.credits)
        note_value(turn, placement.pool_id, placement.value_minor)
    ending = None if placement.outcome is _ASSIGNED else _status_after(placement.outcome)
    if ending is not None:
        lead.status = ending  # journaled by _take_over
        if ending is Status.CLOSED:
            _note_end(turn, lead, placement.reason)
        stop_clocks(turn, lead)
        reason = placement.reason  # what ended the search; why it began shows in `previous`
        nobody_left = previous is not None and ending is Status.NURTURED
        notify = to_tell(turn, previous) if nobody_left else notify
        outcome = placement.outcome
        emit(turn, lead, outcome, reason, placement=placement, previous=previous, notify=notify)
        watch_silence(turn.org, lead)
        if placement.merged_into is not None:
            absorb(turn, lead, turn.org.leads[placement.merged_into], opens=True, asks=True)
        return
    if placement.reason is _URGENT_CUSTOMER:
        cause = None  # it passed the daily cap, and must say so
    if outcome is None:
        outcome = _ASSIGNED if previous is None else Outcome.REASSIGNED
    _assign(turn, lead, placement, outcome, cause or placement.reason, previous, timed=timed)


def _remember(turn: Turn, lead: Lead, found: Placement) -> None:
    """Keep what the lead is worth and scored, as it was found."""
    value_minor, points, band = found.value_minor, found.points, found.band
    if lead.value_minor != value_minor or lead.points != points or lead.band != band:
        turn.journal.edit(lead)
        lead.value_minor, lead.points, lead.band = value_minor, points, band
        if lead.needs is not None:  # else it is told of in any case
            turn.touch_lead(lead)


def _status_after(outcome: Outcome) -> Status | None:
    """Where the lead stands then; None while somebody is to work on it."""
    for ending, status in _ENDINGS:
        if outcome is ending:
            return status
    return None


def _take_over(turn: Turn, lead: Lead, placement: Placement) -> None:
    """Copy what the search found onto the lead."""
    turn.journal.edit(lead)
    lead.rep = placement.rep.number if placement.rep is not None else None
    if placement.partner is not None:
        lead.partner = placement.partner.number
    lead.channel = placement.channel
    lead.pool_id = placement.pool_id
    lead.territory_id = placement.territory_id
    lead.account_id = placement.account_id
    lead.hand_over = placement.hand_over
    lead.merged_into = placement.merged_into
    lead.stake, lead.among = placement.stake, placement.among
    if placement.channel != "inside":  # another rep of inside sales waits for the field on
        lead.handoff_at_ms = lead.handoff_by = None


def _assign(
    turn: Turn,
    lead: Lead,
    placement: Placement,
    outcome: Outcome,
    reason: Reason,
    previous: Rep | None,
    *,
    timed: bool,
) -> None:
    """Give the lead to ``placement.rep``: capacity taken, clocks started.

    Raises:
        AssertionError: the placement has no rep or no channel; a broken invariant.
    """
    rep, channel, tables = placement.rep, placement.channel, turn.tables
    if rep is None or channel is None or tables is None:
        raise AssertionError("an assignment needs a rep, a channel and a policy")
    lead.status = _TO_ACCEPT if timed else Status.ACCEPTED  # journaled by _take_over
    lead.assigned_at_ms = turn.now_ms
    lead.wait_until_ms = None
    if lead.missed_by and not missing(lead, turn.now_ms):  # another round of asking begins
        lead.missed_by, lead.missed_until_ms = 0, None
    clocks = clocks_for(tables, rep, channel, turn.now_ms) if timed else NO_CLOCKS
    first_ends_it = clocks[1] is not None and takes_away(tables, channel)
    take(turn, lead, rep, channel, to_answer=clocks[0] is not None or first_ends_it)
    settle_clocks(turn, lead, clocks)
    emit(turn, lead, outcome, reason, placement=placement, clocks=clocks, previous=previous)
    wait_for_field_on(turn, lead)


def close(
    turn: Turn,
    lead: Lead,
    reason: Reason,
    *,
    outcome: Outcome = Outcome.CLOSED,
    notify: Told | None = None,
) -> None:
    """End the lead: capacity given back, clocks stopped. It keeps its last owner's name."""
    stop_awaiting(turn, lead)
    leave(turn, lead)
    release(turn, lead)
    stop_clocks(turn, lead)
    if lead.among:
        turn.journal.put(lead, "among", 0)  # no turn comes back any more
    status = Status.MERGED if outcome is Outcome.MERGED else Status.CLOSED
    turn.journal.put(lead, "status", status)
    if status is Status.CLOSED:
        _note_end(turn, lead, reason)
    emit(turn, lead, outcome, reason, notify=notify)
    watch_silence(turn.org, lead)
    review_person(turn, lead)


def _note_end(turn: Turn, lead: Lead, reason: Reason) -> None:
    """Remember why the lead was closed, and what can open it again: what occurs later.

    An end that is dated before the lead's submissions does not let their repetitions open it.
    """
    ended_ms = max(turn.occurred_at_ms, lead.occurred_at_ms, lead.quiet_until_ms or 0)
    turn.journal.put(lead, "quiet_until_ms", min(ended_ms, turn.now_ms))
    turn.journal.put(lead, "closed_as", reason.value)
