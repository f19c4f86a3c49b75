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

from router.core.assign.deadlines import takes_away
from router.core.assign.isolate import apart, has_faults_left
from router.core.assign.rep_load import note_again, release
from router.core.decide import assign, find_owner
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.rep import GivenUp, Rep
from router.core.state.availability import has_left
from router.core.state.context import Context
from router.core.state.sales_org import SalesOrg

_ASSIGNED: Final = Outcome.ASSIGNED

Misplaced = tuple[int, str]
"""Rep number and lead id."""


def clear_leavers(context: Context, left: int) -> int:
    """Find new owners; returns how many of ``left`` remain."""
    org = context.org
    leaving = [rep for rep in org.rep_numbers if _is_due(org, rep, context.now_ms)]
    if not leaving or left <= 0:
        return left
    misplaced = nsmallest(left, _misplaced(org, leaving, context.now_ms))
    for place, (_, lead_id) in enumerate(misplaced):
        if not has_faults_left(org):
            _remember_place(context, leaving, misplaced[:place])
            return left - place
        apart(context, org.leads[lead_id], _find_new_owner)
    if len(misplaced) < left:
        _end_pass(context, leaving)
    else:
        _remember_place(context, leaving, misplaced)
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


def _find_new_owner(context: Context, lead: Lead) -> bool:
    """Place the lead again; it stays without a word if the search names the rep who has it."""
    previous, channel = context.rep(lead.rep), lead.charged
    if previous is None or channel is None:
        return False
    mark = context.journal.mark()
    release(context, lead)
    found = find_owner(context, lead, paced=_is_paced(context, channel))
    if _stays(found, previous, channel):
        context.journal.unwind(mark)
        note_again(context, previous, channel)
        return False
    assign(context, lead, found, cause=Reason.REP_LEFT, previous=previous)
    return True


def _is_paced(context: Context, channel: str) -> bool:
    """Whether a leaver's leads come as a backlog does: so many clocks that take them away again.

    Where a miss is only told, each is given at once: a deal in work is not to wait.
    """
    compiled = context.compiled
    return compiled is not None and takes_away(compiled, channel)


def _stays(found: Placement, rep: Rep, channel: str) -> bool:
    if found.outcome is not _ASSIGNED:
        return found.waits_for is rep
    return found.outcome is _ASSIGNED and found.rep is rep and found.channel == channel


def _remember_place(context: Context, leaving: list[Rep], misplaced: list[Misplaced]) -> None:
    """The next tick goes on behind the last that was looked at."""
    last = dict(misplaced)  # of each rep; they are in order
    for rep in leaving:
        if rep.given_up and rep.number in last:
            given_up = dict(rep.given_up)
            for channel, one in rep.given_up.items():
                if one.from_ms <= context.now_ms:
                    looked_at = max(one.looked_at, last[rep.number])
                    given_up[channel] = replace(one, looked_at=looked_at)
            _put(context, rep, given_up)


def _end_pass(context: Context, leaving: list[Rep]) -> None:
    """All were looked at. Those that were set aside are gone through when their day is over."""
    for rep in leaving:
        if not rep.given_up:
            continue
        again_ms = _aside_until_ms(context.org, rep)
        given_up = dict(rep.given_up)
        for channel, one in rep.given_up.items():
            if one.from_ms <= context.now_ms:
                del given_up[channel]
                if channel in again_ms:
                    given_up[channel] = GivenUp(one.at_ms, from_ms=again_ms[channel])
        _put(context, rep, given_up)


def _aside_until_ms(org: SalesOrg, rep: Rep) -> dict[str, int]:
    """By channel, until when some of the rep's leads are set aside."""
    found: dict[str, int] = {}
    for lead_id in org.held.get(rep.number, ()):
        until_ms = org.aside.get(lead_id)
        if until_ms is not None:
            channel = org.leads[lead_id].charged or ""
            found[channel] = max(until_ms, found.get(channel, 0))
    return found


def _put(context: Context, rep: Rep, given_up: dict[str, GivenUp]) -> None:
    context.journal.put(rep, "given_up", given_up)
    context.touch_rep(rep)
