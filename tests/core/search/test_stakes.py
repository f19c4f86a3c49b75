"""The cost of a lead in rotation: its worth, known or not, and who pays when a turn moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import HOUR_MS, OFFICE, POLICY, World, values, with_rep

from router.core.compiled.rotation import TURN
from router.core.model.assignment import Assignment
from router.core.model.policy import Pool, Rotation, Territory
from tests.core.compiled.test_rotation import FREE, credits_of, give, team

BY_VALUE = replace(FREE, rotation=Rotation("value"), before_rotation=())
values_of_leads = st.lists(st.sampled_from([None, None, 0, 1_000, 3_000, 5_000]), min_size=60)


def test_leads_of_which_nobody_knows_the_value_take_turns():
    assert give(World(BY_VALUE, team(3)), 30, employees=None) == {"r00": 10, "r01": 10, "r02": 10}


def test_leads_that_are_worth_nothing_take_turns_too():
    got = give(World(BY_VALUE, team(3)), 30, employees=None, expected_value_minor=0)
    assert got == {"r00": 10, "r01": 10, "r02": 10}


def test_one_known_value_among_many_unknown_ones_starves_nobody():
    world = World(BY_VALUE, team(3))
    world.one(expected_value_minor=4_000_000)
    assert sorted(give(world, 89, employees=None).values()) == [29, 30, 30]


def test_a_lead_of_unknown_value_costs_the_mean_of_those_that_were_known():
    world = World(BY_VALUE, team(2))
    world.one(expected_value_minor=1_000)
    world.one(expected_value_minor=3_000)
    before = credits_of(world)
    winner = world.one(employees=None)["rep_id"]
    assert before[winner] - credits_of(world)[winner] == 1_000  # of 2,000, half is their own


def test_the_mean_survives_a_restart():
    kept, restarted = World(BY_VALUE, team(2)), World(BY_VALUE, team(2))
    for world in (kept, restarted):
        world.one(expected_value_minor=5_000)
    restarted.restart()
    assert restarted.one(employees=None) == kept.one(employees=None)
    assert credits_of(restarted) == credits_of(kept)


@settings(max_examples=40)
@given(st.integers(2, 5), values_of_leads)
def test_nobody_is_starved_whatever_is_known_of_the_leads_values(
    reps: int, worth: list[int | None]
):
    world, since, dearest = World(BY_VALUE, team(reps)), Counter[str](), 0
    for value in worth:
        known: dict[str, Any] = {} if value is None else {"expected_value_minor": value}
        winner = world.one(employees=None, **known)["rep_id"]
        since.update(rep.rep_id for rep in team(reps))
        since[winner] = 0
        dearest = max(dearest, value or 0, reps)
        held = credits_of(world)
        assert sum(held.values()) == 0
        assert max(map(abs, held.values())) <= 2 * dearest
        assert max(since.values()) <= 14 * reps


TWO_LANDS = replace(
    POLICY,
    hours={"inside": OFFICE},
    sla={},
    caps={},
    territories=(
        Territory("north", None, (values("state", "n"),)),
        Territory("south", None, (values("state", "s"),)),
    ),
    pools=(Pool("emea-inside", None, "inside", (values("role", "inside_rep"),), ("territory",)),),
)


def two_lands() -> World:
    """ida and ike serve the north, iva the south, and ike is off duty."""
    evening = [(day, 19 * 60, 23 * 60) for day in range(7)]
    reps = tuple(
        replace(rep, territories=["south"] if rep.rep_id == "iva" else ["north"])
        for rep in (*with_rep("ike", hours=evening), replace(team(1)[0], rep_id="ian"))
    )
    return World(TWO_LANDS, reps)


def test_a_rejected_lead_leaves_all_credits_as_if_it_had_not_been_shared_out():
    world = two_lands()
    world.one("first", employees=10, state="n")
    before = credits_of(world)
    decision = world.one("L", employees=10, state="n")
    world.command("pause_pool", "emea-inside")
    world.feedback("rejected", "L", rep_id=decision["rep_id"])
    assert credits_of(world) == before


@pytest.mark.parametrize("word", ["owner_changed", "assign", "claimed"])
def test_a_lead_given_by_hand_costs_those_who_could_have_had_it(word: str):
    world = two_lands()
    world.command("pause_pool", "emea-inside")
    world.one("L", employees=10, state="n")
    decisions: list[Assignment] = []
    if word == "assign":
        decisions = world.command("assign", "L", rep_id="ida")
    else:
        decisions = world.feedback(word, "L", rep_id="ida")  # type: ignore[arg-type]
    held = credits_of(world)
    assert (held["ida"], held["ian"]) == (-TURN // 2, TURN // 2)
    assert (held["ike"], held["iva"]) == (0, 0)
    among = int(decisions[0]["turn_among"], 16)
    assert {rep.profile.rep_id for rep in world.org.rep_numbers if among >> rep.number & 1} == {
        "ida",
        "ian",
    }


def test_a_turn_that_comes_back_in_another_shift_is_paid_by_the_shift_that_had_it():
    world = two_lands()
    world.one("L", employees=10, state="n")
    world.now_ms += 8 * HOUR_MS  # 20:00: ike alone is on duty
    world.feedback("rejected", "L", rep_id="ida" if world.owner("L") == "ida" else "ian")
    held = credits_of(world)
    assert (held["ida"], held["ian"], held["iva"]) == (0, 0, 0)


def test_a_lead_that_costs_nobody_anything_says_of_no_turn():
    world = two_lands()
    world.one("L", employees=10, state="n")
    (decision,) = world.feedback("owner_changed", "L", rep_id="fay")
    assert "turn_among" not in decision
