"""The log's time leaps: no clock counts what nobody lived through, whatever the broker says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor import everything, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, REPS, World, new_shard, with_rep

from router.core.model.assignment import Assignment
from router.core.model.events import Facts, LeadEvent, PolicyPublished, Tick
from router.core.model.policy import BacklogRule, Cap, Policy, Sla
from router.core.ticks.clock_leap import Leap
from tests.core.assign.test_deadlines import BERLIN_2026, FIELD, ms

ALWAYS = {
    "inside": Sla(10 * MINUTE_MS, 30 * MINUTE_MS, None, "next_rep", 9, "manager", "duty"),
    "field": Sla(4 * HOUR_MS, 2 * DAY_MS, None, "tell_manager", 2, "manager", "duty"),
}
AT_ALL_HOURS = replace(POLICY, sla=ALWAYS, hours={}, caps={})
QUIET = replace(AT_ALL_HOURS, sla={})


def office(accept_ms: int) -> Policy:
    return replace(POLICY, sla={"inside": replace(ALWAYS["inside"], accept_ms=accept_ms)})


class LeapingWorld(World):
    """A world whose broker's clock is ``ahead_ms`` before the time that people live in."""

    ahead_ms = 0

    def tick(self, unlived_ms: int = 0, *, believed: bool = True) -> list[Assignment]:
        until_ms = self.now_ms if believed else self.now_ms - 1
        return self.feed(Tick(self.now_ms, until_ms, unlived_ms))

    def leap(self, by_ms: int) -> None:
        self.now_ms += by_ms
        self.ahead_ms += by_ms

    def live(self, ms: int) -> list[Assignment]:
        """Live through a time, with a tick each minute."""
        decided, end_ms = [], self.now_ms + ms
        while self.now_ms < end_ms:
            self.now_ms = min(self.now_ms + MINUTE_MS, end_ms)
            decided += self.tick()
        return decided

    def accept_by(self, lead_id: str) -> Any:
        return self.org.leads[lead_id].accept_by_ms


def crowd(count: int, policy: Policy = AT_ALL_HOURS, **changes: Any) -> LeapingWorld:
    world = LeapingWorld(policy, **changes)
    for n in range(count):
        world.one(f"L{n:03}", employees=10)
    return world


def missed(decisions: list[Assignment]) -> list[str]:
    reasons = {"accept_missed", "contact_missed", "waited_too_long"}
    return [one["lead_id"] for one in decisions if one["reason"] in reasons]


def test_a_tick_that_is_appended_later_than_its_sender_believes_fires_nothing():
    world = crowd(100)
    world.leap(HOUR_MS)
    before = everything(world.shard)
    assert world.tick(believed=False) == []
    assert everything(world.shard) == before


def test_after_an_hours_leap_a_hundred_leads_have_the_time_that_they_had_left():
    world = crowd(100)
    start_ms = world.now_ms
    world.live(4 * MINUTE_MS)
    world.leap(HOUR_MS)
    assert world.tick(believed=False) == []
    world.now_ms += 3 * MINUTE_MS
    assert world.tick(HOUR_MS) == []
    due = {world.accept_by(f"L{n:03}") for n in range(100)}
    assert due == {start_ms + HOUR_MS + 10 * MINUTE_MS}
    assert missed(world.live(3 * MINUTE_MS - 1)) == []
    assert len(missed(world.live(1))) == 100


def test_a_lead_that_came_after_the_leap_keeps_its_own_time():
    world = crowd(1)
    world.leap(HOUR_MS)
    world.tick(believed=False)
    decision = world.one("after", employees=10)
    world.now_ms += 3 * MINUTE_MS
    world.tick(HOUR_MS)
    assert world.accept_by("after") == ms(decision["accept_by"][:-1])


def test_an_hour_in_which_the_service_was_off_counts():
    world = crowd(3)
    world.now_ms += HOUR_MS
    assert missed(world.tick()) == ["L000", "L001", "L002"]
    assert world.shard.leap is None


def test_a_tick_of_an_older_version_is_believed_whenever_it_came():
    world = crowd(1)
    world.now_ms += HOUR_MS
    assert missed(world.feed(Tick(world.now_ms))) == ["L000"]
    world.now_ms -= HOUR_MS
    world.feed(Tick(world.now_ms))
    assert world.shard.now_ms == world.now_ms + HOUR_MS


def test_a_clock_that_was_due_before_the_leap_fires_after_it():
    world = crowd(1)
    world.now_ms += 11 * MINUTE_MS
    world.leap(HOUR_MS)
    world.tick(believed=False)
    assert missed(world.tick(HOUR_MS)) == ["L000"]


