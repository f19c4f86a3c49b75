"""A lead under ``use: best``: where it earns most now, or a coming place that pays more."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.economics import PPM, CompiledEconomics
from router.core.compiled.pool_members import Peers
from router.core.compiled.rep_masks import Availability
from router.core.compiled.view import View
from router.core.model.assignment import Exclusion, Outcome, Reason
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.work_schedule import next_local_midnight_ms
from router.core.search.allocate import allocate
from router.core.search.contribution import (
    Earning,
    bids_of,
    contribution_with,
    earnings,
    offers_of,
    price_in,
    within_reach,
)
from router.core.search.options import Option, in_pool, need
from router.core.state.availability import has_places_tomorrow
from router.core.state.context import Context

LOOK_AGAIN_MS: Final = 3_600_000
"""Prices fall while nobody pays them: what is too dear now is asked again after an hour."""


def by_channel(context: Context, compiled: CompiledPolicy, lead: Lead, view: View) -> Placement:
    """Return a placement in the field or inside, as the first line that holds says."""
    line = view.lines.channel
    if line is None:
        found = in_pool(context, compiled, lead, view, "inside")
        found.channel_rule = "no channel line matches: inside"
        return found
    if line.use == "best":
        found = by_contribution(context, compiled, lead, view)
    else:
        found = in_pool(context, compiled, lead, view, view.channel)
    found.channel_rule = line.label
    found.hand_over = line.use == "inside_then_field" and view.channel == "inside"
    return found


def by_contribution(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement:
    """Return where the lead earns most after the price of the place; or why it has to wait.

    What cannot pay for its work in any channel is left to marketing. What pays, but for no place
    that is free, waits: for a place in the field where that will pay more, in time.
    """
    economics = compiled.conditions.economics
    found = [] if economics is None else earnings(context, compiled, economics, lead, view)
    if economics is None or not found:
        return in_pool(context, compiled, lead, view, view.channel)
    placement = _placed(context, compiled, economics, lead, view, found)
    placement.bids = bids_of(found)
    view.value["offers"] = offers_of(found)
    return placement


def _placed(
    context: Context,
    compiled: CompiledPolicy,
    economics: CompiledEconomics,
    lead: Lead,
    view: View,
    found: list[Earning],
) -> Placement:
    most = max(found, key=lambda earning: earning.most)
    if most.most <= 0:
        return Placement(Outcome.NURTURED, Reason.CANNOT_PAY, channel=most.table.channel)
    open_to_it = [each for each in found if each.best is not None and not _is_paused(context, each)]
    payable = [earning for earning in open_to_it if earning.surplus > 0]
    best = max(payable, key=lambda earning: earning.surplus, default=None)
    later = _later(context, compiled, economics, lead, found)
    if later is not None and (best is None or later[1] > best.surplus):
        return _held(context, compiled, lead, view, later[0], Reason.HELD_FOR_FIELD, later[2])
    if best is not None:
        return _given(context, compiled, economics, view, best)
    closed = [earning for earning in found if earning not in open_to_it and earning.most > 0]
    if not closed:
        again_ms = context.now_ms + LOOK_AGAIN_MS
        return _held(context, compiled, lead, view, most, Reason.PRICE_TOO_HIGH, again_ms)
    if open_to_it:
        view.review_by(context.now_ms + LOOK_AGAIN_MS)
    closed.sort(key=lambda earning: -earning.most)
    beside = [Option(earning.table, earning.territory_id) for earning in closed[1:]]
    channel = closed[0].table.channel
    return in_pool(context, compiled, lead, view, channel, crosses=False, beside=beside)


def _is_paused(context: Context, earning: Earning) -> bool:
    pool = context.org.pools.get(earning.table.pool_id)
    return pool is not None and pool.paused


def _given(
    context: Context,
    compiled: CompiledPolicy,
    economics: CompiledEconomics,
    view: View,
    best: Earning,
) -> Placement:
    """Give the lead to whose turn it is among those with whom it earns about as much."""
    placement = Placement(Outcome.ASSIGNED, Reason.ROTATION, channel=best.table.channel)
    placement.pool_id, placement.territory_id = best.table.pool_id, best.territory_id
    among, found = within_reach(economics, best), best.found
    if among != found.mask:
        dearer = found.mask ^ among
        excluded = {**found.excluded, Exclusion.EARNS_LESS.value: f"{dearer:x}"}
        found = replace(found, mask=among, excluded=excluded)
    allocate(context, compiled, best.table, found, view, placement)
    return placement


def _later(
    context: Context,
    compiled: CompiledPolicy,
    economics: CompiledEconomics,
    lead: Lead,
    found: list[Earning],
) -> tuple[Earning, int, int] | None:
    """Return the field's earning, its surplus at the next opening, and when that is.

    None where nobody in the field is worth waiting for: before prices have been opened once, or
    where the next day begins after the lead has been held for as long as it may.
    """
    latest_ms, masks = lead.received_ms + economics.hold_at_most_ms, context.masks(compiled)
    best: tuple[Earning, int, int] | None = None
    for earning in found:
        prices = earning.prices
        if earning.table.channel != "field" or prices is None:
            continue
        for peers in earning.table.peers:
            if not peers.mask & earning.found.fitting:
                continue
            opens_ms = _opens_ms(context, masks, peers, latest_ms)
            if opens_ms is None:
                continue
            waited_ms = opens_ms - lead.received_ms
            left_ppm = economics.left_of_worth(lead.facts.lead_source, waited_ms)
            worth = earning.undiminished * left_ppm // PPM
            earns = contribution_with(peers, worth, earning.cost, earning.work)
            surplus = earns - price_in(prices.opened, peers)
            if surplus > 0 and (best is None or surplus > best[1]):
                best = earning, surplus, opens_ms
    return best


def _opens_ms(context: Context, masks: Availability, peers: Peers, latest_ms: int) -> int | None:
    """Return when one of the peers begins a day with new places; None if none does in time.

    Not who is full of open leads: of those any hour may end one, and a lead waits for that among
    all others.
    """
    reps = context.org.rep_numbers
    first = reps[peers.number].profile
    opens_ms = next_local_midnight_ms(first.utc_offsets, context.now_ms)
    if opens_ms > latest_ms:
        return None
    for number in peers.numbers:
        rep = reps[number]
        is_away = any(start <= opens_ms < end for start, end in rep.profile.time_off)
        if not is_away and has_places_tomorrow(masks, rep, "field"):
            return opens_ms
    return None


def _held(
    context: Context,
    compiled: CompiledPolicy,
    lead: Lead,
    view: View,
    earning: Earning,
    reason: Reason,
    again_ms: int,
) -> Placement:
    """Hold the lead for a time, not for a rep: nobody who is free now is to have it."""
    found = Placement(Outcome.QUEUED, reason, channel=earning.table.channel)
    found.pool_id, found.territory_id = earning.table.pool_id, earning.territory_id
    found.needs = need(context, compiled, lead, view, [])
    view.review_by(again_ms)
    return found
