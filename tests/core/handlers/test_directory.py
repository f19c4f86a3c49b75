"""Roster, accounts, policies, commands, engagement: what is not a lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from auditor import everything
from world import DAY_MS, HOUR_MS, POLICY, World, values

from router.core.model.events import Account, Engagement, PolicyPublished, RosterEntry
from router.core.model.policy import Cap, FitLine

FREE = replace(POLICY, sla={}, hours={}, caps={})


def test_a_rep_keeps_their_number_when_they_leave_and_come_back():
    world = World()
    number = world.org.reps["ike"].number
    world.roster("ike", removed=True)
    world.feed(RosterEntry("zoe", ["inside"], "inside_rep"))
    world.roster("ike", removed=False)
    assert world.org.reps["ike"].number == number
    assert world.org.reps["zoe"].number == len(world.org.rep_numbers) - 1


def test_removing_a_rep_who_never_was_changes_nothing():
    world = World()
    before = everything(world.shard)
    world.feed(RosterEntry("ghost", removed=True))
    assert everything(world.shard) == before


def test_new_reps_are_announced_once_with_their_number():
    world = World()
    announced = world.shard.take_new_reps()
    assert ("main", 2, "ida") in announced
    assert world.shard.take_new_reps() == []
    world.restart()
    assert world.shard.take_new_reps() == []


def test_an_account_that_goes_is_found_no_more():
    world = World()
    world.feed(replace(world.org.accounts["acme"], removed=True))
    decision = world.one(company_domain="acme.example", expected_value_minor=900_000)
    assert "account_id" not in decision


def test_of_two_accounts_with_one_domain_the_smallest_id_counts_whichever_came_first():
    for order in (1, -1):
        pair = (Account("a1", domains=["x.example"]), Account("a2", domains=["x.example"]))[::order]
        world = World(accounts=pair)
        assert world.one(company_domain="x.example", employees=10)["account_id"] == "a1"


def test_an_account_that_changes_its_domain_is_found_by_the_new_one_only():
    world = World()
    world.feed(Account("acme", "acme", ["new.example"], owner_rep_id="fay"))
    big = {"expected_value_minor": 900_000}
    assert world.one(company_domain="new.example", **big)["account_id"] == "acme"
    assert "account_id" not in world.one(company_domain="acme.example", **big)


def newer(**changes: object) -> PolicyPublished:
    return PolicyPublished(replace(POLICY, **{"version": 2, **changes}))  # type: ignore[arg-type]


def test_an_older_version_of_the_policy_is_ignored():
    world = World()
    world.feed(newer(version=1, channel=()))
    assert world.org.policy.channel == POLICY.channel


def test_a_policy_with_a_later_beginning_waits_for_it():
    world = World()
    world.feed(newer(effective_from_ms=world.now_ms + HOUR_MS))
    assert world.one(employees=10)["policy"]["version"] == 1
    world.wait(HOUR_MS)
    assert world.one(employees=10)["policy"]["version"] == 2


def test_leads_wait_for_a_first_policy_that_is_still_to_come():
    world = World(replace(POLICY, effective_from_ms=World().now_ms + HOUR_MS))
    early = world.one("L", employees=10)
    assert (early["outcome"], early["reason"]) == ("queued", "no_policy")
    assert "policy" not in early
    assert world.wait(HOUR_MS - 1) == []
    world.restart()
    (decision,) = world.wait(1)
    assert (decision["lead_id"], decision["outcome"]) == ("L", "assigned")
    assert decision["policy"] == {"id": "test", "version": 1}
    assert world.one(employees=10)["outcome"] == "assigned"


def test_a_first_policy_that_waits_gives_way_to_one_that_begins_at_once():
    world = World(replace(POLICY, effective_from_ms=World().now_ms + DAY_MS))
    world.feed(newer())
    assert world.one(employees=10)["policy"]["version"] == 2
    world.wait(2 * DAY_MS)
    assert world.one(employees=10)["policy"]["version"] == 2


def test_a_policy_that_names_a_field_that_does_not_exist_is_refused_and_the_old_one_stays():
    world = World()
    world.one("before", employees=10)
    before = everything(world.shard)
    for at_ms in (0, world.now_ms + HOUR_MS):
        with pytest.raises(KeyError):
            world.feed(
                newer(
                    fit=(FitLine(1, (values("shoe_size", "44"),), "shoes"),),
                    effective_from_ms=at_ms,
                )
            )
        assert everything(world.shard) == before
    assert world.one(employees=10)["policy"]["version"] == 1


def test_an_operator_sends_a_rep_away_for_a_time():
    world = World(FREE)
    world.command("rep_away", "ida", from_ms=world.now_ms, until_ms=world.now_ms + HOUR_MS)
    assert [world.one(employees=10)["rep_id"] for _ in range(2)] == ["ike", "iva"]
    world.wait(HOUR_MS)
    assert world.one(employees=10)["rep_id"] == "ida"


def test_an_operator_gives_a_lead_to_a_rep():
    world = World()
    world.one("L", employees=10)
    (decision,) = world.command("assign", "L", rep_id="fay", reason="knows them")
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "by_operator")
    assert (decision["rep_id"], decision["sales_channel"]) == ("fay", "field")
    assert world.command("assign", "L", rep_id="fay") == []


def test_a_command_about_something_unknown_changes_nothing():
    world = World()
    world.one("L", employees=10)
    world.feedback("lost", "L")
    before = everything(world.shard)
    for command in ("assign", "rep_away"):
        assert world.command(command, "nobody", rep_id="ida", from_ms=1, until_ms=2) == []
    assert world.command("assign", "L", rep_id="nobody") == []
    assert world.command("assign", "L", rep_id="ida") == []
    assert world.command("rep_away", "ida") == []
    assert everything(world.shard) == before


def test_a_command_that_comes_again_does_not_take_the_lead_from_its_new_owner():
    world = World()
    world.one("L", employees=10)
    world.command("assign", "L", rep_id="fay", command_id="same")
    world.feedback("owner_changed", "L", rep_id="iva")
    assert world.command("assign", "L", rep_id="fay", command_id="same") == []
    world.restart()
    assert world.command("assign", "L", rep_id="fay", command_id="same") == []
    assert world.owner("L") == "iva"


def test_a_command_that_asked_for_what_was_so_already_has_been_carried_out_too():
    world = World()
    assert world.one("L", employees=10)["rep_id"] == "ida"
    world.command("assign", "L", rep_id="ida", command_id="same")
    world.feedback("owner_changed", "L", rep_id="iva")
    assert world.command("assign", "L", rep_id="ida", command_id="same") == []


def test_a_leave_that_is_sent_again_does_not_come_back_after_the_roster_has_ended_it():
    world = World()
    leave = {"from_ms": world.now_ms, "until_ms": world.now_ms + DAY_MS, "command_id": "same"}
    world.command("rep_away", "ida", **leave)
    world.roster("ida", time_off=[])
    world.command("rep_away", "ida", **leave)
    assert world.org.reps["ida"].profile.time_off == []


def test_a_command_about_a_lead_that_had_not_come_counts_when_it_is_sent_again():
    world = World()
    assert world.command("assign", "L", rep_id="fay", command_id="same") == []
    world.one("L", employees=10)
    assert world.command("assign", "L", rep_id="fay", command_id="same")[0]["rep_id"] == "fay"


def test_a_bounded_number_of_commands_is_remembered():
    world = World()
    for n in range(300):
        world.command("pause_pool", "emea-inside", command_id=f"c{n}")
    assert world.org.command_ids == tuple(f"c{n}" for n in range(44, 300))


def test_engagement_that_comes_before_its_lead_counts_when_the_lead_comes():
    world = World()
    world.engage("L", 50)
    score = world.one("L", employees=10)["score"]
    assert (score["engagement"], score["band"]) == (50, "warm")
    assert world.org.early_engagement == {}


def test_of_early_engagement_the_latest_counts_whatever_comes_first():
    world = World()
    world.engage("L", 50)
    world.feed(Engagement("L", 9_000, world.now_ms - HOUR_MS, DAY_MS))
    assert world.one("L", employees=10)["score"]["engagement"] == 50


def test_engagement_whose_lead_never_comes_is_dropped_after_thirty_days():
    world = World()
    for n in range(700):
        world.engage(f"L{n}", 50)
    world.engage("L0", 60)
    world.wait(30 * DAY_MS)
    assert len(world.org.early_engagement) == 700
    world.wait(DAY_MS)
    assert (world.org.early_engagement, world.org.early_days) == ({}, {})


def test_engagement_that_goes_on_is_watched_once_a_day():
    world = World()
    for _ in range(50):
        world.engage("L", 5)
    assert sum(len(ids) for ids in world.org.early_days.values()) == 1


def test_older_engagement_of_a_lead_is_ignored():
    world = World()
    world.one("L", employees=10)
    world.engage("L", 20)
    world.feed(Engagement("L", 1_000, world.now_ms - HOUR_MS, DAY_MS))
    assert world.org.leads["L"].engagement_milli == 20_000


def test_engagement_brings_a_nurtured_lead_back():
    world = World()
    world.one("L", expected_value_minor=1_000)
    assert world.engage("L", 10) == []
    (decision,) = world.engage("L", 40)
    assert (decision["outcome"], decision["score"]["band"]) == ("assigned", "warm")


def test_a_waiting_lead_that_gets_hot_may_find_another_channel():
    hot = replace(POLICY.channel[0], when=(values("band", "hot"),))
    world = World(replace(POLICY, channel=(hot, *POLICY.channel[1:]), caps={"inside": Cap(open=0)}))
    world.one("L", employees=10)
    (decision,) = world.engage("L", 90)
    assert (decision["outcome"], decision["sales_channel"]) == ("assigned", "field")