def test_a_clock_that_came_back_leaves_no_trace_on_what_ran_before():
    world = crowd(1)
    due_ms = world.accept_by("L000")
    world.live(5 * MINUTE_MS)
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.one("within", employees=10)
    world.now_ms += 2 * MINUTE_MS
    world.leap(-HOUR_MS)
    assert world.tick() == []
    assert world.shard.now_ms == world.now_ms
    assert world.accept_by("L000") == due_ms
    assert world.accept_by("within") == due_ms + 5 * MINUTE_MS + 2 * MINUTE_MS
    assert missed(world.live(4 * MINUTE_MS)) == ["L000"]


def test_a_clock_that_is_put_right_takes_every_running_clock_back_with_it():
    world = crowd(1)
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.tick(HOUR_MS)
    world.live(4 * MINUTE_MS)
    world.one("later", employees=10)
    world.leap(-HOUR_MS)
    assert world.tick() == []
    assert missed(world.live(6 * MINUTE_MS - 1)) == []
    assert missed(world.live(1)) == ["L000"]
    assert missed(world.live(4 * MINUTE_MS)) == ["later"]


def test_ten_years_ahead_for_ten_minutes_is_taken_back_whole():
    world = crowd(2, replace(QUIET, sla=ALWAYS, backlog=BacklogRule(at_most_ms=DAY_MS)))
    world.one("waiting", country="BR", language="xx")
    world.live(MINUTE_MS)
    world.leap(3_650 * DAY_MS)
    world.tick(believed=False)
    world.one("within", employees=10)
    world.one("waiting-within", country="BR", language="xx")
    world.leap(-3_650 * DAY_MS)
    assert world.tick() == []
    assert missed(world.live(9 * MINUTE_MS)) == ["L000", "L001"]
    world.now_ms += DAY_MS - 10 * MINUTE_MS
    assert [one for one in missed(world.tick()) if "waiting" in one] == ["waiting"]
    assert [one for one in missed(world.live(MINUTE_MS)) if "waiting" in one] == ["waiting-within"]


def test_a_lead_that_began_to_wait_ten_years_ahead_waits_no_longer_than_others():
    policy = replace(QUIET, backlog=BacklogRule(at_most_ms=DAY_MS))
    world = LeapingWorld(policy, reps=with_rep("ida", languages=["xx"])[:1])
    world.one("L", employees=10, language="xx")
    world.leap(3_650 * DAY_MS)
    world.tick(believed=False)
    world.feedback("rejected", "L", rep_id=world.owner("L"))
    assert world.status("L") == "waiting"
    world.leap(-3_650 * DAY_MS)
    world.tick()
    world.now_ms += DAY_MS
    assert missed(world.tick()) == ["L"]


def test_a_leap_that_is_put_right_in_part_before_it_was_settled_counts_by_the_rest():
    world = crowd(1)
    world.live(MINUTE_MS)
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.leap(-20 * MINUTE_MS)
    assert world.tick(HOUR_MS) == []
    assert missed(world.live(9 * MINUTE_MS - 1)) == []
    assert missed(world.live(1)) == ["L000"]


def test_of_two_leaps_both_are_not_lived_through():
    world = crowd(1)
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.leap(2 * HOUR_MS)
    world.tick(believed=False)
    assert world.tick(3 * HOUR_MS) == []
    assert missed(world.live(10 * MINUTE_MS - 1)) == []


def test_no_more_can_be_unlived_than_there_is_of_the_leap():
    world = crowd(1)
    due_ms = world.accept_by("L000")
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.tick(DAY_MS)
    assert world.accept_by("L000") == due_ms + HOUR_MS


def test_what_one_owner_has_found_out_the_next_one_finds_in_the_state():
    world = crowd(1)
    before_ms = world.now_ms
    world.leap(HOUR_MS)
    world.tick(HOUR_MS, believed=False)
    world.restart()
    assert world.shard.leap == Leap(before_ms, world.now_ms, HOUR_MS)
    world.tick(believed=False)
    assert world.shard.leap.unlived_ms == HOUR_MS


def test_a_clock_that_a_leap_would_put_after_hours_goes_on_the_next_morning():
    world = LeapingWorld(office(10 * MINUTE_MS), now_ms=ms("2025-11-10T16:56"))
    world.one("L", employees=10)
    world.live(2 * MINUTE_MS)
    world.leap(59 * MINUTE_MS)  # 17:57, and the office shuts at 18:00
    world.tick(believed=False)
    world.tick(59 * MINUTE_MS)
    assert world.accept_by("L") == ms("2025-11-11T08:05")


