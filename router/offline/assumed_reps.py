"""Reps of a simulation: they accept and make contact, and their leads end after a time.

A file of leads tells nothing of what reps did with them. Without answers every clock would run
out, and without ends every open cap would fill up; so both are assumed, and said so. An answer is
about one assignment: who has lost the lead by then says nothing of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from router.core.model.assignment import Assignment, Outcome
from router.core.model.timestamps import rfc3339
from router.offline.outcome_counts import OWNED

_encode = msgspec.json.Encoder().encode
_CONTACT, _END = "contacted", "disqualified"


class Answer(NamedTuple):
    """A report as a CRM would send it; ``ends`` the lead."""

    at_ms: int
    value: bytes
    ends: bool


class _Due(NamedTuple):
    at_ms: int
    order: int
    kind: str
    lead_id: str
    assignment_id: str
    sales_org: str


@dataclass(slots=True)
class AssumedReps:
    """What is assumed, and the answers that are due; ``None`` assumes no such answer."""

    contact_after_ms: int | None
    close_after_ms: int | None
    _due: list[_Due] = field(default_factory=list)
    _count: int = 0
    contacts_due: int = 0

    def hear(self, decisions: Iterable[Assignment], now_ms: int) -> None:
        """Reps learn of their new leads."""
        for decision in decisions:
            if _asks_for_answer(decision):
                if self.contact_after_ms is not None:
                    self._plan(decision, _CONTACT, now_ms + self.contact_after_ms)
                    self.contacts_due += 1
                if self.close_after_ms is not None:
                    self._plan(decision, _END, now_ms + self.close_after_ms)

    def _plan(self, decision: Assignment, kind: str, at_ms: int) -> None:
        self._count += 1
        due = _Due(
            at_ms,
            self._count,
            kind,
            decision["lead_id"],
            decision["assignment_id"],
            decision["sales_org"],
        )
        heapq.heappush(self._due, due)

    @property
    def next_ms(self) -> int | None:
        """Return when the next answer is due; None if none is."""
        return self._due[0].at_ms if self._due else None

    def take_next(self) -> Answer:
        """Return the next answer, which is due no more.

        Raises:
            IndexError: none is due.
        """
        due = heapq.heappop(self._due)
        self.contacts_due -= due.kind == _CONTACT
        body = {
            "event_id": f"assumed-{due.order}",
            "feedback_type": due.kind,
            "lead_id": due.lead_id,
            "assignment_id": due.assignment_id,
            "sales_org": due.sales_org,
            "occurred_at": rfc3339(due.at_ms),
        }
        return Answer(due.at_ms, _encode(body), due.kind == _END)


def _asks_for_answer(decision: Assignment) -> bool:
    """Whether a rep has something new to do; that their manager is told of a lead is nothing new.

    But an event that starts a clock is, whoever is told of it.
    """
    if decision["outcome"] not in OWNED or "rep_id" not in decision or "shadow" in decision:
        return False
    is_theirs = decision["outcome"] != Outcome.ESCALATED or "previous_rep_id" in decision
    return is_theirs or "accept_by" in decision or "contact_by" in decision
