"""Prices of scarce places: moved by each lead that could have one, and by each that gets one.

A place that is taken faster than the day's places allow grows dearer, one that is left over grows
cheaper (:func:`router.core.compiled.economics.moved_price`). Whole numbers and the log's time
alone, so that a replay finds the same.
"""

from __future__ import annotations

from typing import Any

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.economics import PPM, STEP_PARTS, CompiledEconomics, moved_price
from router.core.compiled.pool_members import Peers, PoolMembers
from router.core.compiled.rep_masks import Availability
from router.core.model.bid import CHUNK, CHUNKS, Bid
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.pool import Prices
from router.core.model.work_schedule import DAY_MS, next_local_midnight_ms
from router.core.search.contribution import MILLI
from router.core.state.availability import places_left
from router.core.state.context import Context


def learn(context: Context, lead: Lead, placement: Placement) -> None:
    """Move the prices of the places that the lead could have had, and remember what it would earn.

    A lead that is decided again is no further demand; the place that it gets is taken all the same.
    """
    compiled, bids = context.compiled, placement.bids
    if compiled is None or bids is None:
        return
    economics = compiled.conditions.economics
    if economics is None:
        return
    is_new = lead.sequence == 0
    taken = -1 if placement.rep is None else placement.rep.number
    for bid in bids:
        table = compiled.pool_by_id[bid[0]]
        if is_new or taken >= 0:
            _move(context, compiled, economics, table, bid[3], taken, is_new=is_new)
    if is_new:
        _remember(context, bids)


def _move(
    context: Context,
    compiled: CompiledPolicy,
    economics: CompiledEconomics,
    table: PoolMembers,
    fitting: int,
    taken: int,
    *,
    is_new: bool,
) -> None:
    pool = context.org.pools.get(table.pool_id)
    prices = None if pool is None else pool.prices
    if pool is None or prices is None:
        return
    now, masks = prices.now.copy(), context.masks(compiled)
    work_milli = economics.terms[table.channel].cost_minor * MILLI
    for peers in table.peers:
        number = peers.number
        if not peers.mask & fitting or number >= len(now):
            continue
        left = places_of(context, masks, table, peers)
        if left is None:
            continue  # there is always another
        step = max(prices.opened[number], work_milli) // STEP_PARTS
        share_ppm = _share(context, peers, prices, left) if is_new else 0
        is_taken = taken >= 0 and bool(peers.mask >> taken & 1)
        now[number] = moved_price(now[number], step, share_ppm, is_taken=is_taken)
    if now != prices.now:
        moved = Prices(prices.day, now, prices.opened, prices.expected)
        context.journal.put(pool, "prices", moved)
        context.journal.touch("pool", context.org.sales_org, pool.pool_id)


def _share(context: Context, peers: Peers, prices: Prices, left: int) -> int:
    """Return the millionths of the leads still expected today for which there are places left."""
    offsets = context.org.rep_numbers[peers.number].profile.utc_offsets
    to_go_ms = next_local_midnight_ms(offsets, context.now_ms) - context.now_ms
    expected_milli = prices.expected[peers.number] * to_go_ms // DAY_MS
    return min(PPM, left * MILLI * PPM // max(expected_milli, MILLI))


def places_of(
    context: Context, masks: Availability, table: PoolMembers, peers: Peers
) -> int | None:
    """Return how many more leads of today the peers who are there may have; None without a cap."""
    away, total = masks.left | masks.not_started | masks.time_off, 0
    for number in peers.numbers:
        if away >> number & 1:
            continue
        left = places_left(masks, context.org.rep_numbers[number], table.channel)
        if left is None:
            return None
        total += left
    return total


def _remember(context: Context, bids: list[Bid]) -> None:
    """Add what the lead would earn to the demand of the last leads."""
    org = context.org
    number = max((first + len(leads) for first, leads in org.demand.values()), default=0)
    first = number - number % CHUNK
    key = str(first // CHUNK % CHUNKS)
    held = org.demand.get(key)
    leads = held[1] if held is not None and held[0] == first else []
    told: list[Any] = [[pool_id, worth, cost, f"{mask:x}"] for pool_id, worth, cost, mask in bids]
    context.journal.insert(org.demand, key, (first, [*leads, (context.now_ms, told)]))
    context.journal.touch("demand", org.sales_org, key)
