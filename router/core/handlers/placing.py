"""Placing and placing again: search and settle, in the turns that need both.

Whoever is about to get a rep gives way first to those who wait, rank before them and could go to
that rep: else a new lead, or one that comes back, would pass those that have waited for more.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from router.core.assign.deadlines import heard_ms, watch
from router.core.assign.intentions import BY_REQUEST, is_still_meant_for_field
from router.core.assign.isolate import apart
from router.core.assign.owner_changes import give, own_imported
from router.core.assign.publish import publish
from router.core.assign.rep_load import release
from router.core.assign.turns import give_back_turn
from router.core.assign.waiting.review import review_before
from router.core.assign.waiting.room import first_before, leave, stand
from router.core.assign.work_by_hand import resumed_pool
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.decide import assign, find_owner
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead, Status
from router.core.model.placement import Placement
from router.core.search.options import in_pool
from router.core.search.rules import accounts_owner
from router.core.search.stand_ins import to_tell
from router.core.search.view import note_findings, view_of
from router.core.state.context import Context
from router.core.state.rep_names import rep_on_roster

GIVEN_WAY_MAX: Final = 500
"""Waiting leads that go first in one event; a bound on its work."""

_ASSIGNED: Final = Outcome.ASSIGNED

Look = Callable[[bool], Placement]
"""Search for the lead; whether reps with leads to accept are to be left out."""


def place(context: Context, lead: Lead) -> None:
    """Find the lead an owner."""
    assign(
        context, lead, _in_turn(context, lead, lambda paced: find_owner(context, lead, paced=paced))
    )


def place_again(context: Context, lead: Lead, cause: Reason, *, rejected: bool = False) -> None:
    """Take the lead from its rep and find another.

    ``rejected``: that rep is never to get it again, and it does not count as their turn.
    """
    previous = context.rep(lead.rep)
    release(context, lead)
    if previous is not None and rejected:
        context.journal.put(lead, "declined", lead.declined | 1 << previous.number)
        give_back_turn(context, lead, previous)
    found = _in_turn(context, lead, lambda paced: find_owner(context, lead, paced=paced))
    assign(context, lead, found, cause=cause, previous=previous)


def _in_turn(context: Context, lead: Lead, look: Look) -> Placement:
    """Return what the search finds once those have gone who go before.

    Where only pacing keeps one of them from the rep, the lead is paced as well.
    """
    found, paced = look(False), False
    compiled = context.compiled
    while compiled is not None and _may_pass(context, compiled, found):
        rep = found.rep
        if rep is None or context.given_way >= GIVEN_WAY_MAX:
            break
        item = found.rank, lead.received_ms, lead.lead_id
        if context.org.review_from is not None:
            may_look = GIVEN_WAY_MAX - context.given_way
            looked = review_before(context, item, lead.lead_id, may_look, place_waiting)
            context.given_way += looked
            if looked:
                found = look(paced)
                continue
        before = first_before(context, compiled, lead, item, rep)
        if before is None:
            break
        if context.masks(compiled).pacing.reached >> rep.number & 1:
            if paced:
                break
            paced = True
        else:
            context.given_way += 1
            apart(context, context.org.leads[before], place_waiting)
        compiled = context.compiled  # a fault has it built anew
        found = look(paced)
    return found


def _may_pass(context: Context, compiled: CompiledPolicy, found: Placement) -> bool:
    """Whether the lead is to get a rep whom somebody who waits may be given before."""
    rep, org = found.rep, context.org
    if rep is None or not org.room or found.outcome is not _ASSIGNED:
        return False
    return org.stirred_ms is not None or bool(
        context.masks(compiled).pacing.reached >> rep.number & 1
    )


def place_waiting(context: Context, lead: Lead) -> bool:
    """Offer a lead that waits; whether it stands where it stood no more."""
    if lead.awaits is not None:
        _give_to_joiner(context, lead)
        return True
    before = lead.needs, lead.rank
    if lead.status is Status.WAITING:
        resumed, told = resumed_pool(context.org, lead), len(context.out)
        found = find_owner(context, lead, paced=True)
        rotated = found.rep is not None and found.pool_id is not None
        assign(context, lead, found, cause=Reason.BACKLOG_OFFERED if rotated else None)
        if resumed is not None and resumed.by_hand is not None and len(context.out) > told:
            context.out[-1]["by_hand"] = resumed.by_hand
    else:
        _hand_over_late(context, lead)
    return (lead.needs, lead.rank) != before


def _give_to_joiner(context: Context, lead: Lead) -> None:
    """The rep has joined for whom the lead was waiting: it is theirs."""
    context.touch_lead(lead)
    rep = rep_on_roster(context.org, lead.awaits, context.now_ms)
    if rep is None:
        raise AssertionError("nobody has joined whom the lead waits for")
    heard_at_ms = heard_ms(context, lead)  # its silence begins with its work
    context.journal.put(lead, "last_event_ms", heard_at_ms)
    if lead.status is Status.CLOSED:
        own_imported(context, lead, rep)
    else:
        give(context, lead, rep, Reason.CHANGED_IN_CRM)


def place_in_turn(context: Context, lead: Lead) -> None:
    """Offer a waiting lead of which something new is known."""
    found = _in_turn(context, lead, lambda _: find_owner(context, lead, paced=True))
    rotated = found.rep is not None and found.pool_id is not None
    assign(context, lead, found, cause=Reason.BACKLOG_OFFERED if rotated else None)


class HandOff(Enum):
    """A handoff's outcome."""

    DONE = "done"
    NOBODY = "nobody"  # the lead is better where it is
    SAME_REP = "same_rep"


