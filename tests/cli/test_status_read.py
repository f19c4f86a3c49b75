"""What ``status`` makes of the rows of ``lead.owners``."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from router.cli import status, status_read
from router.kafka.clients import Clients
from router.kafka.topics import topics_of
from router.settings import Settings


def row(lead_id: str, outcome: str, reason: str, sales_org: str = "main") -> dict[str, Any]:
    nothing = dict.fromkeys(("pool_id", "value_expected_minor", "value_currency"))
    named = {"lead_id": lead_id, "sales_org": sales_org, "outcome": outcome, "reason": reason}
    return {**nothing, **named, "decided_at": "2026-01-12T09:30:00.000Z"}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> status_read.Status:
    rows = [
        row("l1", "assigned", "rotation"),
        row("l2", "recalled", "owner_not_on_roster"),
        row("l3", "closed", "owner_not_on_roster"),
        row("l4", "queued", "all_at_cap", "asia"),
    ]

    async def latest_by_key(*_: Any) -> dict[bytes, bytes]:
        return {each["lead_id"].encode(): json.dumps(each).encode() for each in rows}

    monkeypatch.setattr(status_read, "latest_by_key", latest_by_key)
    read, settings = status_read.Status(), Settings()
    asyncio.run(status_read._owners(Clients(settings.kafka), topics_of(settings), read))
    return read


def test_leads_of_owners_who_are_not_on_the_roster_are_counted_by_sales_org(found) -> None:
    assert found.outside == {"main": 2}
    assert status._as_json(found)["outside"] == {"main": 2}
    assert [each.leads for each in found.backlog] == [1]


def test_they_are_shown_with_what_to_do(found, capsys: pytest.CaptureFixture[str]) -> None:
    status._show(found)
    shown = " ".join(capsys.readouterr().out.split())
    assert "owners not on the roster: 2 of main" in shown
    assert "lead-router roster apply" in shown
