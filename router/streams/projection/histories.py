"""What was decided about each lead in the last day, and what its reps reported meanwhile.

Decisions and reports come from different topics in any order. Both carry their inbox offset, and
of one sales org all lie in one inbox partition: sorted by it they are in the order in which route
saw them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from router.streams.projection.rows import DecisionRow, ReportRow, optional_ms, time_ms

_CONTACTED = frozenset({"contacted", "meeting_held", "qualified", "converted"})
_IN_WORK = _CONTACTED | {"accepted", "attempted"}
_OWN_ACTOR = "lead-router"
_SEQUENCE_DIGITS_MAX = 12


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
    is_pick: bool
    eligible: int
    excluded: int
    value_minor: int
    currency: str

    @property
    def ends_ownership(self) -> bool:
        """Whether whoever had the lead before has it no more."""
        return self.is_given or self.outcome != "escalated"


class Report(NamedTuple):
    """What a rep reported. ``sequence`` is the decision it is about, 0 for the current one."""

    inbox_offset: int
    at_ms: int
    is_contact: bool
    sequence: int
    rep_id: str | None


class Speed(NamedTuple):
    """How long something took, counted at ``at_ms``."""

    what: str
    at_ms: int
    channel: str
    rep_id: str
    took_ms: int


@dataclass(slots=True)
class History:
    """One lead; ``speeds`` are those that its decisions and reports come to."""

    decisions: list[Decided] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    speeds: list[Speed] = field(default_factory=list)

    def add_decision(self, decided: Decided) -> None:
        """Take it to its place."""
        insort(self.decisions, decided, key=place_of)

    def add_report(self, report: Report) -> None:
        """Take it to its place."""
        insort(self.reports, report, key=_offset)

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
        looked is not None and looked.credit is not None and row.is_given,
        looked.eligible if looked is not None else 0,
        mask,
        row.value.expected_minor if row.value is not None else 0,
        row.value.currency if row.value is not None else "",
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


def speeds_of(history: History) -> Iterator[Speed]:
    """How fast the lead found a rep, and how fast each rep accepted and made contact.

    ``assignment`` runs from the lead's first decision, which is when it came in, until the broker
    had its first assignment, and counts with the former. The others run from the assignment, end
    with the rep's first report of it, and count with the assignment. Imported leads have no speed.
    """
    decisions = history.decisions
    came_ms: int | None = None
    for one in decisions:
        if one.sequence == 1:
            came_ms = one.decided_ms
        if not one.is_given or one.reason == "imported":
            continue
        if came_ms is not None:
            yield _speed("assignment", came_ms, one, one.recorded_ms - came_ms)
            came_ms = None
        end = _end_of(one, decisions)
        reports = [each for each in history.reports if _is_about(each, one, end)]
        if reports:
            yield _speed("acceptance", one.decided_ms, one, reports[0].at_ms - one.decided_ms)
        contact = next((each for each in reports if each.is_contact), None)
        if contact is not None:
            yield _speed("first_contact", one.decided_ms, one, contact.at_ms - one.decided_ms)


def _speed(what: str, at_ms: int, given: Decided, took_ms: int) -> Speed:
    return Speed(what, at_ms, given.channel or "", given.rep_id or "", max(took_ms, 0))


def _end_of(given: Decided, decisions: list[Decided]) -> int | None:
    """The inbox offset of the decision that takes the lead away again."""
    for each in decisions:
        if place_of(each) > place_of(given) and each.ends_ownership:
            return each.inbox_offset
    return None


def _is_about(report: Report, given: Decided, end: int | None) -> bool:
    """A report may itself be what takes the lead away: ``qualified`` hands it over."""
    within = report.inbox_offset > given.inbox_offset and (
        end is None or report.inbox_offset <= end
    )
    current = not report.sequence or report.sequence >= given.sequence
    return within and current and report.rep_id in {None, given.rep_id}
