"""One lead may not grow without end, nor all of them; what was counted stays counted."""

from __future__ import annotations

import msgspec
import pytest

from router.board.answers.leads import left_out
from router.board.projection import sales_org
from router.board.projection.histories import DECISIONS_MAX, REPORTS_MAX
from router.board.projection.projection import Projection, Record
from router.board.projection.sales_org import OrgProjection
from router.core.model.timestamps import rfc3339

BEGUN_MS = 1_800_000_000_000
MINUTE_MS = 60_000


class Told:
    """A projection, told of one lead after the other; offsets are minutes."""

    def __init__(self) -> None:
        self.projection = Projection(["main"], "main", since_ms=0)
        self.offset = 0

    @property
    def org(self) -> OrgProjection:
        return self.projection.orgs["main"]

    def put(self, carries, key: bytes, value: bytes) -> None:
        self.offset += 1
        at_ms = BEGUN_MS + self.offset * MINUTE_MS
        self.projection.apply(carries, [Record(0, self.offset, at_ms, key, value)])

    def decided(self, lead_id: str, sequence: int, rep_id: str, **more) -> None:
        told = {
            "lead_id": lead_id,
            "sales_org": "main",
            "sequence": sequence,
            "outcome": "reassigned" if sequence > 1 else "assigned",
            "reason": "by_operator",
            "turn_among": "1c",
            "decided_at": rfc3339(BEGUN_MS + (self.offset + 1) * MINUTE_MS),
            "inbox": {"offset": self.offset + 1},
            "sales_channel": "inside",
            "pool_id": "emea-inside",
            "rep_id": rep_id,
        }
        self.put("assignments", lead_id.encode(), msgspec.json.encode(told | more))

    def reported(self, lead_id: str, what: str) -> None:
        report = {"kind": "feedback", "lead_id": lead_id, "feedback_type": what}
        self.put("inbox", b"main", msgspec.json.encode(report))

    def count(self, what: str) -> int:
        return sum(self.org.speeds.histogram(0, what, "channel").values())


def test_of_many_reports_the_newest_are_kept_and_those_that_were_counted_by():
    told = Told()
    told.decided("busy", 1, "ida")
    for number in range(REPORTS_MAX + 40):
        told.reported("busy", "contacted" if number == 7 else "attempted")
    history = told.org.histories["busy"]
    kept = [each.inbox_offset for each in history.reports]
    assert kept == [2, 9, *range(2 + 42, 2 + REPORTS_MAX + 40)]
    assert {speed.what: speed.took_ms // MINUTE_MS for speed in history.speeds} == {
        "assignment": 0,
        "at_once": 0,
        "acceptance": 1,
        "first_contact": 8,
    }
    assert left_out(told.org, "busy", 0) == {"decisions": 0, "reports": 40}


def test_of_many_decisions_the_newest_are_kept_and_all_stay_counted():
    told, count = Told(), DECISIONS_MAX + 30
    for number in range(count):
        told.decided("passed-on", number + 1, "ida" if number % 2 else "ike")
        told.reported("passed-on", "contacted")
    history, stories = told.org.histories["passed-on"], told.org.stories
    assert len(history.decisions) == len(stories.of("passed-on")) == DECISIONS_MAX
    assert history.decisions[0].sequence == stories.left_out("passed-on") + 1 == 31
    assert len(history.reports) <= REPORTS_MAX
    assert told.count("acceptance") == told.count("first_contact") == count
    assert told.count("assignment") == 1
    given = [turn for turn in told.org.turns.of("emea-inside") if not turn.is_back]
    assert len(given) == DECISIONS_MAX


@pytest.fixture
def _room_for_three(monkeypatch):
    monkeypatch.setattr(sales_org, "HISTORIES_MAX", 3)


@pytest.mark.usefixtures("_room_for_three")
def test_with_too_many_leads_the_one_goes_that_was_silent_longest():
    told = Told()
    for name in ("first", "second", "third"):
        told.decided(name, 1, "ida")
    told.reported("first", "accepted")
    told.decided("fourth", 1, "ike")
    assert list(told.org.histories) == ["third", "first", "fourth"]
    assert [turn.inbox_offset for turn in told.org.turns.of("emea-inside")] == [1, 3, 5]
    assert (told.count("assignment"), told.count("acceptance")) == (4, 1)
    told.decided("second", 2, "ike", reason="rejected")  # it is heard of again
    assert list(told.org.histories) == ["first", "fourth", "second"]
