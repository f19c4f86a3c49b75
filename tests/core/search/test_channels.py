"""A rep of both channels has each lead in the one that the policy's channel line names for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world import HOUR_MS, MINUTE_MS, POLICY, World, excluded, with_rep

from router.core.model.events import RepCap
from router.core.model.policy import Cap

BOTH = with_rep("fay", channels=["field", "inside"], partner_rep_id="fay")
SMALL: dict[str, Any] = {"expected_value_minor": 600_000}
LARGE: dict[str, Any] = {"expected_value_minor": 9_000_000}
OWN = {"company_domain": "acme.example"}


def both() -> World:
    return World(reps=BOTH)


def span_ms(world: World, decision: Any) -> int:
    at_ms = world.org.leads[decision["lead_id"]].accept_by_ms
    return at_ms - world.now_ms


@pytest.mark.parametrize(
    "asked", [{**OWN}, {"sourced_by_rep_id": "fay"}], ids=["account's owner", "finder"]
)
def test_questions_before_rotation_take_the_lines_channel_and_its_clock(asked: dict[str, Any]):
    world = both()
    small, large = world.one("S", **SMALL, **asked), world.one("B", **LARGE, **asked)
    assert [each["rep_id"] for each in (small, large)] == ["fay", "fay"]
    assert [each["sales_channel"] for each in (small, large)] == ["inside", "field"]
    assert (span_ms(world, small), span_ms(world, large)) == (5 * MINUTE_MS, 4 * HOUR_MS)


def test_the_same_person_comes_back_to_the_rep_in_the_lines_channel():
    world = both()
    world.one("first", **LARGE, email_digest=7, sourced_by_rep_id="fay")
    world.feedback("lost", "first")
    again = world.one("again", **SMALL, email_digest=7)
    assert (again["reason"], again["sales_channel"]) == ("same_person", "inside")


def test_an_owners_inside_partner_has_it_inside():
    line = POLICY.before_rotation[3]
    policy = replace(POLICY, before_rotation=(replace(line, when=()),))
    decision = World(policy, BOTH).one(**LARGE, **OWN)
    assert (decision["reason"], decision["sales_channel"]) == ("account_owners_partner", "inside")


def test_the_cap_of_the_other_channel_bars_nothing():
    caps = {"field": Cap(open=1), "inside": Cap(open=2)}
    world = World(replace(POLICY, caps=caps, sla={}), BOTH)
    world.one(**LARGE, **OWN)
    assert world.one(**SMALL, **OWN)["rep_id"] == "fay"
    assert world.one("waits", **LARGE, **OWN)["reason"] == "owner_at_cap"
    assert world.one(**SMALL, **OWN)["rep_id"] == "fay"
    assert world.one("waits too", **SMALL, **OWN)["reason"] == "owner_at_cap"
    world.feedback("lost", "lead-1")
    assert [one["lead_id"] for one in world.wait(0)] == ["waits"]


def test_by_hand_and_by_import_and_by_claim_it_counts_in_the_lines_channel():
    world = both()
    world.one("import", "imported", owner_rep_id="fay", **LARGE)
    world.one("hand", **SMALL)
    world.feedback("owner_changed", "hand", rep_id="fay")
    world.command("pause_pool", "emea-inside")
    world.one("claim", **SMALL)
    world.feedback("claimed", "claim", rep_id="fay")
    loads = world.org.reps["fay"].loads
    assert {channel: load.open for channel, load in loads.items()} == {"field": 1, "inside": 2}


def test_what_was_handed_over_to_the_field_stays_there_when_its_owner_changes():
    world = World(replace(POLICY, channel=POLICY.channel[2:]), BOTH)  # its line says inside
    world.one("L", expected_value_minor=2_000_000, employees=10)
    world.feedback("qualified", "L")
    for rep_id in ("fin", "fay"):
        (moved,) = world.feedback("owner_changed", "L", rep_id=rep_id)
        assert (moved["rep_id"], moved["sales_channel"]) == (rep_id, "field")


def test_a_handoff_to_the_field_goes_to_the_accounts_owner_of_both_channels():
    world = both()
    world.command("pause_pool", "emea-field")
    world.one("L", expected_value_minor=2_000_000, employees=10)
    world.lead("L", "updated", **OWN)
    (moved,) = world.feedback("qualified", "L")
    assert (moved["rep_id"], moved["sales_channel"]) == ("fay", "field")


def with_caps(**caps: RepCap) -> World:
    reps = with_rep("fay", channels=["field", "inside"], caps=dict(caps))
    return World(replace(POLICY, caps={"field": Cap(1, 1), "inside": Cap(1, 1)}, sla={}), reps)


def test_caps_that_name_no_channel_count_over_both_and_stand_for_the_policys():
    world = with_caps(all=RepCap(per_day=3, open=2))
    assert world.one("1", **SMALL, **OWN)["rep_id"] == "fay"
    assert world.one("2", **SMALL, **OWN)["rep_id"] == "fay"
    assert world.one("3", **LARGE, **OWN)["reason"] == "owner_at_cap"
    world.feedback("lost", "1")
    assert [one["lead_id"] for one in world.wait(0)] == ["3"]
    for lead_id in ("2", "3"):
        world.feedback("lost", lead_id)
    decision = world.one("4", **LARGE, country="DE", postal_code="80331")
    assert excluded(decision, world)["day_cap"] == ["fay"]


def test_a_cap_of_a_channel_bounds_within_the_cap_over_both():
    world = with_caps(all=RepCap(open=3), field=RepCap(open=1, per_day=9))
    assert world.one(**LARGE, **OWN)["rep_id"] == "fay"
    assert world.one("waits", **LARGE, **OWN)["reason"] == "owner_at_cap"
