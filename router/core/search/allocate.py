"""The fair pick: whose turn it is among those who may have the lead. Changes nothing."""

from __future__ import annotations

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.pool_members import PoolMembers
from router.core.compiled.rotation import pick, shares, stake_of
from router.core.compiled.view import View
from router.core.model.assignment import Candidates
from router.core.model.placement import Placement
from router.core.model.pool import Pool
from router.core.search.eligibility import Eligible
from router.core.state.context import Context


def allocate(
    context: Context,
    compiled: CompiledPolicy,
    table: PoolMembers,
    found: Eligible,
    view: View,
    placement: Placement,
) -> None:
    """Put the fair pick among the eligible into ``placement``; ``assign`` charges the winner."""
    gains = table.gains_of(found.mask)
    gained, stake = gains.shares, gains.stake
    remembered = context.org.pools.get(table.pool_id)
    if compiled.fair_by_value:
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gained = shares(weights, turn_cost(remembered, view.value_minor or 0, weights))
        stake = sum(gained)
    after = credits_of_all(context, remembered)
    picked = pick(after, gains.numbers, gained, stake)
    reps = context.org.rep_numbers
    placement.rep, placement.stake, placement.credits = reps[picked.winner], stake, after
    placement.among = found.mask
    placement.candidates = {
        "considered": len(table.members),
        "eligible": len(gains.numbers),
        "excluded": found.excluded,
        "credit": picked.credit,
        "runners_up": [
            {"rep_id": reps[number].profile.rep_id, "credit": credit}
            for credit, number in picked.runners_up
        ],
    }


def nobody(table: PoolMembers, found: Eligible) -> Candidates:
    """Return how a pool's members were looked at in vain."""
    return {
        "considered": len(table.members),
        "eligible": found.mask.bit_count(),
        "excluded": found.excluded,
    }


def credits_of_all(context: Context, pool: Pool | None) -> list[int]:
    """A copy of the pool's credits with a place for every permanent number."""
    held = [] if pool is None else pool.credits
    missing = len(context.org.rep_numbers) - len(held)
    return held + [0] * missing if missing else held.copy()


def turn_cost(pool: Pool | None, value_minor: int, weights: list[int]) -> int:
    """Return what a turn costs where leads are shared out by value; the pool's mean if unknown."""
    mean_minor = pool.valued_minor // pool.valued if pool is not None and pool.valued else 0
    return stake_of(value_minor, mean_minor, weights)
