"""``/api/pools``: how even today's turns were."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from router.core.pool_table import PoolTable
from router.core.rotation import TURN
from router.core.timestamps import rfc3339
from router.streams.board.answers.moment import Moment
from router.streams.board.answers.rooms import Room, rooms_of
from router.streams.projection.fairness import Fairness, Turn, given_since, judge, turns_of
from router.streams.projection.projection import Projection
from router.streams.projection.sales_org import OrgProjection

_MILLI = TURN // 1_000


def pools(projection: Projection, org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """Each pool of the policy in force, with its members."""
    tables, masks = org.company.tables, org.company.availability(moment.now_ms)
    if tables is None or masks is None:
        return {"pools": []}
    numbers = {rep_id: number for number, rep_id in org.company.numbers.items()}
    present = ~(masks.left | masks.not_started | masks.time_off)
    by_pool: dict[str, list[Turn]] = {pool_id: [] for pool_id in tables.pool_by_id}
    turns = turns_of(org.histories.values(), moment.day_ms)
    given = _given_of(turns)
    since_ms = max(moment.day_ms, org.staff_ms, tables.policy.effective_from_ms)
    for turn in given_since(turns, since_ms, org.staff_offset):
        if turn.pool_id in by_pool:
            by_pool[turn.pool_id].append(turn)
    rooms = rooms_of(org, moment)
    rows = []
    for pool_id, table in tables.pool_by_id.items():
        found = judge(table, present, by_pool[pool_id], numbers)
        row = _pool(table, found)
        row["members"] = _members(projection, org, table, found, given, rooms)
        row["since"] = rfc3339(since_ms)
        row["currency"] = tables.policy.currency
        row["fair_by"] = tables.policy.rotation.fair_by
        rows.append(row)
    return {"pools": rows}


def _pool(table: PoolTable, found: Fairness) -> dict[str, Any]:
    return {
        "pool_id": table.pool_id,
        "sales_channel": table.channel,
        "prefix_lag_max": round(found.prefix_lag_max / TURN, 3),
        "turns": found.judged,
        "turns_not_judged": found.not_judged,
    }


class Given(NamedTuple):
    """Turns that a rep got today in a pool, and what they are worth together."""

    turns: int
    worth_minor: int


def _given_of(turns: Iterable[Turn]) -> dict[tuple[str, str], Given]:
    """By pool and rep; what came back is taken off."""
    found: dict[tuple[str, str], Given] = {}
    for turn in turns:
        sign = -1 if turn.is_back else 1
        before = found.get((turn.pool_id, turn.rep_id), Given(0, 0))
        found[turn.pool_id, turn.rep_id] = Given(
            before.turns + sign, before.worth_minor + sign * turn.value_minor
        )
    return found


def _members(
    projection: Projection,
    org: OrgProjection,
    table: PoolTable,
    found: Fairness,
    given: dict[tuple[str, str], Given],
    rooms: dict[int, dict[str, Room]],
) -> list[dict[str, Any]]:
    numbers = org.company.numbers
    rows = []
    for member in table.members:
        rep_id, share = numbers[member.number], found.shares[member.number]
        room = rooms.get(member.number, {}).get(table.channel)
        today = given.get((table.pool_id, rep_id), Given(0, 0))
        slots = _slots(today, room)
        rows.append(
            {
                "rep_id": rep_id,
                "name": projection.names.get(rep_id, rep_id),
                "weight": member.weight,
                "slots": slots,
                "turns_due_milli": share.due // _MILLI,
                "turns_got": share.got,
                "lag_milli": share.lag // _MILLI,
                "worth_per_slot_minor": today.worth_minor // slots if slots else None,
            }
        )
    return rows


def _slots(today: Given, room: Room | None) -> int:
    """Places offered today: what the daily cap allows; without one, the turns that were got."""
    per_day = room.per_day if room is not None else None
    return today.turns if per_day is None else max(per_day, today.turns)
