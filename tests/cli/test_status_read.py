"""What ``status`` makes of the rows of ``lead.owners`` and of route's own state."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from aiokafka.structs import TopicPartition

from router.cli import status_read, status_state
from router.cli.commands.operate import status
from router.core.model.events import Command, Event, Facts, Feedback, LeadEvent, RosterEntry, Tick
from router.core.shard import Shard
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span
from router.kafka.topics.changelog import MESSAGE_PACKING, stored
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def row(lead_id: str, outcome: str, reason: str, sales_org: str = "main") -> dict[str, Any]:
    nothing = dict.fromkeys(("pool_id", "value_expected_minor", "value_currency"))
    named = {"lead_id": lead_id, "sales_org": sales_org, "outcome": outcome, "reason": reason}
    return {**nothing, **named, "decided_at": "2026-01-12T09:30:00.000Z"}


class Written(NamedTuple):
    """Of a record of ``routing.state`` what ``status`` looks at."""

    key: bytes
    value: bytes | None
    partition: int = 0


class Route:
    """Route's fold, and what it has written to ``routing.state``."""

    def __init__(self) -> None:
        self.shard = Shard(0, ("main", "asia"), lambda _: pytest.fail("no policy"), MESSAGE_PACKING)
        self.now_ms, self.count = 100 * DAY_MS, 0
        self.records: list[Written] = []

    def see(self, event: Event, sales_org: str = "main") -> None:
        self.count += 1
        self.shard.apply(sales_org, event, timestamp_ms=self.now_ms, offset=self.count)
        for key, value in self.shard.take_changes():
            self.records.append(Written(key.encode(), stored(value)))

    def lead(
        self, lead_id: str, kind: Any, owner: str | None = None, sales_org: str = "main"
    ) -> None:
        event_id = f"e{self.count}"
        facts = Facts(owner_rep_id=owner)
        self.see(LeadEvent(event_id, kind, lead_id, self.now_ms, facts), sales_org)

    def feedback(
        self, lead_id: str, kind: Any, rep_id: str | None = None, sales_org: str = "main"
    ) -> None:
        event_id = f"e{self.count}"
        self.see(Feedback(event_id, kind, lead_id, self.now_ms, rep_id=rep_id), sales_org)


def a_busy_route() -> Route:
    """Six leads were named owners who are not on the roster; two still wait for theirs.

    Then the broker's clock leaps.
    """
    route = Route()
    route.lead("forgotten", "imported", "joe")
    route.now_ms += 40 * DAY_MS
    route.see(Tick(route.now_ms))
    route.lead("waits", "imported", "zoe")
    route.lead("withdrawn", "imported", "yan")
    route.lead("withdrawn", "withdrawn")
    route.lead("recalled", "submitted", sales_org="asia")
    route.feedback("recalled", "owner_changed", "zoe", "asia")
    route.lead("closed", "submitted")
    route.feedback("closed", "lost")
    route.feedback("closed", "owner_changed", "zoe")
    route.lead("joined", "imported", "new")
    route.see(RosterEntry("new", ["inside"], "inside_rep"))
    for _ in range(2):
        route.feedback("joined", "contacted", "0055X")
    for name, days in (("ann", 80), ("bob", 89), ("cat", 91), ("dan", 10)):
        known_ms = time.time_ns() // 1_000_000 + days * DAY_MS
        route.see(RosterEntry(name, ["inside"], known_until_ms=known_ms), "asia")
    route.see(RosterEntry("dan", removed=True), "asia")
    route.see(Tick(route.now_ms))
    for name, subject in (("pause_pool", "s"), ("rep_away", "new")):
        span = (0, 4_000_000_000_000)
        route.see(Command(name, name, subject, "olga", "team meeting", None, *span))
    route.now_ms += HOUR_MS + 5_000
    route.see(Tick(route.now_ms, route.now_ms - HOUR_MS, HOUR_MS))
    return route


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> status_read.Status:
    rows = [
        row("joined", "assigned", "imported"),
        row("waits", "closed", "owner_not_on_roster"),
        row("closed", "closed", "owner_not_on_roster"),
        row("forgotten", "closed", "owner_not_on_roster"),
        row("l4", "queued", "all_at_cap", "asia"),
    ]

    async def latest_by_key(*_: Any) -> dict[bytes, bytes]:
        return {each["lead_id"].encode(): json.dumps(each).encode() for each in rows}

    async def log_spans(*_: Any) -> dict[TopicPartition, Span]:
        return {}

    async def read_spans(*_: Any) -> AsyncIterator[list[Written]]:
        yield a_busy_route().records

    monkeypatch.setattr(status_read, "latest_by_key", latest_by_key)
    monkeypatch.setattr(status_state, "log_spans", log_spans)
    monkeypatch.setattr(status_state, "read_spans", read_spans)
    read, settings = status_read.Status(), Settings()
    clients, topics = Clients(settings.kafka), topics_of(settings)
    asyncio.run(status_read._owners(clients, topics, read))
    read.route = asyncio.run(status_state.read_state(clients, topics.state))
    return read


