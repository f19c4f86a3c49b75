"""Placing and placing again: search and settle, in the turns that need both.

Whoever is about to get a rep gives way first to those who wait, rank before them and could go to
that rep: else a new lead, or one that comes back, would pass those that have waited for more.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from router.core.apart import apart
from router.core.capacity import release
from router.core.chains.intentions import BY_REQUEST, is_still_meant_for_field
from router.core.chains.stand_ins import to_tell
from router.core.clocks import heard_ms, watch
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.exits import accounts_owner
from router.core.ownership import give, own_imported
from router.core.placement import Placement
from router.core.pools import give_back_turn, in_pool
from router.core.roster.by_hand import resumed_pool
from router.core.roster.names import rep_on_roster
from router.core.search import note_findings, search, view_of
from router.core.settle import settle
from router.core.state import Lead, SalesOrg, Status
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.review import review_before
from router.core.waiting.room import first_before, leave, rank_of, stand
from router.core.waiting.waiting_class import Item

GIVEN_WAY_MAX: Final = 500
"""Waiting leads that go first in one event; a bound on its work."""

_ASSIGNED: Final = Outcome.ASSIGNED

Look = Callable[[bool], Placement]
"""Search for the lead; whether reps with leads to accept are to be left out."""


def place(turn: Turn, lead: Lead) -> None:
    """Find the lead an owner."""
    settle(turn, lead, _in_turn(turn, lead, lambda paced: search(turn, lead, paced=paced)))


def place_again(turn: Turn, lead: Lead, cause: Reason, *, rejected: bool = False) -> None:
    """Take the lead from its rep and find another.

    ``rejected``: that rep is never to get it again, and it does not count as their turn.
    """
    previous = turn.rep(lead.rep)
    release(turn, lead)
    if previous is not None and rejected:
        turn.journal.put(lead, "declined", lead.declined | 1 << previous.number)
        give_back_turn(turn, lead, previous)
    found = _in_turn(turn, lead, lambda paced: search(turn, lead, paced=paced))
    settle(turn, lead, found, cause=cause, previous=previous)


def _in_turn(turn: Turn, lead: Lead, look: Look) -> Placement:
    """Return what the search finds once those have gone who go before.

    Where only pacing keeps one of them from the rep, the lead is paced as well.
    """
    found, paced = look(False), False
    tables = turn.tables
    while tables is not None and _may_pass(turn, tables, found):
        rep = found.rep
        if rep is None or turn.given_way >= GIVEN_WAY_MAX:
            break
        item = _item_of(turn.org, lead, found)
        if turn.org.review_from is not None:
            may_look = GIVEN_WAY_MAX - turn.given_way
            looked = review_before(turn, item, lead.lead_id, may_look, place_waiting)
            turn.given_way += looked
            if looked:
                found = look(paced)
                continue
        before = first_before(turn, tables, lead, item, rep)
        if before is None:
            break
        if turn.masks(tables).unaccepted >> rep.number & 1:
            if paced:
                break
            paced = True
        else:
            turn.given_way += 1
            apart(turn, turn.org.leads[before], place_waiting)
        tables = turn.tables  # a fault has it built anew
        found = look(paced)
    return found


def _may_pass(turn: Turn, tables: Tables, found: Placement) -> bool:
    """Whether the lead is to get a rep whom somebody who waits may be given before."""
    rep, org = found.rep, turn.org
    if rep is None or not org.room or found.outcome is not _ASSIGNED:
        return False
    return org.stirred_ms is not None or bool(turn.masks(tables).unaccepted >> rep.number & 1)


def _item_of(org: SalesOrg, lead: Lead, found: Placement) -> Item:
    """The lead's place among all that wait, as it was found."""
    return rank_of(org, found.value_minor), lead.received_ms, lead.lead_id


def place_waiting(turn: Turn, lead: Lead) -> bool:
    """Offer a lead that waits; whether it stands where it stood no more."""
    if lead.awaits is not None:
        _give_to_joiner(turn, lead)
        return True
    before = lead.needs, lead.rank
    if lead.status is Status.WAITING:
        resumed, told = resumed_pool(turn.org, lead), len(turn.out)
        found = search(turn, lead, paced=True)
        rotated = found.rep is not None and found.pool_id is not None
        settle(turn, lead, found, cause=Reason.BACKLOG_OFFERED if rotated else None)
        if resumed is not None and resumed.by_hand is not None and len(turn.out) > told:
            turn.out[-1]["by_hand"] = resumed.by_hand
    else:
        _hand_over_late(turn, lead)
    return (lead.needs, lead.rank) != before


