"""Fair turns: by weight, for those who could have had the lead, without debts or floods."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from world import DAY_MS, POLICY, REPS, World, with_rep

from router.core.compiled.rotation import TURN, pick, shares
from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import Rotation

FREE = replace(POLICY, hours={}, sla={}, caps={})


def team(count: int, **changes: object) -> tuple[RosterEntry, ...]:
    return tuple(
        RosterEntry(f"r{n:02}", ["inside"], "inside_rep", languages=["en"], **changes)  # type: ignore[arg-type]
        for n in range(count)
    )


def give(world: World, count: int, **facts: object) -> Counter[str]:
    facts = {"employees": 10, **facts}
    return Counter(world.one(**facts)["rep_id"] for _ in range(count))


def credits_of(world: World, pool: str = "emea-inside") -> dict[str, int]:
    held = world.org.pools[pool].credits
    return {
        rep.profile.rep_id: held[rep.number]
        for rep in world.org.rep_numbers
        if rep.number < len(held)
    }


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(50, 400))
def test_nobody_is_ever_two_turns_from_their_share(weights: list[int], leads: int):
    numbers = list(range(len(weights)))
    held, got, total = [0] * len(weights), [0] * len(weights), sum(weights)
    gains = shares(weights)
    for at in range(1, leads + 1):
        got[pick(held, numbers, gains, sum(gains)).winner] += 1
        for number, weight in enumerate(weights):
            assert abs(got[number] * total - at * weight) <= 2 * total


@settings(max_examples=60)
@given(st.binary(min_size=50, max_size=400))
def test_with_changing_reps_eligible_nobody_is_far_from_what_they_could_have_had(subsets: bytes):
    held, got, due = [0] * 8, [0] * 8, [Fraction(0)] * 8
    for mask in subsets:
        numbers = [number for number in range(8) if mask >> number & 1]
        if not numbers:
            continue
        gains = shares([1] * len(numbers))
        got[pick(held, numbers, gains, sum(gains)).winner] += 1
        for number in numbers:
            due[number] += Fraction(1, len(numbers))
        assert max(abs(was - should) for was, should in zip(got, due, strict=True)) <= 2
    assert sum(held) == 0


def test_equal_reps_take_turns():
    world = World()
    order = [world.one(employees=10)["rep_id"] for _ in range(6)]
    assert order == ["ida", "ike", "iva", "ida", "ike", "iva"]


def test_a_rep_with_twice_the_weight_gets_twice_as_many():
    assert give(World(FREE, with_rep("ida", weight=2)), 40)["ida"] == 20


def test_weights_by_seniority_multiply():
    policy = replace(FREE, rotation=Rotation("turns", (("senior", 2),)))
    assert give(World(policy, with_rep("ida", seniority="senior")), 40)["ida"] == 20


def test_a_rep_of_weight_nothing_gets_nothing_while_others_can():
    world = World(FREE, with_rep("ida", weight=0))
    assert give(world, 10)["ida"] == 0
    assert world.one(employees=10, language="de")["rep_id"] == "ida"


def test_reps_who_all_have_weight_nothing_take_equal_turns():
    assert give(World(FREE, team(3, weight=0)), 9) == {"r00": 3, "r01": 3, "r02": 3}


def test_fair_by_value_shares_out_value_and_not_leads():
    policy = replace(FREE, rotation=Rotation("value"))
    world = World(policy, team(2))
    big = world.one(expected_value_minor=1_000_000)["rep_id"]
    got = give(world, 10, expected_value_minor=100_000)
    assert got[big] <= 1


def test_turns_in_one_language_are_no_turns_lost_in_another():
    world = World(FREE)
    give(world, 30, language="fr")  # only iva speaks it
    assert give(world, 30) == {"ida": 10, "ike": 10, "iva": 10}


def test_a_rep_who_was_away_is_not_flooded_on_return():
    world = World(FREE)
    give(world, 10)
    world.roster("ida", time_off=[(world.now_ms, world.now_ms + 30 * DAY_MS)])
    assert give(world, 200)["ida"] == 0
    world.now_ms += 31 * DAY_MS
    order = [world.one(employees=10)["rep_id"] for _ in range(12)]
    assert order.count("ida") == 4
    assert "ida, ida" not in ", ".join(order)


def test_a_rep_who_joins_is_not_flooded():
    world = World(FREE, team(4))
    give(world, 100)
    world.feed(RosterEntry("r99", ["inside"], "inside_rep", languages=["en"]))
    assert give(world, 10)["r99"] == 2


def test_a_rep_who_joins_a_team_that_claims_and_rejects_much_is_neither_flooded_nor_starved():
    for what in ("claimed", "rejected", "owner_changed"):
        world = World(FREE, team(4))
        for n in range(200):
            if what == "claimed":
                world.command("pause_pool", "emea-inside")
            decision = world.one(f"L{n}", employees=10)
            taker = f"r{n % 4:02}"
            if what == "claimed":
                world.command("resume_pool", "emea-inside")
                world.feedback("claimed", f"L{n}", rep_id=taker)
            elif what == "rejected":
                world.feedback("rejected", f"L{n}", rep_id=decision["rep_id"])
            else:
                world.feedback("owner_changed", f"L{n}", rep_id="r00")
        world.feed(RosterEntry("r99", ["inside"], "inside_rep", languages=["en"]))
        assert 2 <= give(world, 15)["r99"] <= 4, what
        assert abs(sum(credits_of(world).values())) < TURN


def test_a_rejected_lead_does_not_count_as_a_turn():
    world = World(FREE)
    world.one("L", employees=10)
    world.feedback("rejected", "L", rep_id="ida")  # goes to ike
    assert world.owner("L") == "ike"
    assert give(world, 14) == {"ida": 5, "ike": 4, "iva": 5}


def test_a_rejected_lead_gives_back_what_it_cost_when_fair_by_value():
    world = World(replace(FREE, rotation=Rotation("value")), team(2))
    world.one("L", expected_value_minor=1_000_000)
    world.one("M", expected_value_minor=100_000)
    before = credits_of(world)
    world.feedback("rejected", "L", rep_id="r00")
    after = credits_of(world)
    assert sum(after.values()) == sum(before.values())
    assert after["r00"] > after["r01"]  # r01 has the big one now


def test_a_missed_lead_counts_as_a_turn():
    world = World()
    world.one("L", employees=10)
    world.wait(6 * 60_000)
    assert credits_of(world)["ida"] < 0


def test_a_lead_taken_by_hand_counts_as_a_turn_of_who_has_it_now():
    world = World(FREE)
    world.one("L", employees=10)
    world.feedback("owner_changed", "L", rep_id="iva")
    assert [world.one(employees=10)["rep_id"] for _ in range(2)] == ["ida", "ike"]


def test_a_lead_given_to_somebody_outside_the_pool_costs_nobody_there():
    world = World(FREE)
    world.one("L", employees=10)
    world.feedback("owner_changed", "L", rep_id="fay")
    assert credits_of(world)["fay"] == 0
    assert sum(credits_of(world).values()) == 0


def test_editing_a_pool_or_the_policy_keeps_everyones_credit():
    world = World(FREE)
    give(world, 4)
    before = credits_of(world)
    world.roster("ike", languages=["en", "pl"])
    narrowed = replace(FREE, version=2, pools=(FREE.pools[0], replace(FREE.pools[1], match=())))
    world.feed(PolicyPublished(narrowed))
    assert credits_of(world) == before
    assert world.one(employees=10)["rep_id"] == "ike"


def test_rotation_alone_leaves_the_sum_of_credits_as_it_is():
    world = World(
        replace(FREE, rotation=Rotation("turns", (("senior", 3),))),
        with_rep("ida", weight=7, seniority="senior"),
    )
    give(world, 50)
    give(world, 20, language="en")
    assert sum(credits_of(world).values()) == 0


def test_the_answer_shows_the_credit_that_won():
    world = World(FREE)
    first = world.one(employees=10)["candidates"]
    assert first["credit"] == TURN // 3
    assert [one["credit"] for one in first["runners_up"]] == [TURN // 3, TURN // 3]


def test_no_turn_is_used_up_by_a_handoff_that_finds_only_the_rep_who_has_it():
    pools = tuple(replace(pool, members=(), match=()) for pool in FREE.pools)
    reps = (replace(REPS[0], channels=["field", "inside"]),)
    world = World(replace(FREE, pools=pools), reps)
    world.one("L", employees=10)
    for _ in range(3):
        world.feedback("handoff_requested", "L", rep_id="fay")
    assert world.owner("L") == "fay"
    assert "emea-field" not in world.org.pools
