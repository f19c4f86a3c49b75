"""Reps of a simulation: they accept and make contact, and their leads end after a time.

A file of leads tells nothing of what reps did with them. Without answers every clock would run
out, and without ends every open cap would fill up; so both are assumed, and said so.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from router.cli.tally import OWNED
from router.core.decision import Assignment
from router.core.timestamps import rfc3339

_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """A report as a CRM would send it; ``ends`` the lead."""

    at_ms: int
    value: bytes
    ends: bool


class _Due(NamedTuple):
    at_ms: int
    order: int
    decision: tuple[str, str]  # lead_id, sales_org
    kind: str


@dataclass(slots=True)
class AssumedReps:
    """What is assumed, and the answers that are due; ``None`` assumes no such answer."""

    contact_after_ms: int | None
    close_after_ms: int | None
    _due: list[_Due] = field(default_factory=list)
    _count: int = 0

    def hear(self, decisions: Iterable[Assignment], now_ms: int) -> None:
        """Reps learn of their new leads."""
        for decision in decisions:
            if decision["outcome"] in OWNED and "rep_id" in decision and "shadow" not in decision:
                lead = decision["lead_id"], decision["sales_org"]
                self._plan(lead, "contacted", now_ms, self.contact_after_ms)
                self._plan(lead, "disqualified", now_ms, self.close_after_ms)

    def _plan(self, lead: tuple[str, str], kind: str, now_ms: int, after_ms: int | None) -> None:
        if after_ms is not None:
            self._count += 1
            heapq.heappush(self._due, _Due(now_ms + after_ms, self._count, lead, kind))

    def answers(self, until_ms: int) -> Iterator[Answer]:
        """Answers that are due by ``until_ms``, in order of time."""
        while self._due and self._due[0].at_ms <= until_ms:
            due = heapq.heappop(self._due)
            lead_id, sales_org = due.decision
            body = {
                "event_id": f"assumed-{due.order}",
                "feedback_type": due.kind,
                "lead_id": lead_id,
                "sales_org": sales_org,
                "occurred_at": rfc3339(due.at_ms),
            }
            yield Answer(due.at_ms, _encode(body), due.kind == "disqualified")
