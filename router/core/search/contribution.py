"""Field or inside by what a lead earns there: its contribution less the price of the place.

A rep's places are few. What one of them costs is what the leads that it is kept for would earn
with it beyond what they earn elsewhere (:mod:`router.core.assign.prices`): a lead that earns 410
inside and 1,260 with Anna, whose place costs 900, goes inside.

Method: dual prices of an online assignment problem (Balseiro, Lu and Mirrokni, arXiv 2011.10124).
"""

from __future__ import annotations

from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.economics import PPM, ChannelTerms, CompiledEconomics
from router.core.compiled.pool_members import Peers, PoolMembers
from router.core.compiled.view import View
from router.core.model.assignment import Offer
from router.core.model.bid import Bid
from router.core.model.lead import Lead
from router.core.model.pool import Prices
from router.core.search.eligibility import Eligible, eligible
from router.core.state.context import Context

MILLI: Final = 1_000
MARGIN_WHOLE: Final = 1_000


class Earning:
    """Earnings of a lead in the pool of a channel; amounts in minor units of the policy's currency.

    ``worth`` is what is left, after waiting, of value times margin times the share of such leads
    that are won; ``cost`` that of working it, of which ``work`` is without travel. ``best`` are the
    peers of the greatest surplus among those who can have it now, ``most`` the greatest
    contribution with any whom it fits.
    """

    __slots__ = (
        "best", "close_ppm", "contribution", "cost", "found", "left_ppm", "most", "price", "prices",
        "surplus", "table", "territory_id", "undiminished", "work", "worth",
    )  # fmt: skip

    def __init__(
        self,
        table: PoolMembers,
        territory_id: str | None,
        found: Eligible,
        terms: ChannelTerms,
        prices: Prices | None,
    ) -> None:
        """Amounts become known by :func:`earnings`."""
        self.table = table
        self.territory_id = territory_id
        self.found = found
        self.prices = prices
        self.work = terms.cost_minor
        self.cost = terms.cost_in(territory_id)
        self.undiminished = 0  # worth before the wait
        self.worth = 0
        self.close_ppm = 0
        self.left_ppm = PPM
        self.best: Peers | None = None
        self.contribution = 0  # with the best
        self.price = 0
        self.surplus = 0
        self.most = 0

    def surplus_with(self, peers: Peers) -> int:
        """Return what is left of the contribution with ``peers`` after the price of their place."""
        return self.contribution_with(peers) - self.price_of(peers)

    def contribution_with(self, peers: Peers) -> int:
        """Return what the lead earns with ``peers`` now."""
        return contribution_with(peers, self.worth, self.cost, self.work)

    def price_of(self, peers: Peers) -> int:
        """Return what a place of ``peers`` costs now."""
        return 0 if self.prices is None else price_in(self.prices.now, peers)


def earnings(
    context: Context, compiled: CompiledPolicy, economics: CompiledEconomics, lead: Lead, view: View
) -> list[Earning]:
    """Return what the lead earns in each channel in which it has a pool and a close rate.

    A lead whose value nobody knows earns nothing that could be known: none.
    """
    found: list[Earning] = []
    lines, value_minor = view.lines, view.value_minor
    if value_minor is None:
        return found
    facts, masks = view.facts, context.masks(compiled)
    territory_id = lines.territory_ids[0] if lines.territory_ids else None
    margin_minor = margin_of(compiled, view, value_minor)
    left_ppm = economics.left_of_worth(facts.lead_source, context.now_ms - lead.received_ms)
    for channel, close_ppm in lines.close_ppm.items():
        table = lines.pools.get(channel)
        if table is None:
            continue
        who = eligible(compiled, masks, table, lead, view, territory_id)
        prices = prices_of(context, table)
        earning = Earning(table, territory_id, who, economics.terms[channel], prices)
        earning.undiminished = margin_minor * close_ppm // PPM
        earning.worth = earning.undiminished * left_ppm // PPM
        earning.close_ppm, earning.left_ppm = close_ppm, left_ppm
        _look_at_peers(earning)
        found.append(earning)
    return found


