"""A day of a pool's reps begins: prices open where the demand of the last leads is met."""

from __future__ import annotations

from typing import Final

from router.core.assign.prices import places_of
from router.core.assign.turns import remembered
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.economics import PPM, CompiledEconomics, settled_prices
from router.core.compiled.pool_members import Peers, PoolMembers
from router.core.model.pool import Prices
from router.core.model.work_schedule import DAY_MS, local_day
from router.core.search.contribution import MILLI, contribution_with, prices_of
from router.core.state.context import Context

SPAN_MS_MIN: Final = DAY_MS // 4
"""Leads of a shorter time say nothing of a day."""

Place = tuple[PoolMembers, Peers]


def open_prices(context: Context, left: int) -> int:
    """Set the prices of every pool whose day has begun since they were opened last.

    Prices of all pools are found together, for a lead that is too dear for one may go to another.
    Returns ``left``: it is one thing, and not one a lead.
    """
    compiled = context.compiled
    economics = None if compiled is None else compiled.conditions.economics
    if compiled is None or economics is None or not context.org.demand:
        return left
    masks = context.masks(compiled)
    begun = [
        table
        for table in compiled.pool_by_id.values()
        if table.peers and _has_begun(context, table, masks.today[table.peers[0].number])
    ]
    if begun:
        _open(context, compiled, economics, begun)
    return left


def _has_begun(context: Context, table: PoolMembers, today: int) -> bool:
    """Whether prices are to be opened: not before a first day has shown what is asked for."""
    prices = prices_of(context, table)
    if prices is not None:
        return prices.day != today
    offsets = context.org.rep_numbers[table.peers[0].number].profile.utc_offsets
    return local_day(offsets, _oldest_ms(context)) != today


def _oldest_ms(context: Context) -> int:
    return min(leads[0][0] for _, leads in context.org.demand.values())


def _open(
    context: Context,
    compiled: CompiledPolicy,
    economics: CompiledEconomics,
    begun: list[PoolMembers],
) -> None:
    masks = context.masks(compiled)
    places: list[Place] = [
        (table, peers) for table in compiled.pool_by_id.values() for peers in table.peers
    ]
    bids, span_ms, wanted = _demand(context, economics, places)
    left = [places_of(context, masks, table, peers) for table, peers in places]
    found = settled_prices(
        bids,
        [_share_ppm(of_day, span_ms, want) for of_day, want in zip(left, wanted, strict=True)],
        [_opened(context, table, peers) for table, peers in places],
        [_work_milli(economics, table) for table, _ in places],
    )
    numbers = len(context.org.rep_numbers)
    for table in begun:
        opened, expected = [0] * numbers, [0] * numbers
        for at, (owner, peers) in enumerate(places):
            if owner is table:
                opened[peers.number] = found[at]
                expected[peers.number] = wanted[at] * MILLI * DAY_MS // span_ms
        pool = remembered(context, table.pool_id)
        today = masks.today[table.peers[0].number]
        context.journal.put(pool, "prices", Prices(today, opened, opened, expected))
        context.journal.touch("pool", context.org.sales_org, pool.pool_id)


def _share_ppm(places_of_day: int | None, span_ms: int, wanted: int) -> int:
    """Return how many places there are to those that wanted one; all have one without a cap."""
    if places_of_day is None:
        return PPM
    return min(PPM, places_of_day * span_ms * PPM // (DAY_MS * max(wanted, 1)))


def _opened(context: Context, table: PoolMembers, peers: Peers) -> int:
    prices = prices_of(context, table)
    known = prices is not None and peers.number < len(prices.opened)
    return prices.opened[peers.number] if prices is not None and known else 0


def _work_milli(economics: CompiledEconomics, table: PoolMembers) -> int:
    terms = economics.terms.get(table.channel)
    return 0 if terms is None else terms.cost_minor * MILLI


def _demand(
    context: Context, economics: CompiledEconomics, places: list[Place]
) -> tuple[list[list[tuple[int, int]]], int, list[int]]:
    """Return what each of the last leads would earn in each place, over how long, and how many.

    Leads that earn nothing there do not count among those that want a place.
    """
    by_pool: dict[str, list[tuple[int, Peers, int]]] = {}
    for at, (table, peers) in enumerate(places):
        work = economics.terms[table.channel].cost_minor if table.channel in economics.terms else 0
        by_pool.setdefault(table.pool_id, []).append((at, peers, work))
    bids: list[list[tuple[int, int]]] = []
    wanted = [0] * len(places)
    for _, leads in sorted(context.org.demand.values()):
        for _, told in leads:
            earned: list[tuple[int, int]] = []
            for pool_id, worth, cost, mask in told:
                fitting = int(mask, 16)
                for at, peers, work in by_pool.get(pool_id, ()):
                    if peers.mask & fitting:
                        minor = contribution_with(peers, worth, cost, work)
                        if minor > 0:
                            earned.append((at, minor * MILLI))
                            wanted[at] += 1
            bids.append(earned)
    return bids, max(context.now_ms - _oldest_ms(context), SPAN_MS_MIN), wanted
