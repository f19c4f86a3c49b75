"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from typing import Final

from router.core.condition import View
from router.core.decision import Candidates, Outcome, Reason
from router.core.eligibility import Eligible, eligible, why_nobody
from router.core.placement import Placement
from router.core.pool_table import PoolTable
from router.core.rotation import TURN, pick, shares
from router.core.state import Lead, Pool, Rep
from router.core.tables import Tables
from router.core.turn import Turn

DEBTS_MAX = 5
"""Charges beyond rotation that a rep's credit may stand for."""
DEFAULT_STEPS = ("backlog",)

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_ASSIGNED: Final = Outcome.ASSIGNED
_ROTATION: Final = Reason.ROTATION


def in_pool(turn: Turn, tables: Tables, lead: Lead, view: View, channel: str) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason.
    """
    pool = view.lines.pools.get(channel)
    if pool is None:
        return Placement(Outcome.QUEUED, Reason.NO_POOL, channel=channel, queue="pool:")
    territories = view.lines.territory_ids
    first = _try_pool(turn, tables, pool, lead, view, territories[0] if territories else None)
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
    territories, pools = view.lines.territory_ids, view.lines.pools
    here = territories[0] if territories else None
    if step == "next_territory":
        tries = [(pool, territory, False) for territory in territories[1:]]
    elif step == "any_language":
        tries = [(pool, here, True)]
    elif step == "other_channel":
        other = "inside" if pool.channel == "field" else "field"
        tries = [(pools.get(other), here, False)]
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
    remembered = turn.org.pools.get(table.pool_id)
    masks = turn.masks(tables)
    found = eligible(tables, masks, table, lead, view, territory_id, any_language=any_language)
    placement = Placement(_ASSIGNED, _ROTATION, channel=table.channel)
    placement.pool_id, placement.territory_id = table.pool_id, territory_id
    paused = remembered is not None and remembered.paused
    if found.mask and not paused:
        _pick(turn, tables, table, found, view, placement)
        return placement
    placement.outcome, placement.queue = Outcome.QUEUED, table.queue
    placement.reason = Reason.POOL_PAUSED if paused else why_nobody(table, found)
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
    found: Eligible,
    view: View,
    placement: Placement,
) -> None:
    """The fair pick among the eligible, charged to the winner's credit."""
    gains = table.gains_of(found.mask)
    gained, stake = gains.shares, gains.stake
    if tables.fair_by_value:
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gained = shares(weights, max(view.value_minor or 0, 1))
        stake = sum(gained)
    pool = _remembered(turn, table.pool_id)
    after = _credits_of_all(turn, pool)
    picked = pick(after, gains.numbers, gained, stake)
    _charge(turn, pool, after)
    reps = turn.org.rep_numbers
    placement.rep, placement.stake = reps[picked.winner], stake
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


def _remembered(turn: Turn, pool_id: str) -> Pool:
    """What the pool remembers, from its first lead on."""
    pools = turn.org.pools
    pool = pools.get(pool_id)
    if pool is None:
        pool = Pool(pool_id)
        turn.journal.insert(pools, pool_id, pool)
    return pool


def _charge(turn: Turn, pool: Pool, credit: list[int]) -> None:
    """The pool's new credits, by permanent number."""
    turn.journal.put_credits(pool, credit)
    turn.journal.touch("pool", turn.org.sales_org, pool.pool_id)


def _credits_of_all(turn: Turn, pool: Pool) -> list[int]:
    """A copy of the pool's credits with a place for every permanent number."""
    missing = len(turn.org.rep_numbers) - len(pool.credits)
    return pool.credits + [0] * missing if missing else pool.credits.copy()


def give_back_turn(turn: Turn, lead: Lead, rep: Rep) -> None:
    """A rejected lead does not count as the rep's turn: they get back what it cost."""
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
    pool = org.pools.get(table.pool_id) or Pool(table.pool_id)
    after = _credits_of_all(turn, pool)
    if after[rep.number] < DEBTS_MAX * credit < 0:
        return False
    pool = _remembered(turn, table.pool_id)
    for member, gain in zip(members, gains, strict=True):
        after[member.number] += gain
    after[rep.number] -= sum(gains)
    _charge(turn, pool, after)
    return True
