"""Another request of a person whose lead is open: its rep hears of it, with a clock.

It is told as ``assigned`` with the reason ``asked_again``: the rep has something to do from now on,
by new clocks, and whoever keeps an owner of the lead reads the owner it has. Not ``escalated``,
which tells a manager; nobody's turn is charged, because the lead is the rep's already.
"""

from __future__ import annotations

from typing import Final

from router.core.availability import has_left, has_room
from router.core.capacity import release
from router.core.chains.misses import missing
from router.core.chains.stand_ins import stand_in
from router.core.clocks import DAY_MS, Clocks, clocks_for, settle_clocks
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.exits import away_until_ms, channel_for
from router.core.placement import Placement
from router.core.placing import place_again
from router.core.settle import settle
from router.core.state import Lead, Rep, Status
from router.core.turn import Turn

AWAY_MS: Final = DAY_MS
"""A request does not wait for a rep who is away for longer; as for the owners of accounts."""


def tell_request(turn: Turn, lead: Lead) -> None:
    """Tell the open lead's rep; while they are away for long, their backup or another has it."""
    rep = turn.rep(lead.rep)
    if rep is None or _is_away(turn, rep):
        _to_another(turn, lead, rep)
        return
    clocks, owned_from = _clocks(turn, lead, rep), lead.owned_from
    settle_clocks(turn, lead, clocks)
    emit(turn, lead, Outcome.ASSIGNED, Reason.ASKED_AGAIN, clocks=clocks)
    turn.journal.put(lead, "owned_from", owned_from)  # who answers to what was told before, answers


def tell_request_outside(turn: Turn, lead: Lead) -> None:
    """Tell whoever has the lead outside the roster; it stays theirs."""
    event = emit(turn, lead, Outcome.RECALLED, Reason.ASKED_AGAIN)
    if lead.awaits is not None:
        event["outside_rep_id"] = lead.awaits


def _clocks(turn: Turn, lead: Lead, rep: Rep) -> Clocks:
    """The clocks of the request; one that runs already is not put off by it."""
    tables, running = turn.tables, (lead.accept_by_ms, lead.contact_by_ms)
    if tables is None or lead.channel is None:
        return (*running, None)
    accept_ms, contact_ms, remind_ms = clocks_for(tables, rep, lead.channel, turn.now_ms)
    if lead.status is Status.ASSIGNED:  # still to be answered: its own clocks do
        accept_ms = running[0]
    return (
        accept_ms if running[0] is None else running[0],
        contact_ms if running[1] is None else running[1],
        remind_ms,
    )


def _is_away(turn: Turn, rep: Rep) -> bool:
    return has_left(rep, turn.now_ms) or away_until_ms(rep, turn.now_ms) > turn.now_ms + AWAY_MS


def _to_another(turn: Turn, lead: Lead, rep: Rep | None) -> None:
    """To the rep's backup, else wherever the search finds somebody; the rep stays on it."""
    if rep is not None:
        turn.journal.put(lead, "partner", rep.number)
    found = _to_backup(turn, lead, rep)
    if found is None:
        place_again(turn, lead, Reason.ASKED_AGAIN)
    else:
        release(turn, lead)
        settle(turn, lead, found, previous=rep)


def _to_backup(turn: Turn, lead: Lead, rep: Rep | None) -> Placement | None:
    tables, backup_id = turn.tables, None if rep is None else rep.profile.backup_rep_id
    backup = stand_in(turn.org, backup_id, turn.now_ms)
    if tables is None or backup is None or backup is rep:
        return None
    channel = channel_for(backup, lead.channel or "inside")
    barred = lead.declined | missing(lead, turn.now_ms)
    if barred >> backup.number & 1 or not has_room(turn.masks(tables), backup, channel, lead):
        return None
    found = Placement(Outcome.ASSIGNED, Reason.ASKED_AGAIN, rep=backup, channel=channel)
    found.pool_id, found.account_id = lead.pool_id, lead.account_id
    return found
