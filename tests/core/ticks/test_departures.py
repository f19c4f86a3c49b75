"""Open leads of reps who leave, or who give up a channel, find new owners."""

from __future__ import annotations

from dataclasses import replace

import pytest
from auditor import check_state, everything
from world import DAY_MS, HOUR_MS, MONDAY_NOON_MS, POLICY, World, with_rep

from router.core.model.policy import Cap

FREE = replace(POLICY, sla={}, hours={}, caps={})
ACME = {"company_domain": "acme.example", "expected_value_minor": 9_000_000}


@pytest.mark.parametrize("how", [{"removed": True}, {"leaves_ms": MONDAY_NOON_MS + HOUR_MS}])
def test_a_leavers_open_leads_find_new_owners(how: dict[str, object]):
    world = World(FREE)
    for n in range(9):
        world.one(f"L{n}", employees=10)
    world.roster("ida", **how)
    decisions = world.wait(2 * HOUR_MS)
    assert {(one["outcome"], one["reason"], one["previous_rep_id"]) for one in decisions} == {
        ("reassigned", "rep_left", "ida")
    }
    assert len(decisions) == 3
    assert (world.open_of("ida"), world.open_of("ike"), world.open_of("iva")) == (0, 5, 4)


def test_a_leavers_many_leads_are_moved_five_hundred_a_tick():
    world = World(FREE)
    for n in range(1_300):
        world.lead(f"L{n}", "imported", owner_rep_id="ida")
    world.roster("ida", removed=True)
    moved = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        moved.append(len(world.tick()))
    assert moved == [500, 500, 300]


def test_a_promoted_reps_open_leads_find_new_owners():
    world = World(FREE)
    for n in range(3):
        world.one(f"L{n}", employees=10)
    world.roster("ida", channels=["field"], role="field_rep", territories=["emea-rest"])
    (decision,) = world.wait(HOUR_MS)
    assert (decision["lead_id"], decision["reason"]) == ("L0", "rep_left")
    assert decision["rep_id"] in {"ike", "iva"}


def test_what_a_promoted_rep_is_given_later_in_the_old_channel_stays_with_them():
    world = World(replace(FREE, sla=POLICY.sla), with_rep("ida", manager_rep_id="mia"))
    world.one("L", employees=10)
    world.roster("mia", channels=["field"])
    decisions = world.wait(DAY_MS)
    assert [one["outcome"] for one in decisions] == ["reassigned", "escalated"]
    assert world.owner("L") == "mia"


def test_a_rep_without_a_channel_keeps_what_the_crm_gives_them():
    world = World(FREE, with_rep("mia", channels=[]))
    world.one("L", employees=10)
    world.feedback("owner_changed", "L", rep_id="mia")
    assert world.wait(DAY_MS) == []
    assert world.owner("L") == "mia"


def with_many_of_acme(count: int, **policy: object) -> World:
    """Leads of an account that fay owns, and she has them."""
    world = World(replace(FREE, **{"handoffs": (), **policy}))  # type: ignore[arg-type]
    for n in range(count):
        world.lead(f"L{n:04}", "imported", owner_rep_id="fay", **ACME)
    return world


def sizes_of_ticks(world: World) -> list[int]:
    sizes = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        sizes.append(len(world.tick()))
        assert len(sizes) < 9
    return sizes


def test_the_leads_of_an_account_stay_with_its_owner_whatever_channels_she_gives_up():
    world = with_many_of_acme(1_200)
    before = world.org.leads["L0000"].assigned_at_ms
    world.now_ms += HOUR_MS
    world.roster("fay", channels=[], role="manager")
    assert sizes_of_ticks(world) == [0, 0, 0]
    assert world.open_of("fay") == 1_200
    assert world.org.leads["L0000"].assigned_at_ms == before
    check_state(world.shard)


@pytest.mark.parametrize("caps", [{"open": 5}, {"per_day": 0}])
def test_they_stay_although_her_caps_are_used_up(caps: dict[str, int]):
    world = with_many_of_acme(7, caps={"field": Cap(**caps)})
    world.roster("fay", channels=[])
    assert sizes_of_ticks(world) == [0]
    assert world.open_of("fay") == 7
    assert world.lead("new", **ACME)[0]["reason"] == "owner_at_cap"


def test_those_that_stay_do_not_keep_the_others():
    world = with_many_of_acme(520)
    for n in range(520):
        world.lead(f"K{n:04}", "imported", owner_rep_id="fay", expected_value_minor=9_000_000)
    world.roster("fay", channels=[])
    assert sizes_of_ticks(world) == [500, 20, 0]
    assert (world.open_of("fay"), world.open_of("fin")) == (520, 520)


def test_a_restart_between_two_ticks_of_a_pass_changes_nothing():
    kept, restarted = with_many_of_acme(700), with_many_of_acme(700)
    for world in (kept, restarted):
        world.lead("M", "imported", owner_rep_id="fay", expected_value_minor=9_000_000)
        world.roster("fay", channels=[])
        world.tick()
    restarted.restart()
    assert everything(restarted.shard) == everything(kept.shard)
    assert restarted.tick() == kept.tick() != []
    assert everything(restarted.shard) == everything(kept.shard)


def test_what_is_given_to_a_rep_after_they_gave_up_a_channel_stays_although_no_tick_came_between():
    world = World(FREE)
    for lead_id in ("before", "after"):
        world.lead(lead_id, "imported", owner_rep_id="fin", expected_value_minor=9_000_000)
    world.command("assign", "before", rep_id="fay")
    world.roster("fay", channels=[])
    world.now_ms += 1
    world.command("assign", "after", rep_id="fay")
    assert [(one["lead_id"], one["reason"]) for one in world.wait(HOUR_MS)] == [
        ("before", "rep_left")
    ]
    assert world.owner("after") == "fay"
