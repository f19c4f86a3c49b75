"""What leaves beside the assignment event: its flat form, and the permanent rep numbers.

The assignment event itself (``lead.assignments``) is in :mod:`router.core.model.assignment`.
"""

from __future__ import annotations

from typing import TypedDict

from router.core.model.assignment import Assignment, Outcome, Reason

ALWAYS_THERE = (
    "assignment_id",
    "event_id",
    "lead_id",
    "sales_org",
    "sequence",
    "outcome",
    "reason",
    "core_version",
    "occurred_at",
    "decided_at",
    "inbox",
)
"""Fields that every assignment event has; any other is absent where it does not apply."""

__all__ = ["ALWAYS_THERE", "Assignment", "LeadOwner", "RepNumber"]


class LeadOwner(TypedDict):
    """The present owner of a lead: the value of a record of ``lead.owners``, key ``lead_id``.

    Primitives only, null where unknown, every field always there: a table row as it stands.
    ``owner_crm_id`` is the owner's id in the first CRM of the roster entry. Of a lead that is
    ``closed`` both name who had it last: nobody works on it. ``decided_at`` is
    RFC 3339. A record with a null value deletes the row: its person asked to be forgotten.
    """

    lead_id: str
    sales_org: str
    assignment_id: str
    sequence: int
    outcome: Outcome
    reason: Reason
    rep_id: str | None
    previous_rep_id: str | None
    owner_crm_id: str | None
    sales_channel: str | None
    pool_id: str | None
    territory_id: str | None
    account_id: str | None
    score_total: int | None
    score_band: str | None
    value_expected_minor: int | None
    value_currency: str | None
    policy_id: str | None
    policy_version: int | None
    decided_at: str


class RepNumber(TypedDict):
    """A rep's permanent number (``routing.reps``): bit *n* of an exclusion mask is this rep."""

    sales_org: str
    number: int
    rep_id: str
