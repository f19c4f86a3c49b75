"""Handoffs between field and inside, both ways; both reps stay on the lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import DAY_MS, HOUR_MS, POLICY, World, values, with_rep

from router.core.model.policy import Handoff

QUALIFYING = {"expected_value_minor": 2_000_000}


def handing_over(*lines: Handoff) -> World:
    return World(replace(POLICY, handoffs=lines))


def test_a_qualified_lead_goes_to_the_field_and_the_inside_rep_stays_on_it():
    world = World()
    world.one("L", **QUALIFYING)
    (decision,) = world.feedback("qualified", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("handed_off", "qualified")
    assert (decision["rep_id"], decision["sales_channel"]) == ("fay", "field")
    assert (decision["partner_rep_id"], decision["previous_rep_id"]) == ("ida", "ida")
    assert decision["rule"] == "qualified goes to the field"
    assert (world.open_of("ida"), world.open_of("fay")) == (0, 1)
    assert "accept_by" in decision


def test_a_lead_that_began_inside_to_be_handed_over_needs_no_line_for_it():
    world = handing_over()
    world.one("L", **QUALIFYING)
    (decision,) = world.feedback("qualified", "L", rep_id="ida")
    assert decision["outcome"] == "handed_off"


def test_a_qualified_lead_that_a_field_rep_rejects_goes_to_another_of_the_field():
    world = World()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    (decision,) = world.feedback("rejected", "L", rep_id="fay")
    assert (decision["rep_id"], decision["sales_channel"]) == ("fin", "field")
    (decision,) = world.feedback("rejected", "L", rep_id="fin")
    assert (decision["outcome"], decision["pool_id"]) == ("queued", "emea-field")


def test_a_qualified_small_lead_stays_inside():
    world = World()
    world.one("L", employees=10)
    assert world.feedback("qualified", "L", rep_id="ida") == []
    assert world.status("L") == "contacted"


def test_a_qualified_lead_of_a_customer_goes_to_the_accounts_owner():
    reps = with_rep("fin", territories=["de-south", "emea-rest"])
    world = World(accounts=(replace(World().org.accounts["acme"], owner_rep_id="fin"),), reps=reps)
    small = {"company_domain": "acme.example", "expected_value_minor": 400_000}
    world.roster("fin", partner_rep_id="ida")
    assert world.one("L", **small)["rep_id"] == "ida"
    world.lead("L", "updated", expected_value_minor=2_000_000)
    (decision,) = world.feedback("qualified", "L", rep_id="ida")
    assert (decision["outcome"], decision["rep_id"]) == ("handed_off", "fin")


def test_a_lead_whose_score_rises_is_handed_over():
    world = World()
    world.one("L", employees=10)
    (decision,) = world.engage("L", 80)
    assert (decision["outcome"], decision["reason"]) == ("handed_off", "score_rose")


def test_an_update_that_makes_the_score_rise_hands_over_too():
    world = World()
    world.engage("L", 60)
    world.one("L", employees=10)
    (decision,) = world.lead("L", "updated", industry="software")
    assert decision["reason"] == "score_rose"


def test_any_report_that_the_policy_names_starts_a_handoff():
    for kind in ("accepted", "attempted", "contacted", "meeting_held", "converted"):
        world = handing_over(Handoff("inside", "field", (), "then", feedback=kind))
        world.one("L", employees=10)
        (decision,) = world.feedback(kind, "L", rep_id="ida")
        assert (decision["outcome"], decision["reason"]) == ("handed_off", "handoff_rule"), kind
        assert decision["rule"] == "then"


def test_a_handoff_may_depend_on_the_lead():
    line = Handoff("inside", "field", (values("country", "de"),), "german", feedback="meeting_held")
    world = handing_over(line)
    world.one("L", employees=10, country="FR")
    assert world.feedback("meeting_held", "L", rep_id="ida") == []


def test_a_field_rep_asks_for_a_handoff_to_inside_and_back():
    world = World()
    world.one("L", expected_value_minor=9_000_000)
    (there,) = world.feedback("handoff_requested", "L", rep_id="fay")
    assert (there["reason"], there["sales_channel"]) == ("handoff_requested", "inside")
    assert there["partner_rep_id"] == "fay"
    (back,) = world.feedback("handoff_requested", "L", rep_id=there["rep_id"])
    assert back["sales_channel"] == "field"


def without_field() -> World:
    reps = with_rep("fay", time_off=[(0, 1 << 50)])
    return World(reps=tuple(rep for rep in reps if rep.rep_id != "fin"))


def test_the_manager_is_told_once_when_nobody_is_there_to_take_a_qualified_lead():
    world = without_field()
    world.one("L", **QUALIFYING)
    (told,) = world.feedback("qualified", "L", rep_id="ida")
    assert (told["outcome"], told["reason"], told["rep_id"]) == (
        "escalated",
        "handoff_waits",
        "ida",
    )
    assert told["notify_rep_id"] == world.org.reps["ida"].profile.manager_rep_id
    assert told["rule"] == "qualified goes to the field"
    assert world.owner("L") == "ida"
    assert world.feedback("handoff_requested", "L", rep_id="ida") == []
    assert world.wait(5 * HOUR_MS) == []


def test_a_lead_that_waits_for_the_field_goes_there_as_soon_as_somebody_is_free():
    world = without_field()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    assert world.wait(3 * HOUR_MS) == []
    world.roster("fay", time_off=[])
    (handed,) = world.wait(0)
    assert (handed["outcome"], handed["reason"]) == ("handed_off", "handoff_waited")
    assert (handed["rep_id"], handed["partner_rep_id"]) == ("fay", "ida")
    assert world.wait(3 * HOUR_MS) == []


def test_a_lead_that_ends_while_it_waits_for_the_field_is_not_handed_over():
    world = without_field()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    world.feedback("lost", "L", rep_id="ida")
    world.roster("fay", time_off=[])
    assert world.wait(2 * HOUR_MS) == []


def test_a_lead_whose_score_rises_waits_for_the_field_too():
    world = without_field()
    world.one("L", employees=10)
    world.feedback("contacted", "L", rep_id="ida")
    (told,) = world.engage("L", 80)
    assert told["reason"] == "handoff_waits"
    assert world.engage("L", 85) == []
    world.roster("fay", time_off=[])
    (handed,) = world.wait(HOUR_MS)
    assert handed["outcome"] == "handed_off"


def test_clocks_run_on_while_a_lead_waits_for_the_field():
    world = without_field()
    world.one("L", employees=10)
    world.engage("L", 80)
    reasons = [decision["reason"] for decision in world.wait(HOUR_MS)]
    assert "accept_missed" in reasons


@pytest.mark.parametrize("word", ["owner_changed", "assign"])
def test_a_lead_that_is_given_to_another_inside_rep_waits_for_the_field_on(word: str):
    world = without_field()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    at_ms = world.org.leads["L"].handoff_at_ms
    if word == "assign":
        world.command("assign", "L", rep_id="ike")
    else:
        world.feedback("owner_changed", "L", rep_id="ike")
    assert (world.owner("L"), world.org.leads["L"].handoff_at_ms) == ("ike", at_ms)
    world.restart()
    world.roster("fay", time_off=[])
    (handed,) = world.wait(HOUR_MS)
    assert (handed["reason"], handed["rep_id"]) == ("handoff_waited", "fay")
    assert handed["previous_rep_id"] == "ike"


@pytest.mark.parametrize("rep_id", ["fay", "zoe"])
def test_a_lead_that_is_given_to_the_field_or_to_somebody_outside_waits_for_no_handoff(rep_id: str):
    world = without_field()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    world.feedback("owner_changed", "L", rep_id=rep_id)
    assert world.org.leads["L"].handoff_at_ms is None


def test_a_lead_that_another_inside_rep_takes_over_waits_for_the_field_on():
    world = without_field()
    world.one("L", **QUALIFYING)
    world.feedback("qualified", "L", rep_id="ida")
    world.roster("ida", leaves_ms=world.now_ms)
    (moved,) = world.tick()
    assert (moved["reason"], moved["sales_channel"]) == ("rep_left", "inside")
    world.roster("fay", time_off=[])
    handed = world.wait(HOUR_MS)[-1]
    assert (handed["reason"], handed["rep_id"]) == ("handoff_waited", "fay")


def test_a_won_lead_that_is_submitted_again_does_not_wait_for_the_field():
    line = Handoff("inside", "field", (), "won", feedback="won", after_ms=2 * HOUR_MS)
    world = handing_over(line)
    world.one("L", employees=10)
    world.feedback("won", "L", rep_id="ida")
    assert world.org.leads["L"].handoff_at_ms is not None
    world.now_ms += 1
    (again,) = world.lead("L", "submitted", employees=10)
    assert again["sales_channel"] == "inside"
    assert world.org.leads["L"].handoff_at_ms is None


def returning(after_ms: int) -> World:
    return handing_over(Handoff("field", "inside", (), "won", feedback="won", after_ms=after_ms))


def test_a_customer_won_in_the_field_returns_to_the_inside_partner_after_its_time():
    world = returning(20 * DAY_MS)
    world.one("L", expected_value_minor=9_000_000)
    (won,) = world.feedback("won", "L")
    assert (won["outcome"], won["reason"], won["rep_id"]) == ("closed", "won", "fay")
    assert world.wait(20 * DAY_MS - 1) == []
    (back,) = world.wait(1)
    assert (back["outcome"], back["reason"]) == ("handed_off", "won")
    assert (back["rep_id"], back["partner_rep_id"], back["previous_rep_id"]) == (
        "ida",
        "fay",
        "fay",
    )
    assert world.open_of("ida") == 0


def test_a_return_later_than_a_month_is_not_forgotten_and_needs_no_tick_until_then():
    world = returning(90 * DAY_MS)
    world.one("L", expected_value_minor=9_000_000)
    world.feedback("won", "L")
    ticks = len(world.log)
    (back,) = world.wait(90 * DAY_MS)
    assert back["rep_id"] == "ida"
    assert len(world.log) - ticks < 200
    assert world.wait(29 * DAY_MS) == []
    assert "L" in world.org.leads
    world.wait(3 * DAY_MS)
    assert "L" not in world.org.leads


def test_a_customer_whose_rep_has_no_partner_stays_with_the_rep():
    world = returning(HOUR_MS)
    world.roster("fay", partner_rep_id=None)
    world.one("L", expected_value_minor=9_000_000)
    world.feedback("won", "L")
    assert world.wait(DAY_MS) == []
    assert world.owner("L") == "fay"


def test_a_won_customer_stays_in_the_field_while_the_partner_has_not_started():
    world = returning(after_ms=HOUR_MS)
    world.one("L", company_domain="acme.example", expected_value_minor=9_000_000)
    world.roster("ida", starts_ms=world.now_ms + DAY_MS)
    world.feedback("won", "L")
    assert world.wait(2 * HOUR_MS) == []
    assert world.owner("L") == "fay"


def test_a_handoff_to_the_field_never_ends_at_another_inside_rep():
    policy = replace(POLICY, nobody_free={"field": ("other_channel", "backlog")})
    world = World(policy)
    for rep_id in ("fay", "fin"):
        world.roster(rep_id, time_off=[(0, world.now_ms + DAY_MS)])
    first = world.one("L", expected_value_minor=2_000_000)
    world.feedback("qualified", "L")
    decided = [*world.wait(1_000), *world.wait(2 * 60_000)]
    assert [one["outcome"] for one in decided] == []
    assert world.owner("L") == first["rep_id"]
