"""Feedback: what a CRM reports about a lead or an assignment (topic ``crm.feedback``)."""

from __future__ import annotations

from typing import Required

from pydantic import with_config
from typing_extensions import TypedDict

from router.core.model.events import FeedbackType
from router.intake.contract.scalars import STRICT, Identifier, Money, Timestamp, Word


@with_config(STRICT)
class Feedback(TypedDict, total=False):
    """What became of a lead. Feedback on an assignment that is no longer current is recorded as
    stale and changes nothing, except ``won``, ``lost``, ``owner_changed``, ``merged`` and
    ``erased``.
    """  # noqa: D205 - the rule is one sentence with its exception

    event_id: Required[Identifier]
    lead_id: Required[Identifier]
    feedback_type: Required[FeedbackType]
    occurred_at: Required[Timestamp]
    sales_org: Word | None
    assignment_id: Identifier | None
    """The assignment this is about; absent means the current one."""
    rep_id: Identifier | None
    """For ``owner_changed`` and ``claimed``: the new owner. With ``owner_changed`` it may be
    somebody who is not on the roster: the lead is theirs, and the router moves it no more."""
    actor: Identifier | None
    """Who did it: a user id, never a name."""
    amount: Money | None
    """For ``won``: the deal."""
    reason: Word | None
    """A word such as ``no_budget``; free text is left out."""
    into_lead_id: Identifier | None
    """For ``merged``: the lead that remains."""
