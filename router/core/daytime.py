"""Which reps work when the customer can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.core.duty import Schedule
    from router.core.tables import Tables

DAYTIME = ((9 * 60, 17 * 60),)
MASKS_KEPT_MAX = 4_096


def daytime_mask(
    tables: Tables, channel: str, offset_minutes: int, windows: tuple[tuple[int, int], ...]
) -> int:
    """Reps whose working week covers half of the customer's hours (``windows``, local minutes).

    Published advice is to call in the customer's daytime; half is our judgement.
    """
    key = (offset_minutes + (100_000 if channel == "field" else 0), windows)
    mask = tables.daytime.get(key)
    if mask is None:
        wanted = sum(end - start for start, end in windows)
        mask = 0
        for number, schedule in tables.schedules[channel].items():
            if 2 * _overlap_minutes(schedule, offset_minutes, windows) >= wanted:
                mask |= 1 << number
        if len(tables.daytime) >= MASKS_KEPT_MAX:
            tables.daytime.clear()
        tables.daytime[key] = mask
    return mask


def _overlap_minutes(
    schedule: Schedule, offset_minutes: int, windows: tuple[tuple[int, int], ...]
) -> int:
    """Minutes of a working Wednesday on which both work, each in their own zone.

    The last offset step stands for all year: an hour of summer time does not change a preference.
    """
    shift = (schedule.offsets[-1][1] if schedule.offsets else 0) - offset_minutes
    total = 0
    for weekday, start, end in schedule.windows:
        for ahead in (-1, 0, 1):
            if (weekday + ahead) % 7 == 2:  # noqa: PLR2004  # Wednesday: a working day nearly everywhere
                low, high = start - shift - ahead * 1440, end - shift - ahead * 1440
                total += sum(max(0, min(high, to) - max(low, frm)) for frm, to in windows)
    return total
