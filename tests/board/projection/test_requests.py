"""A request of the person is told to the rep who has the lead, and is no lead that they get."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.board.projection.projection import Projection, Record
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.turns import turns_of
from router.core.model.timestamps import rfc3339

MINUTE_MS = 60_000
BEGUN_MS = 1_800_000_000_000
PICKED = {"outcome": "assigned", "reason": "rotation", "rep_id": "ida", "pool_id": "emea-inside"}
PICKED |= {"candidates": {"considered": 2, "eligible": 2, "credit": 1}}
TOLD = {"outcome": "assigned", "reason": "asked_again", "rep_id": "ida"}
MOVED = {
    "outcome": "reassigned",
    "reason": "asked_again",
    "rep_id": "ike",
    "previous_rep_id": "ida",
}
REJECTED = {"outcome": "queued", "reason": "rejected", "previous_rep_id": "ida"}


def decided(*decisions: dict[str, Any], accepted: bool = False) -> OrgProjection:
    """The projection after them, a minute apart; the rep may have accepted after the last."""
    projection = Projection(["main"], "main", since_ms=0)
    for at, each in enumerate(decisions):
        at_ms = BEGUN_MS + at * MINUTE_MS
        event = {"lead_id": "L", "sales_org": "main", "sequence": at + 1, "inbox": {"offset": at}}
        event |= {"decided_at": rfc3339(at_ms), "sales_channel": "inside"} | each
        record = Record(0, at, at_ms, b"L", msgspec.json.encode(event))
        projection.apply("assignments", [record])
    if accepted:
        at = len(decisions)
        report = {"kind": "feedback", "lead_id": "L", "feedback_type": "accepted", "rep_id": "ida"}
        record = Record(0, at, BEGUN_MS + at * MINUTE_MS, b"main", msgspec.json.encode(report))
        projection.apply("inbox", [record])
    assert projection.unreadable == 0
    return projection.orgs["main"]


def test_who_accepts_after_a_request_accepts_what_they_got_before_it():
    speeds = decided(PICKED, TOLD, accepted=True).histories["L"].speeds
    took_ms = [each.took_ms for each in speeds if each.what == "acceptance"]
    assert took_ms == [2 * MINUTE_MS]


def test_a_turn_comes_back_also_after_a_request():
    turns = turns_of(decided(PICKED, TOLD, REJECTED).histories["L"])
    assert [(turn.rep_id, turn.is_back) for turn in turns] == [("ida", False), ("ida", True)]


@pytest.mark.parametrize(("request_", "given"), [(TOLD, [True, False]), (MOVED, [True, True])])
def test_a_request_gives_a_lead_only_to_whom_it_moves(request_: dict[str, Any], given: list[bool]):
    decisions = decided(PICKED, request_).histories["L"].decisions
    assert [each.is_given for each in decisions] == given
