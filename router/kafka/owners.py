"""``lead.owners``: the last assignment of each lead as a flat row."""

from __future__ import annotations

from router.core.decision import Assignment
from router.intake.contract import LeadOwner


def owner_of(assignment: Assignment) -> LeadOwner:
    """The row that ``assignment`` leaves; every field is there, null where unknown."""
    score, value = assignment.get("score"), assignment.get("value")
    policy, crm_ids = assignment.get("policy"), assignment.get("owner_crm_ids")
    return {
        "lead_id": assignment["lead_id"],
        "sales_org": assignment["sales_org"],
        "assignment_id": assignment["assignment_id"],
        "sequence": assignment["sequence"],
        "outcome": assignment["outcome"],
        "reason": assignment["reason"],
        "rep_id": assignment.get("rep_id"),
        "previous_rep_id": assignment.get("previous_rep_id"),
        "owner_crm_id": next(iter(crm_ids.values())) if crm_ids else None,
        "sales_channel": assignment.get("sales_channel"),
        "pool_id": assignment.get("pool_id"),
        "territory_id": assignment.get("territory_id"),
        "account_id": assignment.get("account_id"),
        "score_total": score["total"] if score else None,
        "score_band": score["band"] if score else None,
        "value_expected_minor": value.get("expected_minor") if value else None,
        "value_currency": value.get("currency") if value else None,
        "policy_id": policy["id"] if policy else None,
        "policy_version": policy["version"] if policy else None,
        "decided_at": assignment["decided_at"],
    }
