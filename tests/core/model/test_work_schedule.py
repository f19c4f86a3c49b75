"""Duty time against a slow reference that reads the system's time zones minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.model.work_schedule import (
    DAY_MS,
    MINUTE_MS,
    Schedule,
    local_day,
    next_local_midnight_ms,
    utc_ms,
)

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Africa/Cairo",
)
CHANGES = (
    "2026-03-27",
    "2026-03-29",
    "2026-10-24",
    "2026-11-01",
    "2026-04-04",
    "2026-10-03",
    "2026-04-23",
    "2026-10-29",
)
windows_of_a_week = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(1, 24)), min_size=1, max_size=8
).map(lambda drawn: tuple(sorted((day, h * 60, min(h + n, 24) * 60) for day, h, n in drawn)))


@lru_cache
def steps(zone: str) -> tuple[tuple[int, int], ...]:
    at, found = datetime(2026, 1, 1, tzinfo=UTC), []
    while at.year == 2026:
        offset = at.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        minutes = offset // timedelta(minutes=1)
        if not found or found[-1][1] != minutes:
            found.append((int(at.timestamp()) * 1000 if found else -(1 << 60), minutes))
        at += timedelta(minutes=15)
    return tuple(found)


def wall(zone: str, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@lru_cache(maxsize=200)
def first_showing(zone: str, local: datetime) -> int:
    """The first quarter of an hour at which the clocks there show ``local`` or later."""
    at = local.replace(tzinfo=UTC) - timedelta(hours=20)
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < local:
        at += timedelta(minutes=15)
    return int(at.timestamp()) * 1000


@st.composite
def moments(draw: st.DrawFn) -> int:
    day = datetime.fromisoformat(draw(st.sampled_from(CHANGES))).replace(tzinfo=UTC)
    return int(day.timestamp()) * 1000 + draw(st.integers(-30 * 60, 60 * 60)) * MINUTE_MS


@settings(max_examples=150)
@given(st.sampled_from(ZONES), moments())
def test_local_time_becomes_utc_as_the_systems_zones_say(zone: str, at_ms: int):
    local = wall(zone, at_ms).replace(second=0, microsecond=0)
    local -= timedelta(minutes=local.minute % 15)
    local_ms = int(local.replace(tzinfo=UTC).timestamp()) * 1000
    assert utc_ms(steps(zone), local_ms) == first_showing(zone, local)


@settings(max_examples=150)
@given(st.sampled_from(ZONES), moments())
def test_the_next_midnight_is_when_the_date_changes(zone: str, at_ms: int):
    midnight = next_local_midnight_ms(steps(zone), at_ms)
    assert midnight > at_ms
    assert local_day(steps(zone), midnight) == local_day(steps(zone), at_ms) + 1
    assert local_day(steps(zone), midnight - 1) == local_day(steps(zone), at_ms)


@settings(max_examples=120)
@given(st.sampled_from(ZONES), windows_of_a_week, moments(), st.integers(0, 72), st.booleans())
def test_a_window_is_the_same_whenever_it_is_asked_for(zone, windows, at_ms, hours, leave):
    away = ((at_ms + 5 * 3_600_000, at_ms + 29 * 3_600_000),) if leave else ()
    schedule = Schedule(windows, frozenset(), away, steps(zone))
    later_ms = at_ms + hours * 3_600_000
    window = schedule.window_after(at_ms)
    assert window is not None
    if later_ms < window[1]:
        assert schedule.window_after(later_ms) == window


@settings(max_examples=80)
@given(
    st.sampled_from(ZONES),
    windows_of_a_week,
    moments(),
    st.integers(1, 30),
    st.sampled_from([0, 1]),
)
def test_work_takes_as_long_as_counting_it_by_quarters_of_an_hour(
    zone, windows, at_ms, quarters, off
):
    at_ms -= at_ms % (15 * MINUTE_MS)
    holiday = wall(zone, at_ms).date().toordinal() + off
    schedule = Schedule(windows, frozenset([holiday]), (), steps(zone))
    left, at = quarters, at_ms
    while left:
        left -= _on_duty(zone, windows, holiday, at)
        at += 15 * MINUTE_MS
    assert schedule.after_work(at_ms, quarters * 15 * MINUTE_MS) == at


def _on_duty(zone: str, windows, holiday: int, at_ms: int) -> bool:
    """Whether a window has begun and not ended, by the first showing of its start and its end."""
    today = wall(zone, at_ms).date()
    for date in (today - timedelta(days=1), today, today + timedelta(days=1)):
        midnight = datetime(date.year, date.month, date.day)  # noqa: DTZ001  # a wall clock has no zone
        for weekday, start, end in windows:
            if date.weekday() == weekday and date.toordinal() != holiday:
                begins = first_showing(zone, midnight + timedelta(minutes=start))
                ends = first_showing(zone, midnight + timedelta(minutes=end))
                if begins <= at_ms < ends:
                    return True
    return False


def test_a_schedule_without_duty_gives_plain_time():
    never = Schedule((), frozenset(), (), ())
    assert never.window_after(0) is None
    assert never.after_work(1_000, 500) == 1_500


@pytest.mark.parametrize("hours", [23, 25])
def test_a_day_on_which_the_clocks_change_has_its_own_length(hours: int):
    day = "2026-03-29" if hours == 23 else "2026-10-25"
    start = first_showing("Europe/Berlin", datetime.fromisoformat(day))
    schedule = Schedule(
        tuple((n, 0, 1440) for n in range(7)), frozenset(), (), steps("Europe/Berlin")
    )
    window = schedule.window_after(start)
    assert window == (start, start + hours * 3_600_000)
    assert hours * 3_600_000 != DAY_MS
