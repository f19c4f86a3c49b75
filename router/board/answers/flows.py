"""``/api/flows``: field and inside sales side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

from router.board.answers.moment import Moment
from router.board.answers.rooms import Room, rooms_of
from router.board.answers.speed import speed
from router.board.projection.sales_org import OrgProjection
from router.core.assign.work_by_hand import paused_by
from router.core.compiled.pool_members import PoolMembers

_CHANNELS = ("field", "inside")


def flows(org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """Each channel with its pools."""
    rooms = rooms_of(org, moment)
    return {"channels": [_channel(org, moment, name, rooms) for name in _CHANNELS]}


def _channel(
    org: OrgProjection,
    moment: Moment,
    name: str,
    rooms: dict[int, dict[str, Room]],
) -> dict[str, Any]:
    compiled = org.company.compiled
    pools = compiled.pool_by_id if compiled is not None else {}
    open_leads = org.standings.open
    today = partial(org.quarters.since, moment.day_ms)
    given = today("given_pool")
    return {
        "sales_channel": name,
        "assigned_today": today("given_channel").get(name, 0),
        "open": sum(count for (channel, _), count in open_leads.items() if channel == name),
        "backlog": org.waiting.channels[name],
        "speed": speed(org, moment, name),
        "missed_today": today("missed_channel").get(name, 0),
        "pools": [
            {
                **_members(org, table, rooms),
                "assigned_today": given.get(pool_id, 0),
                "open": open_leads[name, pool_id],
            }
            for pool_id, table in pools.items()
            if table.channel == name
        ],
    }


def _members(
    org: OrgProjection, table: PoolMembers, rooms: dict[int, dict[str, Room]]
) -> dict[str, Any]:
    remembered = org.company.org.pools.get(table.pool_id)
    free = [
        room.free
        for member in table.members
        if (room := rooms.get(member.number, {}).get(table.channel)) is not None
    ]
    return {
        "pool_id": table.pool_id,
        "market": table.pool.market_id,
        "members": len(table.members),
        "places_free": None if None in free else sum(places or 0 for places in free),
        "paused": remembered is not None and remembered.paused,
        "paused_by": paused_by(org.company.org, table.pool_id),
    }
