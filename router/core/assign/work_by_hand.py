"""Operators' work by hand and its reasons, as events tell it: leads, paused pools, leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.core.model.assignment import Assignment, ByHand, Exclusion, Reason
from router.core.model.events import Command, LeaveNote
from router.core.state.waiting_class import reason_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.core.model.lead import Lead
    from router.core.model.pool import Pool
    from router.core.model.rep import Rep
    from router.core.state.sales_org import SalesOrg

_TIME_OFF: Final = Exclusion.TIME_OFF

AWAY_MAX: Final = 8
"""Leaves told in one event."""


def by_hand(command: Command) -> ByHand:
    """Return what is told of a command."""
    return _told(command.command, command.actor, command.reason)


def leave_note(rep: Rep, now_ms: int) -> ByHand | None:
    """Return who noted the rep's present leave and why; None if nobody did, or they are here."""
    found: LeaveNote | None = None
    for each in rep.profile.leave_notes:
        if each.from_ms <= now_ms < each.to_ms:
            found = each
    return None if found is None else _told("rep_away", found.actor, found.reason)


def _told(command: str, actor: str, reason: str | None) -> ByHand:
    told: ByHand = {"command": command, "actor": actor}
    if reason is not None:
        told["reason"] = reason
    return told


def paused_by(org: SalesOrg, pool_id: str | None) -> ByHand | None:
    """Return who paused the pool and why; None if it is not paused."""
    pool = org.pools.get(pool_id or "")
    return pool.by_hand if pool is not None and pool.paused else None


def resumed_pool(org: SalesOrg, lead: Lead) -> Pool | None:
    """Return the pool for whose pause the lead has waited, if it goes on by somebody's word."""
    if reason_in(lead.needs or "") != Reason.POOL_PAUSED:
        return None
    pool = org.pools.get(lead.pool_id or "")
    return pool if pool is not None and not pool.paused and pool.by_hand is not None else None


def add_leaves(org: SalesOrg, event: Assignment, now_ms: int) -> None:
    """Say of the reps who were looked at and are away by an operator's note whose it is."""
    if "passed_over" not in event and not _mask_away(event):
        return  # nearly always
    away: dict[str, ByHand] = {}
    for rep in _away(org, event):
        note = leave_note(rep, now_ms) if rep.profile.leave_notes else None
        if note is not None and len(away) < AWAY_MAX:
            away[rep.profile.rep_id] = note
    if away:
        event["away"] = away


def _away(org: SalesOrg, event: Assignment) -> Iterator[Rep]:
    for passed in event.get("passed_over", ()):
        if passed["why"] == Exclusion.TIME_OFF and "rep_id" in passed:
            yield org.reps[passed["rep_id"]]
    mask = int(_mask_away(event) or "0", 16)
    while mask:
        lowest = mask & -mask
        yield org.rep_numbers[lowest.bit_length() - 1]
        mask ^= lowest


def _mask_away(event: Assignment) -> str | None:
    """Return the mask of those who were looked at and are on leave; None if nobody is."""
    looked_at = event.get("candidates")
    excluded = None if looked_at is None else looked_at.get("excluded")
    return None if excluded is None else excluded.get(_TIME_OFF)
