"""A whole file of leads through intake and route, with the leads' own times as the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from router.cli.assumed_reps import AssumedReps
from router.cli.files import format_of, read_text, show_problems
from router.cli.lead_log import Entry, LeadLog
from router.cli.offline import OfflineRouter
from router.cli.tally import Tally
from router.core.decision import Assignment
from router.errors import LeadRouterError
from router.intake.account_file import read_accounts
from router.intake.cloudevents import TopicRole
from router.intake.filing import RecordFile, encode
from router.intake.policy import check_policy
from router.intake.roster_file import read_roster
from router.kafka.codecs import decode

_FEEDBACK = b'"feedback_type"'


class Refused(NamedTuple):
    """A line that became a dead letter."""

    line: int
    step: str
    reason: str
    detail: str


@dataclass(slots=True)
class Simulation:
    """``leads`` counts those that were new, ``repeats`` further events of known ones."""

    router: OfflineRouter
    reps: AssumedReps
    tally: Tally = field(default_factory=Tally)
    refused: list[Refused] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    leads: int = 0
    repeats: int = 0
    reports: int = 0

    def set_up(self, policy: Path, roster: Path, accounts: Path | None, at_ms: int) -> None:
        """Take in the files that say who gets what; the policy is in force from the beginning.

        Raises:
            LeadRouterError: one cannot be used; its problems are on standard error.
        """
        context = self.router.context
        self._take_all("roster", roster, _good(roster, read_roster(
            read_text(roster), format_of(roster), context, at_ms)), at_ms)  # fmt: skip
        if accounts is not None:
            self._take_all("accounts", accounts, _good(accounts, read_accounts(
                read_text(accounts), format_of(accounts), context, at_ms)), at_ms)  # fmt: skip
        text = read_text(policy)
        checked = check_policy(text, published_at_ms=at_ms)
        if checked.policy is None:
            show_problems(policy, checked.problems, text)
            raise LeadRouterError(f"{policy} cannot be used: mend the errors above")
        starts_ms = min(checked.policy.effective_from_ms, at_ms)
        in_force = replace(checked.policy, effective_from_ms=starts_ms)
        for sales_org in self.router.shard.sales_orgs:
            self.router.publish(in_force, at_ms=at_ms, sales_org=sales_org)

    def _take_all(self, role: TopicRole, path: Path, found: RecordFile, at_ms: int) -> None:
        for filed in found.records:
            taken = self.router.take(role, encode(filed.record), at_ms=at_ms)
            if taken.refused is not None:
                raise LeadRouterError(f"{path}, line {filed.line}: {taken.refused.detail}")
            if role == "roster":
                rep_id = filed.record["rep_id"]
                self.names[rep_id] = filed.record.get("name") or rep_id

    def feed(self, log: LeadLog) -> Iterator[list[Assignment]]:
        """Take in line after line; yields what was decided up to and with each."""
        for problem in log.problems:
            if problem.severity == "error":
                self.lines += 1
                self.refused.append(
                    Refused(problem.line, "intake", "invalid_field", problem.message)
                )
        for entry in log:
            decided = self._until(entry.at_ms)
            decided += self._take(entry)
            yield decided

    def _take(self, entry: Entry) -> list[Assignment]:
        self.lines += 1
        role: TopicRole = "leads"
        if _FEEDBACK in entry.value and "feedback_type" in _names(entry.value):
            role = "feedback"
        known = len(self.tally.rows) + len(self.tally.shadows)
        at_ms = max(entry.at_ms, self.router.now_ms)
        taken = self.router.take(role, entry.value, at_ms=at_ms)
        self._learn(taken.decisions)
        is_new = len(self.tally.rows) + len(self.tally.shadows) > known
        if taken.refused is not None:
            reason, detail = taken.refused
            self.refused.append(Refused(entry.line, taken.step, reason.value, detail))
        elif role == "feedback":
            self.reports += 1
        elif is_new:
            self.leads += 1
        else:
            self.repeats += 1
        return taken.decisions

    def _until(self, at_ms: int) -> list[Assignment]:
        """Let time pass: deadlines fire, and reps answer."""
        decided: list[Assignment] = []
        for answer in self.reps.answers(at_ms):
            decided += self._fire(answer.at_ms)
            taken = self.router.take("feedback", answer.value, at_ms=answer.at_ms)
            if not answer.ends:  # an end that is only assumed is no result
                self._learn(taken.decisions)
        return decided + self._fire(at_ms)

    def _fire(self, at_ms: int) -> list[Assignment]:
        fired = list(self.router.pass_time(at_ms))
        self._learn(fired)
        return fired

    def _learn(self, decisions: list[Assignment]) -> None:
        if decisions:
            self.tally.add(decisions)
            self.reps.hear(decisions, self.router.now_ms)

    def sums(self) -> dict[str, int]:
        """Where the lines are now: leads by outcome, and everything else."""
        return {
            **self.tally.outcomes(),
            "tests": len(self.tally.shadows),
            "more events of known leads": self.repeats,
            "reports": self.reports,
            "dead letters": len(self.refused),
        }


def _names(value: bytes) -> set[str]:
    try:
        body = decode(value)
    except (ValueError, RecursionError):
        return set()
    return set(body) if isinstance(body, dict) else set()


def _good(path: Path, found: RecordFile) -> RecordFile:
    if found.has_errors:
        show_problems(path, found.problems)
        raise LeadRouterError(f"{path} cannot be used: mend the errors above")
    return found
