"""Operators' work by hand is told with their name and their reason."""

from __future__ import annotations

from typing import Any

from world import DAY_MS, HOUR_MS, MINUTE_MS, World

from router.core.explain.explain import People, standing, tell, why_not
from router.core.model.events import LeaveNote

PEOPLE = People({"iva": "Iva Novak", "ida": "Ida"}, {0: "fay", 2: "ida", 3: "ike", 4: "iva"})
TEAM_MEETING = {"command": "pause_pool", "actor": "olga", "reason": "team meeting"}


def lines(decision: Any) -> list[str]:
    return [f"{line.label}: {line.text}" for line in tell(decision, PEOPLE).lines]


def test_who_assigned_a_lead_by_hand_and_why():
    world = World()
    world.one("L", employees=10)
    (decision,) = world.command("assign", "L", rep_id="iva", reason="knows the customer")
    assert decision["by_hand"] == {
        "command": "assign",
        "actor": "olga",
        "reason": "knows the customer",
    }
    assert "by hand: assigned by olga: knows the customer" in lines(decision)
    (decision,) = world.command("assign", "L", rep_id="ida")
    assert decision["by_hand"] == {"command": "assign", "actor": "olga"}
    assert "by hand: assigned by olga" in lines(decision)


def test_who_paused_the_pool_that_a_lead_waits_for_and_who_let_it_go_on():
    world = World()
    world.command("pause_pool", "emea-inside", reason="team meeting")
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["by_hand"]) == ("pool_paused", TEAM_MEETING)
    assert "by hand: paused by olga: team meeting" in lines(decision)
    world.restart()
    assert "by_hand" in world.one("M", employees=10)
    world.command("resume_pool", "emea-inside", reason="over")
    given = world.wait(0)
    assert [each["by_hand"] for each in given] == 2 * [
        {"command": "resume_pool", "actor": "olga", "reason": "over"}
    ]
    assert "by_hand" not in world.one("N", employees=10)


def test_a_lead_that_was_taken_back_and_finds_its_pool_paused_says_so_too():
    world = World()
    world.one("L", employees=10)
    world.command("pause_pool", "emea-inside", reason="team meeting")
    (decision,) = world.feedback("rejected", "L")
    assert (decision["reason"], decision["by_hand"]) == ("rejected", TEAM_MEETING)


def test_a_rep_who_is_away_by_an_operators_note_is_named_with_it():
    world = World()
    world.command(
        "rep_away", "iva", from_ms=world.now_ms, until_ms=world.now_ms + DAY_MS, reason="training"
    )
    note = {"command": "rep_away", "actor": "olga", "reason": "training"}
    world.restart()
    decision = world.one(employees=10)
    assert decision["away"] == {"iva": note}
    assert ": Iva Novak (iva) is on leave: noted by olga: training" in lines(decision)
    told = why_not(decision, "iva", PEOPLE)
    assert told == "Iva Novak (iva) is on leave (noted by olga: training)"
    decision = world.one(sourced_by_rep_id="iva", employees=10)
    assert decision["away"] == {"iva": note}
    (passed,) = [line for line in lines(decision) if line.startswith("passed over")]
    assert passed.endswith("who found this lead, is on leave (noted by olga: training)")
    assert not any("is on leave: noted" in line for line in lines(decision))
    world.now_ms += DAY_MS
    assert "away" not in world.one(employees=10)


def test_a_leave_of_the_roster_with_a_note_is_told_and_one_without_is_not():
    world = World()
    now_ms = world.now_ms
    note = LeaveNote(now_ms, now_ms + HOUR_MS, "ann", "sick child")
    world.roster("iva", time_off=[(now_ms, now_ms + DAY_MS)], leave_notes=[note])
    world.roster("ike", time_off=[(now_ms, now_ms + DAY_MS)])
    assert list(world.one(employees=10)["away"]) == ["iva"]
    world.now_ms += HOUR_MS + MINUTE_MS
    assert "away" not in world.one(employees=10)


def test_a_closed_lead_is_not_with_anybody():
    world = World()
    given = world.one("L", employees=10, email_digest=7)
    assert standing(given, PEOPLE) == "It is now with Ida (ida)."
    merged, _ = world.lead("M", employees=10, email_digest=7)
    assert standing(merged, PEOPLE) == "It is part of lead L now."
    (closed,) = world.feedback("lost", "L")
    words = "It is closed, and nobody works on it; Ida (ida) had it last."
    assert standing(closed, PEOPLE) == words
    (outside,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert standing(outside, PEOPLE) == "It is closed, and nobody works on it."


def test_who_waits_and_who_is_outside_is_not_with_a_rep_either():
    world = World()
    world.command("pause_pool", "emea-inside")
    assert standing(world.one("L", employees=10), PEOPLE) == "It waits, and nobody has it."
    (recalled,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert standing(recalled, PEOPLE) == "It is with zoe, who is no rep of the roster."
