"""Everything counted of one sales org."""

from __future__ import annotations

from bisect import bisect_left, insort
from sys import intern
from typing import NamedTuple

from router.board.projection.backlog import Last, LastDecisions, last_of_decision, last_of_owner
from router.board.projection.expiry import Expiry
from router.board.projection.histories import (
    Decided,
    History,
    decided_of,
    heard_of,
    place_of,
    report_of,
    speeds_of,
)
from router.board.projection.roster_history import Staff, policy_key
from router.board.projection.route_state import Company
from router.board.projection.rows import (
    MISSED,
    DecisionRow,
    OwnerRow,
    PolicyRow,
    ReportRow,
    WarnedRow,
)
from router.board.projection.standing import Standing, Standings
from router.board.projection.stories import Stories
from router.board.projection.waiting import Waiter, Waiting
from router.board.statistics.series import DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_MS, Key, Series
from router.board.statistics.speeds import Speeds
from router.board.statistics.turns import PoolTurns, turns_of
from router.core.model.timestamps import rfc3339

KEPT_MS = DAY_MS + 2 * HOUR_MS
"""What the fold remembers: a day, of which the longest has 25 hours, and one to be safe."""
KEPT_QUARTERS = KEPT_MS // QUARTER_MS + 1
KEPT_MINUTES = 90
HISTORIES_MAX = 300_000
"""Leads of a day, at about a kilobyte and a half each: without a bound a day of imports would take
all of the process's memory, route's with it. Beyond, the lead goes that was silent longest, because
the least is still to come about it: no more in fairness, and nothing new of it in speeds."""
POLICY_VERSIONS_MAX = 50


class Missed(NamedTuple):
    """A clock that ran out, as the decision says that followed."""

    at_ms: int
    lead_id: str
    decided: Decided


