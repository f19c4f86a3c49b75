"""Small companies, and what becomes of their leads: each case is a line of one of the files here.

A case has ``files`` (``policy.yaml``, ``roster.csv``, ``accounts.csv``), ``events`` in the order in
which they come (a lead, a report, a command, engagement, or a ``policy`` in force from then on) and
``right``: every decision that must come of them. Time is that of the events, or ``at`` of those
that come late.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.core.model.assignment import Assignment
from router.intake.files.account_file import read_accounts
from router.intake.files.record_file import encode
from router.intake.files.roster_file import read_roster
from router.intake.policy import check_policy
from router.intake.time.timestamps import exact_ms
from router.intake.wire.cloudevents import TopicRole
from router.offline.router import OfflineRouter
from router.settings import Settings

CASES = [
    json.loads(line)
    for path in sorted(Path(__file__).parent.glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
ROLES: dict[str, TopicRole] = {
    "event_type": "leads",
    "feedback_type": "feedback",
    "command": "commands",
    "points_milli": "engagement",
}
TOLD = (
    "rep_id",
    "previous_rep_id",
    "outside_rep_id",
    "notify_rep_id",
    "merged_into",
    "shadow_reason",
)
TIMES = ("accept_by", "contact_by", "wait_until")


class Company:
    """A router in memory, fed with the files and the events of a case."""

    def __init__(self, files: dict[str, str], at_ms: int) -> None:
        self.router = OfflineRouter.of(Settings())
        context = self.router.context
        self._file("roster", read_roster(files["roster.csv"], "csv", context, at_ms), at_ms)
        if "accounts.csv" in files:
            accounts = read_accounts(files["accounts.csv"], "csv", context, at_ms)
            self._file("accounts", accounts, at_ms)
        self.publish(files["policy.yaml"], at_ms)

    def _file(self, role: TopicRole, found: Any, at_ms: int) -> None:
        assert not found.has_errors, found.problems
        for filed in found.records:
            assert self.router.take(role, encode(filed.record), at_ms=at_ms).refused is None

    def publish(self, text: str, at_ms: int) -> None:
        checked = check_policy(text, published_at_ms=at_ms, version=at_ms)
        assert checked.policy is not None, checked.problems
        self.router.publish(checked.policy, at_ms=at_ms)

    def feed(self, event: dict[str, Any]) -> Iterator[Assignment]:
        event = dict(event)
        at_ms = exact_ms(event.pop("at", event["occurred_at"]), "occurred_at")
        yield from self.router.pass_time(at_ms)
        if "policy" in event:
            self.publish(event["policy"], at_ms)
            return
        role = next(role for name, role in ROLES.items() if name in event)
        taken = self.router.take(role, encode(event), at_ms=at_ms)
        assert taken.refused is None, taken
        yield from taken.decisions


def told(decision: Assignment) -> str:
    """A decision on one line: when, which, what, why, and what else there is of the rest."""
    body: dict[str, Any] = {**decision}
    parts = [
        body["decided_at"][:16],
        body["assignment_id"],
        body["outcome"],
        body["reason"],
        *(f"{name}={body[name]}" for name in TOLD if name in body),
        *([f"notify={body['notify']}"] if "notify" in body and "notify_rep_id" not in body else []),
        *(f"{name}={body[name][:16]}" for name in TIMES if name in body),
    ]
    return " ".join(parts)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_becomes_of_the_leads_of(case: dict[str, Any]):
    events = case["events"]
    company = Company(case["files"], exact_ms(events[0]["occurred_at"], "occurred_at"))
    decided = [told(each) for event in events for each in company.feed(event)]
    assert decided == case["right"], case["rule"]
