"""Who may have a lead, and for everyone else the reason why not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    MONDAY_NOON_MS,
    OFFICE,
    POLICY,
    REPS,
    World,
    below,
    excluded,
    values,
    with_rep,
)

from router.core.model.assignment import Exclusion
from router.core.model.events import RepCap, RosterEntry
from router.core.model.policy import AtMost, Cap, NewRep, Pool


def inside_pool(*match: str) -> World:
    pool = Pool("emea-inside", "emea", "inside", (values("role", "inside_rep"),), match)  # type: ignore[arg-type]
    return World(replace(POLICY, pools=(pool,)))


def why_not(world: World, **facts: object) -> dict[str, list[str]]:
    (decision,) = world.lead(**{"employees": 10, **facts})
    candidates = decision["candidates"]
    found = excluded(decision, world)
    out = sum(len(reps) for reps in found.values())
    assert candidates["considered"] == candidates["eligible"] + out
    return found


def test_who_has_left():
    assert why_not(World(reps=with_rep("ida", leaves_ms=1))) == {"left": ["ida"]}


def test_who_has_not_started():
    assert why_not(World(reps=with_rep("ida", starts_ms=1 << 50))) == {"not_started": ["ida"]}


def test_who_is_on_leave():
    assert why_not(World(reps=with_rep("ida", time_off=[(0, 1 << 50)]))) == {"time_off": ["ida"]}


def test_whose_territory_it_is_not():
    world = World()
    decision = world.one(expected_value_minor=9_000_000, country="DE", postal_code="80331")
    assert excluded(decision, world) == {"territory": ["fin"]}


def test_who_does_not_speak_the_language():
    assert why_not(World(), language="fr") == {"language": ["ida", "ike"]}


def test_a_lead_whose_language_is_not_known_is_for_everyone():
    assert why_not(World()) == {}


def test_who_lacks_the_skill_for_the_product():
    world = inside_pool("skill")
    world.roster("iva", skills=["Cloud Suite"])
    assert why_not(world, product="cloudsuite") == {"skill": ["ida", "ike"]}
    assert why_not(world, custom={"skill": "cloud suite"}) == {"skill": ["ida", "ike"]}


def test_who_lacks_the_seniority():
    world = inside_pool("seniority")
    world.roster("iva", seniority="senior")
    assert why_not(world, custom={"seniority": "senior"}) == {"seniority": ["ida", "ike"]}


def test_a_new_rep_gets_only_leads_that_the_policy_gives_new_reps():
    rule = NewRep(90 * DAY_MS, 500, (below("value", 200_000),))
    world = World(replace(POLICY, new_rep=rule), with_rep("ida", starts_ms=MONDAY_NOON_MS - DAY_MS))
    assert why_not(world, expected_value_minor=900_000) == {"new_rep": ["ida"]}
    assert why_not(world, expected_value_minor=100_000) == {}
    world.now_ms += 91 * DAY_MS
    assert why_not(world, expected_value_minor=900_000) == {}


def test_who_has_declined_it():
    world = World()
    world.one("L", employees=10)
    (decision,) = world.feedback("rejected", "L", rep_id="ida")
    assert excluded(decision, world) == {"declined_it": ["ida"]}


def test_who_has_missed_it_a_short_while_ago():
    world = World()
    world.one("L", employees=10)
    (decision,) = world.wait(5 * MINUTE_MS)
    assert excluded(decision, world) == {"missed_it": ["ida"]}


def test_who_is_off_duty():
    reps = with_rep("ida", hours=[(day, 0, 60) for day in range(7)])
    assert why_not(World(reps=reps)) == {"off_duty": ["ida"]}


def test_who_has_had_their_leads_for_today():
    world = World(replace(POLICY, caps={"inside": Cap(per_day=1)}))
    world.one("L", employees=10)
    world.feedback("lost", "L")
    assert why_not(world) == {"day_cap": ["ida"]}


def test_who_has_had_their_leads_for_this_hour():
    world = World(replace(POLICY, caps={"inside": Cap(per_hour=1)}))
    world.one("L", employees=10)
    world.feedback("accepted", "L")
    assert why_not(world) == {"hour_cap": ["ida"]}
    world.now_ms += HOUR_MS
    assert why_not(world) == {}


def test_who_has_had_their_leads_for_this_week():
    world = World(replace(POLICY, caps={"inside": Cap(per_week=1)}, sla={}))
    world.one("L", employees=10)
    world.now_ms += 4 * DAY_MS  # Friday
    assert why_not(world) == {"week_cap": ["ida"]}
    world.now_ms += 3 * DAY_MS
    assert why_not(world) == {}


def test_who_has_had_as_many_of_the_pool_as_it_gives_one_rep():
    pool = Pool(
        "emea-inside", "emea", "inside", (values("role", "inside_rep"),),
        at_most=AtMost(per_day=1),
    )  # fmt: skip
    world = World(replace(POLICY, pools=(pool,), nobody_free={}, sla={}))
    assert {world.one(employees=10)["rep_id"] for _ in range(3)} == {"ida", "ike", "iva"}
    waits = world.one("waits", employees=10)
    assert waits["reason"] == "all_at_cap"
    assert excluded(waits, world) == {"pool_cap": ["ida", "ike", "iva"]}
    theirs = world.one("theirs", employees=10, sourced_by_rep_id="ike")
    assert theirs["rep_id"] == "ike"
    (offered,) = world.wait(DAY_MS)
    assert (offered["lead_id"], offered["reason"]) == ("waits", "backlog_offered")


def test_what_a_week_gave_outlives_a_restart_and_no_test_lead_counts():
    world = World(replace(POLICY, caps={"inside": Cap(per_week=1)}, sla={}))
    world.one("L", employees=10)
    world.one("a test", employees=10, test=True)
    world.restart()
    assert why_not(world) == {"week_cap": ["ida"]}


def test_a_reps_own_caps_of_an_hour_and_a_week_replace_the_policys():
    policy = replace(POLICY, caps={"inside": Cap(per_hour=9, per_week=1)}, sla={})
    own = {"inside": RepCap(per_week=3), "all": RepCap(per_hour=1)}
    world = World(policy, with_rep("ida", caps=own))
    got = [world.one(employees=10)["rep_id"] for _ in range(3)]
    assert sorted(got) == ["ida", "ike", "iva"]
    assert why_not(world) == {"hour_cap": ["ida"], "week_cap": ["ike", "iva"]}
    (offered,) = world.wait(HOUR_MS)
    assert offered["rep_id"] == "ida"


def test_who_has_had_their_leads_from_this_source_today():
    world = World(replace(POLICY, caps={"inside": Cap(per_day_from=(("trade_show", 1),))}))
    world.one(employees=10, lead_source="trade_show")
    assert why_not(world, lead_source="trade_show") == {"source_cap": ["ida"]}
    assert why_not(world, lead_source="web") == {}
    assert why_not(world) == {}


def test_who_has_too_many_open():
    world = World(replace(POLICY, caps={"inside": Cap(open=1)}))
    world.one(employees=10)
    assert why_not(world) == {"open_cap": ["ida"]}


def test_who_does_not_work_when_the_customer_can_be_reached():
    hours = {"inside": replace(OFFICE, prefer_customer_daytime=True)}
    night = [(day, 11 * 60, 24 * 60) for day in range(7)]
    world = World(replace(POLICY, hours=hours), with_rep("iva", hours=night))
    assert why_not(world, utc_offset_minutes=-8 * 60) == {"customer_daytime": ["ida", "ike"]}
    assert why_not(world, utc_offset_minutes=0) == {}
    early = {"utc_offset_minutes": 0, "preferred_windows": [(480, 600)]}
    assert why_not(world, **early) == {"customer_daytime": ["iva"]}
    assert why_not(world) == {}


def test_the_customers_daytime_is_a_preference_and_never_the_reason_that_nobody_gets_it():
    hours = {"inside": replace(OFFICE, prefer_customer_daytime=True)}
    world = World(replace(POLICY, hours=hours))
    assert world.one(employees=10, utc_offset_minutes=12 * 60)["outcome"] == "assigned"


def test_a_rep_stands_under_the_first_reason_that_holds():
    reps = with_rep("ida", leaves_ms=1, time_off=[(0, 1 << 50)], languages=[])
    assert why_not(World(reps=reps), language="en") == {"left": ["ida"]}
    reps = with_rep("ida", time_off=[(0, 1 << 50)], languages=[])
    assert why_not(World(reps=reps), language="en") == {"time_off": ["ida"]}


def test_a_rep_with_leads_to_accept_gets_none_that_waited():
    world = World(replace(POLICY, nobody_free={}))
    for _ in range(3):
        world.one(employees=10)
    world.command("pause_pool", "emea-inside")
    world.one("waits", employees=10)
    world.command("resume_pool", "emea-inside")
    (told,) = world.wait(0)
    assert excluded(told, world) == {"unaccepted": ["ida", "ike", "iva"]}


def test_every_reason_of_the_contract_has_its_test_here():
    shown = {
        "left", "not_started", "time_off", "territory", "language", "skill", "seniority",
        "new_rep", "declined_it", "missed_it", "off_duty", "hour_cap", "day_cap", "week_cap",
        "source_cap", "pool_cap", "open_cap", "customer_daytime", "unaccepted",
    }  # fmt: skip
    of_no_pool = {"not_on_roster", "ambiguous_id"}
    by_earnings = {"earns_less"}  # of test_contribution
    assert shown | of_no_pool | by_earnings == {reason.value for reason in Exclusion}


def test_the_answer_tells_who_came_next():
    decision = World().one(employees=10)
    assert [one["rep_id"] for one in decision["candidates"]["runners_up"]] == ["ike", "iva"]


@pytest.mark.parametrize("own", [RepCap(per_day=0), RepCap(open=0)])
def test_a_rep_with_a_cap_of_nothing_gets_nothing_ever(own: RepCap):
    world = World(reps=with_rep("ida", caps={"inside": own}))
    got = {world.one(employees=10)["rep_id"] for _ in range(5)}
    assert got == {"ike", "iva"}
    world.now_ms += DAY_MS
    assert {world.one(employees=10)["rep_id"] for _ in range(5)} == {"ike", "iva"}


def test_a_reps_own_cap_replaces_the_policys():
    policy = replace(POLICY, caps={"inside": Cap(per_day=1)})
    world = World(policy, with_rep("ida", caps={"inside": RepCap(per_day=3)}))
    assert [world.one(employees=10).get("rep_id") for _ in range(6)] == [
        "ida", "ike", "iva", "ida", "ida", None,
    ]  # fmt: skip


def test_new_reps_have_a_part_of_every_cap_and_at_least_one():
    caps = {"inside": Cap(4, None, (("web", 1),))}
    rule = NewRep(90 * DAY_MS, 500, ())
    ida = replace(next(rep for rep in REPS if rep.rep_id == "ida"), starts_ms=MONDAY_NOON_MS - 1)
    world = World(replace(POLICY, caps=caps, new_rep=rule), (ida,))
    assert world.one(employees=10, lead_source="web")["outcome"] == "assigned"
    assert world.one(employees=10)["outcome"] == "assigned"
    assert excluded(world.one(employees=10), world) == {"day_cap": ["ida"]}


def test_the_daily_cap_begins_anew_at_the_reps_own_midnight():
    tokyo = [(-(1 << 50), 9 * 60)]
    policy = replace(POLICY, caps={"inside": Cap(1)}, hours={}, sla={})
    reps = (RosterEntry("ida", ["inside"], "inside_rep", utc_offsets=tokyo),)
    world = World(policy, reps, (), MONDAY_NOON_MS + 2 * HOUR_MS)  # 23:00 in Tokyo
    assert world.one(employees=10)["outcome"] == "assigned"
    assert world.one("waits", employees=10)["reason"] == "all_at_cap"
    decisions = world.wait(HOUR_MS)
    assert [(one["lead_id"], one["reason"]) for one in decisions] == [("waits", "backlog_offered")]


def test_a_skill_that_is_true_and_one_that_is_1_are_two_skills():
    world = inside_pool("skill")
    world.roster("iva", skills=["1"])
    assert why_not(world, custom={"skill": 1}) == {"skill": ["ida", "ike"]}
    assert world.one(employees=10, custom={"skill": True})["outcome"] == "queued"
