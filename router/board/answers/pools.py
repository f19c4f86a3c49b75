"""``/api/pools``: how even today's turns were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from router.board.answers.moment import Moment
from router.board.answers.rooms import Room, rooms_of
from router.board.projection.past_pools import PoolPast
from router.board.projection.projection import Projection
from router.board.projection.roster_history import policy_key
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.fairness import Fairness, Share, judge
from router.board.statistics.slices import Slices
from router.board.statistics.turns import Turn, given_since
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.pool_members import Member, PoolMembers
from router.core.compiled.rotation import TURN
from router.core.model.policy import Policy
from router.core.model.timestamps import rfc3339

_MILLI = TURN // 1_000


_AT_ONCE = 5_000
"""Turns summed up in a slice: a few milliseconds."""


def pools(projection: Projection, org: OrgProjection, moment: Moment) -> Slices[dict[str, Any]]:
    """Each pool of the policy in force, with its members, as it all is at the first slice."""
    compiled = org.company.compiled
    if compiled is None:
        return {"pools": []}
    names, rooms = dict(projection.names), rooms_of(org, moment)
    rep_ids, day_ms = org.company.numbers, moment.day_ms
    numbers = {rep_id: number for number, rep_id in rep_ids.items()}
    variants, policies = org.staff.variants(org.company.reps, day_ms), _policies(org)
    turns = {pool_id: org.turns.of(pool_id) for pool_id in compiled.pool_by_id}
    rows = []
    for pool_id, table in compiled.pool_by_id.items():
        yield
        given = yield from _given_of(given_since(turns[pool_id], day_ms))
        past, today = PoolPast(pool_id, variants, policies), given_since(turns[pool_id], day_ms)
        found = yield from judge(past, today, numbers)
        row = _pool(table, found)
        row["members"] = _members(table, found, given, rooms, rep_ids, names)
        for member in row["members"]:
            member["other_pools"] = _other_pools(compiled, table, numbers[member["rep_id"]])
        row["since"] = rfc3339(day_ms)
        row["currency"] = compiled.policy.currency
        row["fair_by"] = compiled.policy.rotation.fair_by
        rows.append(row)
    return {"pools": rows}


def _policies(org: OrgProjection) -> dict[str, Policy]:
    """Those by which today's turns may have been given."""
    known = dict(org.staff.policies)
    for policy in (org.company.org.next_policy, org.company.org.policy):
        if policy is not None:
            known[policy_key(policy.policy_id, policy.version)] = policy
    return known


def _pool(table: PoolMembers, found: Fairness) -> dict[str, Any]:
    return {
        "pool_id": table.pool_id,
        "sales_channel": table.channel,
        "prefix_lag_max": round(found.prefix_lag_max / TURN, 3),
        "turns": found.judged,
        "turns_not_judged": found.not_judged,
        "changes": found.changes,
    }


class Given(NamedTuple):
    """Turns that a rep got today in a pool, and what they are worth together."""

    turns: int
    worth_minor: int


def _given_of(turns: Iterable[Turn]) -> Slices[dict[str, Given]]:
    """By rep; what came back is taken off."""
    found: dict[str, list[int]] = {}
    for count, turn in enumerate(turns, start=1):
        sign = -1 if turn.is_back else 1
        sums = found.setdefault(turn.rep_id, [0, 0])
        sums[0] += sign
        sums[1] += sign * turn.value_minor
        if count % _AT_ONCE == 0:
            yield
    return {rep_id: Given(*sums) for rep_id, sums in found.items()}


def _members(
    table: PoolMembers,
    found: Fairness,
    given: dict[str, Given],
    rooms: dict[int, dict[str, Room]],
    rep_ids: dict[int, str],
    names: dict[str, str],
) -> list[dict[str, Any]]:
    rows = []
    for member in (*table.members, *_former(table, found)):
        rep_id, share = rep_ids[member.number], found.shares.get(member.number, Share())
        room = rooms.get(member.number, {}).get(table.channel)
        today = given.get(rep_id, Given(0, 0))
        slots = _slots(today, room)
        rows.append(
            {
                "rep_id": rep_id,
                "name": names.get(rep_id, rep_id),
                "weight": member.weight,
                "is_member": bool(table.mask >> member.number & 1),
                "slots": slots,
                "turns_due_milli": share.due // _MILLI,
                "turns_got": share.got,
                "lag_milli": share.lag // _MILLI,
                "worth_per_slot_minor": today.worth_minor // slots if slots else None,
            }
        )
    return rows


def _other_pools(compiled: CompiledPolicy, table: PoolMembers, number: int) -> list[str]:
    """The pools beside ``table`` in which a rep has turns of their own."""
    others = [each for each in compiled.pool_by_id.values() if each is not table]
    return [each.pool_id for each in others if each.mask >> number & 1]


def _former(table: PoolMembers, found: Fairness) -> Iterator[Member]:
    """Those who had a share today and are members no more; without a weight."""
    for number, share in sorted(found.shares.items()):
        if not table.mask >> number & 1 and (share.due or share.got):
            yield Member(number, 0)


def _slots(today: Given, room: Room | None) -> int:
    """Places offered today: what the daily cap allows; without one, the turns that were got."""
    per_day = room.per_day if room is not None else None
    return today.turns if per_day is None else max(per_day, today.turns)
