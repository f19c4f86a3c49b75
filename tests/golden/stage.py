"""Words of a scene: events of one sales org, and times to wait between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.golden.company import ACCOUNT, NEWCOMER, TEAM, Company
from tests.golden.core_names import (
    Command,
    Engagement,
    Event,
    Facts,
    Feedback,
    LeadEvent,
    Policy,
    PolicyPublished,
    RosterEntry,
)
from tests.golden.dice import DAY_MS

Step = Event | int
TEAM_BY_ID = {rep.rep_id: rep for rep in TEAM}


class Stage:
    """Makes the events of a scene; ``now_ms`` is when it begins, and grows as it is written."""

    def __init__(self, company: Company, now_ms: int) -> None:
        self.company, self.now_ms = company, now_ms
        self.steps: list[Step] = []
        self.mark = company.next_number()
        self.leads: list[str] = []

    def under(self, policy: Policy, **changes: Any) -> None:
        """A policy, and everybody as at first; pools go on."""
        self.publish(policy, **changes)
        for rep in TEAM:
            self.steps.append(replace(rep))
        self.steps.append(replace(NEWCOMER, removed=True))
        self.steps.append(replace(ACCOUNT))
        for pool in ("emea-inside", "emea-field"):
            self.command("resume_pool", pool)

    def publish(self, policy: Policy, **changes: Any) -> None:
        version = self.company.next_number()
        self.steps.append(PolicyPublished(replace(policy, version=version, **changes)))

    def wait(self, ms: int) -> None:
        self.steps.append(ms)
        self.now_ms += ms

    def rep(self, rep_id: str, **changes: Any) -> None:
        entry = TEAM_BY_ID.get(rep_id) or RosterEntry(rep_id, ["inside"], "inside_rep")
        self.steps.append(replace(entry, **changes))

    def lead(self, name: str, facts: dict[str, Any], kind: Any = "submitted", **more: Any) -> None:
        lead_id, number = f"{self.mark}-{name}", self.company.next_number()
        if lead_id not in self.leads:
            self.leads.append(lead_id)
        self.wait(1)
        at_ms = self.now_ms - more.pop("late_ms", 0)
        known = Facts(**{"expected_value_currency": "EUR", **facts, **more})
        self.steps.append(LeadEvent(f"e{number}", kind, lead_id, at_ms, known))

    def report(self, kind: Any, name: str, **more: Any) -> None:
        for key in ("into_lead_id", "assignment_id"):
            if key in more:
                more[key] = f"{self.mark}-{more[key]}"
        self.wait(1)
        event_id, lead_id = f"f{self.company.next_number()}", f"{self.mark}-{name}"
        self.steps.append(Feedback(event_id, kind, lead_id, self.now_ms, **more))

    def engage(self, name: str, points: int) -> None:
        lead_id = f"{self.mark}-{name}"
        self.steps.append(Engagement(lead_id, points * 1_000, self.now_ms, 7 * DAY_MS))

    def command(self, name: Any, subject: str, **more: Any) -> None:
        self.steps.append(Command(f"c{self.company.next_number()}", name, subject, "olga", **more))

    def end(self) -> list[Step]:
        """Everything, and what ends the scene: its leads are withdrawn."""
        for lead_id in list(self.leads):
            self.lead(lead_id.removeprefix(f"{self.mark}-"), {}, "withdrawn")
        return self.steps
