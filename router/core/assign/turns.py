"""Turns in rotation: charged with an assignment, given back with a rejection."""

from __future__ import annotations

from typing import Final

from router.core.compiled.pool_members import PoolMembers
from router.core.compiled.rotation import TURN, shares
from router.core.compiled.view import View
from router.core.model.lead import Lead
from router.core.model.pool import Pool
from router.core.model.rep import Rep
from router.core.search.allocate import credits_of_all, turn_cost
from router.core.search.eligibility import eligible
from router.core.state.context import Context

DEBTS_MAX = 5
"""Charges beyond rotation that a rep's credit may stand for."""
VALUED_MINOR_MAX: Final = 1 << 60
"""A sum of values that a changelog's number can hold, whatever a lead is worth."""


def charge(context: Context, pool_id: str, credit: list[int]) -> None:
    """Set a pool's credits, by permanent number."""
    pool = remembered(context, pool_id)
    context.journal.put_credits(pool, credit)
    context.journal.touch("pool", context.org.sales_org, pool.pool_id)


def note_value(context: Context, pool_id: str, value_minor: int) -> None:
    """Count what a lead is worth in the mean of its pool, where that is what leads cost."""
    compiled = context.compiled
    if compiled is None or not compiled.fair_by_value or value_minor <= 0:
        return
    pool, put = remembered(context, pool_id), context.journal.put
    valued, valued_minor = pool.valued + 1, pool.valued_minor + value_minor
    if valued_minor > VALUED_MINOR_MAX:  # the mean stays, and older leads weigh less
        valued, valued_minor = (valued + 1) // 2, valued_minor // 2
    put(pool, "valued", valued)
    put(pool, "valued_minor", valued_minor)


def give_back_turn(context: Context, lead: Lead, rep: Rep) -> None:
    """A rejected lead does not count as the rep's turn: it is as if it had not been shared out.

    They get back what it cost, from those among whom it was.
    """
    compiled = context.compiled
    table = compiled.pool_by_id.get(lead.pool_id or "") if compiled is not None else None
    if table is not None and lead.stake and table.mask >> rep.number & 1:
        _share_out(context, table, rep, -lead.stake, lead.among)
    if lead.stake:
        context.journal.put(lead, "stake", 0)
        context.journal.put(lead, "among", 0)


def charge_turn(context: Context, lead: Lead, rep: Rep, view: View | None) -> str | None:
    """A lead that came by another way than rotation counts as the turn of a rep of its pool.

    It is shared out among the reps who could have had it, whose mask is returned; None where it
    costs nobody anything: nobody else could have had it, or the rep owes :data:`DEBTS_MAX` turns.
    A rep whom somebody gives leads by hand for weeks is not shut out of rotation for months.
    """
    compiled, pool = context.compiled, context.org.pools.get(lead.pool_id or "")
    table = compiled.pool_by_id.get(lead.pool_id or "") if compiled is not None else None
    put, bit = context.journal.put, 1 << rep.number
    put(lead, "stake", 0)
    put(lead, "among", 0)
    if compiled is None or table is None or view is None or not table.mask & bit:
        return None
    masks = context.masks(compiled)
    among = bit | eligible(compiled, masks, table, lead, view, lead.territory_id).mask
    weights = [member.weight for member in table.members if among >> member.number & 1]
    stake = turn_cost(pool, lead.value_minor, weights) if compiled.fair_by_value else TURN
    owed = 0 if pool is None or len(pool.credits) <= rep.number else -pool.credits[rep.number]
    if owed > DEBTS_MAX * stake:
        return None
    put(lead, "stake", _share_out(context, table, rep, stake, among))
    put(lead, "among", among)
    return f"{among:x}"


def _share_out(context: Context, table: PoolMembers, rep: Rep, stake: int, among: int) -> int:
    """Let the rep pay ``stake`` to the members in ``among``, or get it from them; what it came to.

    The pool's sum stays as it is: else a rep who joins, at 0, would be far ahead of all others
    or far behind. Who could not have had the lead neither gains nor loses.
    """
    members = [member for member in table.members if among >> member.number & 1]
    gains = shares([member.weight for member in members], abs(stake))
    after = credits_of_all(context, context.org.pools.get(table.pool_id))
    sign = -1 if stake < 0 else 1
    for member, gain in zip(members, gains, strict=True):
        after[member.number] += sign * gain
    after[rep.number] -= sign * sum(gains)
    charge(context, table.pool_id, after)
    return sum(gains)


def remembered(context: Context, pool_id: str) -> Pool:
    """Return the pool's memory, which begins with its first lead."""
    pools = context.org.pools
    pool = pools.get(pool_id)
    if pool is None:
        pool = Pool(pool_id)
        context.journal.insert(pools, pool_id, pool)
    return pool
