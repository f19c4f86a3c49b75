"""Small made-up histories, told in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.e2e.audit import History, Record, audit
from tests.e2e.audit.headers import attributes
from tests.e2e.audit.ownership import _flat

NOON_MS = 1_762_776_000_000
DAY_MS = 86_400_000
HOUR_MS = 3_600_000

POLICY = {
    "policy_id": "p",
    "version": 1,
    "effective_from_ms": 0,
    "caps": {
        "inside": {"per_day": 2, "open": 2, "per_day_from": [["trade_show", 1]]},
        "field": {"per_day": 1, "open": 5},
    },
    "urgent_requests": ["rush_order"],
}


class Story:
    """What happened, told in order; ``history`` is what the topics then hold."""

    def __init__(
        self, policy: dict[str, Any] | None = None, /, zone: str = "UTC", **rep: Any
    ) -> None:
        """``policy`` replaces parts of :data:`POLICY`, ``rep`` is said of everybody."""
        self.records: list[Record] = []
        self.ends: dict[tuple[str, int], int] = {}
        self.sequences: dict[str, int] = {}
        self.now_ms = NOON_MS
        for rep_id in ("ann", "bob", "cid"):
            self.publish("roster", {"rep_id": rep_id, "time_zone": zone})
            self.inbox("rep", {"rep_id": rep_id, "partner_rep_id": "cid", **rep})
        self.publish("accounts", {"account_id": "acme"})
        self.inbox(
            "account", {"account_id": "acme", "domains": ["a.example"], "owner_rep_id": "bob"}
        )
        self.publish("policies", {"policy_id": "p", "version": 1})
        self.inbox("policy", {"policy": POLICY | (policy or {})})

    def put(self, topic: str, partition: int, key: str, value: Any, /, **headers: str) -> Record:
        offset = self.ends.get((topic, partition), 0)
        self.ends[topic, partition] = offset + 1
        is_plain = value is None or isinstance(value, bytes)
        encoded = value if is_plain else json.dumps(value).encode()
        texts = tuple((name, text.encode()) for name, text in headers.items())
        record = Record(topic, partition, offset, self.now_ms, key.encode(), encoded, texts)
        self.records.append(record)
        return record

    def publish(self, topic: str, body: Any, partition: int = 0) -> Record:
        return self.put(topic, partition, "any", body)

    def inbox(self, kind: str, body: dict[str, Any]) -> Record:
        return self.put("routing.inbox", 0, "main", {"kind": kind, **body})

    def lead(self, lead_id: str, event_id: str | None = None, **facts: Any) -> Record:
        body = {"lead_id": lead_id, "event_id": event_id or f"e-{lead_id}"}
        self.publish("leads", body)
        return self.inbox("lead", {**body, "occurred_at_ms": self.now_ms, "facts": facts})

    def feedback(self, lead_id: str, event_id: str) -> Record:
        body = {"lead_id": lead_id, "event_id": event_id}
        self.publish("crm.feedback", body)
        return self.inbox("feedback", body)

    def decide(
        self, cause: Record, lead_id: str, outcome: str, rep_id: str = "", **more: Any
    ) -> None:
        sequence = self.sequences.get(lead_id, 0) + 1
        self.sequences[lead_id] = sequence
        event_id = json.loads(cause.value or b"{}").get("event_id", "tick")
        body: dict[str, Any] = {
            "assignment_id": f"{lead_id}.{sequence}",
            "event_id": event_id,
            "lead_id": lead_id,
            "sales_org": "main",
            "sequence": sequence,
            "outcome": outcome,
            "reason": "rotation",
            "inbox": {"partition": 0, "offset": cause.offset},
            "decided_at": "now",
        }
        if rep_id:
            body |= {"rep_id": rep_id, "sales_channel": "inside"}
        body |= more
        self.put("lead.assignments", 0, lead_id, body, **attributes(body))
        self.put("lead.owners", 0, lead_id, None if body["reason"] == "erased" else _flat(body))

    def given(
        self, lead_id: str, rep_id: str, facts: dict[str, Any] | None = None, **more: Any
    ) -> Record:
        """A lead comes in and is assigned at once."""
        cause = self.lead(lead_id, **(facts or {}))
        self.decide(cause, lead_id, "assigned", rep_id, **more)
        return cause

    def history(self, keep: Callable[[Record], bool] = lambda _: True) -> History:
        topics: dict[str, list[Record]] = {}
        for record in filter(keep, self.records):
            topics.setdefault(record.topic, []).append(record)
        return History(topics)

    def checks(self, keep: Callable[[Record], bool] = lambda _: True) -> set[str]:
        return {finding.check for finding in audit(self.history(keep))}
