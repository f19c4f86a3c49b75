"""What became of many leads: counted from their decisions, each lead once, by its last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from router.core.model.assignment import Assignment, Outcome

Group = TypeVar("Group", bound=Hashable)

OWNED = frozenset({Outcome.ASSIGNED, Outcome.REASSIGNED, Outcome.HANDED_OFF, Outcome.ESCALATED})
"""Outcomes after which a rep has the lead."""


class LeadRow(NamedTuple):
    """Where a lead stands; ``value_minor`` is in the policy's currency."""

    outcome: str
    reason: str
    rep_id: str | None
    channel: str | None
    pool_id: str | None
    value_minor: int

    @property
    def is_owned(self) -> bool:
        """Whether a rep has it now."""
        return self.outcome in OWNED and self.rep_id is not None


class Share(NamedTuple):
    """How many leads are in a group, and what they are worth together."""

    leads: int
    value_minor: int


@dataclass(slots=True)
class Tally:
    """Takes decisions in their order. ``given`` counts how often each rep was given a lead."""

    rows: dict[str, LeadRow] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    currency: str = ""
    decisions: int = 0
    shadows: set[str] = field(default_factory=set)

    def add(self, decisions: Iterable[Assignment]) -> None:
        """Take in what was decided."""
        for decision in decisions:
            if decision.get("shadow"):
                self.shadows.add(decision["lead_id"])
                continue
            self._add(decision)

    def _add(self, decision: Assignment) -> None:
        self.decisions += 1
        before = self.rows.get(decision["lead_id"])
        value = decision.get("value")
        if value is not None:
            self.currency = value["currency"]
        worth = value["expected_minor"] if value else before.value_minor if before else 0
        rep_id = decision.get("rep_id")
        outcome = decision["outcome"]
        self.rows[decision["lead_id"]] = LeadRow(
            str(outcome),
            str(decision["reason"]),
            rep_id,
            decision.get("sales_channel"),
            decision.get("pool_id"),
            worth,
        )
        is_new_owner = rep_id is not None and (before is None or before.rep_id != rep_id)
        if is_new_owner and rep_id is not None and outcome in OWNED:
            self.given[rep_id] += 1

    def shares(
        self, group_of: Callable[[LeadRow], Group], *, owned_only: bool = False
    ) -> list[tuple[Group, Share]]:
        """Leads and worth by group, the largest group first."""
        leads: Counter[Group] = Counter()
        worth: Counter[Group] = Counter()
        for row in self.rows.values():
            if not owned_only or row.is_owned:
                group = group_of(row)
                leads[group] += 1
                worth[group] += row.value_minor
        order = sorted(leads, key=lambda group: (-leads[group], str(group)))
        return [(group, Share(leads[group], worth[group])) for group in order]

    def outcomes(self) -> dict[str, int]:
        """Leads by present outcome."""
        return {outcome: share.leads for outcome, share in self.shares(lambda row: row.outcome)}

    @property
    def value_minor(self) -> int:
        """What all of them are worth together."""
        return sum(row.value_minor for row in self.rows.values())
