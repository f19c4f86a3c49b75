"""What each rep carries and may still take, by channel, from route's own state."""

from __future__ import annotations

from typing import NamedTuple

from router.board.answers.moment import Moment
from router.board.projection.sales_org import OrgProjection
from router.core.compiled.limits import NO_LOAD, Limit
from router.core.compiled.rep_masks import Availability
from router.core.model.assignment import Exclusion
from router.core.model.events import ALL_CHANNELS
from router.core.model.rep import Rep
from router.core.model.work_schedule import local_day


class Room(NamedTuple):
    """One rep in one channel. Caps are None without one; ``free`` is None when nothing bounds.

    ``on_duty`` says whether they can be given leads of the channel now, room or not.

    Caps that count over all channels of a rep stand in each of them.
    """

    open: int
    today: int
    open_max: int | None
    per_day: int | None
    free: int | None
    on_duty: bool = False


def rooms_of(org: OrgProjection, moment: Moment) -> dict[int, dict[str, Room]]:
    """By permanent number and channel; of reps who are away or gone nothing is free."""
    masks = org.company.availability(moment.now_ms)
    if masks is None:
        return {rep.number: _before_a_policy(rep, moment.now_ms) for rep in org.company.reps}
    return {rep.number: _of_rep(rep, masks) for rep in org.company.reps}


def _before_a_policy(rep: Rep, now_ms: int) -> dict[str, Room]:
    """What was given by hand or imported; there are no caps, and rotation gives nothing."""
    today = local_day(rep.profile.utc_offsets, now_ms)
    return {
        channel: Room(load.open, load.day_count if load.day == today else 0, None, None, 0)
        for channel, load in rep.loads.items()
    }


def _of_rep(rep: Rep, masks: Availability) -> dict[str, Room]:
    gone = (masks.left | masks.not_started | masks.time_off) >> rep.number & 1
    channels = dict.fromkeys([*rep.profile.channels, *rep.loads])
    return {
        channel: _room(rep, masks, channel, may_take=not gone and channel in rep.profile.channels)
        for channel in channels
        if channel in masks.limits
    }


def _room(rep: Rep, masks: Availability, channel: str, *, may_take: bool) -> Room:
    load, today = rep.loads.get(channel) or NO_LOAD, masks.today[rep.number]
    limits = [
        limit
        for limit in masks.limits_of[channel][rep.number]
        if limit.source is None and limit.pool_id is None and limit is not masks.pacing
    ]
    left = [
        limit.most[rep.number] - limit.counted(rep, load, today, masks.hour) for limit in limits
    ]
    free = max(min(left), 0) if left else None
    return Room(
        load.open,
        load.day_count if load.day == today else 0,
        _most(limits, rep, Exclusion.OPEN_CAP),
        _most(limits, rep, Exclusion.DAY_CAP),
        free if may_take else 0,
        may_take and not masks.off_duty.get(channel, 0) >> rep.number & 1,
    )


def _most(limits: list[Limit], rep: Rep, cap: Exclusion) -> int | None:
    """Return the rep's cap in the channel, else the one over all of theirs; None without one."""
    found = {limit.channel == ALL_CHANNELS: limit for limit in limits if limit.exclusion is cap}
    limit = found.get(False) or found.get(True)
    return None if limit is None else limit.most[rep.number]
