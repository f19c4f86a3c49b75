"""An id that route has forgotten may come again within the day: it begins another life at 1."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.board.projection.projection import Projection, Record
from router.core.model.timestamps import rfc3339

MINUTE_MS = 60_000
BEGUN_MS = 1_800_000_000_000
LIVES = [  # inbox offset, sequence, outcome, rep
    (50, 1, "queued", None),
    (51, 2, "closed", None),
    (52, 1, "queued", None),
    (53, 2, "assigned", "fin"),
]


def event(offset: int, sequence: int, outcome: str, rep_id: str | None) -> dict[str, Any]:
    """Decided so many minutes later as its offset is higher."""
    return {
        "lead_id": "again",
        "sales_org": "main",
        "sequence": sequence,
        "outcome": outcome,
        "reason": "rotation",
        "decided_at": rfc3339(BEGUN_MS + offset * MINUTE_MS),
        "inbox": {"offset": offset},
        "rep_id": rep_id,
    }


@pytest.fixture(params=[LIVES, LIVES[::-1], LIVES[1:]], ids=["in order", "backwards", "cut off"])
def told(request: pytest.FixtureRequest) -> tuple[Projection, list[bytes]]:
    """The projection, and the events of the lead in their order."""
    projection = Projection(["main"], "main", since_ms=0)
    for at, each in enumerate(request.param):
        value = msgspec.json.encode(event(*each))
        at_ms = BEGUN_MS + each[0] * MINUTE_MS
        # Partitions of their own: so they may be read in any order.
        projection.apply("assignments", [Record(at, 0, at_ms, b"again", value)])
    return projection, [msgspec.json.encode(event(*each)) for each in sorted(request.param)]


def test_each_life_has_its_own_speed(told: tuple[Projection, list[bytes]]):
    speed, _ = told[0].orgs["main"].histories["again"].speeds
    assert (speed.what, speed.rep_id, speed.took_ms) == ("assignment", "fin", MINUTE_MS)


def test_the_story_holds_both_lives_one_after_the_other(told: tuple[Projection, list[bytes]]):
    projection, events = told
    assert projection.orgs["main"].stories.of("again") == events
