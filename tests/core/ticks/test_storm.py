"""A backlog is handed out as fast as it is taken up: no storm of missed clocks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_NOON_MS, POLICY, World

from router.core.model.assignment import Assignment
from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import BacklogRule, Hours, Sla

SUNDAY_NOON_MS = MONDAY_NOON_MS - DAY_MS
OFFICE = Hours(tuple((day, 8 * 60 + 30, 18 * 60) for day in range(5)))
REPS = ("ann", "bob", "cem")
CLOCKS = Sla(5 * MINUTE_MS, None, None, "next_rep", 2, "manager", "duty")
CONTACT_ONLY = Sla(None, 5 * MINUTE_MS, None, "next_rep", 2, "manager", "duty")


def team(sla: Sla, **policy: object) -> World:
    """Three reps of one pool and their manager, on a Sunday."""
    entries = [
        RosterEntry(rep_id, ["inside"], "inside_rep", languages=["en"], manager_rep_id="mia")
        for rep_id in REPS
    ]
    rules = {"sla": {"inside": sla}, "hours": {"inside": OFFICE}, "caps": {}, **policy}
    reps = (*entries, RosterEntry("mia"))
    return World(replace(POLICY, **rules), reps, (), SUNDAY_NOON_MS)  # type: ignore[arg-type]


def weekend(world: World, leads: int = 60) -> None:
    for n in range(leads):
        world.one(f"L{n:02}", employees=10)
        world.wait(MINUTE_MS)
    world.wait(MONDAY_NOON_MS - 3 * HOUR_MS - HOUR_MS // 2 - world.now_ms - 1)


def work(world: World, minutes: int, busy: tuple[str, ...] = REPS) -> list[Assignment]:
    """Each of the busy makes a contact every two minutes, with the lead they have longest."""
    decided = world.wait(1)
    for _ in range(minutes // 2):
        decided += world.wait(2 * MINUTE_MS)
        for rep_id in busy:
            waiting = [
                lead
                for lead in world.org.leads.values()
                if world.owner(lead.lead_id) == rep_id and lead.status == "assigned"
            ]
            if waiting:
                longest = min(waiting, key=lambda lead: (lead.assigned_at_ms, lead.lead_id))
                decided += world.feedback("contacted", longest.lead_id, rep_id=rep_id)
        decided += world.wait(1000)
    return decided


def missed(decided: list[Assignment]) -> list[str]:
    return [one["lead_id"] for one in decided if one["reason"].endswith("_missed")]


@pytest.mark.parametrize("clocks", [CLOCKS, CONTACT_ONLY], ids=["accept", "contact only"])
@pytest.mark.parametrize("unaccepted", [1, 2])
def test_a_weekends_leads_end_with_the_reps_and_none_with_the_manager(clocks: Sla, unaccepted: int):
    world = team(clocks, backlog=BacklogRule(unaccepted=unaccepted))
    weekend(world)
    decided = work(world, 44)
    assert missed(decided) == []
    assert {world.status(f"L{n:02}") for n in range(60)} == {"contacted"}
    assert world.open_of("mia") == 0
    assert {world.open_of(rep_id) for rep_id in REPS} == {20}


def test_no_rep_ever_has_more_of_what_waited_than_the_policy_says():
    world = team(CLOCKS, backlog=BacklogRule(unaccepted=2))
    weekend(world)
    world.wait(1)
    assert [world.open_of(rep_id) for rep_id in REPS] == [2, 2, 2]


def test_a_clock_begins_when_the_rep_gets_the_lead_and_not_when_it_came():
    world = team(CLOCKS)
    weekend(world, 9)
    given = [one for one in work(world, 8) if one["outcome"] == "assigned"]
    assert {one["accept_by"][11:16] for one in given if one["decided_at"][11:16] == "08:30"} == {
        "08:35"
    }
    assert {one["accept_by"][11:16] for one in given if one["decided_at"][11:16] == "08:32"} == {
        "08:37"
    }


@pytest.mark.parametrize(("unaccepted", "third"), [(1, "08:45"), (2, "08:40")])
def test_clocks_of_what_an_owner_is_given_over_the_weekend_begin_in_turn(
    unaccepted: int, third: str
):
    world = team(CLOCKS, backlog=BacklogRule(unaccepted=unaccepted))
    given = [world.one(f"L{n}", sourced_by_rep_id="ann", employees=10) for n in range(3)]
    assert given[0]["accept_by"][11:16] == "08:35"
    assert given[2]["accept_by"][11:16] == third


def test_an_owners_weekend_is_no_storm():
    world = team(CLOCKS)
    for n in range(20):
        world.one(f"L{n:02}", sourced_by_rep_id="ann", employees=10)
    world.wait(MONDAY_NOON_MS - 3 * HOUR_MS - HOUR_MS // 2 - world.now_ms - 1)
    assert missed(work(world, 44)) == []
    assert world.open_of("ann") == 20


def test_one_who_answers_nothing_costs_the_others_no_storm():
    world = team(CLOCKS)
    weekend(world)
    decided = work(world, 90, busy=("ann", "bob"))
    assert world.open_of("mia") == 0
    ended = [lead_id for lead_id in missed(decided) if world.owner(lead_id) not in REPS]
    assert ended == []
    assert sum(world.status(f"L{n:02}") == "contacted" for n in range(60)) >= 59


def test_a_policy_without_clocks_holds_nothing_back():
    world = team(CLOCKS)
    weekend(world, 9)
    world.wait(1)
    assert sum(world.open_of(rep_id) for rep_id in REPS) == 3
    world.feed(PolicyPublished(replace(world.org.policy, version=2, sla={})))
    world.wait(1)
    assert sum(world.open_of(rep_id) for rep_id in REPS) == 9


def test_where_a_miss_is_only_told_no_deal_in_work_waits_for_the_pace():
    told = replace(CLOCKS, missed="tell_manager")
    world = team(told)
    world.now_ms = MONDAY_NOON_MS
    for n in range(9):
        world.lead(f"L{n:02}", "imported", owner_rep_id="cem")
    world.roster("cem", removed=True)
    world.wait(1)
    assert sum(world.open_of(rep_id) for rep_id in ("ann", "bob")) == 9


def test_a_clock_to_contact_that_takes_nothing_away_holds_up_no_backlog():
    world = team(replace(CONTACT_ONLY, missed="tell_manager"))
    weekend(world, 9)
    world.wait(1)
    assert [world.open_of(rep_id) for rep_id in REPS] == [3, 3, 3]


@pytest.mark.parametrize("how", ["leaves", "gives up the channel"])
def test_the_leads_of_somebody_who_goes_are_handed_out_at_the_same_pace(how: str):
    world = team(CLOCKS)
    world.now_ms = MONDAY_NOON_MS
    for n in range(40):
        world.lead(f"L{n:02}", "imported", owner_rep_id="cem")
    gone = {"removed": True} if how == "leaves" else {"channels": ["field"]}
    world.roster("cem", **gone)
    world.wait(1)
    assert [world.open_of(rep_id) for rep_id in REPS] == [1, 1, 0]
    assert missed(work(world, 44, busy=("ann", "bob"))) == []
    assert {world.open_of(rep_id) for rep_id in ("ann", "bob")} == {20}
