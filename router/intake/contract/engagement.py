"""Activity in, engagement out: the topics ``lead.activity`` and ``lead.engagement``."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from router.intake.contract.scalars import STRICT, Identifier, Name, Timestamp, Word


@with_config(STRICT)
class Activity(TypedDict, total=False):
    """Something a lead did: a page view, a demo request, a visit at a trade show."""

    activity_id: Required[Identifier]
    """A second activity with this id counts nothing."""
    lead_id: Required[Identifier]
    activity_type: Required[Name]
    """As the policy's ``engagement`` names it: ``pricing_page``, ``demo_request``, …"""
    occurred_at: Required[Timestamp]
    sales_org: Word | None
    weight: Annotated[float, Field(ge=0, le=1000)] | None
    """Multiplies the points of the type; 1 if absent."""


@with_config(STRICT)
class EngagementRecord(TypedDict, total=False):
    """A lead's decayed engagement, absolute: a later record replaces an earlier one."""

    lead_id: Required[Identifier]
    sales_org: Word | None
    points_milli: Required[Annotated[int, Field(ge=0, le=10**9)]]
    """Thousandths of a point, true at ``occurred_at``."""
    half_life_ms: Required[Annotated[int, Field(ge=1_000, le=10 * 366 * 86_400_000)]]
    """How fast it fades from there: that of the activity which weighs most in it."""
    occurred_at: Required[Timestamp]
