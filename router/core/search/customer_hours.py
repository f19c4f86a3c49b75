"""Which reps work when the customer can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.core.model.work_schedule import MINUTE_MS, noon_ms, offset_ms

if TYPE_CHECKING:
    from router.core.compiled.compiled_policy import CompiledPolicy, Windows
    from router.core.model.events import Facts

DAYTIME = ((9 * 60, 17 * 60),)
MASKS_KEPT_MAX = 4_096

CustomerHours = tuple[int, int, tuple[tuple[int, int], ...]]
"""A UTC day, the customer's offset on it, and their hours in minutes of their own day."""


def customer_hours(facts: Facts, day: int) -> CustomerHours | None:
    """Return the customer's hours on that UTC day; None if nobody knows their zone.

    Rep and customer are compared by what their clocks show on one day: a lead of October is called
    in November by November's.
    """
    offset = facts.utc_offset_minutes
    if offset is None:
        return None
    for from_ms, minutes in facts.utc_offset_steps or ():
        if from_ms <= noon_ms(day):
            offset = minutes
    windows = facts.preferred_windows
    return day, offset, tuple(windows) if windows else DAYTIME


def daytime_mask(compiled: CompiledPolicy, channel: str, hours: CustomerHours) -> int:
    """Reps one of whose days of work covers half of the customer's hours.

    Published advice is to call in the customer's daytime; half is our judgement.
    """
    day, offset_minutes, reachable = hours
    key = (channel, day, offset_minutes, reachable)
    mask = compiled.daytime.get(key)
    if mask is None:
        wanted = sum(end - start for start, end in reachable)
        mask = 0
        for number, windows, offsets in compiled.working[channel]:
            ahead = offset_ms(offsets, noon_ms(day)) // MINUTE_MS - offset_minutes
            if 2 * _overlap_minutes(windows, ahead, reachable) >= wanted:
                mask |= 1 << number
        if len(compiled.daytime) >= MASKS_KEPT_MAX:
            compiled.daytime.clear()
        compiled.daytime[key] = mask
    return mask


def _overlap_minutes(windows: Windows, ahead: int, reachable: tuple[tuple[int, int], ...]) -> int:
    """Minutes that both have in common on the rep's best weekday.

    ``ahead`` is how far the rep's clock is ahead of the customer's. A shift of 22:00 to 06:00 in
    Berlin is 13:00 to 21:00 in California, of the same day or the one before.
    """
    by_weekday: dict[int, int] = {}
    for weekday, start, end in windows:
        low, high = start - ahead, end - ahead
        minutes = 0
        for midnight in range(-2_880, 5_760, 1_440):
            for begin, until in reachable:
                minutes += max(0, min(high, until + midnight) - max(low, begin + midnight))
        by_weekday[weekday] = by_weekday.get(weekday, 0) + minutes
    return max(by_weekday.values(), default=0)