def hand_off(
    context: Context,
    lead: Lead,
    to_channel: str,
    cause: Reason,
    *,
    by: str,
    rule: str | None = None,
) -> None:
    """Move the lead to the other channel; the rep who had it stays as partner.

    ``by`` is the report that asks for it, or what else does (:mod:`router.core.assign.intentions`).
    When nobody in the field can take it, its rep keeps it, their manager is told once, and it
    waits for the field in its turn: a full field must not swallow what inside sales has qualified.
    """
    compiled = context.compiled
    if compiled is None:
        return
    known: CompiledPolicy = compiled
    found = _in_turn(
        context, lead, lambda paced: _search_in(context, known, lead, to_channel, paced=paced)
    )
    found.rule = rule
    done = _take_hand_off(context, lead, found, cause)
    if done is HandOff.NOBODY and to_channel == "field" and lead.channel == "inside":
        _await_field(context, lead, found, by)


def _search_in(
    context: Context, compiled: CompiledPolicy, lead: Lead, channel: str, *, paced: bool
) -> Placement:
    """The owner of the lead's account if they work in the channel, else a rep of its pool."""
    view = view_of(context, compiled, lead)
    view.paced, view.channel = paced, channel
    found = accounts_owner(context, compiled, lead, view)
    if found is None or found.channel != channel:
        found = in_pool(context, compiled, lead, view, channel, crosses=False)
    found.account_id = lead.account_id
    note_findings(context, compiled, lead, view, found)
    return found


def _take_hand_off(context: Context, lead: Lead, found: Placement, cause: Reason) -> HandOff:
    previous = context.rep(lead.rep)
    if found.rep is None:
        return HandOff.NOBODY
    if found.rep is previous:
        return HandOff.SAME_REP
    found.partner = previous
    release(context, lead)
    assign(context, lead, found, cause=cause, outcome=Outcome.HANDED_OFF, previous=previous)
    return HandOff.DONE


def _await_field(context: Context, lead: Lead, found: Placement, by: str) -> None:
    """The lead stands among those that wait for the field; its rep's manager hears of it once."""
    put = context.journal.put
    if lead.handoff_at_ms is None:
        notify = to_tell(context, context.rep(lead.rep))
        event = publish(context, lead, Outcome.ESCALATED, Reason.HANDOFF_WAITS, notify=notify)
        if found.rule is not None:
            event["rule"] = found.rule
        put(lead, "handoff_at_ms", context.now_ms)
    if lead.handoff_by != BY_REQUEST:
        put(lead, "handoff_by", by)
    _stand_for_field(context, lead, found)


def _stand_for_field(context: Context, lead: Lead, found: Placement) -> None:
    if found.needs is None:
        raise AssertionError("what waits for the field needs somebody there")
    stand(context, lead, Reason.HANDOFF_WAITS + found.needs, found.rank)
    if lead.review_at_ms != found.review_at_ms:
        context.journal.put(lead, "review_at_ms", found.review_at_ms)
        context.touch_lead(lead)
        watch(context.org, lead)


def _hand_over_late(context: Context, lead: Lead) -> None:
    """Hand over a lead that waits for the field, if somebody there can take it by now.

    If nothing says any more that it is to go there, it waits no longer.
    """
    compiled, done = context.compiled, HandOff.SAME_REP
    if compiled is None:
        return
    if lead.channel == "inside" and is_still_meant_for_field(context, compiled, lead):
        found = _search_in(context, compiled, lead, "field", paced=True)
        done = _take_hand_off(context, lead, found, Reason.HANDOFF_WAITED)
        if done is HandOff.NOBODY:
            _stand_for_field(context, lead, found)
    if done is HandOff.SAME_REP:
        leave(context, lead)
        context.journal.put(lead, "handoff_at_ms", None)
        context.journal.put(lead, "handoff_by", None)
