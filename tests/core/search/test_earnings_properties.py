"""Whatever comes under `use: best`: prices are sound, the best place is chosen, a replay agrees."""

from __future__ import annotations

from typing import Any

import pytest
from auditor import Auditor, check_state, everything, plain
from happenings import BY_EARNINGS, Dice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import DAY_MS, HOUR_MS, MINUTE_MS, World, new_shard

from router.core.model.assignment import Assignment

MANY = settings(max_examples=40, suppress_health_check=list(HealthCheck))
DAYS = st.lists(st.integers(0, 2**80), min_size=60, max_size=90)
STEPS_MS = [MINUTE_MS, HOUR_MS, HOUR_MS, 3 * HOUR_MS, 9 * HOUR_MS]
VALUES = [150_000, 250_000, 600_000, 2_000_000, 9_000_000, None]
REPORTS = ["accepted", "contacted", "rejected", "lost", "won"]


def happen(number: int, world: World) -> list[Assignment]:
    """Let time pass with ticks as they are due, then a lead or a report come."""
    dice = Dice(number)
    decided = world.wait(dice.of(STEPS_MS))
    open_ids = sorted(lead.lead_id for lead in world.org.leads.values() if lead.rep is not None)
    if open_ids and dice.below(4) == 0:
        lead_id = dice.of(open_ids)
        return decided + world.feedback(dice.of(REPORTS), lead_id, rep_id=world.owner(lead_id))
    if dice.below(25) == 0:
        leave = [(world.now_ms, world.now_ms + 2 * DAY_MS)]
        rep_id = dice.of(["fay", "fin", "ida", "iva"])
        return decided + world.roster(rep_id, time_off=leave, close_permille=800 + dice.below(500))
    known = {"expected_value_minor": dice.of(VALUES), "country": "DE"}
    return decided + world.lead(None, **{name: value for name, value in known.items() if value})


def check_offers(decided: list[Assignment]) -> None:
    for one in decided:
        offers = one.get("value", {}).get("offers", [])
        for offer in offers:
            assert offer.get("price_minor", 0) >= 0
            if "surplus_minor" in offer:
                left = offer["contribution_minor"] - offer["price_minor"]
                assert offer["surplus_minor"] == left
        rotated = one["outcome"] == "assigned" and one["reason"] in {"rotation", "backlog_offered"}
        if offers and rotated:
            chosen = [each for each in offers if each["channel"] == one["sales_channel"]]
            best = max(each.get("surplus_minor", 0) for each in offers)
            assert chosen[0]["surplus_minor"] == best > 0
        if one["reason"] == "cannot_pay":
            assert all(each["contribution_minor"] <= 0 for each in offers)


def check_held(world: World) -> None:
    for lead in world.org.leads.values():
        if (lead.needs or "").startswith("held_for_field"):
            economics: Any = world.org.policy.economics
            assert lead.review_at_ms is not None
            assert lead.review_at_ms <= lead.received_ms + economics.hold_at_most_ms


@MANY
@given(DAYS)
def test_the_best_open_place_is_chosen_and_no_cap_is_exceeded(numbers: list[int]):
    world, auditor = World(BY_EARNINGS, accounts=()), Auditor()
    for number in numbers:
        decided = happen(number, world)
        check_state(world.shard)
        auditor.see(world.shard, decided)
        check_offers(decided)
        check_held(world)


@settings(MANY, max_examples=20)
@given(DAYS, st.integers(0, 59))
def test_a_restart_and_a_replay_find_the_same_prices(numbers: list[int], at: int):
    kept, restarted = (World(BY_EARNINGS, accounts=()) for _ in range(2))
    for place, number in enumerate(numbers):
        if place == at:
            restarted.restart()
        assert plain(happen(number, restarted)) == plain(happen(number, kept))
        restarted.keep_changes()
    assert everything(restarted.shard) == everything(kept.shard)
    shard = new_shard()
    for offset, (at_ms, event) in enumerate(kept.log):
        shard.apply("main", event, timestamp_ms=at_ms, offset=offset)
    assert everything(shard) == everything(kept.shard)


@pytest.mark.parametrize("reason", ["cannot_pay", "held_for_field", "price_too_high"])
def test_these_days_bring_about_what_they_are_to_check(reason: str):
    seen = set()
    for seed in range(40):
        world = World(BY_EARNINGS, accounts=())
        for step in range(90):
            number = (seed * 90 + step + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835
            seen |= {one["reason"] for one in happen(number % 2**80, world)}
        if reason in seen:
            break
    assert reason in seen