def shown_of(found: status_read.Status, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command prints, on one line."""
    status._show(found)
    return " ".join(capsys.readouterr().out.split())


def test_leads_that_wait_for_somebody_to_join_are_counted_by_sales_org_and_no_others(found) -> None:
    assert found.outside == {"asia": 1, "main": 1}
    assert status._as_json(found)["outside"] == {"asia": 1, "main": 1}
    assert [each.leads for each in found.backlog] == [1]


def test_reps_whose_holidays_end_within_ninety_days_are_told_by_sales_org(
    found, capsys: pytest.CaptureFixture[str]
) -> None:
    [ending] = found.route.endings
    assert (ending.sales_org, ending.reps) == ("asia", 2)
    until = datetime.fromisoformat(ending.known_until) - datetime.now(UTC)
    assert 79 <= until.days <= 80
    assert status._as_json(found)["endings"][0]["known_until"] == ending.known_until
    shown = shown_of(found, capsys)
    assert "of 2 reps of asia are known until" in shown
    assert "`lead-router roster apply` with the same file renews them" in shown


def test_they_are_shown_with_what_to_do(found, capsys: pytest.CaptureFixture[str]) -> None:
    shown = shown_of(found, capsys)
    assert "owners not on the roster: 1 lead of main waits" in shown
    assert "lead-router roster apply" in shown


def test_a_leap_of_the_brokers_clock_is_shown_until_it_is_settled(
    found, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status._as_json(found)["leaps"] == [{"partition": 0, "by_ms": HOUR_MS}]
    shown = shown_of(found, capsys)
    assert "the broker's clock has leapt by 1 h in inbox partition 0" in shown


def test_pools_that_are_paused_and_reps_who_are_away_are_shown_with_who_said_so_and_why(
    found, capsys: pytest.CaptureFixture[str]
) -> None:
    by_olga = {"actor": "olga", "reason": "team meeting"}
    plain = status._as_json(found)
    assert plain["paused"] == [
        {"sales_org": "main", "pool_id": "s", "by_hand": {"command": "pause_pool", **by_olga}}
    ]
    (away,) = plain["away"]
    assert away["by_hand"] == {"command": "rep_away", **by_olga}
    shown = shown_of(found, capsys)
    assert "paused: pool s of main, paused by olga: team meeting" in shown
    assert "away: new of main until 2096-10-02 07:06:40 UTC, noted by olga: team meeting" in shown


def test_owners_and_reps_whom_no_roster_names_are_named(
    found, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = status._as_json(found)
    assert plain["outside_owners"] == [
        {"sales_org": "asia", "name": "zoe", "leads": 1},
        {"sales_org": "main", "name": "zoe", "leads": 1},
    ]
    (unknown,) = plain["unknown_names"]
    assert (unknown["name"], unknown["reports"]) == ("0055X", 2)
    shown = shown_of(found, capsys)
    assert "they are: zoe (1), zoe (1)" in shown
    assert "reps whom no roster names: 2 reports changed nothing, of 0055X (2)" in shown
