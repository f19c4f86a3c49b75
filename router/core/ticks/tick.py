"""Time passing. Only a tick fires deadlines, at most :data:`ITEMS_MAX` things a tick.

The bound is for all sales orgs of a shard together. If more remain, ``next_due_ms`` is in the past
and another tick follows. What waits for time stands in :data:`TIMERS`, in the order in which a tick
fires it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from router.core.assign.deadlines import DAY_MS
from router.core.assign.isolate import take_up_again
from router.core.assign.sequence_memory import drop_forgotten
from router.core.handlers.lead_events import decide_again
from router.core.handlers.policies import activate
from router.core.state.context import Context
from router.core.state.day_queue import Days
from router.core.state.sales_org import SalesOrg
from router.core.ticks.clocks import fire_deadlines, next_deadline_ms
from router.core.ticks.departures import clear_leavers, clearing_due_ms
from router.core.ticks.expiry import drop_early, end_silent
from router.core.ticks.open_prices import open_prices
from router.core.ticks.serve_waiting import serve

ITEMS_MAX = 500


class Timer(NamedTuple):
    """One thing that waits for time.

    ``due_ms`` is when it is next due in a sales org, ``fire`` does at most so many things that are,
    and returns how many it did not need. ``is_work`` says that leads or reps wait for it: that is
    looked for whenever the inbox is drained.
    """

    name: str
    due_ms: Callable[[SalesOrg], int | None]
    fire: Callable[[Context, int], int]
    is_work: bool = False


def on_tick(contexts: Sequence[Context]) -> None:
    """Fire what is due in every sales org of a shard, each its share of the bound.

    What some leave goes in equal parts to those who have used theirs up. One thing is done for
    each of them however many there are, so that none starves. Nothing here asks what is due
    *when*: that is derived, and a restart would change the shares.
    """
    left, wanting = ITEMS_MAX, list(contexts)
    share = max(1, left // len(wanting))
    while share > 0:
        still = []
        for context in wanting:
            unused = _fire_due(context, share)
            left -= share - unused
            if unused == 0:
                still.append(context)
        wanting = still
        share = left // len(wanting) if wanting else 0


def _fire_due(context: Context, left: int) -> int:
    """Fire what is due in one sales org, in a fixed order; returns how many of ``left`` remain."""
    for timer in TIMERS:
        left = timer.fire(context, left)
    decide_again(context)
    return left


def next_due_ms(org: SalesOrg) -> int | None:
    """Return when a tick has something to do: the earliest of all that waits for time."""
    return _earliest(org, TIMERS)


def next_work_ms(org: SalesOrg) -> int | None:
    """Return when a clock, wait or handoff is due, or something is free for who waits."""
    return _earliest(org, _WORK)


def _earliest(org: SalesOrg, timers: tuple[Timer, ...]) -> int | None:
    earliest: int | None = None
    for timer in timers:
        due_ms = timer.due_ms(org)
        if due_ms is not None and (earliest is None or due_ms < earliest):
            earliest = due_ms
    return earliest


def _policy_due_ms(org: SalesOrg) -> int | None:
    return None if org.next_policy is None else org.next_policy.effective_from_ms


def _activate_next(context: Context, left: int) -> int:
    policy = context.org.next_policy
    if policy is not None and policy.effective_from_ms <= context.now_ms:
        activate(context, policy)
    return left


def _aside_due_ms(org: SalesOrg) -> int | None:
    return min(org.aside.values()) if org.aside else None


def _clearing_due_ms(org: SalesOrg) -> int | None:
    earliest: int | None = None
    for rep in org.rep_numbers:
        profile = rep.profile  # asked before every tick: of nearly all reps there is nothing to ask
        if profile.leaves_ms is not None or profile.removed or rep.given_up:
            due_ms = clearing_due_ms(org, rep)
            if due_ms is not None and (earliest is None or due_ms < earliest):
                earliest = due_ms
    return earliest


def _begin_of(days: Days) -> int | None:
    return min(days) * DAY_MS if days else None


def _boundary_ms(org: SalesOrg) -> int | None:
    return org.boundary_ms or None if org.room and org.policy is not None else None


def _prices_due_ms(org: SalesOrg) -> int | None:
    return org.boundary_ms or None if org.demand and org.policy is not None else None


def _pass_boundary(context: Context, left: int) -> int:
    if context.compiled is not None:
        context.masks(context.compiled)  # may free reps
    return left


TIMERS: Final = (
    Timer("a policy comes into force", _policy_due_ms, _activate_next),
    Timer("a day of prices opens", _prices_due_ms, open_prices),
    Timer("a lead that raised is tried again", _aside_due_ms, take_up_again),
    Timer("clocks, waits, later handoffs", next_deadline_ms, fire_deadlines, is_work=True),
    Timer("leads of who left find owners", _clearing_due_ms, clear_leavers, is_work=True),
    Timer("silent leads end", lambda org: _begin_of(org.silent_days), end_silent),
    Timer("engagement without a lead ends", lambda org: _begin_of(org.early_days), drop_early),
    Timer("counts are dropped", lambda org: _begin_of(org.forgotten_days), drop_forgotten),
    Timer("duty, leave or a period's counts change", _boundary_ms, _pass_boundary),
    Timer("somebody is free for who waits", lambda org: org.stirred_ms, serve, is_work=True),
)
_WORK: Final = tuple(timer for timer in TIMERS if timer.is_work)
