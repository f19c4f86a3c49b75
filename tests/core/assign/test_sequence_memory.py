"""What is left of a lead that was forgotten: how far it was counted."""

from __future__ import annotations

from auditor import everything
from world import DAY_MS, World

from router.core.state.records import packed_count, unpacked_count


def forgotten(*lead_ids: str) -> World:
    """A world in which these leads were assigned, lost, and forgotten."""
    world = World()
    for lead_id in lead_ids:
        world.one(lead_id, employees=10, email_digest=5)
        world.feedback("lost", lead_id)
    world.wait(32 * DAY_MS)
    assert list(world.org.leads) == []
    return world


def test_a_lead_that_comes_again_after_it_was_forgotten_goes_on_counting():
    world = forgotten("L")
    decision = world.one("L", employees=10)
    assert (decision["assignment_id"], decision["sequence"]) == ("L.3", 3)
    assert world.feedback("rejected", "L", assignment_id="L.1") == []  # of its former life
    assert world.org.forgotten == {}


def test_it_goes_on_counting_after_a_restart_too():
    world = forgotten("L")
    world.restart()
    assert world.one("L", employees=10)["assignment_id"] == "L.3"
    world.keep_changes()
    assert "forgotten/main/L" not in world.changelog


def test_it_goes_on_counting_after_it_was_forgotten_more_than_once():
    world = forgotten("L")
    world.one("L", employees=10)
    world.feedback("lost", "L")
    world.wait(32 * DAY_MS)
    assert world.one("L", employees=10)["assignment_id"] == "L.5"


def test_nothing_but_the_count_and_the_day_is_kept_of_an_erased_person():
    world = World()
    world.one("L", employees=10, email_digest=5, country="DE")
    world.feedback("erased", "L")
    world.wait(32 * DAY_MS)
    world.keep_changes()
    day = world.now_ms // DAY_MS - 1
    assert world.changelog["forgotten/main/L"] == b"[2,%d]" % day
    assert b"DE" not in world.changelog.get("lead/main/L", b"")


def test_the_count_is_kept_as_long_as_assignments_are_and_then_dropped():
    world = forgotten("L")
    world.wait(399 * DAY_MS)
    assert list(world.org.forgotten) == ["L"]
    world.wait(3 * DAY_MS)
    assert (world.org.forgotten, world.org.forgotten_days) == ({}, {})
    assert world.one("L", employees=10)["assignment_id"] == "L.1"


def test_many_counts_are_dropped_five_hundred_a_tick_and_the_same_ones_after_a_restart():
    world = World()
    for n in range(1_200):
        world.lead(f"L{n}", "withdrawn")
    world.wait(32 * DAY_MS)
    world.now_ms += 402 * DAY_MS
    kept = []
    for _ in range(3):
        world.tick()
        kept.append(len(world.org.forgotten))
        before = everything(world.shard)
        world.restart()
        assert everything(world.shard) == before
    assert kept == [700, 200, 0]


def test_a_count_that_was_taken_up_again_is_not_dropped_on_the_day_of_the_first():
    world = forgotten("L")
    world.wait(100 * DAY_MS)
    world.one("L", employees=10)
    world.feedback("lost", "L")
    world.wait(350 * DAY_MS)
    assert list(world.org.forgotten) == ["L"]
    assert world.one("L", employees=10)["assignment_id"] == "L.5"


def test_a_trial_of_a_forgotten_lead_leaves_its_count_as_it_was():
    world = forgotten("L")
    before = everything(world.shard)
    assert world.one("L", employees=10, test=True)["assignment_id"] == "L.3"
    assert everything(world.shard) == before


def test_a_count_of_any_length_comes_back_as_it_was():
    for sequence, day in [(1, 20_000), (1 << 40, 365_000)]:
        assert unpacked_count(packed_count(sequence, day)) == (sequence, day)
