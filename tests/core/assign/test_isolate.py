"""A lead that a defect makes raise does not take the leads beside it with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from world import DAY_MS, HOUR_MS, MONDAY_NOON_MS, POLICY, World

from router.core.assign.isolate import FAULTS_MAX
from router.core.handlers import placing
from router.core.model.events import RosterEntry
from router.core.ticks import clocks, departures, expiry

pytestmark = pytest.mark.plain_core

INSIDE = {"employees": 10}
WITHOUT_CLOCKS = replace(POLICY, sla={})


@contextmanager
def failing_for(module: Any, name: str, *lead_ids: str) -> Iterator[None]:
    """While it lasts, a function of the core raises for some leads."""
    healthy: Callable[..., Any] = getattr(module, name)

    def defective(turn: Any, lead: Any, *more: Any, **named: Any) -> Any:
        if lead.lead_id in lead_ids:
            raise ZeroDivisionError
        return healthy(turn, lead, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, defective)
        yield


def test_the_clocks_of_the_others_fire():
    world = World()
    for lead_id in ("A", "B", "C"):
        world.one(lead_id, **INSIDE)
    with failing_for(clocks, "_missed", "B"):
        missed = {decision["lead_id"] for decision in world.wait(HOUR_MS)}
    assert missed == {"A", "C"}
    both_clocks = [("B", "ZeroDivisionError")] * 2
    assert world.shard.take_faults() == both_clocks
    assert world.shard.take_faults() == []
    assert world.status("B") == "assigned"


def test_its_own_clock_is_tried_again_a_day_later():
    world = World()
    world.one("B", **INSIDE)
    with failing_for(clocks, "_missed", "B"):
        assert world.wait(HOUR_MS) == []
    world.restart()
    assert world.wait(22 * HOUR_MS) == []
    assert [decision["reason"] for decision in world.wait(2 * HOUR_MS)][:1] == ["accept_missed"]


def test_a_new_lead_is_decided_although_one_before_it_in_the_queue_raises():
    world = World()
    world.command("pause_pool", "emea-inside")
    world.one("waiting", employees=300)
    with failing_for(placing, "find_owner", "waiting"):
        world.command("resume_pool", "emea-inside")
        assert world.one("new", **INSIDE)["outcome"] == "assigned"
        assert world.tick() == []
    assert {lead_id for lead_id, _ in world.shard.take_faults()} == {"waiting"}
    assert world.status("waiting") == "waiting"
    world.restart()
    world.command("pause_pool", "emea-field")  # opens the backlog
    assert "waiting" not in {decision["lead_id"] for decision in world.wait(23 * HOUR_MS)}
    (decision,) = [one for one in world.wait(HOUR_MS) if one["lead_id"] == "waiting"]
    assert decision["outcome"] == "assigned"


def test_a_waiting_lead_that_was_set_aside_is_offered_when_something_new_is_known_of_it():
    world = World()
    world.command("pause_pool", "emea-inside")
    world.one("waiting", employees=300)
    with failing_for(placing, "find_owner", "waiting"):
        world.command("resume_pool", "emea-inside")
        world.tick()
    assert world.tick() == []
    assert world.one("waiting", "updated", industry="x")["outcome"] == "assigned"


def test_the_leads_of_a_leaver_find_owners_but_for_the_one_that_raises():
    world = World(WITHOUT_CLOCKS)
    for lead_id in ("A", "B", "C", "D", "E", "F"):
        world.one(lead_id, **INSIDE)
    mine = [lead_id for lead_id in "ABCDEF" if world.owner(lead_id) == "ike"]
    with failing_for(departures, "find_owner", mine[0]):
        world.roster("ike", leaves_ms=world.now_ms)
        moved = {decision["lead_id"] for decision in world.wait(HOUR_MS)}
    assert moved == set(mine[1:])
    world.restart()
    assert world.wait(22 * HOUR_MS) == []
    moved = {decision["lead_id"] for decision in world.wait(HOUR_MS)}
    assert moved == {mine[0]}


def test_a_channel_that_a_rep_left_is_not_done_with_while_one_of_its_leads_raises():
    world = World(WITHOUT_CLOCKS)
    for lead_id in ("A", "B", "C", "D", "E", "F"):
        world.one(lead_id, **INSIDE)
    mine = [lead_id for lead_id in "ABCDEF" if world.owner(lead_id) == "ike"]
    world.one("by-hand", **INSIDE)
    with failing_for(departures, "find_owner", mine[0]):
        world.roster("ike", channels=[])
        world.wait(HOUR_MS)
    assert world.owner(mine[0]) == "ike"
    world.feedback("owner_changed", "by-hand", rep_id="ike")
    world.restart()
    assert world.wait(22 * HOUR_MS) == []
    assert [decision["lead_id"] for decision in world.wait(HOUR_MS)] == [mine[0]]
    assert world.owner("by-hand") == "ike"
    assert world.org.reps["ike"].given_up == {}


def test_however_many_of_a_leavers_leads_raise_the_others_find_owners():
    world = World(WITHOUT_CLOCKS)
    names = [f"L{n:02}" for n in range(2 * FAULTS_MAX + 5)]
    for lead_id in [*names, "M"]:
        world.one(lead_id, "imported", owner_rep_id="ike", **INSIDE)
    with failing_for(departures, "find_owner", *names):
        world.roster("ike", channels=["field"], role="field_rep")
        assert [decision["lead_id"] for decision in world.wait(HOUR_MS)] == ["M"]
    assert len(world.wait(DAY_MS)) == len(names)
    assert world.open_of("ike") == 0


def test_when_leads_fail_in_numbers_a_tick_ends_early_and_the_next_ones_go_on():
    world = World()
    names = [f"L{n:02}" for n in range(2 * FAULTS_MAX + 5)]
    for lead_id in [*names, "M"]:
        world.one(lead_id, **INSIDE)
    world.now_ms += HOUR_MS
    counts = []
    with failing_for(clocks, "_missed", *names):
        while world.shard.next_due_ms() <= world.now_ms:
            missed = world.tick()
            counts.append(len(world.shard.take_faults()))
    assert counts == [FAULTS_MAX, FAULTS_MAX, 5]
    assert {decision["lead_id"] for decision in missed} == {"M"}


@contextmanager
def joiner_with_leads_that_raise(lead_ids: list[str]) -> Iterator[World]:
    world = World()
    for lead_id in [*lead_ids, "M"]:
        world.one(lead_id, "imported", owner_rep_id="zoe", **INSIDE)
    world.feed(RosterEntry("zoe", ["inside"], "inside_rep", languages=["en"]))
    with failing_for(placing, "own_imported", *lead_ids):
        yield world


def test_a_joiners_lead_that_raises_is_tried_again_a_day_later():
    with joiner_with_leads_that_raise(["L"]) as world:
        assert [decision["lead_id"] for decision in world.wait(HOUR_MS)] == ["M"]
        world.restart()
        assert world.wait(22 * HOUR_MS) == []
        assert world.shard.next_due_ms() == MONDAY_NOON_MS + DAY_MS
    assert [decision["lead_id"] for decision in world.wait(HOUR_MS)] == ["L"]
    assert world.org.aside == {}
    world.keep_changes()
    assert "aside/main/L" not in world.changelog


def test_however_many_of_a_joiners_leads_raise_time_goes_on():
    names = [f"L{n:02}" for n in range(2 * FAULTS_MAX + 5)]
    with joiner_with_leads_that_raise(names) as world:
        world.one("A", employees=10)
        decided = world.wait(HOUR_MS)
    assert {decision["lead_id"] for decision in decided} == {"A", "M"}
    assert len(world.wait(DAY_MS)) >= len(names)
    assert {world.owner(lead_id) for lead_id in names} == {"zoe"}


def test_however_many_waiting_leads_raise_those_behind_them_are_offered():
    world = World()
    world.command("pause_pool", "emea-inside")
    names = [f"L{n:02}" for n in range(2 * FAULTS_MAX + 5)]
    for lead_id in names:
        world.one(lead_id, employees=300)
    world.one("last", employees=10)
    with failing_for(placing, "find_owner", *names):
        world.command("resume_pool", "emea-inside")
        (decision,) = world.wait(0)
    assert (decision["lead_id"], decision["outcome"]) == ("last", "assigned")


@pytest.mark.parametrize("end", ["closed", "forgotten"])
def test_a_silent_lead_that_raises_stops_nobody_and_is_tried_again_within_two_days(end: str):
    world = World(WITHOUT_CLOCKS)
    for lead_id in ("A", "B"):
        world.one(lead_id, "submitted" if end == "closed" else "imported", **INSIDE)
    since_ms = world.now_ms
    with failing_for(expiry, "_end", "A"):
        world.wait((181 if end == "closed" else 31) * DAY_MS)
    world.restart()
    assert len(world.org.leads) == (2 if end == "closed" else 1)
    assert world.status("A") == ("assigned" if end == "closed" else "closed")
    world.wait(2 * DAY_MS)
    assert world.now_ms - since_ms < 184 * DAY_MS
    if end == "closed":
        assert world.status("A") == world.status("B") == "closed"
    else:
        assert not list(world.org.leads)


def test_faults_are_counted_event_by_event():
    world = World()
    names = [f"L{n}" for n in range(FAULTS_MAX + 1)]
    for lead_id in names:
        world.one(lead_id, **INSIDE)
        world.now_ms += 10 * 60_000
        with failing_for(clocks, "_missed", *names):
            world.tick()
    assert len(world.shard.take_faults()) > FAULTS_MAX
