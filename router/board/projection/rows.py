"""Records of our topics as far as the board needs them: small structs, decoded fast."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import Policy

GIVEN_OUTCOMES = frozenset({"assigned", "reassigned", "handed_off", "escalated"})
"""Outcomes with which a rep gets the lead, unless they are told of it only."""

MISSED = {"accept_missed": "accept", "contact_missed": "contact"}
"""Reasons that say which clock ran out."""


class _Score(msgspec.Struct, gc=False):
    total: int = 0
    band: str = ""


class _Value(msgspec.Struct, gc=False):
    expected_minor: int = 0
    currency: str = ""


class _Candidates(msgspec.Struct, gc=False):
    considered: int = 0
    eligible: int = 0
    excluded: dict[str, str] = {}
    credit: int | None = None


class _Policy(msgspec.Struct, gc=False):
    id: str
    version: int


class _Inbox(msgspec.Struct, gc=False):
    offset: int


class DecidedRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What an assignment event and a row of ``lead.owners`` have in common."""

    lead_id: str
    sales_org: str
    sequence: int
    outcome: str
    reason: str
    decided_at: str
    rep_id: str | None = None
    sales_channel: str | None = None
    pool_id: str | None = None
    territory_id: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the lead waits in the backlog after it."""
        told = self.outcome == "escalated" and self.rep_id is None
        return self.outcome == "queued" or told


class DecisionRow(DecidedRow, frozen=True, gc=False, kw_only=True):
    """An assignment event, of which the fold reads these fields."""

    inbox: _Inbox
    previous_rep_id: str | None = None
    accept_by: str | None = None
    contact_by: str | None = None
    score: _Score | None = None
    value: _Value | None = None
    candidates: _Candidates | None = None
    turn_among: str | None = None
    policy: _Policy | None = None

    @property
    def is_given(self) -> bool:
        """Whether a rep gets the lead by it; a won customer who moves inside is no lead."""
        if self.rep_id is None or self.reason == "won" or self.is_told:
            return False
        return self.outcome in GIVEN_OUTCOMES

    @property
    def is_told(self) -> bool:
        """Whether the lead stays with whom it is: its rep is told of another request, or a manager.

        A request or an escalation that moves the lead names the rep who had it.
        """
        is_news = self.outcome == "escalated" or self.reason == "asked_again"
        return is_news and self.previous_rep_id is None


class OwnerRow(DecidedRow, frozen=True, gc=False, kw_only=True):
    """A row of ``lead.owners``: the last decision about a lead, flat."""

    score_total: int | None = None
    score_band: str | None = None
    value_expected_minor: int | None = None
    value_currency: str | None = None
    policy_version: int | None = None


class ReportRow(msgspec.Struct, frozen=True, gc=False):
    """Feedback as it lies in the inbox."""

    lead_id: str
    feedback_type: str
    actor: str | None = None
    assignment_id: str | None = None
    rep_id: str | None = None


class Warned(msgspec.Struct, frozen=True, gc=False):
    """A field of a record that intake could not read; never the value."""

    field: str
    problem: str


class _Source(msgspec.Struct, frozen=True, gc=False):
    lead_source: str | None = None


class WarnedRow(msgspec.Struct, frozen=True, gc=False):
    """A lead as it lies in the inbox, as far as its warnings go."""

    lead_id: str
    warnings: list[Warned] = []
    facts: _Source = _Source()


class RosterRow(msgspec.Struct, frozen=True, gc=False):
    """A roster entry: the name, and what a rep's page shows as people wrote it."""

    name: str | None = None
    hours: Any = None
    time_zone: Any = None


class _Compiled(msgspec.Struct, frozen=True, gc=False):
    effective_from_ms: int = 0


class PolicyRow(msgspec.Struct, frozen=True, gc=False):
    """A published policy, with the text that people wrote."""

    policy_id: str
    version: int
    published_at: str
    source: str = ""
    sales_org: str | None = None
    compiled: _Compiled = _Compiled()

    @property
    def since_ms(self) -> int:
        """From when it was meant to be in force: its own date, but not before it was there."""
        return max(time_ms(self.published_at), self.compiled.effective_from_ms)


decode_decision = msgspec.json.Decoder(DecisionRow).decode
decode_owner = msgspec.json.Decoder(OwnerRow).decode
decode_report = msgspec.json.Decoder(ReportRow).decode
decode_warned = msgspec.json.Decoder(WarnedRow).decode
decode_roster = msgspec.json.Decoder(RosterRow).decode
decode_policy = msgspec.json.Decoder(PolicyRow).decode

REPORT_START = b'{"kind":"feedback"'
"""How an inbox record of feedback begins."""

LEAD_START, WARNINGS = b'{"kind":"lead"', b'"warnings":['
"""How those of leads begin, and what is in those that have warnings."""

ENTRY_START, POLICY_START = b'{"kind":"rep"', b'{"kind":"policy"'
"""How those begin that change who is in a pool, and with what weight."""

decode_entry = msgspec.json.Decoder(RosterEntry).decode
decode_published = msgspec.json.Decoder(PolicyPublished).decode


class _Document(msgspec.Struct, frozen=True, gc=False):
    compiled: Policy


decode_document = msgspec.json.Decoder(_Document).decode
"""Of a published policy what route goes by."""


def time_ms(rfc3339: str) -> int:
    """Milliseconds since the epoch.

    Raises:
        ValueError: not a time.
    """
    return round(datetime.fromisoformat(rfc3339).timestamp() * 1000)


def optional_ms(rfc3339: str | None) -> int | None:
    """The same where there may be none."""
    return None if rfc3339 is None else time_ms(rfc3339)