class OrgProjection:
    """Counts and index of one sales org."""

    def __init__(self, sales_org: str, story_bytes_max: int) -> None:
        """Start empty."""
        self.sales_org = sales_org
        self.minutes = Series(MINUTE_MS, KEPT_MINUTES)
        self.quarters = Series(QUARTER_MS, KEPT_QUARTERS)
        self.speeds = Speeds(KEPT_QUARTERS)
        self.histories: dict[str, History] = {}
        self.turns = PoolTurns()
        self.last = LastDecisions()
        self.waiting = Waiting()
        self.standings = Standings()
        self.company = Company(sales_org)
        self.stories = Stories(story_bytes_max)
        self.missed: list[Missed] = []  # in the order of time
        self.last_given_ms: dict[str, int] = {}
        self.policies: dict[tuple[str, int], PolicyRow] = {}
        self.staff = Staff()
        self._expiry = Expiry()

    def add_decision(
        self, row: DecisionRow, event: bytes, recorded_ms: int, horizon_ms: int
    ) -> None:
        """An assignment event, which the broker appended at ``recorded_ms``.

        Raises:
            ValueError: its times or masks cannot be read; nothing was counted.
        """
        decided = decided_of(row, recorded_ms)
        self._put_last(row.lead_id, last_of_decision(row), horizon_ms)
        keys = _charted(row)
        self.minutes.add(decided.decided_ms, keys)
        self.quarters.add(decided.decided_ms, keys + _counted(row, decided))
        if decided.is_given and decided.rep_id is not None:
            before_ms = self.last_given_ms.get(decided.rep_id, 0)
            self.last_given_ms[decided.rep_id] = max(before_ms, decided.decided_ms)
        if row.reason in MISSED:
            insort(self.missed, Missed(decided.decided_ms, row.lead_id, decided))
        self.stories.add(row.lead_id, place_of(decided), event)
        self._expiry.note(row.lead_id, decided.decided_ms)
        history = self._history(row.lead_id)
        turns = turns_of(history)
        history.add_decision(decided)
        self._recount(history)
        self.turns.replace(turns, turns_of(history))

    def add_report(self, row: ReportRow, inbox_offset: int, at_ms: int) -> None:
        """Feedback in the inbox, which the broker appended at ``at_ms``."""
        heard = heard_of(row, inbox_offset, at_ms)
        if heard is not None:
            self._expiry.note(row.lead_id, at_ms)
            self._history(row.lead_id).add_heard(heard)
        report = report_of(row, inbox_offset, at_ms)
        if report is not None:
            self._expiry.note(row.lead_id, at_ms)
            history = self._history(row.lead_id)
            history.add_report(report)
            self._recount(history)

    def add_warned(self, row: WarnedRow, at_ms: int) -> None:
        """A lead of which intake could not read all."""
        if not row.warnings:
            return
        source = row.facts.lead_source or ""
        self.quarters.add(
            at_ms,
            [
                ("warning", intern(f"{source}\n{each.field}\n{each.problem}"))
                for each in row.warnings
            ],
        )
        self._expiry.note(row.lead_id, at_ms)
        self._history(row.lead_id).warned = [(at_ms, each) for each in row.warnings]

    def _history(self, lead_id: str) -> History:
        history = self.histories.pop(lead_id, None) or History()
        self.histories[lead_id] = history  # at the end: the last to be heard of
        if len(self.histories) > HISTORIES_MAX:
            silent = self.histories.pop(next(iter(self.histories)))
            self.turns.replace(turns_of(silent), ())
        return history

    def _recount(self, history: History) -> None:
        before, history.speeds = history.speeds, list(speeds_of(history))
        if before != history.speeds:
            self.speeds.replace(before, history.speeds)
        if history.shorten():
            # How fast somebody was who is left out was true all the same, and stays counted.
            history.speeds = list(speeds_of(history))

    def add_owner(self, row: OwnerRow, horizon_ms: int) -> None:
        """A row of ``lead.owners``.

        Raises:
            ValueError: its time cannot be read.
        """
        last = last_of_owner(row)
        self._expiry.note(row.lead_id, last.decided_ms)
        self._put_last(row.lead_id, last, horizon_ms)

    def drop_owner(self, lead_id: str, at_ms: int) -> None:
        """A tombstone in ``lead.owners``: the lead was erased, and waits no more."""
        before = self._waiter(lead_id)
        self.last.drop_waiting(lead_id, at_ms)
        self.waiting.replace(before, self._waiter(lead_id))

    def put_standing(self, lead_id: str, standing: Standing | None) -> None:
        """A lead as route's state has it."""
        before = self._waiter(lead_id)
        self.standings.put(lead_id, standing)
        self.waiting.replace(before, self._waiter(lead_id))

    def _put_last(self, lead_id: str, last: Last, horizon_ms: int) -> None:
        before = self._waiter(lead_id)
        self.last.put(lead_id, last, horizon_ms)
        self.waiting.replace(before, self._waiter(lead_id))

    def _waiter(self, lead_id: str) -> Waiter | None:
        """The lead as it waits now; its worth as route knows it, else as it was decided."""
        last = self.last.waiting.get(lead_id)
        if last is None:
            return None
        standing = self.standings.leads.get(lead_id)
        if standing is None:
            return Waiter(lead_id, last.reason, last.decided_ms, last.value_minor or 0, None)
        worth_minor, channel = standing.value_minor, standing.channel or ""
        return Waiter(lead_id, last.reason, last.decided_ms, worth_minor, channel)

    def add_policy(self, row: PolicyRow) -> None:
        """A published policy; the newest versions are kept.

        Raises:
            ValueError, OverflowError: its time cannot be shown; anybody may write to the topic.
        """
        rfc3339(row.since_ms)
        self.policies[row.policy_id, row.version] = row
        if len(self.policies) > POLICY_VERSIONS_MAX:
            del self.policies[min(self.policies, key=lambda key: self.policies[key].published_at)]

    def forget_before(self, horizon_ms: int, leads_max: int) -> None:
        """Let go of what is older, in whole quarters of an hour; of so many leads at once."""
        before_ms = horizon_ms // QUARTER_MS * QUARTER_MS
        del self.missed[: bisect_left(self.missed, (before_ms,))]
        self.staff.forget_before(before_ms)
        for lead_id in self._expiry.take(before_ms, leads_max):
            self.last.forget(lead_id, before_ms)
            self._trim(lead_id, before_ms)

    def _trim(self, lead_id: str, before_ms: int) -> None:
        """Drop what is older of a lead. Its speeds are out of every question."""
        history = self.histories.get(lead_id, History())
        turns = turns_of(history)
        history.decisions = [each for each in history.decisions if each.decided_ms >= before_ms]
        history.reports = [each for each in history.reports if each.at_ms >= before_ms]
        history.speeds = [each for each in history.speeds if each.at_ms >= before_ms]
        history.heard = [each for each in history.heard if each.at_ms >= before_ms]
        history.warned = [each for each in history.warned if each[0] >= before_ms]
        self.turns.replace(turns, turns_of(history))
        if not (history.decisions or history.heard or history.warned):
            self.histories.pop(lead_id, None)
            self.stories.forget(lead_id)


def _charted(row: DecisionRow) -> list[Key]:
    """What charts show a decision under; pool and territory tell its market.

    A thousand reps have a hundred spans each: their ids are kept once.
    """
    place = f"{row.pool_id or ''}\n{row.territory_id or ''}"
    keys = [("outcome", row.outcome), ("place", place)]
    if row.sales_channel:
        keys.append(("channel", row.sales_channel))
    if row.rep_id:
        keys.append(("rep", intern(row.rep_id)))
    return keys


def _counted(row: DecisionRow, decided: Decided) -> list[Key]:
    """What else it counts for today."""
    channel, keys = row.sales_channel or "", []
    if row.policy is not None:
        keys.append(("policy", policy_key(row.policy.id, row.policy.version)))
    if decided.is_given:
        keys += [
            ("given_channel", channel),
            ("given_pool", row.pool_id or ""),
            ("given_rep", intern(row.rep_id or "")),
        ]
    if row.reason in MISSED:
        missed_by = row.previous_rep_id or row.rep_id or ""
        keys += [("missed_channel", channel), ("missed_rep", missed_by)]
    return keys
