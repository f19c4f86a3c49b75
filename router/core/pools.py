"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from collections.abc import Iterator

from router.core.condition import View
from router.core.decision import Candidates, Outcome, Reason
from router.core.eligibility import Eligible, eligible, why_nobody
from router.core.placement import Placement, pool_queue
from router.core.rotation import TURN, pick, shares
from router.core.state import Lead, Pool, Rep
from router.core.tables import PoolTable, Tables
from router.core.turn import Turn

DEBTS_MAX = 5
"""Charges beyond rotation that a rep's credit may stand for."""
DEFAULT_STEPS = ("backlog",)


def in_pool(turn: Turn, tables: Tables, lead: Lead, view: View, channel: str) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason.
    """
    pool = _pool_for(tables, view, channel)
    if pool is None:
        return Placement(Outcome.QUEUED, Reason.NO_POOL, channel=channel, queue="pool:")
    territory_id = next(territories_of(tables, view), None)
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
        found = _fallback(turn, tables, pool, lead, view, step)
        if found is not None:
            return found
    return first


def territories_of(tables: Tables, view: View) -> Iterator[str]:
    """Territories that hold the lead, the most specific first."""
    country = view.facts.country
    by_country = tables.territories
    key = country.casefold() if country else None
    entries = by_country.get(key)
    for territory, holds in by_country[None] if entries is None else entries:
        market_id = territory.market_id
        if (market_id is None or market_id == view.market) and holds(view):
            yield territory.territory_id


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
    step: str,
) -> Placement | None:
    """One step of ``nobody_free``; None when it finds nobody either."""
    tries: list[tuple[PoolTable | None, str | None, bool]] = []
    territories = list(territories_of(tables, view))
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
    pool = table.pool
    remembered = turn.org.pools.get(pool.pool_id) or Pool(pool.pool_id)
    masks = turn.masks(tables)
    found = eligible(tables, masks, table, lead, view, territory_id, any_language=any_language)
    placement = Placement(Outcome.ASSIGNED, Reason.ROTATION)
    placement.channel, placement.pool_id = pool.channel, pool.pool_id
    placement.territory_id = territory_id
    if found.mask and not remembered.paused:
        _pick(turn, tables, table, remembered, found, view, placement)
        return placement
    placement.outcome, placement.queue = Outcome.QUEUED, pool_queue(pool.pool_id)
    placement.reason = Reason.POOL_PAUSED if remembered.paused else why_nobody(table, found)
    placement.candidates = _nobody(table, found)
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
    placement: Placement,
) -> None:
    """The fair pick among the eligible, charged to the winner's credit."""
    numbers, gains, stake = table.eligible(found.mask)
    if tables.policy.rotation.fair_by == "value":
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gains = shares(weights, max(view.value_minor or 0, 1))
        stake = sum(gains)
    after = _credits_of_all(turn, remembered)
    picked = pick(after, numbers, gains, stake)
    if remembered.pool_id not in turn.org.pools:
        turn.journal.insert(turn.org.pools, remembered.pool_id, remembered)
    turn.journal.put(remembered, "credits", after)
    turn.journal.touch("pool", turn.org.sales_org, remembered.pool_id)
    reps = turn.org.rep_numbers
    placement.rep, placement.stake = reps[picked.winner], stake
    placement.candidates = {
        "considered": len(table.members),
        "eligible": len(numbers),
        "excluded": found.excluded,
        "credit": picked.credit,
        "runners_up": [
            {"rep_id": reps[number].profile.rep_id, "credit": credit}
            for credit, number in picked.runners_up
        ],
    }


def _credits_of_all(turn: Turn, pool: Pool) -> list[int]:
    """A copy of the pool's credits with a place for every permanent number."""
    missing = len(turn.org.rep_numbers) - len(pool.credits)
    return pool.credits + [0] * missing


def give_back_turn(turn: Turn, lead: Lead, rep: Rep) -> None:
    """A rejected or recalled lead does not count as the rep's turn: they get back what it cost."""
    if lead.stake:
        _move_credit(turn, lead.pool_id, rep, lead.stake)
        turn.journal.put(lead, "stake", 0)


def charge_turn(turn: Turn, lead: Lead, rep: Rep) -> None:
    """A lead that came by another way than rotation counts as the turn of a rep of its pool."""
    policy = turn.org.policy
    by_value = policy is not None and policy.rotation.fair_by == "value"
    stake = max(lead.value_minor, 1) if by_value else TURN
    charged = _move_credit(turn, lead.pool_id, rep, -stake)
    turn.journal.put(lead, "stake", stake if charged else 0)


def _move_credit(turn: Turn, pool_id: str | None, rep: Rep, credit: int) -> bool:
    """Credit to a rep out of everybody's who is here, or the other way; whether they are in it.

    The pool's sum stays as it is: else a rep who joins, at 0, would be far ahead of all others
    or far behind. Who is away neither gains nor loses, and debts are bounded: a rep whom somebody
    gives leads by hand for weeks is not shut out of rotation for months.
    """
    tables = turn.tables
    table = tables.pool_by_id.get(pool_id or "") if tables else None
    if tables is None or table is None or not table.mask >> rep.number & 1:
        return False
    masks, org = turn.masks(tables), turn.org
    here = table.mask & ~(masks.left | masks.not_started | masks.time_off) | 1 << rep.number
    members = [member for member in table.members if here >> member.number & 1]
    gains = shares([member.weight for member in members], -credit)
    pool = org.pools.get(table.pool.pool_id) or Pool(table.pool.pool_id)
    after = _credits_of_all(turn, pool)
    if after[rep.number] < DEBTS_MAX * credit < 0:
        return False
    for member, gain in zip(members, gains, strict=True):
        after[member.number] += gain
    after[rep.number] -= sum(gains)
    if pool.pool_id not in org.pools:
        turn.journal.insert(org.pools, pool.pool_id, pool)
    turn.journal.put(pool, "credits", after)
    turn.journal.touch("pool", org.sales_org, pool.pool_id)
    return True
