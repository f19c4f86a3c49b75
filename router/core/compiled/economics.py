"""A policy's economics made ready: close rates as conditions, costs by channel and territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from router.core.compiled.condition_index import ConditionIndex
from router.core.compiled.decay import decayed
from router.core.model.policy import ChannelEconomics, Economics

PPM: Final = 1_000_000
STEP_PARTS: Final = 10
"""A step is this part of a price, or of what working a lead costs where that is more."""
PASSES: Final = 10
"""Over the last 400 leads: with twice as many, decisions are worth as much."""


@dataclass(slots=True)
class ChannelTerms:
    """Costs of a lead in a channel, and the shares of leads that are won there.

    ``close`` are (bit of the condition, millionths of the leads that are won); the first that holds
    counts.
    """

    channel: str
    cost_minor: int
    travel_minor: dict[str, int]
    close: list[tuple[int, int]]

    def cost_in(self, territory_id: str | None) -> int:
        """Return what a lead of the territory costs, in minor units: work and travel."""
        return self.cost_minor + self.travel_minor.get(territory_id or "", 0)


@dataclass(slots=True)
class CompiledEconomics:
    """By channel, what leads cost and earn; and how their worth fades while they wait."""

    terms: dict[str, ChannelTerms]
    halves_ms: int
    halves_by_source: dict[str, int]
    hold_at_most_ms: int
    within_permille: int

    def left_of_worth(self, lead_source: str | None, waited_ms: int) -> int:
        """Return the millionths of a lead's worth that are left after it has waited."""
        halves_ms = self.halves_by_source.get(lead_source or "", self.halves_ms)
        return decayed(PPM, waited_ms, halves_ms) if halves_ms and waited_ms > 0 else PPM

    def close_ppm(self, holding: int) -> dict[str, int]:
        """Return the share of leads that are won, by channel, where some line says it."""
        found: dict[str, int] = {}
        for channel, terms in self.terms.items():
            for bit, ppm in terms.close:
                if holding & bit:
                    found[channel] = ppm
                    break
        return found


def compile_economics(
    economics: Economics | None, sieve: ConditionIndex, within_permille: int
) -> CompiledEconomics | None:
    """Return the economics with their conditions added to ``sieve``; None where there are none.

    Raises:
        KeyError: a condition names a field that does not exist.
    """
    if economics is None:
        return None
    return CompiledEconomics(
        terms={terms.channel: _terms(terms, sieve) for terms in economics.channels},
        halves_ms=economics.worth_halves_after_ms or 0,
        halves_by_source=dict(economics.worth_halves_by_source),
        hold_at_most_ms=economics.hold_at_most_ms,
        within_permille=within_permille,
    )


def _terms(economics: ChannelEconomics, sieve: ConditionIndex) -> ChannelTerms:
    return ChannelTerms(
        channel=economics.channel,
        cost_minor=economics.cost_minor,
        travel_minor=dict(economics.travel_minor),
        close=[
            (sieve.add(line.when), line.won * PPM // max(line.of, 1))
            for line in economics.close_rate
        ],
    )


def settled_prices(
    bids: Sequence[Sequence[tuple[int, int]]],
    shares_ppm: Sequence[int],
    prices: Sequence[int],
    least_steps: Sequence[int],
) -> list[int]:
    """Return prices at which the places would be taken as fast as there are places.

    Args:
        bids: for each lead (number of the place, what the lead earns there).
        shares_ppm: for each place, how many there are to the leads that want one, in millionths.
        prices: from which to begin.
        least_steps: what a step is made of where a price is lower: what working a lead costs.

    Returns:
        Prices in the unit of the bids.

    The leads pass by again and again, each takes the place where most is left, and prices move as
    they do in a day (:func:`moved_price`), by smaller steps with each pass; the mean of the later
    passes counts. So equal reps come to one price, where setting one after the other leaves both at
    0: who can have the second for nothing pays nothing for the first.
    """
    now, sums, counted = list(prices), [0] * len(prices), 0
    for each in range(PASSES):
        for earned in bids:
            taken, most = -1, 0
            for place, earns in earned:
                if earns - now[place] > most:
                    taken, most = place, earns - now[place]
            for place, _ in earned:
                step = max(now[place], least_steps[place]) // (STEP_PARTS * (each + 1))
                now[place] = moved_price(
                    now[place], step, shares_ppm[place], is_taken=place == taken
                )
        if each >= PASSES // 2:
            counted += 1
            sums = [total + price for total, price in zip(sums, now, strict=True)]
    return [total // counted for total in sums]


def moved_price(price: int, step: int, share_ppm: int, *, is_taken: bool) -> int:
    """Return a price after a lead that wanted the place: dearer if it took it, else cheaper.

    With 2 places for 20 leads (a share of 100,000 millionths) each lead lowers the price by a tenth
    of a step, and who takes the place raises it by one: it stands still when one in ten does.

    Method: dual descent (Balseiro, Lu and Mirrokni, arXiv 2011.10124), in whole numbers.
    """
    return max(0, price + (step if is_taken else 0) - step * share_ppm // PPM)
