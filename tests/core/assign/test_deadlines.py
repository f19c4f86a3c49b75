"""Accept and contact clocks: duty time inside, working days in the field, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World, excluded, with_rep

from router.core.model.events import PolicyPublished
from router.core.model.policy import Cap, Hours, Sla

FIELD = {"expected_value_minor": 9_000_000}
BERLIN_2026 = [(-(1 << 50), 60), (1_774_746_000_000, 120)]  # summer time from 2026-03-29 01:00 UTC


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def at(text: str, **changes: Any) -> World:
    return World(now_ms=ms(text), **changes)


def accept_by(world: World, **facts: Any) -> str:
    return world.one("L", **facts)["accept_by"][:16]


def inside(**changes: Any):
    return replace(POLICY, sla={**POLICY.sla, "inside": replace(POLICY.sla["inside"], **changes)})


def test_minutes_to_accept_and_to_the_first_contact():
    decision = at("2025-11-10T12:00").one(employees=10)
    assert decision["accept_by"] == "2025-11-10T12:05:00.000Z"
    assert decision["contact_by"] == "2025-11-10T12:15:00.000Z"
    assert "remind_at" not in decision


def test_a_reminder_is_announced():
    world = at("2025-11-10T12:00", policy=inside(remind_ms=3 * MINUTE_MS))
    assert world.one(employees=10)["remind_at"] == "2025-11-10T12:03:00.000Z"


def test_an_inside_clock_stops_over_night():
    assert accept_by(at("2025-11-10T17:58"), employees=10) == "2025-11-11T08:03"


def test_an_inside_clock_stops_over_the_weekend():
    assert accept_by(at("2025-11-14T17:58"), employees=10) == "2025-11-17T08:03"


def test_an_inside_clock_stops_on_holidays():
    tuesday = datetime(2025, 11, 11, tzinfo=UTC).toordinal()
    world = at("2025-11-10T17:58", reps=with_rep("ida", holidays=[tuesday]))
    assert accept_by(world, employees=10) == "2025-11-12T08:03"


def test_an_inside_clock_runs_in_the_reps_own_zone_and_through_a_change_of_the_clocks():
    sundays = [(day, 8 * 60, 18 * 60) for day in range(7)]
    reps = with_rep("ida", hours=sundays, utc_offsets=BERLIN_2026)
    assert accept_by(at("2026-03-28T16:58", reps=reps), employees=10) == "2026-03-29T06:03"


def test_an_inside_lead_does_not_wait_for_its_rep_to_come_back_from_leave():
    leave = [(ms("2025-11-15T00:00"), ms("2025-11-29T00:00"))]
    world = at("2025-11-14T17:58", reps=with_rep("ida", time_off=leave))  # a Friday
    assert accept_by(world, employees=10) == "2025-11-14T18:00"  # their last work before it
    decisions = world.wait(3 * DAY_MS)
    assert (decisions[1]["reason"], decisions[1]["decided_at"][:13]) == (
        "backlog_offered",
        "2025-11-17T08",
    )


def test_a_field_clock_stands_still_during_leave():
    leave = [(ms("2025-11-17T00:00"), ms("2025-11-18T00:00"))]
    world = at("2025-11-14T22:00", reps=with_rep("fay", time_off=leave))
    assert accept_by(world, **FIELD) == "2025-11-18T13:00"


def test_a_field_clock_runs_in_the_hours_of_working_days():
    decision = at("2025-11-14T15:00").one(**FIELD)  # a Friday
    assert decision["accept_by"] == "2025-11-17T11:00:00.000Z"
    assert decision["contact_by"] == "2025-11-18T15:00:00.000Z"  # two working days later


def test_a_field_clock_of_the_weekend_begins_on_monday_morning():
    decision = at("2025-11-15T10:00").one(**FIELD)
    assert decision["accept_by"] == "2025-11-17T13:00:00.000Z"
    assert decision["contact_by"] == "2025-11-19T09:00:00.000Z"


def test_a_day_and_some_hours_are_a_working_day_and_some_hours_of_work():
    sla = replace(POLICY.sla["field"], contact_ms=DAY_MS + 3 * HOUR_MS)
    world = at("2025-11-14T15:00", policy=replace(POLICY, sla={"field": sla}))
    assert world.one(**FIELD)["contact_by"] == "2025-11-18T10:00:00.000Z"


def test_a_working_day_that_is_shorter_ends_the_clock_with_its_end():
    hours = [*((day, 8 * 60, 18 * 60) for day in range(4)), (4, 8 * 60, 13 * 60)]
    world = at("2025-11-12T16:00", reps=with_rep("fay", hours=hours))  # a Wednesday
    assert world.one(**FIELD)["contact_by"] == "2025-11-14T13:00:00.000Z"


def test_a_field_reps_own_hours_count_and_they_get_leads_at_any_time():
    hours = [(day, 8 * 60, 12 * 60) for day in (6, 0, 1)]
    world = at("2025-11-14T22:00", reps=with_rep("fay", hours=hours))
    decision = world.one(**FIELD)
    assert (decision["rep_id"], decision["accept_by"][:16]) == ("fay", "2025-11-16T12:00")


def test_duty_hours_of_the_policy_are_the_fields_working_hours():
    hours = {"field": Hours(tuple((day, 7 * 60, 10 * 60) for day in range(7)))}
    world = at("2025-11-14T08:00", policy=replace(POLICY, hours=hours))
    assert accept_by(world, **FIELD) == "2025-11-15T09:00"


def test_a_field_clock_stops_on_holidays_too_unless_the_policy_has_none():
    monday = datetime(2025, 11, 17, tzinfo=UTC).toordinal()
    reps = with_rep("fay", holidays=[monday])
    assert accept_by(at("2025-11-14T22:00", reps=reps), **FIELD) == "2025-11-18T13:00"
    none = replace(POLICY, hours={"field": Hours(None, holidays=False)})
    assert accept_by(at("2025-11-14T22:00", reps=reps, policy=none), **FIELD) == "2025-11-17T13:00"


def test_a_clock_in_duty_time_of_a_rep_who_is_always_on_duty_runs_day_and_night():
    sla = replace(POLICY.sla["field"], basis="duty")
    world = at("2025-11-14T22:00", policy=replace(POLICY, sla={"field": sla}))
    assert accept_by(world, **FIELD) == "2025-11-15T02:00"


def test_without_a_service_level_no_clock_runs():
    decision = World(replace(POLICY, sla={})).one(employees=10)
    assert "accept_by" not in decision
    assert "contact_by" not in decision


def test_a_lead_not_accepted_in_time_goes_to_the_next_rep():
    world = World()
    world.one("L", employees=10)
    assert world.wait(5 * MINUTE_MS - 1) == []
    (decision,) = world.wait(1)
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "accept_missed")
    assert (decision["previous_rep_id"], decision["rep_id"]) == ("ida", "ike")
    assert excluded(decision, world) == {"missed_it": ["ida"]}


def test_a_lead_accepted_in_time_stays_until_the_first_contact_is_missed():
    world = World()
    world.one("L", employees=10)
    world.feedback("accepted", "L", rep_id="ida")
    assert world.wait(15 * MINUTE_MS - 1) == []
    (decision,) = world.wait(1)
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "contact_missed")


def test_an_attempt_accepts_but_is_no_contact():
    world = World()
    world.one("L", employees=10)
    world.feedback("attempted", "L", rep_id="ida")
    assert [one["reason"] for one in world.wait(16 * MINUTE_MS)] == ["contact_missed"]


def test_a_contact_stops_every_clock():
    for kind in ("contacted", "meeting_held", "converted", "qualified"):
        world = World(replace(POLICY, handoffs=()))
        world.one("L", employees=10)
        world.feedback(kind, "L", rep_id="ida")
        assert world.wait(DAY_MS) == [], kind


def test_the_clock_that_ran_out_first_is_the_reason():
    world = World(inside(contact_ms=2 * MINUTE_MS))
    world.one("L", employees=10)
    (decision,) = world.wait(2 * MINUTE_MS)
    assert decision["reason"] == "contact_missed"


def test_a_lead_missed_too_often_goes_to_the_manager():
    world = World()
    world.one("L", employees=10)
    first, second = world.wait(11 * MINUTE_MS)
    assert first["outcome"] == "reassigned"
    assert (second["outcome"], second["reason"]) == ("escalated", "accept_missed")
    assert (second["rep_id"], second["previous_rep_id"]) == ("mia", "ike")
    assert world.open_of("mia") == 1
    assert world.wait(DAY_MS) == []  # the manager has it for good


def test_a_manager_without_a_channel_keeps_what_was_escalated():
    world = World(reps=with_rep("mia", channels=[]))
    world.one("L", employees=10)
    assert len(world.wait(3 * DAY_MS)) == 2
    assert world.owner("L") == "mia"


def test_a_manager_at_cap_is_told_and_the_lead_stays():
    world = World(replace(POLICY, caps={"inside": Cap(open=1)}))
    world.one("other", expected_value_minor=9_000_000)
    world.feedback("owner_changed", "other", rep_id="mia")
    world.one("L", employees=10)
    told = world.wait(11 * MINUTE_MS)[-1]
    assert (told["outcome"], told["notify"], told["notify_rep_id"]) == (
        "escalated",
        "manager",
        "mia",
    )
    assert told["rep_id"] == "ike"
    assert world.open_of("ike") == 1


def test_a_manager_who_rejected_it_does_not_get_it_again():
    world = World()
    world.one("L", employees=10)
    world.wait(11 * MINUTE_MS)
    world.feedback("rejected", "L", rep_id="mia")
    assert all(one.get("rep_id") != "mia" for one in world.wait(DAY_MS))


def test_without_a_manager_the_next_rep_gets_it():
    reps = with_rep("ike", manager_rep_id=None)
    world = World(reps=reps)
    world.one("L", employees=10)
    assert [one["outcome"] for one in world.wait(11 * MINUTE_MS)] == ["reassigned", "reassigned"]


def test_a_policy_may_leave_it_where_it_is_after_the_last_miss():
    world = World(inside(then="stay", at_most=1))
    world.one("L", employees=10)
    (decision,) = world.wait(DAY_MS)
    assert (decision["outcome"], decision["rep_id"]) == ("escalated", "ida")
    assert decision["notify_rep_id"] == "mia"


def test_a_field_deal_is_never_taken_away_but_the_manager_is_told():
    world = World()
    world.one("L", **FIELD)
    decisions = world.wait(10 * DAY_MS)
    assert [(one["outcome"], one["reason"]) for one in decisions] == [
        ("escalated", "accept_missed"),
        ("escalated", "contact_missed"),
    ]
    assert {(one["rep_id"], one["notify_rep_id"]) for one in decisions} == {("fay", "mia")}
    assert world.owner("L") == "fay"


def test_what_a_rep_reports_after_the_manager_was_told_is_not_stale():
    world = World()
    world.one("L", **FIELD)
    world.wait(5 * HOUR_MS)  # noon to five: the accept clock has run out at four
    world.feedback("contacted", "L", assignment_id="L.1")
    assert world.status("L") == "contacted"
    assert world.wait(10 * DAY_MS) == []


def test_nobody_else_left_means_the_backlog_with_the_reason_why_it_was_taken_away():
    world = World(inside(at_most=9))
    world.one("L", employees=10, language="fr")
    (decision,) = world.wait(6 * MINUTE_MS)
    assert (decision["outcome"], decision["reason"]) == ("queued", "accept_missed")
    assert decision["previous_rep_id"] == "iva"


def test_clocks_follow_the_policy_in_force_at_the_assignment():
    world = World()
    world.one("L", employees=10)
    sla = Sla(HOUR_MS, None, None, "next_rep", 2, "manager", "duty")
    world.feed(PolicyPublished(replace(POLICY, version=2, sla={"inside": sla})))
    assert world.one("M", employees=10)["accept_by"] == "2025-11-10T13:00:00.000Z"
    (decision,) = world.wait(5 * MINUTE_MS)
    assert decision["lead_id"] == "L"
