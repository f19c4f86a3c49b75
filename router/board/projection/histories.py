"""What was decided about each lead in the last day, and what its reps reported meanwhile.

Decisions and reports come from different topics in any order. Both carry their inbox offset, and
of one sales org all lie in one inbox partition: sorted by it they are in the order in which route
saw them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from sys import intern
from typing import NamedTuple

from router.board.projection.roster_history import policy_key
from router.board.projection.rows import DecisionRow, ReportRow, Warned, optional_ms, time_ms

_CONTACTED = frozenset({"contacted", "meeting_held", "qualified", "converted"})
_IN_WORK = _CONTACTED | {"accepted", "attempted"}
_OWN_ACTOR = "lead-router"
_SEQUENCE_DIGITS_MAX = 12

HEARD_MAX = 50
"""Reports of one lead that its story tells."""
DECISIONS_MAX = 100
REPORTS_MAX = 300
"""Of one lead. A CRM that tells the same thing every second must not make each report dearer
to count than the one before. Each decision needs two reports at most: so there is always one that
nothing is counted by."""


class Decided(NamedTuple):
    """A decision; ``excluded`` is a mask of permanent rep numbers. Sorts by inbox and sequence."""

    inbox_offset: int
    sequence: int
    decided_ms: int
    recorded_ms: int
    outcome: str
    reason: str
    rep_id: str | None
    previous_rep_id: str | None
    channel: str | None
    pool_id: str | None
    accept_by_ms: int | None
    contact_by_ms: int | None
    is_given: bool
    is_told: bool  # whoever had the lead before has it still
    is_pick: bool
    eligible: int
    excluded: int
    value_minor: int
    currency: str
    considered: int
    among: int  # a mask too: of whom the turn was taken that somebody's word gave
    policy: str  # as :func:`policy_key` has it; empty without one


class Report(NamedTuple):
    """What a rep reported. ``sequence`` is the decision it is about, 0 for the current one."""

    inbox_offset: int
    at_ms: int
    is_contact: bool
    sequence: int
    rep_id: str | None


class Heard(NamedTuple):
    """A report of any type, as it is told in a lead's story."""

    inbox_offset: int
    at_ms: int
    feedback_type: str
    rep_id: str | None
    actor: str | None


class Speed(NamedTuple):
    """How long something took, counted at ``at_ms``."""

    what: str
    at_ms: int
    channel: str
    rep_id: str
    took_ms: int


@dataclass(slots=True)
class History:
    """One lead; ``speeds`` are those that its decisions and reports come to.

    ``warned`` are the warnings of its newest record that had any, each with the broker's time.
    """

    decisions: list[Decided] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    speeds: list[Speed] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    warned: list[tuple[int, Warned]] = field(default_factory=list)
    reports_left_out: int = 0

    def add_decision(self, decided: Decided) -> None:
        """Take it to its place."""
        insort(self.decisions, decided, key=place_of)

    def add_report(self, report: Report) -> None:
        """Take it to its place."""
        insort(self.reports, report, key=_offset)

    def add_heard(self, heard: Heard) -> None:
        """Keep the newest reports of any type for the story."""
        insort(self.heard, heard)
        del self.heard[:-HEARD_MAX]

    def shorten(self) -> bool:
        """Leave out the oldest decision of too many, and the oldest report that tells nothing.

        Whether anything was: then ``speeds`` holds some that are not those of the others.
        """
        is_long = len(self.decisions) > DECISIONS_MAX
        if is_long:
            del self.decisions[0]
        if len(self.reports) > REPORTS_MAX:
            places = range(len(self.decisions))
            telling = {each for at in places for each in self.first_reports(at)}
            spare = (at for at, each in enumerate(self.reports) if each not in telling)
            del self.reports[next(spare)]
            self.reports_left_out += 1
        return is_long

    def first_reports(self, at: int) -> tuple[Report | None, Report | None]:
        """The first report, and the first of contact, of whoever got the lead by a decision."""
        given, first = self.decisions[at], None
        if not given.is_given or given.reason == "imported":
            return None, None
        for report in self._reports_about(at):
            first = first or report
            if report.is_contact:
                return first, report
        return first, None

    def _reports_about(self, at: int) -> Iterator[Report]:
        """Reports of whoever has the lead by the decision at a place, in their order."""
        given = self.decisions[at]
        begin = bisect_right(self.reports, given.inbox_offset, key=_offset)
        for report in islice(self.reports, begin, self._end_of_ownership(at)):
            current = not report.sequence or report.sequence >= given.sequence
            if current and report.rep_id in {None, given.rep_id}:
                yield report

    def _end_of_ownership(self, at: int) -> int:
        """Behind the last report that a decision's rep can have made.

        It may itself be what takes the lead away: ``qualified`` hands it over.
        """
        for each in islice(self.decisions, at + 1, None):
            if not each.is_told:
                return bisect_right(self.reports, each.inbox_offset, key=_offset)
        return len(self.reports)

    def before(self, decided: Decided) -> Decided | None:
        """The last decision before another."""
        at = bisect_left(self.decisions, place_of(decided), key=place_of)
        return self.decisions[at - 1] if at else None


