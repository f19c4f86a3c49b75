"""A whole file of leads through intake and route, with the leads' own times as the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from router.cli.files import format_of, read_text, show_problems
from router.core.model.assignment import Assignment
from router.core.model.events import ReadWarning
from router.errors import LeadRouterError
from router.intake.files.account_file import read_accounts
from router.intake.files.record_file import RecordFile, encode
from router.intake.files.roster_file import read_roster
from router.intake.policy import check_policy
from router.intake.wire.cloudevents import TopicRole
from router.kafka.topics.codecs import decode
from router.offline.assumed_reps import AssumedReps
from router.offline.lead_log import Entry, LeadLog
from router.offline.outcome_counts import Tally
from router.offline.router import OfflineRouter

_FEEDBACK = b'"feedback_type"'
_DAY_MS = 86_400_000
RUNS_ON_MS = 60 * _DAY_MS
"""At most so long past the last line: leads that nobody ever answers may go round for ever."""
_SHIFTS_MS = 7 * _DAY_MS
"""So long past the last line somebody's next shift counts, too, for leads that wait for good."""


class Refused(NamedTuple):
    """A line that became a dead letter."""

    line: int
    step: str
    reason: str
    detail: str


class _Step(NamedTuple):
    """One step of simulated time: an answer of a rep, or a tick."""

    at_ms: int
    is_answer: bool


@dataclass(slots=True)
class Simulation:
    """``leads`` counts those that were new, ``repeats`` further events of known ones.

    ``unread`` counts what of the lines could not be read, by field and problem.
    """

    router: OfflineRouter
    reps: AssumedReps
    tally: Tally = field(default_factory=Tally)
    refused: list[Refused] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    leads: int = 0
    repeats: int = 0
    reports: int = 0
    unread: Counter[ReadWarning] = field(default_factory=Counter)

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
        self.unread.update(taken.warnings)
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
        """Let time pass: deadlines fire, and reps answer, each at its time."""
        decided: list[Assignment] = []
        while (step := self._next_step()) is not None and step.at_ms <= at_ms:
            decided += self._make(step)
        return decided

    def _next_step(self) -> _Step | None:
        """Return what happens next; an answer before a tick, which waits for reports on Kafka."""
        answer_ms, tick_ms = self.reps.next_ms, self.router.next_tick_ms()
        if answer_ms is None or (tick_ms is not None and tick_ms < answer_ms):
            return None if tick_ms is None else _Step(tick_ms, is_answer=False)
        return _Step(answer_ms, is_answer=True)

    def _make(self, step: _Step) -> list[Assignment]:
        if not step.is_answer:
            decided = self.router.tick(step.at_ms)
        else:
            answer = self.reps.take_next()
            decided = self.router.take("feedback", answer.value, at_ms=answer.at_ms).decisions
            if answer.ends:  # an end that is only assumed is no result
                return []
        self._learn(decided)
        return decided

    def run_on(self) -> Iterator[list[Assignment]]:
        """Go on after the last line until nothing is due for a lead; yields what was decided.

        What a lead without an owner or a clock comes to by silence alone is not waited for.
        """
        end_ms = self.router.now_ms + RUNS_ON_MS
        shifts_end_ms = self.router.now_ms + _SHIFTS_MS
        while (step := self._next_step()) is not None and step.at_ms <= end_ms:
            if not self._is_work_left(until_ms=shifts_end_ms):
                return
            yield self._make(step)

    def _is_work_left(self, *, until_ms: int) -> bool:
        shard = self.router.shard
        if self.reps.contacts_due or shard.next_work_ms() is not None:
            return True
        is_somebody_waiting = any(org.room for org in shard.orgs.values())
        return is_somebody_waiting and (
            self.reps.next_ms is not None or self.router.now_ms < until_ms
        )

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
