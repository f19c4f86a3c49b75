"""``/api/policies``: what is in force, and what was."""

from __future__ import annotations

from typing import Any

from router.board.answers.moment import Moment, optional_time
from router.board.projection.rows import PolicyRow
from router.board.projection.sales_org import OrgProjection
from router.core.model.timestamps import rfc3339


def since_ms(org: OrgProjection, policy_id: str, version: int) -> int | None:
    """From when a version was meant to be in force; None when its text is not known."""
    row = org.policies.get((policy_id, version))
    return None if row is None else row.since_ms


def policies(org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """The policy in force with its text, the one that waits, and the versions, newest first."""
    decided = org.quarters.since(moment.day_ms, "policy")
    policy, waits = org.company.org.policy, org.company.org.next_policy
    in_force = None
    if policy is not None:
        row = org.policies.get((policy.policy_id, policy.version))
        in_force = {
            "id": policy.policy_id,
            "version": policy.version,
            "since": optional_time(since_ms(org, policy.policy_id, policy.version)),
            "title": policy.policy_id,
            "text": row.source if row is not None else None,
        }
    rows = sorted(org.policies.values(), key=lambda row: (row.published_at, row.version))
    return {
        "in_force": in_force,
        "next": None
        if waits is None
        else {
            "id": waits.policy_id,
            "version": waits.version,
            "since": rfc3339(waits.effective_from_ms),
        },
        "history": [
            {
                "id": row.policy_id,
                "version": row.version,
                "published_at": row.published_at,
                "since": rfc3339(row.since_ms),
                "decisions_today": decided.get(f"{row.policy_id}\n{row.version}", 0),
            }
            for row in reversed(rows)
        ],
    }


def version_told(row: PolicyRow) -> dict[str, Any]:
    """Return a published version with its text."""
    return {
        "id": row.policy_id,
        "version": row.version,
        "published_at": row.published_at,
        "since": rfc3339(row.since_ms),
        "text": row.source,
    }
