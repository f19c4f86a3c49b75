"""What the topics hold, as records; and the auditor's own reading of it.

The auditor shares no code with the program. It knows topic names, the public contract, and that
an inbox record is JSON with a ``kind``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

INPUTS = (
    "leads",
    "crm.feedback",
    "roster",
    "accounts",
    "policies",
    "lead.engagement",
    "routing.commands",
)
OUTPUTS = (
    "routing.inbox",
    "routing.state",
    "lead.assignments",
    "routing.shadow",
    "lead.owners",
    "dead-letters",
)

Place = tuple[int, int]
"""Partition and offset."""
LeadKey = tuple[str, str]
"""Sales org and lead id."""


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record; ``topic`` without the prefix."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def place(self) -> Place:
        """Partition and offset."""
        return self.partition, self.offset

    def header(self, name: str) -> str | None:
        """The header of that name as text."""
        for found, text in self.headers:
            if found == name and text is not None:
                return text.decode()
        return None

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """A record of the inbox, read."""

    place: Place
    sales_org: str
    kind: str
    body: dict[str, Any]
    now_ms: int  # the log's time: never runs backwards

    @property
    def lead(self) -> LeadKey | None:
        """The lead it is about, if it is about one."""
        lead_id = self.body.get("lead_id")
        return None if lead_id is None else (self.sales_org, lead_id)

    @property
    def is_shadow(self) -> bool:
        """A lead that says of itself that it is not to be routed."""
        facts = self.body.get("facts", {})
        return self.kind == "lead" and bool(facts.get("test") or facts.get("do_not_route"))


@dataclass(frozen=True, slots=True)
class Decision:
    """A record of ``lead.assignments``, read."""

    place: Place
    body: dict[str, Any]

    @property
    def lead(self) -> LeadKey:
        """Sales org and lead id."""
        return self.body["sales_org"], self.body["lead_id"]

    @property
    def cause(self) -> Place:
        """The inbox record that it says caused it."""
        inbox = self.body["inbox"]
        return inbox["partition"], inbox["offset"]

    @property
    def sequence(self) -> int:
        """Its place among the decisions about the lead."""
        return self.body["sequence"]

    @property
    def outcome(self) -> str:
        """What became of the lead."""
        return self.body["outcome"]

    @property
    def reason(self) -> str:
        """Why."""
        return self.body["reason"]

    @property
    def rep_id(self) -> str | None:
        """Who has the lead."""
        return self.body.get("rep_id")


@dataclass
class History:
    """Everything there is, by topic name without prefix, each in order of its places."""

    topics: Mapping[str, list[Record]]
    default_sales_org: str = "main"

    def records(self, topic: str) -> list[Record]:
        """The records of ``topic`` in order of partition and offset."""
        return self.topics.get(topic, [])

    @cached_property
    def inbox(self) -> list[InboxEvent]:
        """The inbox in order of partition and offset."""
        return list(_read_inbox(self.records("routing.inbox")))

    @cached_property
    def events(self) -> dict[Place, InboxEvent]:
        """The inbox by place."""
        return {event.place: event for event in self.inbox}

    @cached_property
    def decisions(self) -> list[Decision]:
        """All decisions in order of their partition and offset."""
        return [
            Decision(record.place, json.loads(record.value or b"{}"))
            for record in self.records("lead.assignments")
        ]

    @cached_property
    def by_lead(self) -> dict[LeadKey, list[Decision]]:
        """Each lead's decisions as a consumer of the topic sees them."""
        found: dict[LeadKey, list[Decision]] = defaultdict(list)
        for decision in self.decisions:
            found[decision.lead].append(decision)
        return dict(found)

    @cached_property
    def by_cause(self) -> dict[Place, list[Decision]]:
        """Decisions of each inbox record."""
        found: dict[Place, list[Decision]] = defaultdict(list)
        for decision in self.decisions:
            found[decision.cause].append(decision)
        return dict(found)

    def walk(self) -> Iterator[tuple[InboxEvent, list[Decision]]]:
        """Every inbox record with what it decided, as the decisions were made."""
        for event in self.inbox:
            yield event, self.by_cause.get(event.place, [])


def _read_inbox(records: Iterable[Record]) -> Iterator[InboxEvent]:
    clock: dict[int, int] = {}
    for record in records:
        now_ms = max(clock.get(record.partition, 0), record.timestamp_ms)
        clock[record.partition] = now_ms
        body = json.loads(record.value or b"{}")
        sales_org = (record.key or b"").decode()
        yield InboxEvent(record.place, sales_org, body.get("kind", ""), body, now_ms)
