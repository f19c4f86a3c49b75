"""The board says who paused a pool or noted a leave, and why, and who has a lead now."""

from __future__ import annotations

from typing import Any

import pytest
from world import DAY_MS, World

from router.board.answers.flows import flows
from router.board.answers.leads import people_of, story
from router.board.answers.moment import Moment
from router.board.answers.reps import reps
from router.board.projection.projection import Projection, Record
from router.core.explain.explain import People
from router.core.model.assignment import Assignment


@pytest.fixture
def world() -> World:
    world = World()
    world.roster("iva", crm_ids={"hubspot": "77"})
    world.command("pause_pool", "emea-inside", reason="team meeting")
    until_ms = world.now_ms + DAY_MS
    world.command("rep_away", "iva", from_ms=world.now_ms, until_ms=until_ms, reason="training")
    return world


@pytest.fixture
def board(world: World) -> Projection:
    """Return the projection of route's changelog."""
    world.keep_changes()
    projection = Projection(["main", "other"], "main", since_ms=0)
    for offset, (key, value) in enumerate(world.changelog.items()):
        record = Record(0, offset, world.now_ms, key.encode(), value)
        projection.apply("state", [record])
    assert projection.unreadable == 0
    return projection


@pytest.fixture
def moment(world: World) -> Moment:
    return Moment(world.now_ms, world.now_ms // DAY_MS * DAY_MS)


def rows(answer: dict[str, Any], name: str, key: str) -> dict[str, Any]:
    return {row[key]: row for row in answer[name]}


def test_a_paused_pool_names_who_paused_it_and_why(board: Projection, moment: Moment):
    inside = rows(flows(board.orgs["main"], moment), "channels", "sales_channel")["inside"]
    pool = rows(inside, "pools", "pool_id")["emea-inside"]
    by_olga = {"command": "pause_pool", "actor": "olga", "reason": "team meeting"}
    assert (pool["paused"], pool["paused_by"]) == (True, by_olga)


def test_a_rep_who_is_away_names_who_noted_it_and_why(board: Projection, moment: Moment):
    found = rows(reps(board, board.orgs["main"], moment), "reps", "rep_id")
    by_olga = {"command": "rep_away", "actor": "olga", "reason": "training"}
    assert (found["iva"]["status"], found["iva"]["away_by"]) == ("away", by_olga)
    assert found["ida"]["away_by"] is None


def test_a_rep_is_known_by_their_ids_in_crms(board: Projection):
    assert people_of(board, board.orgs["main"]).named("77") == ["iva"]


def test_a_story_says_who_has_the_lead_now():
    world = World()
    decisions: list[Assignment] = world.lead("L", employees=10)
    assert story("L", decisions, People())["now"] == "It is now with ida."
    decisions += world.feedback("lost", "L")
    told = "It is closed, and nobody works on it; ida had it last."
    assert story("L", decisions, People())["now"] == told