def margin_of(compiled: CompiledPolicy, view: View, value_minor: int) -> int:
    """Return what is left of a deal's value after the cost of its product."""
    product = compiled.products.get(view.facts.product or "")
    return value_minor if product is None else value_minor * product[1] // MARGIN_WHOLE


def _look_at_peers(earning: Earning) -> None:
    """Find the peers of the greatest surplus, and the greatest contribution with any."""
    fitting, free = earning.found.fitting, earning.found.mask
    most: int | None = None
    for peers in earning.table.peers:
        if not peers.mask & fitting:
            continue
        contribution = earning.contribution_with(peers)
        if most is None or contribution > most:
            most = contribution
        if peers.mask & free:
            price = earning.price_of(peers)
            surplus = contribution - price
            if earning.best is None or surplus > earning.surplus:
                earning.best, earning.surplus = peers, surplus
                earning.contribution, earning.price = contribution, price
    earning.most = most or 0


def contribution_with(peers: Peers, worth: int, cost: int, work: int) -> int:
    """Return what a lead earns with ``peers``: ``cost`` holds ``work`` and the usual travel."""
    if peers.travel_minor is not None:
        cost = work + peers.travel_minor
    return worth * peers.close_permille // 1_000 - cost


def usual_channel(compiled: CompiledPolicy, view: View) -> str:
    """Return the channel where such a lead earns most, whoever is free; inside if nobody knows."""
    economics, value_minor = compiled.conditions.economics, view.value_minor
    best, most = "inside", 0
    if economics is None or value_minor is None:
        return best
    territory_id = view.lines.territory_ids[0] if view.lines.territory_ids else None
    margin_minor = margin_of(compiled, view, value_minor)
    for channel, close_ppm in view.lines.close_ppm.items():
        earns = margin_minor * close_ppm // PPM - economics.terms[channel].cost_in(territory_id)
        if channel in view.lines.pools and earns > most:
            best, most = channel, earns
    return best


def prices_of(context: Context, table: PoolMembers) -> Prices | None:
    """Return the prices of a pool's places; None while it has none."""
    pool = context.org.pools.get(table.pool_id)
    return None if pool is None else pool.prices


def price_in(prices_milli: list[int], peers: Peers) -> int:
    """Return what a place of ``peers`` costs, in minor units; of who has joined since, nothing."""
    number = peers.number
    return prices_milli[number] // MILLI if number < len(prices_milli) else 0


def within_reach(economics: CompiledEconomics, earning: Earning) -> int:
    """Return the mask of those who can have the lead now and with whom it earns about as much."""
    least = earning.surplus - earning.contribution * economics.within_permille // 1_000
    mask = 0
    for peers in earning.table.peers:
        free = peers.mask & earning.found.mask
        if free and earning.surplus_with(peers) >= least:
            mask |= free
    return mask


def bids_of(found: list[Earning]) -> list[Bid]:
    """Return what the lead would earn, as the market remembers it."""
    return [
        (earning.table.pool_id, earning.undiminished, earning.cost, earning.found.fitting)
        for earning in found
    ]


def offers_of(found: list[Earning]) -> list[Offer]:
    """Return the terms of each channel, as an assignment event tells them."""
    offers: list[Offer] = []
    for earning in found:
        offer: Offer = {
            "channel": earning.table.channel,
            "pool_id": earning.table.pool_id,
            "close_ppm": earning.close_ppm,
            "worth_minor": earning.worth,
            "cost_minor": earning.cost,
            "contribution_minor": earning.contribution if earning.best else earning.most,
        }
        if earning.left_ppm != PPM:
            offer["left_ppm"] = earning.left_ppm
        if (best := earning.best) is not None:
            offer["price_minor"], offer["surplus_minor"] = earning.price, earning.surplus
            if best.close_permille != MARGIN_WHOLE:
                offer["close_permille"] = best.close_permille
        offers.append(offer)
    return offers
