"""Where a lead belongs: the answer of the search, before anything is changed for it."""

from __future__ import annotations

from router.core.decision import Candidates, Outcome, PassedOver, Reason, Score, Value
from router.core.state import Rep


class Placement:
    """An outcome with its reason; with a rep, a place in the backlog, or neither.

    ``queue`` is ``pool:ID``, ``rep:ID`` or ``policy``; ``stake`` is what rotation charged for it.
    """

    __slots__ = (
        "account_id", "candidates", "channel", "channel_rule", "hand_over", "merged_into",
        "outcome", "partner", "passed_over", "pool_id", "queue", "reason", "rep", "rule", "score",
        "stake", "territory_id", "value",
    )  # fmt: skip

    def __init__(
        self,
        outcome: Outcome,
        reason: Reason,
        *,
        rep: Rep | None = None,
        channel: str | None = None,
        candidates: Candidates | None = None,
        queue: str | None = None,
        merged_into: str | None = None,
    ) -> None:
        """What is not given becomes known later, or does not apply."""
        self.outcome = outcome
        self.reason = reason
        self.rep = rep
        self.channel = channel
        self.candidates = candidates
        self.queue = queue
        self.merged_into = merged_into
        self.rule: str | None = None
        self.partner: Rep | None = None
        self.channel_rule: str | None = None
        self.hand_over = False
        self.pool_id: str | None = None
        self.territory_id: str | None = None
        self.score: Score | None = None
        self.value: Value | None = None
        self.account_id: str | None = None
        self.passed_over: list[PassedOver] | None = None
        self.stake = 0
