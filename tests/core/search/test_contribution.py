"""Leads under `use: best` go where they earn most, after the price of a scarce place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world import DAY_MS, HOUR_MS, MONDAY_NOON_MS, POLICY, REPS, World, values

from router.core.model.assignment import Assignment, Offer
from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import (
    Cap,
    ChannelEconomics,
    ChannelLine,
    CloseLine,
    Economics,
    Policy,
    Product,
    Rotation,
)

FIELD = ChannelEconomics("field", 90_000, (CloseLine(30, 100, (), "won 30 of 100"),))
INSIDE = ChannelEconomics("inside", 30_000, (CloseLine(20, 100, (), "won 20 of 100"),))
BEST = replace(
    POLICY,
    channel=(ChannelLine("best", (), "use best"),),
    economics=Economics((FIELD, INSIDE), worth_halves_after_ms=2 * DAY_MS),
    before_rotation=(),
    handoffs=(),
    sla={},
    hours={},
    nobody_free={},
    caps={"field": Cap(per_day=1), "inside": Cap(per_day=3)},
    rotation=Rotation(within_permille=0),
)


def world(policy: Policy = BEST, reps: tuple[RosterEntry, ...] = REPS) -> World:
    return World(policy, reps, accounts=())


def lead(found: World, lead_id: str, value: int, **facts: Any) -> Assignment:
    return found.one(lead_id, expected_value_minor=value, **facts)


def offers(decided: Assignment) -> dict[str, Offer]:
    return {offer["channel"]: offer for offer in decided["value"]["offers"]}


def test_a_lead_goes_to_the_channel_where_it_earns_most() -> None:
    found = world()
    large = lead(found, "large", 10_000_00)
    small = lead(found, "small", 2_500_00)
    assert (large["sales_channel"], small["sales_channel"]) == ("field", "inside")
    # 10,000 won in 30 of 100 less 900 of visits; 2,500 won in 20 of 100 less 300 of work
    assert offers(large)["field"]["contribution_minor"] == 3_000_00 - 900_00
    assert offers(large)["inside"]["contribution_minor"] == 2_000_00 - 300_00


def test_a_lead_that_pays_for_no_channel_is_left_to_marketing() -> None:
    decided = lead(world(), "tiny", 1_400_00)
    assert (decided["outcome"], decided["reason"]) == ("nurtured", "cannot_pay")


def test_margin_and_the_first_close_rate_that_fits_count() -> None:
    hot = CloseLine(60, 100, (values("industry", "software"),), "software")
    economics = replace(
        BEST.economics, channels=(replace(FIELD, close_rate=(hot, *FIELD.close_rate)), INSIDE)
    )
    policy = replace(BEST, economics=economics, products=(Product("team", 0, 500),))
    decided = lead(world(policy), "l", 10_000_00, industry="software", product="team")
    assert offers(decided)["field"]["close_ppm"] == 600_000
    assert offers(decided)["field"]["worth_minor"] == 10_000_00 * 60 // 100 // 2


def test_travel_is_of_the_territory_unless_the_rep_has_their_own() -> None:
    travel = replace(FIELD, travel_minor=(("de-south", 200_00), ("emea-rest", 400_00)))
    policy = replace(BEST, economics=replace(BEST.economics, channels=(travel, INSIDE)))
    southern = lead(world(policy), "l", 20_000_00, country="de", postal_code="80331")
    assert offers(southern)["field"]["cost_minor"] == 900_00 + 200_00
    own = tuple(replace(rep, travel=50) if rep.rep_id == "fay" else rep for rep in REPS)
    decided = lead(world(policy, own), "l", 20_000_00, country="de", postal_code="80331")
    assert decided["rep_id"] == "fay"
    assert offers(decided)["field"]["contribution_minor"] == 6_000_00 - 900_00 - 50_00


def test_the_rep_who_wins_more_of_the_same_leads_gets_it() -> None:
    better = tuple(
        replace(rep, close_permille=1_200) if rep.rep_id == "iva" else rep for rep in REPS
    )
    decided = lead(world(BEST, better), "l", 2_500_00)
    assert decided["rep_id"] == "iva"
    assert offers(decided)["inside"]["close_permille"] == 1_200


def test_reps_with_whom_a_lead_earns_about_as_much_take_turns() -> None:
    nearly = tuple(
        replace(rep, close_permille=1_010) if rep.rep_id == "iva" else rep for rep in REPS
    )
    policy = replace(BEST, rotation=Rotation(within_permille=100))
    found = world(policy, nearly)
    assert {lead(found, f"l{n}", 2_500_00)["rep_id"] for n in range(3)} == {"ida", "ike", "iva"}


def test_a_lead_of_unknown_value_goes_inside() -> None:
    decided = world().one("l")
    assert decided["sales_channel"] == "inside"
    assert "offers" not in decided["value"]


def test_worth_fades_while_a_lead_waits_and_with_it_its_reason_to_be_worked() -> None:
    full = replace(BEST, caps={"field": Cap(per_day=0), "inside": Cap(per_day=0)})
    found = world(full)
    assert lead(found, "l", 4_000_00)["outcome"] == "queued"
    found.wait(3 * DAY_MS)
    assert found.decided[-1]["reason"] in ("cannot_pay", "all_at_cap")


def _demand(found: World, days: int = 3) -> None:
    """Let large leads of the field come and go for some days, more than there are places."""
    for day in range(days):
        for number in range(6):
            lead(found, f"d{day}-{number}", (number + 1) * 20_000_00)
            found.wait(HOUR_MS)
        found.wait(MONDAY_NOON_MS + (day + 1) * DAY_MS - found.now_ms)


def test_a_scarce_place_has_a_price_when_the_next_day_begins() -> None:
    found = world()
    _demand(found)
    prices = found.org.pools["emea-field"].prices
    assert prices is not None
    assert max(prices.opened) > 0
    decided = lead(found, "after", 9_000_00)
    assert decided["sales_channel"] != "field"  # its place is kept for leads that earn more


def test_a_lead_that_earns_more_with_tomorrows_place_is_held_for_it_and_gets_it() -> None:
    found = world()
    _demand(found)
    held = {one["lead_id"] for one in found.decided if one["reason"] == "held_for_field"}
    given = {
        one["lead_id"]: one["sales_channel"]
        for one in found.decided
        if one["outcome"] == "assigned" and one["lead_id"] in held
    }
    assert "field" in given.values()


def test_prices_and_demand_survive_a_restart() -> None:
    found = world()
    _demand(found)
    found.keep_changes()
    org = found.org
    before = {pool_id: pool.prices for pool_id, pool in org.pools.items()}, org.demand
    found.restart()
    after = {pool_id: pool.prices for pool_id, pool in found.org.pools.items()}, found.org.demand
    assert after == before


def test_who_is_full_of_open_leads_is_waited_for_like_anybody_and_not_until_tomorrow() -> None:
    found = world()
    _demand(found)
    caps = {"field": Cap(per_day=9, open=1), "inside": Cap(per_day=0)}
    found.feed(PolicyPublished(replace(BEST, version=2, caps=caps)))
    assert lead(found, "waits", 30_000_00)["reason"] == "all_at_cap"
    for lead_id in [each for each in found.org.leads if each != "waits"]:
        found.feedback("lost", lead_id, rep_id=found.owner(lead_id))
    found.wait(HOUR_MS)
    assert found.owner("waits") in {"fay", "fin"}


def test_a_place_without_a_cap_by_day_costs_nothing_however_often_it_is_taken() -> None:
    found = world(replace(BEST, caps={"field": Cap(per_day=1), "inside": Cap(open=500)}))
    _demand(found)
    for number in range(5):
        lead(found, f"l{number}", 2_500_00)
        found.feedback("rejected", f"l{number}", rep_id=found.owner(f"l{number}"))
    assert max(found.org.pools["emea-inside"].prices.now) == 0


@pytest.mark.parametrize("count", [1, 7])
def test_no_cap_is_exceeded_whatever_a_place_costs(count: int) -> None:
    found = world()
    for number in range(20 * count):
        lead(found, f"l{number}", (number % 7 + 1) * 9_000_00)
    today: dict[tuple[str, str], int] = {}
    for one in found.decided:
        if one["outcome"] == "assigned":
            key = one["rep_id"], one["sales_channel"]
            today[key] = today.get(key, 0) + 1
    assert all(given <= (1 if channel == "field" else 3) for (_, channel), given in today.items())
