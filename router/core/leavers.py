"""Open leads of reps who have left, or who gave up the lead's channel, find new owners.

A leaver's leads all go. Of a channel that was given up, those go that the rep had by then: what
they are given in it later was meant for them. These are gone through once, in the order of their
ids, because some stay: the search may name the same rep, such as the owner of the lead's account.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import nsmallest
from typing import Final

from router.core.apart import apart, has_faults_left
from router.core.availability import has_left
from router.core.capacity import note_again, release
from router.core.clocks import takes_away
from router.core.decision import Outcome, Reason
from router.core.placement import Placement
from router.core.search import search
from router.core.settle import settle
from router.core.state import GivenUp, Lead, Rep, SalesOrg
from router.core.turn import Turn

_ASSIGNED: Final = Outcome.ASSIGNED

Misplaced = tuple[int, str]
"""Rep number and lead id."""


def clear_leavers(turn: Turn, left: int) -> int:
    """Find new owners; returns how many of ``left`` remain."""
    org = turn.org
    leaving = [rep for rep in org.rep_numbers if _is_due(org, rep, turn.now_ms)]
    if not leaving or left <= 0:
        return left
    misplaced = nsmallest(left, _misplaced(org, leaving, turn.now_ms))
    for place, (_, lead_id) in enumerate(misplaced):
        if not has_faults_left(org):
            _remember_place(turn, leaving, misplaced[:place])
            return left - place
        apart(turn, org.leads[lead_id], _find_new_owner)
    if len(misplaced) < left:
        _end_pass(turn, leaving)
    else:
        _remember_place(turn, leaving, misplaced)
    return left - len(misplaced)


def clearing_due_ms(org: SalesOrg, rep: Rep) -> int | None:
    """When leads of the rep are to find new owners."""
    leaves_ms = 0 if rep.profile.removed else rep.profile.leaves_ms
    if leaves_ms is None and not rep.given_up:  # nearly all
        return None
    due = [one.from_ms for one in rep.given_up.values()]
    if leaves_ms is not None and any(
        lead_id not in org.aside for lead_id in org.held.get(rep.number, ())
    ):
        due.append(leaves_ms)
    return min(due, default=None)


def _is_due(org: SalesOrg, rep: Rep, now_ms: int) -> bool:
    due_ms = clearing_due_ms(org, rep)
    return due_ms is not None and due_ms <= now_ms


def _misplaced(org: SalesOrg, leaving: list[Rep], now_ms: int) -> Iterator[Misplaced]:
    for rep in leaving:
        gone = has_left(rep, now_ms)
        for lead_id in org.held.get(rep.number, ()):
            if lead_id not in org.aside and (gone or _was_given_up(org, rep, lead_id, now_ms)):
                yield rep.number, lead_id


def _was_given_up(org: SalesOrg, rep: Rep, lead_id: str, now_ms: int) -> bool:
    lead = org.leads[lead_id]
    given_up = rep.given_up.get(lead.charged or "")
    return (
        given_up is not None
        and given_up.from_ms <= now_ms
        and lead_id > given_up.looked_at
        and lead.assigned_at_ms <= given_up.at_ms
    )


def _find_new_owner(turn: Turn, lead: Lead) -> bool:
    """Place the lead again; it stays without a word if the search names the rep who has it."""
    previous, channel = turn.rep(lead.rep), lead.charged
    if previous is None or channel is None:
        return False
    mark = turn.journal.mark()
    release(turn, lead)
    found = search(turn, lead, paced=_is_paced(turn, channel))
    if _stays(found, previous, channel):
        turn.journal.unwind(mark)
        note_again(turn, previous, channel)
        return False
    settle(turn, lead, found, cause=Reason.REP_LEFT, previous=previous)
    return True


def _is_paced(turn: Turn, channel: str) -> bool:
    """Whether a leaver's leads come as a backlog does: so many clocks that take them away again.

    Where a miss is only told, each is given at once: a deal in work is not to wait.
    """
    tables = turn.tables
    return tables is not None and takes_away(tables, channel)


def _stays(found: Placement, rep: Rep, channel: str) -> bool:
    if found.outcome is not _ASSIGNED:
        return found.waits_for is rep
    return found.outcome is _ASSIGNED and found.rep is rep and found.channel == channel


def _remember_place(turn: Turn, leaving: list[Rep], misplaced: list[Misplaced]) -> None:
    """The next tick goes on behind the last that was looked at."""
    last = dict(misplaced)  # of each rep; they are in order
    for rep in leaving:
        if rep.given_up and rep.number in last:
            given_up = dict(rep.given_up)
            for channel, one in rep.given_up.items():
                if one.from_ms <= turn.now_ms:
                    looked_at = max(one.looked_at, last[rep.number])
                    given_up[channel] = replace(one, looked_at=looked_at)
            _put(turn, rep, given_up)


def _end_pass(turn: Turn, leaving: list[Rep]) -> None:
    """All were looked at. Those that were set aside are gone through when their day is over."""
    for rep in leaving:
        if not rep.given_up:
            continue
        again_ms = _aside_until_ms(turn.org, rep)
        given_up = dict(rep.given_up)
        for channel, one in rep.given_up.items():
            if one.from_ms <= turn.now_ms:
                del given_up[channel]
                if channel in again_ms:
                    given_up[channel] = GivenUp(one.at_ms, from_ms=again_ms[channel])
        _put(turn, rep, given_up)


def _aside_until_ms(org: SalesOrg, rep: Rep) -> dict[str, int]:
    """By channel, until when some of the rep's leads are set aside."""
    found: dict[str, int] = {}
    for lead_id in org.held.get(rep.number, ()):
        until_ms = org.aside.get(lead_id)
        if until_ms is not None:
            channel = org.leads[lead_id].charged or ""
            found[channel] = max(until_ms, found.get(channel, 0))
    return found


def _put(turn: Turn, rep: Rep, given_up: dict[str, GivenUp]) -> None:
    turn.journal.put(rep, "given_up", given_up)
    turn.touch_rep(rep)
