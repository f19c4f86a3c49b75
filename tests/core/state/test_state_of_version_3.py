"""State that core version 3 wrote is read, and work goes on from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from auditor import check_state, everything
from happenings import happenings, next_event
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from world import World, restored_shard

from router.core.model.lead import OPEN_STATUSES, Lead, Status

WRITTEN: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "state_of_version_3.jsonl").read_text().splitlines()
]
FEW = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def world_of(written: dict[str, Any]) -> World:
    world = World(None, (), ())
    world.changelog = {key: json.dumps(value).encode() for key, value in written["records"].items()}
    world.shard, world.now_ms = restored_shard(world.changelog), written["now_ms"]
    world.log = [(world.now_ms, None)] * world.shard.next_offset  # type: ignore[list-item]
    return world


def waits(lead: Lead) -> bool:
    """For somebody who can have it, for a joiner, or for the field."""
    for_field = lead.status in OPEN_STATUSES and lead.handoff_at_ms is not None
    return lead.status is Status.WAITING or lead.awaits is not None or for_field


@pytest.mark.parametrize("written", WRITTEN)
def test_all_that_waited_stands_in_the_room(written: dict[str, Any]):
    world = world_of(written)
    check_state(world.shard)
    standing = [item[2] for found in world.org.room.values() for item in found.items]
    waiting = [lead_id for lead_id in world.org.leads if waits(world.org.leads[lead_id])]
    assert sorted(standing) == sorted(waiting)


@pytest.mark.parametrize("written", WRITTEN)
def test_the_first_tick_finds_out_what_each_lead_waits_for(written: dict[str, Any]):
    world = world_of(written)
    world.wait(1_000)
    assert all(found.key for found in world.org.room.values() if world.org.policy)


@FEW
@given(st.integers(0, len(WRITTEN) - 1), happenings)
@example(5, [0, 0, 0, 45621645924945337747456761088, *[0] * 16])  # a won customer handed on
def test_whatever_happens_then_the_state_is_sound(which: int, numbers: list[int]):
    world = world_of(WRITTEN[which])
    for place, number in enumerate(numbers):
        world.feed(next_event(number, world))
        check_state(world.shard)
        if place == len(numbers) // 2:
            before = everything(world.shard)
            world.restart()
            assert everything(world.shard) == before