def test_a_clock_set_by_a_time_after_hours_is_set_back_into_them():
    world = LeapingWorld(office(10 * MINUTE_MS), now_ms=ms("2025-11-10T16:55"))
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.one("L", employees=10)
    assert world.accept_by("L") == ms("2025-11-11T08:05")
    world.leap(-HOUR_MS)
    world.tick()
    assert world.accept_by("L") == ms("2025-11-10T17:05")


def test_a_lead_does_not_wait_out_a_leave_into_which_a_leap_would_move_its_clock():
    leave = [(ms("2025-11-10T14:00"), ms("2025-11-24T00:00"))]
    reps = with_rep("ida", time_off=leave)
    world = LeapingWorld(office(30 * MINUTE_MS), reps=reps, now_ms=ms("2025-11-10T12:00"))
    world.one("L", employees=10)
    world.leap(105 * MINUTE_MS)
    world.tick(believed=False)
    world.tick(105 * MINUTE_MS)
    assert world.accept_by("L") == ms("2025-11-10T14:00")


def test_a_field_clock_keeps_its_working_hours():
    world = LeapingWorld(now_ms=ms("2025-11-14T16:00"))  # a Friday, with 4 hours to accept
    world.one("L", **FIELD)
    assert world.accept_by("L") == ms("2025-11-17T12:00")
    world.leap(DAY_MS)
    world.tick(believed=False)
    world.tick(DAY_MS)
    assert world.accept_by("L") == ms("2025-11-17T13:00")


def test_clocks_keep_their_working_time_through_a_change_of_the_clocks():
    sundays = [(day, 8 * 60, 18 * 60) for day in range(7)]
    reps = with_rep("ida", hours=sundays, utc_offsets=BERLIN_2026)
    start_ms = ms("2026-03-28T16:00")
    world = LeapingWorld(office(HOUR_MS), reps=reps, now_ms=start_ms)
    world.one("L", employees=10)
    world.leap(30 * MINUTE_MS)
    world.tick(believed=False)
    world.tick(30 * MINUTE_MS)
    assert world.accept_by("L") == ms("2026-03-29T06:30")


def test_a_policy_takes_effect_by_the_date_that_is_believed_only():
    world = crowd(0)
    at_ms = world.now_ms + 30 * MINUTE_MS
    world.feed(PolicyPublished(replace(AT_ALL_HOURS, version=2, effective_from_ms=at_ms)))
    world.leap(HOUR_MS)
    world.tick(believed=False)
    assert world.org.policy.version == 1
    world.tick(HOUR_MS)
    assert world.org.policy.version == 2


def test_a_step_of_a_minute_is_no_leap():
    world = crowd(1)
    world.now_ms += MINUTE_MS
    world.one("M", employees=10)
    assert world.shard.leap is None
    world.now_ms += MINUTE_MS + 1
    world.one("N", employees=10)
    assert world.shard.leap is not None


def test_a_dead_letter_may_be_the_first_to_show_a_leap():
    world = crowd(1)
    at_ms = world.now_ms
    world.shard.skip(timestamp_ms=at_ms + HOUR_MS, offset=len(world.log))
    assert world.shard.leap == Leap(at_ms, at_ms + HOUR_MS)


def test_every_lead_of_every_sales_org_is_moved_in_one_tick():
    world = crowd(1_200)
    other = world.shard.orgs["other"]
    for event in [PolicyPublished(AT_ALL_HOURS), *map(replace, REPS)]:
        world.shard.apply("other", event, timestamp_ms=world.now_ms, offset=len(world.log))
    lead = LeadEvent("e", "submitted", "O", world.now_ms, Facts(employees=10))
    world.shard.apply("other", lead, timestamp_ms=world.now_ms, offset=len(world.log))
    world.leap(HOUR_MS)
    world.tick(believed=False)
    world.tick(HOUR_MS)
    due = {world.accept_by(f"L{n:03}") for n in range(1_200)}
    assert due == {world.now_ms + 10 * MINUTE_MS} == {other.leads["O"].accept_by_ms}


# What may happen to leads while time leaps: few of everything, so that they meet.
STEPS = [0, 1_000, MINUTE_MS, 4 * MINUTE_MS, 9 * MINUTE_MS, HOUR_MS]
LEADS = [f"L{n}" for n in range(6)]
KINDS = ["lead", "lead", "accepted", "rejected", "contacted", "qualified", "lost", "nothing"]
happenings = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(KINDS), st.sampled_from(LEADS)),
    min_size=5,
    max_size=40,
)
NO_CAPS = replace(AT_ALL_HOURS, caps={"inside": Cap(None, 2), "field": Cap(None, 2)}, handoffs=())
MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def happen(world: LeapingWorld, number: int, kind: str, lead_id: str) -> None:
    """By the clocks of senders, which do not leap."""
    at_ms = world.now_ms - world.ahead_ms
    if kind == "lead":
        worth = 9_000_000 if number % 3 == 0 else 1_000
        world.lead(lead_id, expected_value_minor=worth, at_ms=at_ms)
    elif kind != "nothing" and lead_id in world.org.leads:
        world.feedback(kind, lead_id, rep_id=world.owner(lead_id), at_ms=at_ms)