def place_of(decided: Decided) -> tuple[int, int]:
    """By which decisions are in order: an id that comes again after years begins at 1."""
    return decided.inbox_offset, decided.sequence


def _offset(report: Report) -> int:
    return report.inbox_offset


def decided_of(row: DecisionRow, recorded_ms: int) -> Decided:
    """The decision in an assignment event.

    Raises:
        ValueError: a time or a mask in it is none.
    """
    looked, mask = row.candidates, 0
    if looked is not None:
        for bits in looked.excluded.values():
            mask |= int(bits, 16)
    return Decided(
        row.inbox.offset,
        row.sequence,
        time_ms(row.decided_at),
        recorded_ms,
        row.outcome,
        row.reason,
        row.rep_id,
        row.previous_rep_id,
        row.sales_channel,
        row.pool_id,
        optional_ms(row.accept_by),
        optional_ms(row.contact_by),
        row.is_given,
        row.is_told,
        looked is not None and looked.credit is not None and row.is_given,
        looked.eligible if looked is not None else 0,
        mask,
        row.value.expected_minor if row.value is not None else 0,
        row.value.currency if row.value is not None else "",
        looked.considered if looked is not None else 0,
        int(row.turn_among, 16) if row.turn_among is not None else 0,
        intern(policy_key(row.policy.id, row.policy.version)) if row.policy is not None else "",
    )


def report_of(row: ReportRow, inbox_offset: int, at_ms: int) -> Report | None:
    """The report in feedback; None for feedback that says nothing of accepting or contact."""
    if row.feedback_type not in _IN_WORK or row.actor == _OWN_ACTOR:
        return None
    sequence = 0
    if row.assignment_id is not None:
        lead_id, _, text = row.assignment_id.rpartition(".")
        if lead_id != row.lead_id or not text.isdecimal() or len(text) > _SEQUENCE_DIGITS_MAX:
            return None
        sequence = int(text)
    is_contact = row.feedback_type in _CONTACTED
    return Report(inbox_offset, at_ms, is_contact, sequence, row.rep_id)


def heard_of(row: ReportRow, inbox_offset: int, at_ms: int) -> Heard | None:
    """The report as a story tells it; None for an echo of our own writes."""
    if row.actor == _OWN_ACTOR:
        return None
    return Heard(inbox_offset, at_ms, row.feedback_type, row.rep_id, row.actor)


def speeds_of(history: History) -> Iterator[Speed]:
    """How fast the lead found a rep, and how fast each rep accepted and made contact.

    ``assignment`` runs from the lead's first decision, which is when it came in, until the broker
    had its first assignment, and counts with the former; ``at_once`` or ``after_wait`` is the same
    again, by whether the lead's first decision was its assignment. The others run from the
    assignment, end with the rep's first report of it, and count with the assignment. Imported
    leads have no speed.
    """
    decisions = history.decisions
    came_ms: int | None = None
    for at, one in enumerate(decisions):
        if one.sequence == 1:
            came_ms = one.decided_ms
        if not one.is_given or one.reason == "imported":
            continue
        if came_ms is not None:
            took_ms = one.recorded_ms - came_ms
            yield _speed("assignment", came_ms, one, took_ms)
            how = "at_once" if one.sequence == 1 else "after_wait"
            yield _speed(how, came_ms, one, took_ms)
            came_ms = None
        first, contact = history.first_reports(at)
        if first is not None:
            yield _speed("acceptance", one.decided_ms, one, first.at_ms - one.decided_ms)
        if contact is not None:
            yield _speed("first_contact", one.decided_ms, one, contact.at_ms - one.decided_ms)


def _speed(what: str, at_ms: int, given: Decided, took_ms: int) -> Speed:
    return Speed(what, at_ms, given.channel or "", given.rep_id or "", max(took_ms, 0))
