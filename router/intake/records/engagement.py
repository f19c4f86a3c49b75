"""A lead's engagement to its inbox record."""

from __future__ import annotations

from typing import Any

from router.intake.contract.engagement import EngagementRecord
from router.intake.time.timestamps import event_ms


def engagement_record(engagement: EngagementRecord, timestamp_ms: int) -> dict[str, Any]:
    """The inbox record of a checked engagement record.

    Raises:
        FieldError: ``occurred_at`` is no time, or an unlikely one.
    """
    return {
        "kind": "engagement",
        "lead_id": engagement["lead_id"],
        "points_milli": engagement["points_milli"],
        "at_ms": event_ms(engagement["occurred_at"], "occurred_at", timestamp_ms),
        "half_life_ms": engagement["half_life_ms"],
    }
