"""One run of the demo: what went in, what was decided, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from router.cli.demo.leads import Report, Sent
from router.core.explain.explain import People
from router.core.model.assignment import Assignment
from router.errors import LeadRouterError
from router.intake.files.account_file import read_accounts
from router.intake.files.record_file import RecordFile
from router.intake.files.roster_file import read_roster
from router.intake.records.context import IntakeContext
from router.offline.outcome_counts import Tally

FILES = files("router.cli.demo") / "files"
SEED = 7
SALES_ORG = "main"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be understood."""

    lead_id: str
    step: str
    reason: str
    detail: str


@dataclass(slots=True)
class DemoRun:
    """Filled as the demo goes on; ``decisions`` are in the order in which they were made."""

    sent: list[Sent]
    reports: list[Report] = field(default_factory=list)
    decisions: list[Assignment] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    people: People = field(default_factory=People)
    tally: Tally = field(default_factory=Tally)

    def decided(self, decisions: list[Assignment]) -> None:
        """Take in what was decided."""
        self.decisions += decisions
        self.tally.add(decisions)

    def of_lead(self, lead_id: str) -> list[Assignment]:
        """Every decision about one lead, oldest first."""
        return [decision for decision in self.decisions if decision["lead_id"] == lead_id]

    def sums(self) -> dict[str, int]:
        """Where the records that went in are now, by outcome; see :meth:`adds_up`."""
        kinds = [sent.kind for sent in self.sent]
        return {
            **self.tally.outcomes(),
            "tests": len(self.tally.shadows),
            "updates": kinds.count("update"),
            "duplicates": kinds.count("repeat"),
            "dead letters": len(self.dead_letters),
        }

    @property
    def adds_up(self) -> bool:
        """Whether every record that went in is accounted for, once."""
        return sum(self.sums().values()) == len(self.sent)

    def as_json(self) -> dict[str, Any]:
        """For programs: the sums, and each lead with its last decision."""
        last = {decision["lead_id"]: decision for decision in self.decisions}
        return {
            "in": len(self.sent),
            "sums": self.sums(),
            "adds_up": self.adds_up,
            "decisions": len(self.decisions),
            "dead_letters": [
                {"lead_id": each.lead_id, "step": each.step, "reason": each.reason}
                for each in self.dead_letters
            ],
            "leads": list(last.values()),
        }


def demo_policy() -> str:
    """The YAML text of the demo's policy."""
    return (FILES / "policy.yaml").read_text(encoding="utf-8")


def demo_roster(context: IntakeContext, now_ms: int) -> RecordFile:
    """The 35 reps of the demo.

    Raises:
        LeadRouterError: the installed file is damaged.
    """
    text = (FILES / "roster.csv").read_text(encoding="utf-8")
    return _whole(read_roster(text, "csv", context, now_ms), "roster.csv")


def demo_accounts(context: IntakeContext, now_ms: int) -> RecordFile:
    """The customers of the demo.

    Raises:
        LeadRouterError: the installed file is damaged.
    """
    text = (FILES / "accounts.csv").read_text(encoding="utf-8")
    return _whole(read_accounts(text, "csv", context, now_ms), "accounts.csv")


def _whole(found: RecordFile, name: str) -> RecordFile:
    if found.has_errors:
        raise LeadRouterError(f"the demo's {name} is damaged ({found.problems[0]}): install again")
    return found
