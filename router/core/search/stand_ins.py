"""Somebody who is there: who stands in for a rep, and who is told of their leads.

``anna`` is to be told, but is on leave: her backup is; the backup's backup if that one is away too.
Is none of them there, the same is asked of Anna's manager, and so on up the line. Nobody there at
all: `sales_ops` is told. A chain that bites its tail ends there.
"""

from __future__ import annotations

from router.core.model.assignment import Notify
from router.core.model.rep import Rep
from router.core.state.availability import is_with_us
from router.core.state.context import Context
from router.core.state.rep_names import rep_named
from router.core.state.sales_org import SalesOrg

Told = Rep | Notify
"""A rep, or whoever the policy's `notify` names for the role."""


def is_there(rep: Rep, now_ms: int) -> bool:
    """Whether the rep has started, has not left, and is free of leave; they may be off duty."""
    away = any(start <= now_ms < end for start, end in rep.profile.time_off)
    return is_with_us(rep, now_ms) and not away


def in_line(org: SalesOrg, rep_id: str | None, now_ms: int) -> list[Rep]:
    """Return the rep, their backup, that one's backup, and so on; each once."""
    found: list[Rep] = []
    while rep_id is not None:
        rep = rep_named(org, rep_id, now_ms)
        if rep is None or any(rep is one for one in found):
            break
        found.append(rep)
        rep_id = rep.profile.backup_rep_id
    return found


def stand_in(org: SalesOrg, rep_id: str | None, now_ms: int) -> Rep | None:
    """Return the rep if they are there, else the first there of those who stand in for them."""
    return next((rep for rep in in_line(org, rep_id, now_ms) if is_there(rep, now_ms)), None)


def manager_there(org: SalesOrg, rep: Rep, now_ms: int) -> Rep | None:
    """Return the rep's manager or who stands in for them, else one further up; never the rep."""
    asked: list[str] = []
    manager_id = rep.profile.manager_rep_id
    while manager_id is not None and manager_id not in asked:
        asked.append(manager_id)
        for one in in_line(org, manager_id, now_ms):
            if one is not rep and is_there(one, now_ms):
                return one
        manager = rep_named(org, manager_id, now_ms)
        manager_id = None if manager is None else manager.profile.manager_rep_id
    return None


def to_tell(context: Context, rep: Rep | None) -> Told:
    """Return who is told of a lead of the rep's: a manager who is there, else sales operations."""
    manager = None if rep is None else manager_there(context.org, rep, context.now_ms)
    return Notify.SALES_OPS if manager is None else manager
