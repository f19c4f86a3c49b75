"""The last decision about each lead of the last day, and about each that waits however long."""

from __future__ import annotations

from typing import NamedTuple

from router.board.projection.rows import DecidedRow, DecisionRow, OwnerRow, time_ms


class Last(NamedTuple):
    """The last decision about a lead, and where it stands after it."""

    sequence: int
    decided_ms: int
    is_waiting: bool
    outcome: str
    reason: str
    rep_id: str | None
    pool_id: str | None
    territory_id: str | None
    band: str | None
    score_total: int | None
    value_minor: int | None
    currency: str | None
    policy_version: int | None


def last_of_decision(row: DecisionRow) -> Last:
    """What an assignment event leaves.

    Raises:
        ValueError: it has no time.
    """
    score, value = row.score, row.value
    return _last(
        row,
        band=score.band if score is not None else None,
        score_total=score.total if score is not None else None,
        value_minor=value.expected_minor if value is not None else None,
        currency=value.currency if value is not None else None,
        policy_version=row.policy.version if row.policy is not None else None,
    )


def last_of_owner(row: OwnerRow) -> Last:
    """What a row of ``lead.owners`` says.

    Raises:
        ValueError: it has no time.
    """
    return _last(
        row,
        band=row.score_band,
        score_total=row.score_total,
        value_minor=row.value_expected_minor,
        currency=row.value_currency,
        policy_version=row.policy_version,
    )


def _last(
    row: DecidedRow,
    *,
    band: str | None,
    score_total: int | None,
    value_minor: int | None,
    currency: str | None,
    policy_version: int | None,
) -> Last:
    return Last(
        row.sequence,
        time_ms(row.decided_at),
        row.is_waiting,
        row.outcome,
        row.reason,
        row.rep_id,
        row.pool_id,
        row.territory_id,
        band,
        score_total,
        value_minor,
        currency,
        policy_version,
    )


class LastDecisions:
    """By lead; ``waiting`` are those in the backlog.

    A row of ``lead.owners`` may be read before or after the events that it sums up: the later
    decision stands. Leads that do not wait are forgotten a day after their last decision, because
    no earlier event of theirs can turn up then.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.waiting: dict[str, Last] = {}
        self._settled: dict[str, Last] = {}

    def put(self, lead_id: str, last: Last, horizon_ms: int) -> None:
        """Take in a decision, unless a later one is known."""
        known = self.waiting.get(lead_id) or self._settled.get(lead_id)
        if known is not None and _when(known) >= _when(last):
            return
        self.waiting.pop(lead_id, None)
        self._settled.pop(lead_id, None)
        if last.is_waiting:
            self.waiting[lead_id] = last
        elif last.decided_ms >= horizon_ms:
            self._settled[lead_id] = last

    def drop_waiting(self, lead_id: str, at_ms: int) -> None:
        """Forget that the lead waits, if it has not been decided since."""
        last = self.waiting.get(lead_id)
        if last is not None and last.decided_ms <= at_ms:
            del self.waiting[lead_id]

    def get(self, lead_id: str) -> Last | None:
        """The last decision about a lead, as far as it is remembered."""
        return self.waiting.get(lead_id) or self._settled.get(lead_id)

    def forget(self, lead_id: str, before_ms: int) -> None:
        """Let go of a settled lead whose last decision is older."""
        last = self._settled.get(lead_id)
        if last is not None and last.decided_ms < before_ms:
            del self._settled[lead_id]


def _when(last: Last) -> tuple[int, int]:
    """By time first: an id may come again after years, and then begins at 1."""
    return last.decided_ms, last.sequence
