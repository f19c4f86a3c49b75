"""``lead.owners``: the last assignment of each lead as a flat row; none of an erased one."""

from __future__ import annotations

from typing import Any, Final, TypeGuard

import msgspec

from router.core.model.assignment import Assignment, Reason
from router.core.model.events import Event, Feedback
from router.kafka.topics.codecs import encode

_ERASED: Final = Reason.ERASED


class OwnerRow(msgspec.Struct, frozen=True, gc=False):
    """:class:`router.intake.contract.LeadOwner` in the form that is fastest to make and encode."""

    lead_id: str
    sales_org: str
    assignment_id: str
    sequence: int
    outcome: str
    reason: str
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


def owner_row(assignment: Assignment) -> bytes | None:
    """The value of the lead's record; None, a tombstone, once its person asked to be forgotten."""
    return None if assignment["reason"] == _ERASED else encode(owner_of(assignment))


def is_erasure(event: Event) -> TypeGuard[Feedback]:
    """Whether a person asked to be forgotten."""
    return isinstance(event, Feedback) and event.feedback_type == "erased"


def owner_of(assignment: Assignment) -> OwnerRow:
    """The row that ``assignment`` leaves; every field is there, null where unknown."""
    fields: dict[str, Any] = assignment  # type: ignore[assignment]  # a TypedDict is a dict
    get = fields.get
    score, value = get("score"), get("value")
    policy, crm_ids = get("policy"), get("owner_crm_ids")
    return OwnerRow(
        fields["lead_id"],
        fields["sales_org"],
        fields["assignment_id"],
        fields["sequence"],
        fields["outcome"],
        fields["reason"],
        get("rep_id"),
        get("previous_rep_id"),
        next(iter(crm_ids.values())) if crm_ids else None,
        get("sales_channel"),
        get("pool_id"),
        get("territory_id"),
        get("account_id"),
        score["total"] if score else None,
        score["band"] if score else None,
        value.get("expected_minor") if value else None,
        value.get("currency") if value else None,
        policy["id"] if policy else None,
        policy["version"] if policy else None,
        fields["decided_at"],
    )
