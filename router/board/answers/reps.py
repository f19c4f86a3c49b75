"""``/api/reps``: what each rep carries, may take, and how fast they answer."""

from __future__ import annotations

from typing import Any

from router.board.answers.moment import Moment, optional_time
from router.board.answers.rooms import Room, rooms_of
from router.board.answers.speed import seconds
from router.board.projection.projection import Projection
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.durations import percentile_ms
from router.core.assign.work_by_hand import leave_note
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.rep_masks import Availability
from router.core.model.rep import Rep
from router.core.model.timestamps import rfc3339
from router.core.search.rules import away_until_ms
from router.core.state.availability import has_left


def reps(projection: Projection, org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """All reps of the sales org by id; those who have left while leads are open with them."""
    rooms, compiled = rooms_of(org, moment), org.company.compiled
    given = org.quarters.since(moment.day_ms, "given_rep")
    missed = org.quarters.since(moment.day_ms, "missed_rep")
    rows = []
    for rep in sorted(org.company.reps, key=lambda each: each.profile.rep_id):
        row = _row(rep, rooms.get(rep.number, {}), compiled, moment)
        rep_id = rep.profile.rep_id
        if row["status"] == "left" and not any(row["open"].values()):
            continue
        given_ms = org.last_given_ms.get(rep_id, 0)
        accepted = org.speeds.histogram(moment.last_day_ms, "acceptance", "rep", rep_id)
        row["name"] = projection.names.get(rep_id, rep_id)
        row["last_assigned_at"] = rfc3339(given_ms) if given_ms >= moment.last_day_ms else None
        row["accepted_p50_s"] = seconds(percentile_ms(accepted, 50))
        row["assigned_today"] = given.get(rep_id, 0)
        row["missed_today"] = missed.get(rep_id, 0)
        rows.append(row)
    return {"reps": rows}


def _row(
    rep: Rep, rooms: dict[str, Room], compiled: CompiledPolicy | None, moment: Moment
) -> dict[str, Any]:
    profile, now_ms = rep.profile, moment.now_ms
    until_ms = away_until_ms(rep, now_ms)
    masks = compiled.availability if compiled is not None else None
    pools = compiled.pool_by_id if compiled is not None else {}
    return {
        "rep_id": profile.rep_id,
        "role": profile.role,
        "channels": profile.channels,
        "pools": [name for name, table in pools.items() if table.mask >> rep.number & 1],
        "status": _status(rep, until_ms, now_ms),
        "away_until": optional_time(until_ms if until_ms > now_ms else None),
        "away_by": leave_note(rep, now_ms),
        "on_duty": masks is not None and _is_on_duty(rep, masks),
        "open": {channel: room.open for channel, room in rooms.items()},
        "today": {channel: room.today for channel, room in rooms.items()},
        "caps": {
            channel: {"open": room.open_max, "per_day": room.per_day}
            for channel, room in rooms.items()
        },
        "places_free": {channel: room.free for channel, room in rooms.items()},
    }


def _status(rep: Rep, away_until: int, now_ms: int) -> str:
    if has_left(rep, now_ms):
        return "left"
    if rep.profile.starts_ms is not None and rep.profile.starts_ms > now_ms:
        return "not_started"
    return "away" if away_until > now_ms else "active"


def _is_on_duty(rep: Rep, masks: Availability) -> bool:
    """Whether any of their channels is on duty now."""
    gone = masks.left | masks.not_started | masks.time_off
    return any(
        not (gone | masks.off_duty.get(channel, 0)) >> rep.number & 1
        for channel in rep.profile.channels
    )
