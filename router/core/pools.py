"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from typing import Final

from router.core.availability import Availability
from router.core.condition import View
from router.core.decision import Candidates, Outcome, Reason
from router.core.eligibility import Eligible, asked_of, eligible, why_nobody
from router.core.placement import Placement
from router.core.pool_table import PoolTable
from router.core.rotation import TURN, pick, shares, stake_of
from router.core.state import Lead, Pool, Rep
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.waiting_class import need_of

DEBTS_MAX = 5
"""Charges beyond rotation that a rep's credit may stand for."""
VALUED_MINOR_MAX: Final = 1 << 60
"""A sum of values that a changelog's number can hold, whatever a lead is worth."""
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


def in_pool(
    turn: Turn, tables: Tables, lead: Lead, view: View, channel: str, *, crosses: bool = True
) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason. While that
    is paused nothing else is tried. Where it is not to cross over, steps into the other channel are
    left out: a handoff that nobody can take is none.
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
    if not crosses:
        others = [option for option in others if option.table.channel == channel]
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
    """Return the options that the steps of ``nobody_free`` name, up to the one that ends them."""
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
    """Return the lead's need: one of ``options``, or a rep who would have it by name."""
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
    remembered = turn.org.pools.get(table.pool_id)
    if tables.fair_by_value:
        weights = [rep.weight for rep in table.members if found.mask >> rep.number & 1]
        gained = shares(weights, _stake(remembered, view.value_minor or 0, weights))
        stake = sum(gained)
    after = _credits_of_all(turn, remembered)
    picked = pick(after, gains.numbers, gained, stake)
    reps = turn.org.rep_numbers
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


def note_value(turn: Turn, pool_id: str, value_minor: int) -> None:
    """Count what a lead is worth in the mean of its pool, where that is what leads cost."""
    tables = turn.tables
    if tables is None or not tables.fair_by_value or value_minor <= 0:
        return
    pool, put = _remembered(turn, pool_id), turn.journal.put
    valued, valued_minor = pool.valued + 1, pool.valued_minor + value_minor
    if valued_minor > VALUED_MINOR_MAX:  # the mean stays, and older leads weigh less
        valued, valued_minor = (valued + 1) // 2, valued_minor // 2
    put(pool, "valued", valued)
    put(pool, "valued_minor", valued_minor)


def _stake(pool: Pool | None, value_minor: int, weights: list[int]) -> int:
    mean_minor = pool.valued_minor // pool.valued if pool is not None and pool.valued else 0
    return stake_of(value_minor, mean_minor, weights)


def give_back_turn(turn: Turn, lead: Lead, rep: Rep) -> None:
    """A rejected lead does not count as the rep's turn: it is as if it had not been shared out.

    They get back what it cost, from those among whom it was.
    """
    tables = turn.tables
    table = tables.pool_by_id.get(lead.pool_id or "") if tables is not None else None
    if table is not None and lead.stake and table.mask >> rep.number & 1:
        _share_out(turn, table, rep, -lead.stake, lead.among)
    if lead.stake:
        turn.journal.put(lead, "stake", 0)
        turn.journal.put(lead, "among", 0)


def charge_turn(turn: Turn, lead: Lead, rep: Rep, view: View | None) -> str | None:
    """A lead that came by another way than rotation counts as the turn of a rep of its pool.

    It is shared out among the reps who could have had it, whose mask is returned; None where it
    costs nobody anything: nobody else could have had it, or the rep owes :data:`DEBTS_MAX` turns.
    A rep whom somebody gives leads by hand for weeks is not shut out of rotation for months.
    """
    tables, pool = turn.tables, turn.org.pools.get(lead.pool_id or "")
    table = tables.pool_by_id.get(lead.pool_id or "") if tables is not None else None
    put, bit = turn.journal.put, 1 << rep.number
    put(lead, "stake", 0)
    put(lead, "among", 0)
    if tables is None or table is None or view is None or not table.mask & bit:
        return None
    masks = turn.masks(tables)
    among = bit | eligible(tables, masks, table, lead, view, lead.territory_id).mask
    weights = [member.weight for member in table.members if among >> member.number & 1]
    stake = _stake(pool, lead.value_minor, weights) if tables.fair_by_value else TURN
    owed = 0 if pool is None or len(pool.credits) <= rep.number else -pool.credits[rep.number]
    if owed > DEBTS_MAX * stake:
        return None
    put(lead, "stake", _share_out(turn, table, rep, stake, among))
    put(lead, "among", among)
    return f"{among:x}"


def _share_out(turn: Turn, table: PoolTable, rep: Rep, stake: int, among: int) -> int:
    """Let the rep pay ``stake`` to the members in ``among``, or get it from them; what it came to.

    The pool's sum stays as it is: else a rep who joins, at 0, would be far ahead of all others
    or far behind. Who could not have had the lead neither gains nor loses.
    """
    members = [member for member in table.members if among >> member.number & 1]
    gains = shares([member.weight for member in members], abs(stake))
    after = _credits_of_all(turn, turn.org.pools.get(table.pool_id))
    sign = -1 if stake < 0 else 1
    for member, gain in zip(members, gains, strict=True):
        after[member.number] += sign * gain
    after[rep.number] -= sign * sum(gains)
    charge(turn, table.pool_id, after)
    return sum(gains)
