"""The public contract: what comes in and what leaves, as code; ``schemas/`` is made from it."""

from __future__ import annotations

from router.intake.contract.account import Account
from router.intake.contract.assignment import Assignment, LeadOwner, RepNumber
from router.intake.contract.command import Command
from router.intake.contract.dead_letter import DeadLetterHeaders, DeadLetterReason
from router.intake.contract.engagement import Activity, EngagementRecord
from router.intake.contract.feedback import Feedback
from router.intake.contract.lead import LeadEvent
from router.intake.contract.policy import PolicyDocument
from router.intake.contract.roster import RosterEntry

__all__ = [
    "Account",
    "Activity",
    "Assignment",
    "Command",
    "DeadLetterHeaders",
    "DeadLetterReason",
    "EngagementRecord",
    "Feedback",
    "LeadEvent",
    "LeadOwner",
    "PolicyDocument",
    "RepNumber",
    "RosterEntry",
]
