"""Lead events: new, repeated, out of order, updated, withdrawn, imported, for show only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from auditor import everything
from world import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_NOON_MS, POLICY, World

from router.core.model.events import Feedback, PolicyPublished, RosterEntry

ZOE = RosterEntry("zoe", ["inside"], "inside_rep")


def test_an_event_seen_before_is_ignored():
    world = World()
    world.one("L", employees=10, event_id="same")
    before = everything(world.shard)
    assert world.lead("L", employees=900, event_id="same") == []
    assert everything(world.shard) == before


def test_an_event_is_still_known_after_thirty_others():
    world = World()
    world.one("L", employees=10, event_id="same")
    for _ in range(30):
        world.lead("L", "updated", industry="x")
    assert world.lead("L", event_id="same", country="FR") == []
    assert world.org.leads["L"].facts.country is None


@pytest.mark.parametrize("flag", ["test", "do_not_route"])
def test_a_shadow_lead_is_decided_and_leaves_no_trace(flag: str):
    world = World()
    world.one(employees=10)
    before = everything(world.shard)
    world.keep_changes()
    decision = world.one("ghost", employees=10, email_digest=9, **{flag: True})
    assert decision["shadow"]
    assert decision["outcome"] == "assigned"
    assert everything(world.shard) == before
    assert world.shard.take_changes() == [
        ("clock", {"next_offset": len(world.log), "now_ms": world.now_ms})
    ]
    assert world.one("real", employees=10)["rep_id"] == decision["rep_id"]


def test_a_shadow_lead_neither_fills_a_cap_nor_serves_those_who_wait():
    world = World(reps=())
    world.one("waits", employees=10)
    world.feed(World().org.reps["ida"].profile)
    decisions = world.lead("ghost", employees=10, test=True)
    assert [decision["lead_id"] for decision in decisions] == ["ghost"]
    assert world.status("waits") == "waiting"
    for _ in range(4):
        world.lead(employees=10, lead_source="trade_show", test=True)
    assert world.open_of("ida") == 0
    world.tick()
    assert world.owner("waits") == "ida"


def test_a_shadow_lead_in_one_sales_org_does_not_trip_over_another_in_the_same_batch():
    world = World()
    other = World().log
    for offset, (at_ms, event) in enumerate(other):
        world.shard.apply("other", event, timestamp_ms=at_ms, offset=100 + offset)
    world.shard.orgs["other"].reps["ida"].profile.rep_id = "else"
    decision = world.one("L", employees=10, test=True)
    assert decision["shadow"]
    assert "L" not in world.org.leads


def test_a_lead_that_turns_out_to_be_a_test_is_closed_and_its_place_is_free():
    world = World()
    world.one("L", employees=10)
    decision = world.one("L", "updated", test=True)
    assert (decision["outcome"], decision["reason"]) == ("closed", "test_lead")
    assert world.open_of("ida") == 0


def test_a_lead_that_must_not_be_routed_any_more_is_closed():
    world = World()
    world.one("L", employees=10)
    assert world.one("L", "updated", do_not_route=True)["reason"] == "do_not_route"


def test_a_withdrawn_lead_is_closed_and_its_place_is_free():
    world = World()
    world.one("L", employees=10)
    decision = world.one("L", "withdrawn")
    assert (decision["outcome"], decision["reason"]) == ("closed", "withdrawn")
    assert world.open_of("ida") == 0


def test_a_lead_withdrawn_before_it_was_submitted_is_not_routed():
    world = World()
    assert world.one("L", "withdrawn")["reason"] == "withdrawn"
    assert world.lead("L", employees=10, at_ms=world.now_ms - HOUR_MS) == []
    assert world.status("L") == "closed"


def test_a_lead_submitted_after_it_was_withdrawn_is_routed():
    world = World()
    world.one("L", "withdrawn", at_ms=world.now_ms - HOUR_MS)
    assert world.one("L", employees=10)["outcome"] == "assigned"


def test_an_update_changes_only_what_it_names():
    world = World()
    world.one("L", employees=10, country="DE", industry="steel")
    world.lead("L", "updated", industry="software")
    facts = world.org.leads["L"].facts
    assert (facts.employees, facts.country, facts.industry) == (10, "DE", "software")


def test_an_update_with_null_clears_a_fact():
    world = World()
    world.one("L", employees=10, country="DE")
    world.lead("L", "updated", cleared=["country"])
    assert world.org.leads["L"].facts.country is None


def test_the_value_with_the_later_time_stands_whatever_comes_first():
    world = World()
    start = world.now_ms
    world.one("L", employees=10, country="DE", at_ms=start)
    world.lead("L", "updated", country="FR", at_ms=start + 2 * MINUTE_MS)
    world.lead("L", "updated", country="US", industry="steel", at_ms=start + MINUTE_MS)
    facts = world.org.leads["L"].facts
    assert (facts.country, facts.industry) == ("FR", "steel")


def test_a_fact_cleared_later_stays_cleared_when_an_older_value_comes_late():
    world = World()
    start = world.now_ms
    world.one("L", employees=10, country="DE", at_ms=start)
    world.lead("L", "updated", cleared=["country"], at_ms=start + 2)
    world.lead("L", "updated", country="US", at_ms=start + 1)
    assert world.org.leads["L"].facts.country is None


def test_a_submission_that_comes_after_its_own_update_still_gives_its_facts():
    world = World()
    at_ms = world.now_ms - HOUR_MS
    world.lead("L", "updated", industry="software", cleared=["city"])
    world.lead(
        "L", "submitted", industry="steel", country="FR", city="Lyon", email_digest=5, at_ms=at_ms
    )
    facts = world.org.leads["L"].facts
    assert (facts.industry, facts.country, facts.city, facts.email_digest) == (
        "software",
        "FR",
        None,
        5,
    )


def test_maps_merge_key_by_key_and_one_entry_can_be_cleared():
    world = World()
    start = world.now_ms
    world.one("L", employees=10, custom={"a": 1, "b": 2})
    world.lead("L", "updated", custom={"b": 3, "c": 4}, at_ms=start + 2)
    world.lead("L", "updated", custom={"b": 0, "d": 5}, at_ms=start + 1)
    assert world.org.leads["L"].facts.custom == {"a": 1, "b": 3, "c": 4, "d": 5}
    world.lead("L", "updated", cleared=["custom.b"], at_ms=start + 3)
    assert world.org.leads["L"].facts.custom == {"a": 1, "c": 4, "d": 5}


def test_an_update_of_an_owned_lead_moves_it_nowhere():
    world = World()
    world.one("L", employees=10)
    assert world.lead("L", "updated", country="FR", language="fr") == []
    assert world.owner("L") == "ida"


def test_an_update_that_makes_a_nurtured_lead_worth_it_routes_it():
    world = World()
    assert world.one("L", expected_value_minor=100)["outcome"] == "nurtured"
    assert world.lead("L", "updated", expected_value_minor=200) == []
    decision = world.one("L", "updated", expected_value_minor=200_000)
    assert (decision["outcome"], decision["sequence"]) == ("assigned", 2)


def test_a_closed_lead_that_is_submitted_again_goes_to_the_same_rep():
    world = World()
    for _ in range(2):
        world.one(employees=10)
    owner = world.one("L", employees=10)["rep_id"]
    world.feedback("lost", "L")
    world.now_ms += 1
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", owner)


def busy(world: World, lead_id: str) -> None:
    """So much happens to the lead that the ids of what was before are not all remembered."""
    for _ in range(40):
        world.lead(lead_id, "updated", industry="x")


def test_a_submission_repeated_after_much_else_does_not_open_a_closed_lead():
    world = World()
    start = world.now_ms
    world.one("L", employees=10, event_id="first", at_ms=start)
    world.now_ms += HOUR_MS
    busy(world, "L")
    world.feedback("lost", "L")
    world.now_ms += HOUR_MS
    assert world.lead("L", employees=10, event_id="first", at_ms=start) == []
    assert world.lead("L", employees=10, event_id="again", at_ms=start) == []
    assert world.status("L") == "closed"


def test_nor_does_one_that_had_opened_it_before():
    world = World()
    world.one("L", employees=10)
    world.feedback("lost", "L")
    world.now_ms += HOUR_MS
    again = {"event_id": "again", "at_ms": world.now_ms}
    assert world.one("L", employees=10, **again)["outcome"] == "assigned"
    busy(world, "L")
    world.feed(Feedback("late", "lost", "L", world.now_ms - 2 * HOUR_MS))  # dated before it
    assert world.lead("L", employees=10, **again) == []


def test_the_first_event_of_a_lead_is_known_for_ever():
    world = World()
    world.one("L", employees=10, event_id="first")
    busy(world, "L")
    assert world.org.leads["L"].event_ids[0] == "first"
    assert len(world.org.leads["L"].event_ids) == 32
    assert world.lead("L", event_id="first", country="FR") == []
    assert world.org.leads["L"].facts.country is None


def test_a_submission_dated_ahead_keeps_no_later_one_from_opening_the_lead():
    world = World()
    world.one("L", employees=10, at_ms=world.now_ms + 20 * HOUR_MS)
    world.feedback("lost", "L")
    world.now_ms += HOUR_MS
    assert world.one("L", employees=10)["outcome"] == "assigned"


def test_the_first_submission_of_an_imported_lead_is_routed_whenever_it_was():
    world = World()
    world.one("L", "imported", employees=10)
    assert world.one("L", at_ms=world.now_ms - HOUR_MS)["outcome"] == "assigned"


def test_a_withdrawal_repeated_after_much_else_does_not_close_what_was_submitted_since():
    world = World()
    world.one("L", employees=10)
    gone = {"event_id": "gone", "at_ms": world.now_ms}
    world.one("L", "withdrawn", **gone)
    world.now_ms += HOUR_MS
    world.one("L", employees=10)
    busy(world, "L")
    assert world.lead("L", "withdrawn", **gone) == []
    assert world.status("L") == "assigned"


def test_an_update_does_not_open_a_closed_lead():
    world = World()
    world.one("L", employees=10)
    world.feedback("lost", "L")
    assert world.lead("L", "updated", employees=9_000) == []


def test_a_refused_consent_closes_and_one_not_stated_does_not():
    world = World()
    refused = world.one(email_digest=1, consent_email="denied", employees=10)
    assert (refused["outcome"], refused["reason"]) == ("closed", "consent_refused")
    assert "rep_id" not in refused
    assert world.one(email_digest=2, consent_email="unknown", employees=10)["outcome"] == "assigned"


def test_a_person_who_can_still_be_called_is_routed():
    world = World()
    decision = world.one(email_digest=1, phone_digest=2, consent_email="denied", employees=10)
    assert decision["outcome"] == "assigned"
    decision = world.one("L", phone_digest=3, consent_phone="denied", employees=10)
    assert decision["reason"] == "consent_refused"


def test_a_consent_withdrawn_later_takes_the_lead_from_its_rep():
    world = World()
    world.one("L", email_digest=1, employees=10)
    assert world.one("L", "updated", consent_email="denied")["reason"] == "consent_refused"
    assert world.open_of("ida") == 0


def test_an_imported_lead_is_routed_nowhere_but_counts_in_the_open_cap():
    world = World()
    decision = world.one("L", "imported", owner_rep_id="ida", employees=900)
    assert (decision["outcome"], decision["reason"], decision["rep_id"]) == (
        "assigned",
        "imported",
        "ida",
    )
    assert "accept_by" not in decision
    load = world.org.reps["ida"].loads["inside"]
    assert (load.open, load.day_count) == (1, 0)
    assert world.wait(30 * DAY_MS) == []


def test_an_imported_lead_without_an_owner_is_closed():
    decision = World().one("a", "imported")
    assert (decision["outcome"], decision["reason"]) == ("closed", "imported")


def test_an_imported_lead_is_its_owners_when_they_join_the_roster_after_it():
    world = World()
    decision = world.one("L", "imported", owner_rep_id="zoe")
    assert (decision["outcome"], decision["reason"]) == ("closed", "owner_not_on_roster")
    assert decision["outside_rep_id"] == "zoe"
    world.restart()
    world.wait(3 * DAY_MS)
    world.feed(ZOE)
    (decision,) = world.wait(0)
    assert (decision["outcome"], decision["reason"]) == ("assigned", "imported")
    assert decision["rep_id"] == "zoe"
    load = world.org.reps["zoe"].loads["inside"]
    assert (load.open, load.day_count) == (1, 0)
    assert world.wait(DAY_MS) == []


@pytest.mark.parametrize("gone", [{"removed": True}, {"leaves_ms": MONDAY_NOON_MS - DAY_MS}])
def test_the_imported_leads_of_a_leaver_do_not_go_into_rotation(gone: dict[str, Any]):
    world = World()
    world.roster("iva", **gone)
    decision = world.one("L", "imported", owner_rep_id="iva", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("closed", "owner_not_on_roster")
    assert (decision["outside_rep_id"], decision.get("rep_id")) == ("iva", None)
    assert world.wait(DAY_MS) == []
    world.restart()
    world.roster("iva", removed=False, leaves_ms=None)
    (decision,) = world.wait(0)
    assert (decision["reason"], decision["rep_id"]) == ("imported", "iva")


def test_what_waited_for_a_joiner_becomes_theirs_five_hundred_a_tick():
    world = World()
    for n in range(1_100):
        world.lead(f"L{n:04}", "imported", owner_rep_id="zoe")
    world.feed(ZOE)
    given = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        given.append(len(world.tick()))
        world.restart()
    assert given == [500, 500, 100]
    assert world.open_of("zoe") == 1_100


def test_an_import_repeated_with_another_owner_takes_the_lead_from_the_one_it_waited_for():
    world = World()
    world.one("L", "imported", owner_rep_id="idda")
    (decision,) = world.lead("L", "imported", owner_rep_id="ida")
    assert (decision["outcome"], decision["reason"], decision["rep_id"]) == (
        "assigned",
        "imported",
        "ida",
    )
    world.feed(replace(ZOE, rep_id="idda"))
    assert world.wait(0) == []
    assert world.owner("L") == "ida"


def test_an_import_repeated_with_another_stranger_waits_for_that_one():
    world = World()
    world.one("L", "imported", owner_rep_id="zo")
    (decision,) = world.lead("L", "imported", owner_rep_id="zoe")
    assert (decision["reason"], decision["outside_rep_id"]) == ("owner_not_on_roster", "zoe")
    assert world.lead("L", "imported", owner_rep_id="zoe") == []
    world.feed(replace(ZOE, rep_id="zo"))
    assert world.wait(0) == []
    world.restart()
    world.feed(ZOE)
    assert world.wait(0)[0]["rep_id"] == "zoe"


def test_an_import_repeated_without_the_owner_waits_for_nobody_and_is_routed_when_submitted():
    world = World()
    world.one("L", "imported", owner_rep_id="zo", at_ms=world.now_ms - HOUR_MS)
    (decision,) = world.lead("L", "imported", cleared=["owner_rep_id"])
    assert (decision["outcome"], decision["reason"]) == ("closed", "imported")
    world.feed(replace(ZOE, rep_id="zo"))
    assert world.wait(0) == []
    assert world.one("L", employees=10, at_ms=world.now_ms - HOUR_MS)["outcome"] == "assigned"


def test_an_older_import_that_comes_late_does_not_change_the_owner_back():
    world = World()
    world.one("L", "imported", owner_rep_id="zoe")
    assert world.lead("L", "imported", owner_rep_id="ida", at_ms=world.now_ms - HOUR_MS) == []
    assert world.org.leads["L"].awaits == "zoe"


@pytest.mark.parametrize("end", ["withdrawn", "erased", "won", "test", "forgotten"])
def test_an_imported_lead_that_ended_meanwhile_waits_for_nobody(end: str):
    world = World()
    world.one("L", "imported", owner_rep_id="zoe")
    if end == "withdrawn":
        world.lead("L", "withdrawn")
    elif end == "test":
        world.lead("L", "updated", test=True)
    elif end == "forgotten":
        world.wait(32 * DAY_MS)
    else:
        world.feedback(end, "L")
    world.feed(ZOE)
    assert world.wait(0) == []
    assert world.org.room == {}


def test_an_imported_lead_that_is_submitted_before_its_owner_joins_is_routed():
    world = World()
    world.one("L", "imported", owner_rep_id="zoe")
    assert world.one("L", employees=10)["rep_id"] == "ida"
    world.feed(ZOE)
    assert world.wait(0) == []
    assert world.owner("L") == "ida"


def test_a_rep_who_was_removed_before_their_leads_came_gets_them_when_they_are_back():
    world = World()
    world.one("L", "imported", owner_rep_id="zoe")
    world.feed(ZOE)
    world.roster("zoe", removed=True)
    assert world.wait(DAY_MS) == []
    world.roster("zoe", removed=False)
    assert world.wait(0)[0]["rep_id"] == "zoe"


def test_leads_before_any_policy_are_held_and_decided_when_it_comes():
    world = World(policy=None)
    decision = world.one("L", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("queued", "no_policy")
    assert "policy" not in decision
    world.feed(PolicyPublished(POLICY))
    (decision,) = world.wait(MINUTE_MS)
    assert (decision["outcome"], decision["reason"]) == ("assigned", "backlog_offered")
    assert decision["policy"] == {"id": "test", "version": 1}


def test_a_lead_of_which_nothing_is_known_finds_a_rep():
    assert World().one()["outcome"] == "assigned"


def test_what_an_event_carries_is_not_changed_by_the_state_that_took_it_in():
    world = World()
    custom = {"a": 1}
    world.one("L", employees=10, custom=custom, external_ids={"hubspot": "1"})
    world.lead("L", "updated", custom={"b": 2}, external_ids={"salesforce": "2"})
    assert custom == {"a": 1}
    assert world.log[-2][1].facts.external_ids == {"hubspot": "1"}  # type: ignore[union-attr]
