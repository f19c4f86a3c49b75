"""What each rep carries and may still take, by channel, from route's own state."""

from __future__ import annotations

from typing import NamedTuple

from router.board.answers.moment import Moment
from router.board.projection.sales_org import OrgProjection
from router.core.compiled.rep_masks import Availability, Totals
from router.core.model.rep import Load, Rep
from router.core.model.work_schedule import local_day
from router.core.state.availability import NO_LOAD, left_of

NO_TOTALS: Totals = (None, None)


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
    totals = masks.totals.get(rep.number, NO_TOTALS)
    left = left_of(totals, rep, masks.today[rep.number])
    return {
        channel: _room(
            rep.loads.get(channel) or NO_LOAD,
            masks,
            channel,
            rep.number,
            (totals, left),
            may_take=not gone and channel in rep.profile.channels,
        )
        for channel in channels
        if channel in masks.caps
    }


def _room(
    load: Load,
    masks: Availability,
    channel: str,
    number: int,
    over_all: tuple[Totals, Totals],
    *,
    may_take: bool,
) -> Room:
    """``over_all`` are the rep's caps over all channels, and what they leave."""
    (total_per_day, total_open), left = over_all
    per_day, open_max, _ = masks.caps[channel][number]
    today = load.day_count if load.day == masks.today[number] else 0
    bounds = [each for each in left if each is not None]
    bounds += [] if per_day is None else [per_day - today]
    bounds += [] if open_max is None else [open_max - load.open]
    free = max(min(bounds), 0) if bounds else None
    return Room(
        load.open,
        today,
        total_open if open_max is None else open_max,
        total_per_day if per_day is None else per_day,
        free if may_take else 0,
        may_take and not masks.off_duty.get(channel, 0) >> number & 1,
    )
