"""A tombstone in ``lead.owners``: an erased lead waits no more, also where no decision is left."""

import pytest

from router.board.projection.projection import Record
from router.core.model.assignment import Assignment
from router.kafka.topics.codecs import encode
from router.kafka.topics.owners import owner_row
from tests.board.projection.left_in_topics import new_projection

NOON_MS = 1_768_219_200_000
QUEUED: Assignment = {
    "assignment_id": "L.1",
    "event_id": "e1",
    "lead_id": "L",
    "sales_org": "main",
    "sequence": 1,
    "outcome": "queued",
    "reason": "all_at_cap",
    "core_version": "4",
    "occurred_at": "2026-01-12T12:00:00.000Z",
    "decided_at": "2026-01-12T12:00:00.000Z",
    "inbox": {"partition": 0, "offset": 7},
}


@pytest.fixture
def board():
    return new_projection(NOON_MS + 86_400_000)  # what was decided is older than its day


def waiting(board) -> list[str]:
    assert board.unreadable == 0
    return list(board.orgs["main"].last.waiting)


def put_row(board, offset: int) -> None:
    row = Record(0, offset, NOON_MS + offset, b"L", owner_row(QUEUED))
    board.apply("owners", [row])


def test_a_row_that_is_not_compacted_yet_is_undone(board):
    put_row(board, 0)
    assert waiting(board) == ["L"]
    board.apply("owners", [Record(0, 1, NOON_MS + 1, b"L", None)])
    assert waiting(board) == []
    assert board.orgs["main"].waiting.oldest_ms is None


def test_a_lead_that_was_submitted_since_waits(board):
    later = {**QUEUED, "decided_at": "2026-01-12T12:01:00.000Z", "sequence": 3}
    board.apply("assignments", [Record(0, 0, NOON_MS + 60_000, b"L", encode(later))])
    board.apply("owners", [Record(0, 1, NOON_MS + 1_000, b"L", None)])
    assert waiting(board) == ["L"]


def test_of_a_lead_that_nobody_knows_nothing_changes(board):
    board.apply("owners", [Record(0, 0, NOON_MS, b"never-came", None)])
    assert waiting(board) == []
