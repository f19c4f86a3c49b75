"""The names of ``router.core`` that the golden record uses: imported here and nowhere else.

Where a module of the core is renamed or moved, this file follows; nothing else of the record does.
"""

from __future__ import annotations

from router.core.model.assignment import Assignment, Exclusion, Notify, Outcome, Reason
from router.core.model.events import (
    Account,
    Command,
    CommandType,
    Engagement,
    Event,
    Facts,
    Feedback,
    FeedbackType,
    LeadEvent,
    LeadEventType,
    PolicyPublished,
    RepCap,
    RosterEntry,
    Tick,
)
from router.core.model.policy import (
    AtMost,
    BacklogRule,
    Band,
    Burst,
    Cap,
    ChannelEconomics,
    ChannelLine,
    CloseLine,
    Economics,
    EngagementLine,
    ExitLine,
    FitLine,
    Handoff,
    Hours,
    Market,
    NewRep,
    Policy,
    Pool,
    Product,
    Rotation,
    ScoreLine,
    Sla,
    Territory,
    Test,
    ValueStep,
)
from router.core.shard import Shard

__all__ = [
    "Account", "Assignment", "AtMost", "BacklogRule", "Band", "Burst", "Cap", "ChannelEconomics",
    "ChannelLine", "CloseLine", "Command", "CommandType", "Economics", "Engagement",
    "EngagementLine", "Event", "Exclusion", "ExitLine", "Facts", "Feedback", "FeedbackType",
    "FitLine", "Handoff", "Hours", "LeadEvent", "LeadEventType", "Market", "NewRep", "Notify",
    "Outcome", "Policy", "PolicyPublished", "Pool", "Product", "Reason", "RepCap", "RosterEntry",
    "Rotation", "ScoreLine", "Shard", "Sla", "Territory", "Test", "Tick", "ValueStep",
]  # fmt: skip
