"""Operators' commands, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from router.core.assign.owner_changes import give
from router.core.assign.work_by_hand import by_hand
from router.core.model.assignment import Reason
from router.core.model.events import (
    Command,
    LeaveNote,
)
from router.core.model.lead import is_live
from router.core.model.pool import Pool
from router.core.state.context import Context
from router.core.state.persons import after_merges
from router.core.state.rep_names import rep_named, rep_on_roster

COMMAND_IDS_MAX = 256
"""Commands remembered of a sales org, to know a repeated one."""


def on_command(context: Context, command: Command) -> None:
    """An operator's command, once; one about something unknown changes nothing.

    Such a one is not remembered either: sent again when its lead has come, it counts.
    """
    org, journal = context.org, context.journal
    if command.command_id not in org.command_ids and _COMMANDS[command.command](context, command):
        latest = org.command_ids[1 - COMMAND_IDS_MAX :]
        journal.put(org, "command_ids", (*latest, command.command_id))
        journal.touch("commands", org.sales_org, "")


def _set_paused(context: Context, command: Command) -> bool:
    org, journal = context.org, context.journal
    pool = org.pools.get(command.subject)
    if pool is None:
        pool = Pool(command.subject)
        journal.insert(org.pools, command.subject, pool)
    journal.put(pool, "paused", command.command == "pause_pool")
    journal.put(pool, "by_hand", by_hand(command))
    journal.touch("pool", org.sales_org, command.subject)
    for waiting in org.room.values():
        waiting.compiled = None  # who may serve it is to be found anew
    context.review_all()
    return True


def _rep_away(context: Context, command: Command) -> bool:
    rep = rep_named(context.org, command.subject, context.now_ms)
    if rep is None or command.from_ms is None or command.until_ms is None:
        return False
    time_off = [*rep.profile.time_off, (command.from_ms, command.until_ms)]
    note = LeaveNote(command.from_ms, command.until_ms, command.actor, command.reason)
    notes = [*rep.profile.leave_notes, note]
    profile = replace(rep.profile, time_off=sorted(time_off), leave_notes=notes)
    context.journal.put(rep, "profile", profile)
    context.touch_rep(rep)
    context.compile_anew()
    return True


def _assign(context: Context, command: Command) -> bool:
    named = context.org.leads.get(command.subject)
    lead = None if named is None else after_merges(context.org, named)
    rep = rep_on_roster(context.org, command.rep_id, context.now_ms)
    if lead is None or rep is None or not is_live(lead):
        return False
    if lead.rep != rep.number:
        give(context, lead, rep, Reason.BY_OPERATOR)
        context.out[-1]["by_hand"] = by_hand(command)
    return True


def _reoffer_backlog(context: Context, command: Command) -> bool:
    del command
    context.review_all()
    return True


_COMMANDS: dict[str, Callable[[Context, Command], bool]] = {
    "pause_pool": _set_paused,
    "resume_pool": _set_paused,
    "rep_away": _rep_away,
    "assign": _assign,
    "reoffer_backlog": _reoffer_backlog,
}
