"""Another request of a person whose lead is open: its rep hears of it, with a clock.

It is told as ``assigned`` with the reason ``asked_again``: the rep has something to do from now on,
by new clocks, and whoever keeps an owner of the lead reads the owner it has. Not ``escalated``,
which tells a manager; nobody's turn is charged, because the lead is the rep's already.
"""

from __future__ import annotations

from typing import Final

from router.core.assign.deadlines import DAY_MS, Clocks, clocks_for, settle_clocks
from router.core.assign.publish import publish
from router.core.assign.rep_load import release
from router.core.decide import assign
from router.core.handlers.placing import place_again
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead, Status
from router.core.model.placement import Placement
from router.core.model.rep import Rep
from router.core.search.misses import missing
from router.core.search.rules import away_until_ms, channel_for
from router.core.search.stand_ins import stand_in
from router.core.state.availability import has_left, has_room
from router.core.state.context import Context

AWAY_MS: Final = DAY_MS
"""A request does not wait for a rep who is away for longer; as for the owners of accounts."""


def tell_request(context: Context, lead: Lead) -> None:
    """Tell the open lead's rep; while they are away for long, their backup or another has it."""
    rep = context.rep(lead.rep)
    if rep is None or _is_away(context, rep):
        _to_another(context, lead, rep)
        return
    clocks, owned_from = _clocks(context, lead, rep), lead.owned_from
    settle_clocks(context, lead, clocks)
    publish(context, lead, Outcome.ASSIGNED, Reason.ASKED_AGAIN, clocks=clocks)
    context.journal.put(
        lead, "owned_from", owned_from
    )  # who answers to what was told before, answers


def tell_request_outside(context: Context, lead: Lead) -> None:
    """Tell whoever has the lead outside the roster; it stays theirs."""
    event = publish(context, lead, Outcome.RECALLED, Reason.ASKED_AGAIN)
    if lead.awaits is not None:
        event["outside_rep_id"] = lead.awaits


def _clocks(context: Context, lead: Lead, rep: Rep) -> Clocks:
    """The clocks of the request; one that runs already is not put off by it."""
    compiled, running = context.compiled, (lead.accept_by_ms, lead.contact_by_ms)
    if compiled is None or lead.channel is None:
        return (*running, None)
    accept_ms, contact_ms, remind_ms = clocks_for(compiled, rep, lead.channel, context.now_ms)
    if lead.status is Status.ASSIGNED:  # still to be answered: its own clocks do
        accept_ms = running[0]
    return (
        accept_ms if running[0] is None else running[0],
        contact_ms if running[1] is None else running[1],
        remind_ms,
    )


def _is_away(context: Context, rep: Rep) -> bool:
    return (
        has_left(rep, context.now_ms)
        or away_until_ms(rep, context.now_ms) > context.now_ms + AWAY_MS
    )


def _to_another(context: Context, lead: Lead, rep: Rep | None) -> None:
    """To the rep's backup, else wherever the search finds somebody; the rep stays on it."""
    if rep is not None:
        context.journal.put(lead, "partner", rep.number)
    found = _to_backup(context, lead, rep)
    if found is None:
        place_again(context, lead, Reason.ASKED_AGAIN)
    else:
        release(context, lead)
        assign(context, lead, found, previous=rep)


def _to_backup(context: Context, lead: Lead, rep: Rep | None) -> Placement | None:
    compiled, backup_id = context.compiled, None if rep is None else rep.profile.backup_rep_id
    backup = stand_in(context.org, backup_id, context.now_ms)
    if compiled is None or backup is None or backup is rep:
        return None
    channel = channel_for(backup, lead.channel or "inside")
    barred = lead.declined | missing(lead, context.now_ms)
    if barred >> backup.number & 1 or not has_room(context.masks(compiled), backup, channel, lead):
        return None
    found = Placement(Outcome.ASSIGNED, Reason.ASKED_AGAIN, rep=backup, channel=channel)
    found.pool_id, found.account_id = lead.pool_id, lead.account_id
    return found
