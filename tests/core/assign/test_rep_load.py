"""What reps carry, taken and given back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import DAY_MS, POLICY, World

from router.core.model.events import RosterEntry
from router.core.model.policy import Cap


@pytest.mark.parametrize("end", ["won", "lost", "disqualified", "erased"])
def test_a_lead_that_ended_gives_its_place_back(end: str):
    world = World()
    world.one("L", employees=10)
    world.feedback(end, "L")
    assert world.open_of("ida") == 0


def test_what_was_handed_out_today_counts_even_when_it_is_closed():
    world = World(replace(POLICY, caps={"inside": Cap(per_day=1)}))
    for n in range(3):
        world.one(f"L{n}", employees=10)
        world.feedback("lost", f"L{n}")
    assert world.one("L", employees=10)["reason"] == "all_at_cap"


def test_no_cap_is_exceeded_in_a_burst():
    world = World(replace(POLICY, caps={"inside": Cap(5, 4, (("trade_show", 2),))}))
    for _ in range(50):
        world.lead(employees=10, lead_source="trade_show")
    for rep in ("ida", "ike", "iva"):
        assert world.open_of(rep) == 2
    for _ in range(50):
        world.lead(employees=10)
    for rep in ("ida", "ike", "iva"):
        assert world.open_of(rep) == 4


def test_what_comes_by_hand_counts_too():
    world = World(replace(POLICY, caps={"inside": Cap(per_day=1)}))
    world.one("L", expected_value_minor=9_000_000)
    world.feedback("owner_changed", "L", rep_id="ida")
    assert world.one(employees=10)["rep_id"] == "ike"
    assert world.one(employees=10)["rep_id"] == "iva"
    assert world.one("M", employees=10)["reason"] == "all_at_cap"


def test_a_rep_may_be_given_more_than_their_cap_by_hand():
    world = World(replace(POLICY, caps={"inside": Cap(open=1)}))
    world.one("L", employees=10)
    world.one("M", employees=10)
    world.feedback("owner_changed", "M", rep_id="ida")
    assert world.open_of("ida") == 2


def test_a_lead_changed_by_hand_before_any_policy_is_owned():
    world = World(policy=None)
    world.one("L", employees=10)
    (decision,) = world.feedback("owner_changed", "L", rep_id="ida")
    assert (decision["reason"], decision["rep_id"]) == ("changed_in_crm", "ida")
    assert world.open_of("ida") == 1


def test_a_cap_that_is_lowered_takes_nothing_away_and_gives_nothing_more():
    world = World()
    for _ in range(6):
        world.one(employees=10)
    lower = replace(POLICY, version=2, caps={"inside": Cap(open=1)})
    world.feed(type(world.log[-7][1])(lower))  # type: ignore[call-arg]
    assert world.one("L", employees=10)["reason"] == "all_at_cap"
    assert world.open_of("ida") == 2


def test_what_a_rep_who_has_not_started_is_given_by_hand_counts_on_its_own_day():
    worlds = World(reps=()), World(reps=())
    for world in worlds:
        starts_ms = world.now_ms + 30 * DAY_MS
        world.feed(RosterEntry("new", ["inside"], "inside_rep", starts_ms=starts_ms))
        world.one("L", employees=10)
        world.now_ms += 3 * DAY_MS
    worlds[1].restart()
    for world in worlds:
        world.feedback("owner_changed", "L", rep_id="new")
        assert world.org.reps["new"].loads["inside"].day == world.now_ms // DAY_MS


def test_yesterdays_count_is_forgotten():
    world = World(replace(POLICY, caps={"inside": Cap(per_day=1)}))
    for _ in range(3):
        world.one(employees=10)
    world.now_ms += DAY_MS
    assert world.one(employees=10)["outcome"] == "assigned"
