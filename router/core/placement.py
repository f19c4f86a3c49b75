"""Where a lead belongs: the answer of the search, before anything is changed for it."""

from __future__ import annotations

from dataclasses import dataclass

from router.core.decision import Candidates, Outcome, Reason, Score, Value
from router.core.state import Rep


@dataclass(slots=True)
class Placement:
    """An outcome with its reason; with a rep, a place in the backlog, or neither."""

    outcome: Outcome
    reason: Reason
    rule: str | None = None
    rep: Rep | None = None
    partner: Rep | None = None
    channel: str | None = None
    channel_rule: str | None = None
    hand_over: bool = False
    pool_id: str | None = None
    territory_id: str | None = None
    candidates: Candidates | None = None
    queue: str | None = None  # pool:ID, rep:ID or policy
    merged_into: str | None = None
    score: Score | None = None
    value: Value | None = None
    account_id: str | None = None
    stake: int = 0  # what rotation charged for it


POLICY_QUEUE = "policy"


def pool_queue(pool_id: str) -> str:
    """The queue of leads that wait for a rep of a pool."""
    return f"pool:{pool_id}"


def rep_queue(rep_id: str) -> str:
    """The queue of leads that wait for one rep."""
    return f"rep:{rep_id}"
