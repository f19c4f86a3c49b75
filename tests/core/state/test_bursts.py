"""Leads of one source beyond its number wait for a look; values stay within 64 bits."""

from dataclasses import replace

import msgspec
import pytest
from world import DAY_MS, MINUTE_MS, POLICY, World

from router.core.model.assignment import Reason
from router.core.model.events import PolicyPublished
from router.core.model.policy import Burst, Product, ValueStep
from router.core.state.bursts import SOURCES_MAX

BURSTS = replace(POLICY, burst_over=(Burst("web", 2, 10 * MINUTE_MS), Burst("other", 3, DAY_MS)))


def reasons(world: World, count: int, source: str | None, start: int = 0) -> list[str]:
    found = []
    for number in range(start, start + count):
        facts = {} if source is None else {"lead_source": source}
        found += [each["reason"] for each in world.lead(f"{source}-{number}", **facts)]
    return found


def test_the_rest_of_a_burst_is_held_and_other_sources_go_on():
    world = World(BURSTS)
    assert reasons(world, 4, "web")[2:] == [Reason.SOURCE_BURST] * 2
    assert Reason.SOURCE_BURST not in reasons(world, 3, None)
    assert Reason.SOURCE_BURST not in reasons(world, 3, "fair")
    assert reasons(world, 1, "fair", start=3) == [Reason.SOURCE_BURST]


def test_counts_and_holds_outlive_a_restart():
    world = World(BURSTS)
    reasons(world, 3, "web")
    world.restart()
    assert reasons(world, 1, "web", start=3) == [Reason.SOURCE_BURST]
    assert world.shard.orgs["main"].bursts["web"] == (world.now_ms, 4)
    world.feed(PolicyPublished(replace(POLICY, version=9)))
    world.tick()
    assert not any(key.startswith(Reason.SOURCE_BURST) for key in world.shard.orgs["main"].room)


def test_after_its_time_the_source_may_send_again():
    world = World(BURSTS)
    reasons(world, 3, "web")
    world.now_ms += 10 * MINUTE_MS
    assert Reason.SOURCE_BURST not in reasons(world, 2, "web", start=3)


def test_a_test_lead_counts_for_nothing():
    world = World(BURSTS)
    for number in range(9):
        world.lead(f"t{number}", lead_source="web", test=True)
    assert world.shard.orgs["main"].bursts == {}


def test_names_of_sources_that_a_sender_makes_up_are_bounded():
    world = World(BURSTS)
    for number in range(SOURCES_MAX + 20):
        world.lead(f"l{number}", lead_source=f"s{number}")
    assert len(world.shard.orgs["main"].bursts) <= SOURCES_MAX + 1


@pytest.mark.parametrize(
    "facts",
    [
        {"expected_value_minor": 10**14, "expected_value_currency": "USD"},
        {"product": "big", "quantity": 10**9},
        {"scores": {"fit": -(2**53) + 1}},
    ],
)
def test_what_is_kept_of_a_lead_is_within_64_bits(facts):
    policy = replace(
        POLICY,
        exchange_rates_ppm={"USD": 600_000 * 10**6},
        products=(Product("big", 10**14),),
        value=(ValueStep("expected_value"), ValueStep("product_price_times_quantity")),
    )
    world = World(policy)
    world.lead("a", **facts)
    for key, value in world.shard.take_changes():
        assert isinstance(value, bytes) or msgspec.msgpack.encode(value) is not None, key
    lead = world.shard.orgs["main"].leads["a"]
    assert abs(lead.points) < 2**63
    assert lead.value_minor == 0
