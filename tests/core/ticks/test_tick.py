"""Time passing: only ticks fire, in order, a bounded number at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from auditor import everything
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World

from router.core.model.events import Facts, LeadEvent, PolicyPublished, Tick
from router.core.model.policy import BacklogRule

QUIET = replace(POLICY, sla={})


def test_nothing_fires_without_a_tick_however_late_it_is():
    world = World()
    world.one("L", employees=10)
    world.now_ms += DAY_MS
    world.one("M", employees=10)
    assert world.owner("L") == "ida"


def test_a_tick_before_anything_is_due_changes_nothing():
    world = World()
    world.one("L", employees=10)
    world.tick()
    before = everything(world.shard)
    assert world.tick() == []
    assert everything(world.shard) == before


def test_five_hundred_deadlines_a_tick_in_order_of_time_and_lead():
    world = World(replace(QUIET, backlog=BacklogRule(at_most_ms=HOUR_MS)), reps=())
    for n in range(1_200):
        world.lead(f"L{n:04}", employees=10)
    world.tick()
    world.now_ms += HOUR_MS
    fired = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        fired.append([one["lead_id"] for one in world.tick()])
    assert [len(ids) for ids in fired] == [500, 500, 200]
    assert [lead_id for ids in fired for lead_id in ids] == [f"L{n:04}" for n in range(1_200)]


def test_five_hundred_leads_of_the_backlog_a_tick():
    world = World(replace(QUIET, caps={}), reps=())
    for n in range(1_100):
        world.lead(f"L{n:04}", employees=10)
    world.feed(World().org.reps["ida"].profile)
    placed = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        placed.append(len(world.tick()))
    assert placed == [500, 500, 100]


def test_open_leads_without_any_event_are_closed_after_half_a_year_and_forgotten_a_month_later():
    world = World(QUIET)
    world.one("L", employees=10, email_digest=5)
    assert world.wait(180 * DAY_MS) == []
    (decision,) = world.wait(DAY_MS)
    assert (decision["outcome"], decision["reason"]) == ("closed", "silent_too_long")
    assert world.open_of("ida") == 0
    world.wait(29 * DAY_MS)
    assert "L" in world.org.leads
    world.wait(3 * DAY_MS)
    assert not list(world.org.leads)
    assert world.org.persons == {}
    world.keep_changes()
    assert not [key for key in world.changelog if key.startswith("lead/")]


def test_any_event_keeps_a_lead_alive():
    world = World(QUIET)
    world.one("L", employees=10)
    world.wait(100 * DAY_MS)
    world.lead("L", "updated", industry="x")
    world.wait(100 * DAY_MS)
    world.feedback("contacted", "L", rep_id="ida")
    assert world.wait(100 * DAY_MS) == []
    assert world.status("L") == "contacted"


@pytest.mark.parametrize("end", ["merged", "nurtured", "waiting"])
def test_whatever_became_of_a_lead_it_is_forgotten_one_day(end: str):
    world = World(QUIET)
    if end == "merged":
        world.one("first", email_digest=5, employees=10)
        world.lead("L", email_digest=5)
    elif end == "nurtured":
        world.one("L", expected_value_minor=1)
    else:
        world.one("L", country="US")
    world.wait(400 * DAY_MS)
    assert not list(world.org.leads)
    assert world.org.silent_days == {}


def test_a_merged_lead_is_remembered_as_long_as_the_one_that_remains():
    world = World(QUIET)
    world.one("first", email_digest=5, employees=10)
    world.lead("L", email_digest=5)
    world.wait(100 * DAY_MS)
    assert set(world.org.leads) == {"first", "L"}
    world.feedback("lost", "first")
    world.wait(32 * DAY_MS)
    assert list(world.org.leads) == []


def test_many_silent_leads_are_closed_five_hundred_a_tick_in_order():
    world = World(QUIET, reps=())
    for n in range(1_200):
        world.lead(f"L{n:04}", "imported")
    for n in range(0, 1_200, 2):
        world.lead(f"L{n:04}", "updated", industry="x")
    world.now_ms += 40 * DAY_MS
    sizes = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        before = len(world.org.leads)
        world.tick()
        sizes.append(before - len(world.org.leads))
    assert sizes == [500, 500, 200]


def test_a_tick_is_for_every_sales_org_of_the_shard():
    world = World()
    world.one("L", employees=10)
    world.now_ms += 6 * MINUTE_MS
    decided = world.shard.apply("other", Tick(0), timestamp_ms=world.now_ms, offset=len(world.log))
    assert [one["lead_id"] for one in decided] == ["L"]


def two_busy_orgs(main: int, other: int) -> World:
    """Leads of both sales orgs wait for nobody, and all their deadlines have passed."""
    world = World(replace(QUIET, backlog=BacklogRule(at_most_ms=HOUR_MS)), reps=())
    published = PolicyPublished(world.org.policy)
    world.shard.apply("other", published, timestamp_ms=world.now_ms, offset=len(world.log))
    for org, count in (("main", main), ("other", other)):
        for n in range(count):
            world.shard.apply(
                org,
                LeadEvent(f"{org}-{n}", "submitted", f"{org}-{n:04}", world.now_ms, Facts()),
                timestamp_ms=world.now_ms,
                offset=1_000 + n,
            )
    world.tick()
    world.now_ms += HOUR_MS
    return world


def fired_a_tick(world: World) -> list[dict[str, int]]:
    fired = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        fired.append(Counter(one["sales_org"] for one in world.tick()))
    return fired


def test_five_hundred_things_a_tick_are_for_all_sales_orgs_together():
    assert fired_a_tick(two_busy_orgs(600, 600)) == [
        {"main": 250, "other": 250},
        {"main": 250, "other": 250},
        {"main": 100, "other": 100},
    ]


def test_what_one_sales_org_does_not_need_is_for_the_others_wherever_it_stands():
    assert fired_a_tick(two_busy_orgs(600, 20)) == [{"main": 480, "other": 20}, {"main": 120}]
    assert fired_a_tick(two_busy_orgs(20, 600)) == [{"main": 20, "other": 480}, {"other": 120}]
    assert fired_a_tick(two_busy_orgs(0, 600)) == [{"other": 500}, {"other": 100}]


def test_a_restart_between_ticks_changes_nobodys_share():
    straight, restarted = two_busy_orgs(600, 300), two_busy_orgs(600, 300)
    straight.tick()
    restarted.tick()
    restarted.restart()
    assert fired_a_tick(restarted) == fired_a_tick(straight) == [{"main": 350, "other": 50}]


@pytest.mark.plain_core
def test_however_many_sales_orgs_there_are_each_has_something_done_in_a_tick(monkeypatch):
    monkeypatch.setattr("router.core.ticks.tick.ITEMS_MAX", 1)
    assert fired_a_tick(two_busy_orgs(2, 2))[:2] == [{"main": 1, "other": 1}] * 2


def test_the_logs_time_never_runs_backwards():
    world = World()
    world.one("L", employees=10)
    world.now_ms -= DAY_MS
    assert world.one("M", employees=10)["decided_at"] == "2025-11-10T12:00:00.000Z"


def test_a_record_that_is_skipped_moves_time_and_offset_on():
    world = World()
    world.shard.skip(timestamp_ms=world.now_ms + 5, offset=77)
    assert (world.shard.next_offset, world.shard.now_ms) == (78, world.now_ms + 5)


def test_a_sales_org_that_is_not_this_shards_is_refused():
    world = World()
    before = everything(world.shard)
    with pytest.raises(KeyError):
        world.shard.apply("stranger", world.log[0][1], timestamp_ms=1, offset=99)
    assert everything(world.shard) == before


def test_old_deadlines_do_not_pile_up():
    world = World(QUIET)
    for n in range(300):
        world.lead(f"L{n}", employees=10)
        world.feedback("lost", f"L{n}")
    world.wait(DAY_MS)
    assert len(world.org.deadlines) == 0
