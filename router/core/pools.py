"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from router.core.condition import View
from router.core.decision import Candidates, Outcome, Reason
from router.core.eligibility import Eligible, eligible, why_nobody
from router.core.placement import Placement, pool_queue
from router.core.rotation import TURN, pick, shares
from router.core.state import Lead, Pool, Rep
from router.core.tables import PoolTable, Tables
from router.core.turn import Turn

DEFAULT_STEPS = ("backlog",)


def in_pool(turn: Turn, tables: Tables, lead: Lead, view: View, channel: str) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason.
    """
    territories = territories_of(tables, view)
    pool = _pool_for(tables, view, channel)
    if pool is None:
        return Placement(Outcome.QUEUED, Reason.NO_POOL, channel=channel, queue="pool:")
    territory_id = territories[0] if territories else None
    first = _try_pool(turn, tables, pool, lead, view, territory_id)
    if first.rep is not None:
        return first
    for step in tables.policy.nobody_free.get(channel, DEFAULT_STEPS):
        if step == "nurture":
            return Placement(
                Outcome.NURTURED, first.reason, channel=channel, candidates=first.candidates
            )
        if step == "backlog":
            break
        found = _fallback(turn, tables, pool, lead, view, territories, step)
        if found is not None:
            return found
    return first


def territories_of(tables: Tables, view: View) -> list[str]:
    """Territories that hold the lead, the most specific first."""
    country = view.facts.country
    by_country = tables.territories
    key = country.casefold() if country else None
    entries = by_country.get(key) if key in by_country else by_country[None]
    return [
        territory.territory_id
        for territory, holds in entries or ()
        if (territory.market_id is None or territory.market_id == view.market) and holds(view)
    ]


def _pool_for(tables: Tables, view: View, channel: str) -> PoolTable | None:
    for table in tables.pools:
        pool = table.pool
        if (
            pool.channel == channel
            and (pool.market_id is None or pool.market_id == view.market)
            and table.fits(view)
        ):
            return table
    return None


def _fallback(
    turn: Turn,
    tables: Tables,
    pool: PoolTable,
    lead: Lead,
    view: View,
    territories: list[str],
    step: str,
) -> Placement | None:
    """One step of ``nobody_free``; None when it finds nobody either."""
    tries: list[tuple[PoolTable | None, str | None, bool]] = []
    here = territories[0] if territories else None
    if step == "next_territory":
        tries = [(pool, territory, False) for territory in territories[1:]]
    elif step == "any_language":
        tries = [(pool, here, True)]
    elif step == "other_channel":
        other = "inside" if pool.pool.channel == "field" else "field"
        tries = [(_pool_for(tables, view, other), here, False)]
    elif step.startswith("pool:"):
        tries = [(tables.pool_by_id.get(step.removeprefix("pool:")), here, False)]
    for table, territory_id, any_language in tries:
        if table is None:
            continue
        found = _try_pool(turn, tables, table, lead, view, territory_id, any_language=any_language)
        if found.rep is not None:
            found.reason, found.rule = Reason.FALLBACK, step
            return found
    return None


def _try_pool(
    turn: Turn,
    tables: Tables,
    table: PoolTable,
    lead: Lead,
    view: View,
    territory_id: str | None,
    *,
    any_language: bool = False,
) -> Placement:
    pool_id = table.pool.pool_id
    remembered = turn.org.pools.get(pool_id) or Pool(pool_id)
    found = eligible(
        tables, turn.masks(tables), table, lead, view, territory_id, any_language=any_language
    )
    placement = Placement(
        Outcome.QUEUED,
        Reason.POOL_PAUSED,
        channel=table.pool.channel,
        pool_id=pool_id,
        territory_id=territory_id,
        queue=pool_queue(pool_id),
    )
    if remembered.paused or not found.mask:
        if not remembered.paused:
            placement.reason = why_nobody(table, found)
        placement.candidates = _nobody(table, found)
        return placement
    placement.rep, placement.candidates = _pick(turn, tables, table, remembered, found, view)
    placement.outcome, placement.reason, placement.queue = Outcome.ASSIGNED, Reason.ROTATION, None
    return placement


def _nobody(table: PoolTable, found: Eligible) -> Candidates:
    return {
        "considered": len(table.members),
        "eligible": found.mask.bit_count(),
        "excluded": found.excluded,
    }


def _pick(
    turn: Turn,
    tables: Tables,
    table: PoolTable,
    remembered: Pool,
    found: Eligible,
    view: View,
) -> tuple[Rep, Candidates]:
    """The fair pick among the eligible, charged to the winner's credit."""
    numbers, gains = table.eligible(found.mask)
    if tables.policy.rotation.fair_by == "value":
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gains = shares(weights, max(view.value_minor, 1))
    after = _credits_of_all(turn, remembered)
    picked = pick([after[number] for number in numbers], gains)
    for number, credit in zip(numbers, picked.credits, strict=True):
        after[number] = credit
    if remembered.pool_id not in turn.org.pools:
        turn.journal.insert(turn.org.pools, remembered.pool_id, remembered)
    turn.journal.put(remembered, "credits", after)
    turn.journal.touch("pool", turn.org.sales_org, remembered.pool_id)
    reps = turn.org.rep_numbers
    return reps[numbers[picked.winner]], {
        "considered": len(table.members),
        "eligible": len(numbers),
        "excluded": found.excluded,
        "credit": picked.credit,
        "runners_up": [
            {"rep_id": reps[numbers[place]].profile.rep_id, "credit": credit}
            for place, credit in picked.runners_up
        ],
    }


def _credits_of_all(turn: Turn, pool: Pool) -> list[int]:
    """A copy of the pool's credits with a place for every permanent number."""
    missing = len(turn.org.rep_numbers) - len(pool.credits)
    return pool.credits + [0] * missing


def give_back_turn(turn: Turn, pool_id: str | None, rep: Rep) -> None:
    """A rejected or recalled lead does not count as the rep's turn."""
    _charge(turn, pool_id, rep, TURN)


def charge_turn(turn: Turn, pool_id: str | None, rep: Rep) -> None:
    """A lead that came by another way than rotation counts as the rep's turn."""
    _charge(turn, pool_id, rep, -TURN)


def _charge(turn: Turn, pool_id: str | None, rep: Rep, credit: int) -> None:
    pool = turn.org.pools.get(pool_id or "")
    if pool is None:
        return
    after = _credits_of_all(turn, pool)
    after[rep.number] += credit
    turn.journal.put(pool, "credits", after)
    turn.journal.touch("pool", turn.org.sales_org, pool.pool_id)
