"""The table of a lead's moves is what the fold does: nothing else happens, and all of it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import pytest
from world import ACCOUNT, POLICY, World

from router.core.model.events import FeedbackType, LeadEventType, PolicyPublished
from router.core.model.lead import Status
from router.core.model.lead_transitions import MOVES, may_become
from tests.golden.record import new_shard
from tests.golden.story import SEED, Answer, Arrival, story

INSIDE = {"employees": 10}
STORY_EVENTS = 3_000
OTHERS = ("assign", "engagement", "tick", "rep", "account", "policy")
EVENTS = (*get_args(LeadEventType), *get_args(FeedbackType), *OTHERS)
MORE: dict[str, dict[str, Any]] = {
    "owner_changed": {"rep_id": "iva"},
    "claimed": {"rep_id": "iva"},
    "merged": {"into_lead_id": "other"},
}

Move = tuple[str, Status, Status]


def world_with(status: Status) -> World:
    """A company whose lead ``L`` stands there."""
    world = World()
    world.one("other", **INSIDE)
    if status is Status.WAITING:
        world.command("pause_pool", "emea-inside")
    world.lead("L", **(INSIDE if status is not Status.NURTURED else {"expected_value_minor": 100}))
    match status:
        case Status.ACCEPTED | Status.CONTACTED:
            world.feedback(status.value, "L")
        case Status.OUTSIDE:
            world.feedback("owner_changed", "L", rep_id="a-stranger")
        case Status.CLOSED:
            world.feedback("lost", "L")
        case Status.MERGED:
            world.feedback("merged", "L", into_lead_id="other")
    assert world.status("L") == status
    return world


def happen(world: World, event: str) -> None:
    world.now_ms += 1_000
    if event in get_args(LeadEventType):
        world.lead("L", event, **INSIDE)
    elif event in get_args(FeedbackType):
        world.feedback(event, "L", **MORE.get(event, {}))
    elif event == "assign":
        world.command("assign", "L", rep_id="iva")
    elif event == "engagement":
        world.engage("L", 90)
    elif event == "tick":
        world.tick()
    elif event == "rep":
        world.roster("iva", leaves_ms=world.now_ms)
    elif event == "account":
        world.feed(replace(ACCOUNT, owner_rep_id="iva"))
    else:
        world.feed(PolicyPublished(replace(POLICY, version=2, nobody_free={})))


@cache
def driven() -> frozenset[Move]:
    """Each event against a lead of each status."""
    found = set()
    for event in EVENTS:
        for status in Status:
            world = world_with(status)
            happen(world, event)
            found.add((event, status, Status(world.status("L"))))
    return frozenset(found)


@cache
def of_the_story() -> frozenset[Move]:
    """The moves that thousands of mixed events make the leads that they name go through."""
    return frozenset(_moves_of_the_story())


def _moves_of_the_story() -> Iterator[Move]:
    shard, told = new_shard(), story(SEED, STORY_EVENTS)
    arrival = next(told)
    for offset in range(STORY_EVENTS):
        sales_org, event, at_ms = arrival
        before = _statuses(shard, arrival)
        try:
            decided = shard.apply(sales_org, event, timestamp_ms=at_ms, offset=offset)
        except Exception:  # noqa: BLE001  # what route would make a dead letter
            shard.skip(timestamp_ms=at_ms, offset=offset)
            decided = []
        after = _statuses(shard, arrival)
        name = _name_of(event)
        yield from ((name, status, after[key]) for key, status in before.items() if key in after)
        arrival = told.send(Answer(decided, shard.next_due_ms()))


def _name_of(event: Any) -> str:
    for name in ("feedback_type", "event_type", "command"):
        if hasattr(event, name):
            return str(getattr(event, name))
    return str(event.kind)


def _statuses(shard: Any, arrival: Arrival) -> dict[tuple[str, str], Status]:
    if arrival.event.kind == "tick":
        return {
            (name, lead.lead_id): lead.status
            for name, org in shard.orgs.items()
            for lead in org.leads.values()
        }
    lead_id = getattr(arrival.event, "lead_id", getattr(arrival.event, "subject", ""))
    org = shard.orgs.get(arrival.sales_org)
    lead = None if org is None else org.leads.get(lead_id)
    return {} if lead is None else {(arrival.sales_org, lead_id): lead.status}


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_moves_a_lead_as_the_table_says_and_leaves_all_others(event: str):
    unlike = [
        move
        for move in driven()
        if move[0] == event and move[2] not in (move[1], *may_become(event, move[1]))
    ]
    assert unlike == []


def test_thousands_of_mixed_events_move_leads_as_the_table_says():
    unlike = [
        (event, before.value, after.value)
        for event, before, after in of_the_story()
        if after is not before and after not in may_become(event, before)
    ]
    assert sorted(unlike) == []


def test_every_event_of_the_table_does_move_leads():
    moving = {event for event, before, after in driven() | of_the_story() if after is not before}
    assert moving == {event for event, lines in MOVES.items() if lines}


def test_only_events_of_the_contract_stand_in_the_table():
    assert set(MOVES) <= set(EVENTS)
