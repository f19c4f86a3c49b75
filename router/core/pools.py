"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from typing import Final

from router.core.availability import Availability
from router.core.condition import View
from router.core.decision import Candidates, Outcome, Reason
from router.core.eligibility import Eligible, asked_of, eligible, why_nobody
from router.core.placement import Placement
from router.core.pool_table import PoolTable
from router.core.rotation import TURN, pick, shares
from router.core.state import Lead, Pool, Rep
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.waiting_class import need_of

DEBTS_MAX = 5
"""Charges beyond rotation that a rep's credit may stand for."""
DEFAULT_STEPS = ("backlog",)
_ENDS = ("backlog", "nurture")

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_ASSIGNED: Final = Outcome.ASSIGNED
_ROTATION: Final = Reason.ROTATION


class Option:
    """A pool where the lead may go, with the territory in it; ``step`` of the policy names it."""

    __slots__ = ("any_language", "step", "table", "territory_id")

    def __init__(
        self,
        table: PoolTable,
        territory_id: str | None,
        step: str | None = None,
        *,
        any_language: bool = False,
    ) -> None:
        """Without a ``step`` it is the lead's own."""
        self.table = table
        self.territory_id = territory_id
        self.step = step
        self.any_language = any_language


def in_pool(turn: Turn, tables: Tables, lead: Lead, view: View, channel: str) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason. While that
    is paused nothing else is tried.
    """
    table = view.lines.pools.get(channel)
    if table is None:
        found = Placement(Outcome.QUEUED, Reason.NO_POOL, channel=channel)
        found.needs = need(turn, tables, lead, view, [])
        return found
    territories = view.lines.territory_ids
    own = Option(table, territories[0] if territories else None)
    first = _try(turn, tables, own, lead, view)
    if first.rep is not None:
        return first
    steps = tables.policy.nobody_free.get(channel, DEFAULT_STEPS)
    others = _others(tables, view, own, steps)
    first.needs = need(turn, tables, lead, view, [own, *others])
    if first.reason is Reason.POOL_PAUSED:
        return first
    for option in others:
        found = _try(turn, tables, option, lead, view)
        if found.rep is not None:
            found.reason, found.rule = Reason.FALLBACK, option.step
            return found
    if _last_of(steps) == "nurture":
        first.outcome, first.pool_id, first.territory_id = Outcome.NURTURED, None, None
    return first


def _last_of(steps: tuple[str, ...]) -> str:
    """``backlog`` or ``nurture``, whichever is named first."""
    return next((step for step in steps if step in _ENDS), "backlog")


def _others(tables: Tables, view: View, own: Option, steps: tuple[str, ...]) -> list[Option]:
    """What the steps of ``nobody_free`` name, up to the one that ends them."""
    found: list[Option] = []
    for step in steps:
        if step in _ENDS:
            break
        found += _options_of(tables, view, own, step)
    return found


def _options_of(tables: Tables, view: View, own: Option, step: str) -> list[Option]:
    table, here = own.table, own.territory_id
    if step == "next_territory":
        return [Option(table, further, step) for further in view.lines.territory_ids[1:]]
    if step == "any_language":
        return [Option(table, here, step, any_language=True)]
    other: PoolTable | None = None
    if step == "other_channel":
        other = view.lines.pools.get("inside" if table.channel == "field" else "field")
    elif step.startswith("pool:"):
        other = tables.pool_by_id.get(step.removeprefix("pool:"))
    return [] if other is None else [Option(other, here, step)]


def need(turn: Turn, tables: Tables, lead: Lead, view: View, options: list[Option]) -> str:
    """What the lead waits for: one of ``options``, or a rep who would have it by name."""
    masks, source = turn.masks(tables), view.facts.lead_source
    return need_of(
        [_asked(tables, masks, option, view) for option in options],
        view.named or [],
        source if source in tables.capped_sources else None,
        new_barred=not view.lines.new_rep,
        declined=lead.declined | view.missing,
    )


def _asked(tables: Tables, masks: Availability, option: Option, view: View) -> list[str | None]:
    asked = asked_of(
        tables, masks, option.table, view, option.territory_id, any_language=option.any_language
    )
    return [
        option.table.pool_id, asked.territory, asked.language, asked.skill, asked.seniority,
    ]  # fmt: skip


def _try(turn: Turn, tables: Tables, option: Option, lead: Lead, view: View) -> Placement:
    table, territory_id = option.table, option.territory_id
    remembered = turn.org.pools.get(table.pool_id)
    found = eligible(
        tables, turn.masks(tables), table, lead, view, territory_id,
        any_language=option.any_language,
    )  # fmt: skip
    placement = Placement(_ASSIGNED, _ROTATION, channel=table.channel)
    placement.pool_id, placement.territory_id = table.pool_id, territory_id
    paused = remembered is not None and remembered.paused
    if found.mask and not paused:
        _pick(turn, tables, table, found, view, placement)
        return placement
    placement.outcome = Outcome.QUEUED
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
    """The fair pick among the eligible; ``settle`` charges it to the winner's credit."""
    gains = table.gains_of(found.mask)
    gained, stake = gains.shares, gains.stake
    if tables.fair_by_value:
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gained = shares(weights, max(view.value_minor or 0, 1))
        stake = sum(gained)
    after = _credits_of_all(turn, turn.org.pools.get(table.pool_id))
    picked = pick(after, gains.numbers, gained, stake)
    reps = turn.org.rep_numbers
    placement.rep, placement.stake, placement.credits = reps[picked.winner], stake, after
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


def charge(turn: Turn, pool_id: str, credit: list[int]) -> None:
    """Set a pool's credits, by permanent number."""
    pool = _remembered(turn, pool_id)
    turn.journal.put_credits(pool, credit)
    turn.journal.touch("pool", turn.org.sales_org, pool.pool_id)


def _credits_of_all(turn: Turn, pool: Pool | None) -> list[int]:
    """A copy of the pool's credits with a place for every permanent number."""
    held = [] if pool is None else pool.credits
    missing = len(turn.org.rep_numbers) - len(held)
    return held + [0] * missing if missing else held.copy()


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
    after = _credits_of_all(turn, org.pools.get(table.pool_id))
    if after[rep.number] < DEBTS_MAX * credit < 0:
        return False
    for member, gain in zip(members, gains, strict=True):
        after[member.number] += gain
    after[rep.number] -= sum(gains)
    charge(turn, table.pool_id, after)
    return True
