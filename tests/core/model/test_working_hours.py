"""Clocks run in the hours of work of whoever is to answer them, and end in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World, excluded, with_rep

from router.core.model.policy import Hours, Sla
from router.core.model.work_schedule import ALWAYS
from tests.core.model.test_work_schedule import _on_duty, moments, steps, wall, windows_of_a_week

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
FIELD = {"expected_value_minor": 9_000_000}
NINE_TO_FIVE = tuple((day, 9 * 60, 17 * 60) for day in range(5))

clock_lengths = st.sampled_from(
    [30 * MINUTE_MS, 4 * HOUR_MS, 11 * HOUR_MS, DAY_MS, DAY_MS + 3 * HOUR_MS, 2 * DAY_MS]
)


def is_work(zone: str, windows: Any, holiday: int, at_ms: int) -> bool:
    """Whether it is work just before or just then, by the system's own time zones."""
    return any(_on_duty(zone, windows, holiday, each) for each in (at_ms - 1, at_ms))


@settings(max_examples=60)
@given(
    st.sampled_from(ZONES),
    st.none() | windows_of_a_week,
    moments(),
    st.tuples(clock_lengths, clock_lengths),
    st.sampled_from(["field", "inside"]),
    st.sampled_from(["duty", "working_days"]),
    st.sampled_from([None, NINE_TO_FIVE, ALWAYS]),
)
def test_no_clock_ends_outside_the_hours_of_work(
    zone: str, own: Any, at_ms: int, clocks: tuple[int, int], channel: str, basis: Any, duty: Any
):
    at_ms -= at_ms % MINUTE_MS
    holiday = wall(zone, at_ms).date().toordinal() + 1
    hours = {channel: Hours(duty)}
    sla = Sla(*clocks, None, "next_rep", 2, "manager", basis)
    policy = replace(POLICY, hours=hours, sla={channel: sla}, caps={}, before_rotation=())
    week = own or NINE_TO_FIVE
    assume(own or duty is NINE_TO_FIVE or basis == "working_days")  # else all hours are of duty
    changes = {"hours": own, "utc_offsets": list(steps(zone)), "holidays": [holiday]}
    reps = tuple(replace(rep, **changes) for rep in with_rep("mia", channels=[]))
    facts: dict[str, Any] = FIELD if channel == "field" else {"employees": 10}
    world = World(policy, reps, now_ms=at_ms)
    world.lead("L", **facts)
    world.wait(9 * DAY_MS)
    decision = next((one for one in world.decided if "accept_by" in one), None)
    assume(decision is not None)  # a rep of one hour a week may be on holiday in it
    assert decision is not None
    for name in ("accept_by", "contact_by"):
        due = datetime.fromisoformat(decision[name])
        assume(due.year == 2026)  # a day's work at an hour a week ends where `steps` does not reach
        due_ms = round(due.timestamp() * 1000)
        assert is_work(zone, week, holiday, due_ms), (name, decision)


NIGHT = [(day, 22 * 60, 30 * 60) for day in range(5)]
FRIDAY = datetime(2025, 11, 14).toordinal()  # noqa: DTZ001 - a date has no zone


def night(holiday: int, at_ms: int) -> str:
    reps = with_rep("ida", hours=NIGHT, holidays=[holiday])[2:3]
    return World(POLICY, reps, now_ms=at_ms).one(employees=10)["outcome"]


def at(day: int, hour: int) -> int:
    return (FRIDAY + day - 719_163) * DAY_MS + hour * HOUR_MS


def test_a_night_shift_that_begins_on_a_holiday_is_free_through_midnight():
    assert night(FRIDAY, at(0, 23)) == "queued"
    assert night(FRIDAY, at(1, 2)) == "queued"
    assert night(FRIDAY - 3, at(1, 2)) == "assigned"


def test_a_night_shift_that_begins_before_a_holiday_goes_on_through_midnight():
    assert night(FRIDAY, at(-1, 23)) == "assigned"
    assert night(FRIDAY, at(0, 5)) == "assigned"
    assert night(FRIDAY, at(0, 7)) == "queued"


def test_a_clock_of_a_night_shift_goes_on_after_midnight_and_stops_in_the_morning():
    sla = {"inside": replace(POLICY.sla["inside"], accept_ms=5 * HOUR_MS, contact_ms=None)}
    reps = with_rep("ida", hours=NIGHT)[2:3]
    world = World(replace(POLICY, sla=sla), reps, now_ms=at(-1, 23))
    assert world.one(employees=10)["accept_by"] == "2025-11-14T04:00:00.000Z"
    world = World(replace(POLICY, sla=sla), reps, now_ms=at(0, 4))
    assert world.one(employees=10)["accept_by"] == "2025-11-15T01:00:00.000Z"


EVERY_HOUR = Hours(tuple((day, 0, 1440) for day in range(7)), prefer_customer_daytime=True)
BERLIN = [(-(1 << 50), 60), (1_774_746_000_000, 120), (1_792_890_000_000, 60)]  # of 2026
SPRING_MS, SUMMER_MS = 1_773_964_800_000, 1_783_296_000_000  # 2026-03-20, 2026-07-06


def preferred(now_ms: int, reps: Any, **facts: Any) -> list[str]:
    """Return who stands back because others work when the customer can be reached."""
    world = World(replace(POLICY, hours={"inside": EVERY_HOUR}), reps, now_ms=now_ms)
    return excluded(world.one(employees=10, **facts), world).get("customer_daytime", [])


def test_rep_and_customer_of_one_zone_are_compared_alike_in_summer_and_in_winter():
    late = [(day, 13 * 60, 21 * 60) for day in range(5)]
    reps = with_rep("ida", hours=late, utc_offsets=BERLIN)
    for now_ms, offset in ((SPRING_MS, 60), (SUMMER_MS, 120)):
        assert preferred(now_ms + 14 * HOUR_MS, reps, utc_offset_minutes=offset) == []


def test_a_customers_offset_is_that_of_the_day_on_which_the_lead_is_decided():
    early = [(day, 5 * 60, 11 * 60) for day in range(5)]
    reps = with_rep("ida", hours=early)
    noon = {"utc_offset_minutes": 60, "preferred_windows": [(12 * 60, 14 * 60)]}
    spring_ms, summer_ms = SPRING_MS + 9 * HOUR_MS, SUMMER_MS + 9 * HOUR_MS
    assert preferred(spring_ms, reps, **noon, utc_offset_steps=BERLIN[1:]) == ["ida"]
    assert preferred(summer_ms, reps, **noon, utc_offset_steps=BERLIN[1:]) == []
    assert preferred(summer_ms, reps, **noon) == ["ida"]  # without steps it is as it was


def test_field_reps_are_preferred_by_their_hours_of_work():
    hours = {"field": Hours(None, prefer_customer_daytime=True)}
    world = World(replace(POLICY, hours=hours), with_rep("fin", utc_offsets=[(-(1 << 50), -480)]))
    decision = world.one(**FIELD, utc_offset_minutes=-480)
    assert excluded(decision, world)["customer_daytime"] == ["fay"]