def story(decisions: list[Assignment]) -> list[tuple[Any, ...]]:
    return [(one["lead_id"], one["outcome"], one["reason"], one.get("rep_id")) for one in decisions]


@MANY
@given(happenings, st.integers(0, 39), st.integers(1, 3), st.sampled_from(["lasts", "comes back"]))
def test_a_leap_of_weeks_changes_nothing_but_dates(
    numbers: list[tuple[int, str, str]], at: int, weeks: int, leap: str
):
    """A week, so that hours and weekdays are the same on both sides."""
    straight, leaping = LeapingWorld(NO_CAPS), LeapingWorld(NO_CAPS)
    leap_ms = weeks * 7 * DAY_MS
    for place, (step_ms, kind, lead_id) in enumerate(numbers):
        for world in (straight, leaping):
            world.live(step_ms)
        if place == at % len(numbers):
            leaping.leap(leap_ms)
            leaping.tick(believed=False)
            if leap == "lasts":
                leaping.tick(leap_ms)
        for world in (straight, leaping):
            happen(world, place, kind, lead_id)
        if place == at % len(numbers) and leap == "comes back":
            leaping.leap(-leap_ms)
            leaping.tick()
            straight.tick()
    assert story(leaping.decided) == story(straight.decided)


class Stopwatch:
    """When each lead came to its rep, in time that was lived through."""

    def __init__(self) -> None:
        self.began_ms: dict[str, int] = {}

    def see(self, world: LeapingWorld, decisions: list[Assignment]) -> None:
        for one in decisions:
            lived_ms = ms(one["decided_at"][:-1]) - world.ahead_ms
            if one["reason"] == "accept_missed":
                assert lived_ms - self.began_ms[one["lead_id"]] >= 10 * MINUTE_MS, one
            if one["outcome"] in {"assigned", "reassigned"}:
                self.began_ms[one["lead_id"]] = lived_ms


LEAPS = [-DAY_MS, -HOUR_MS, 2 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, DAY_MS]


@MANY
@given(happenings, st.lists(st.sampled_from(LEAPS), max_size=6))
def test_no_lead_is_taken_from_a_rep_before_its_time_was_lived_through(
    numbers: list[tuple[int, str, str]], leaps: list[int]
):
    world, watch = LeapingWorld(AT_ALL_HOURS), Stopwatch()
    for place, (step_ms, kind, lead_id) in enumerate(numbers):
        watch.see(world, world.live(step_ms))
        if place < len(leaps):
            world.leap(leaps[place])
            if leaps[place] > 0:
                world.tick(leaps[place], believed=False)
            watch.see(world, world.tick(max(leaps[place], 0)))
        decided = len(world.decided)
        happen(world, place, kind, lead_id)
        watch.see(world, world.decided[decided:])


@settings(MANY, max_examples=60)
@given(happenings, st.integers(0, 39))
def test_a_replay_and_a_restart_see_the_same_leaps(numbers: list[tuple[int, str, str]], at: int):
    world, restarted = LeapingWorld(AT_ALL_HOURS), LeapingWorld(AT_ALL_HOURS)
    for place, (step_ms, kind, lead_id) in enumerate(numbers):
        for each in (world, restarted):
            each.live(step_ms)
            if place % 7 == at % 7:
                each.leap(HOUR_MS)
                each.tick(HOUR_MS, believed=False)
            if place % 7 == (at + 1) % 7:
                each.tick(HOUR_MS)
            if place % 7 == (at + 3) % 7:
                each.leap(-HOUR_MS)
                each.tick()
            happen(each, place, kind, lead_id)
        if place % 4 == at % 4:
            restarted.restart()
            assert everything(restarted.shard) == everything(world.shard)
            assert restarted.shard.leap == world.shard.leap
    again, shard = [], new_shard()
    for offset, (at_ms, event) in enumerate(world.log):
        again += shard.apply("main", event, timestamp_ms=at_ms, offset=offset)
    assert plain(again) == plain(world.decided) == plain(restarted.decided)
    assert everything(shard) == everything(world.shard)
    assert (shard.now_ms, shard.leap) == (world.shard.now_ms, world.shard.leap)