def _give_to_joiner(turn: Turn, lead: Lead) -> None:
    """The rep has joined for whom the lead was waiting: it is theirs."""
    turn.touch_lead(lead)
    rep = rep_on_roster(turn.org, lead.awaits, turn.now_ms)
    if rep is None:
        raise AssertionError("nobody has joined whom the lead waits for")
    heard_at_ms = heard_ms(turn, lead)  # its silence begins with its work
    turn.journal.put(lead, "last_event_ms", heard_at_ms)
    if lead.status is Status.CLOSED:
        own_imported(turn, lead, rep)
    else:
        give(turn, lead, rep, Reason.CHANGED_IN_CRM)


def place_in_turn(turn: Turn, lead: Lead) -> None:
    """Offer a waiting lead of which something new is known."""
    found = _in_turn(turn, lead, lambda _: search(turn, lead, paced=True))
    rotated = found.rep is not None and found.pool_id is not None
    settle(turn, lead, found, cause=Reason.BACKLOG_OFFERED if rotated else None)


class HandOff(Enum):
    """What became of a handoff."""

    DONE = "done"
    NOBODY = "nobody"  # the lead is better where it is
    SAME_REP = "same_rep"


def hand_off(
    turn: Turn, lead: Lead, to_channel: str, cause: Reason, *, by: str, rule: str | None = None
) -> None:
    """Move the lead to the other channel; the rep who had it stays as partner.

    ``by`` is the report that asks for it, or what else does (:mod:`router.core.chains.intentions`).
    When nobody in the field can take it, its rep keeps it, their manager is told once, and it
    waits for the field in its turn: a full field must not swallow what inside sales has qualified.
    """
    tables = turn.tables
    if tables is None:
        return
    known: Tables = tables
    found = _in_turn(
        turn, lead, lambda paced: _search_in(turn, known, lead, to_channel, paced=paced)
    )
    found.rule = rule
    done = _take_hand_off(turn, lead, found, cause)
    if done is HandOff.NOBODY and to_channel == "field" and lead.channel == "inside":
        _await_field(turn, lead, found, by)


def _search_in(turn: Turn, tables: Tables, lead: Lead, channel: str, *, paced: bool) -> Placement:
    """The owner of the lead's account if they work in the channel, else a rep of its pool."""
    view = view_of(turn, tables, lead)
    view.paced, view.channel = paced, channel
    found = accounts_owner(turn, tables, lead, view)
    if found is None or found.channel != channel:
        found = in_pool(turn, tables, lead, view, channel, crosses=False)
    found.account_id = lead.account_id
    note_findings(turn, tables, lead, view, found)
    return found


def _take_hand_off(turn: Turn, lead: Lead, found: Placement, cause: Reason) -> HandOff:
    previous = turn.rep(lead.rep)
    if found.rep is None:
        return HandOff.NOBODY
    if found.rep is previous:
        return HandOff.SAME_REP
    found.partner = previous
    release(turn, lead)
    settle(turn, lead, found, cause=cause, outcome=Outcome.HANDED_OFF, previous=previous)
    return HandOff.DONE


def _await_field(turn: Turn, lead: Lead, found: Placement, by: str) -> None:
    """The lead stands among those that wait for the field; its rep's manager hears of it once."""
    put = turn.journal.put
    if lead.handoff_at_ms is None:
        notify = to_tell(turn, turn.rep(lead.rep))
        event = emit(turn, lead, Outcome.ESCALATED, Reason.HANDOFF_WAITS, notify=notify)
        if found.rule is not None:
            event["rule"] = found.rule
        put(lead, "handoff_at_ms", turn.now_ms)
    if lead.handoff_by != BY_REQUEST:
        put(lead, "handoff_by", by)
    _stand_for_field(turn, lead, found)


def _stand_for_field(turn: Turn, lead: Lead, found: Placement) -> None:
    if found.needs is None:
        raise AssertionError("what waits for the field needs somebody there")
    stand(turn, lead, Reason.HANDOFF_WAITS + found.needs)
    if lead.review_at_ms != found.review_at_ms:
        turn.journal.put(lead, "review_at_ms", found.review_at_ms)
        turn.touch_lead(lead)
        watch(turn.org, lead)


def _hand_over_late(turn: Turn, lead: Lead) -> None:
    """Hand over a lead that waits for the field, if somebody there can take it by now.

    If nothing says any more that it is to go there, it waits no longer.
    """
    tables, done = turn.tables, HandOff.SAME_REP
    if tables is None:
        return
    if lead.channel == "inside" and is_still_meant_for_field(turn, tables, lead):
        found = _search_in(turn, tables, lead, "field", paced=True)
        done = _take_hand_off(turn, lead, found, Reason.HANDOFF_WAITED)
        if done is HandOff.NOBODY:
            _stand_for_field(turn, lead, found)
    if done is HandOff.SAME_REP:
        leave(turn, lead)
        turn.journal.put(lead, "handoff_at_ms", None)
        turn.journal.put(lead, "handoff_by", None)
