"""Where a lead belongs: the answer of the search, before anything is changed for it."""

from __future__ import annotations

from router.core.model.assignment import Candidates, Outcome, PassedOver, Reason, Score, Value
from router.core.model.bid import Bid
from router.core.model.rep import Rep


class Placement:
    """An outcome with its reason; with a rep, a place in the waiting room, or neither.

    ``needs`` is the class in which the lead would wait, ``waits_for`` the one rep it would wait
    for, and ``review_at_ms`` until when that is so. ``credits`` are those of its pool once the
    pick is charged with ``stake``, which is shared out ``among`` a mask of reps. ``bids`` are what
    the lead would earn in each pool, where that decides. ``rank`` is its place if it waits.
    """

    __slots__ = (
        "account_id", "among", "band", "bids", "candidates", "channel", "channel_rule", "credits",
        "hand_over", "merged_into", "needs", "outcome", "partner", "passed_over", "points",
        "pool_id", "rank", "reason", "rep", "review_at_ms", "rule", "score", "stake",
        "territory_id", "value", "value_minor", "waits_for",
    )  # fmt: skip

    def __init__(
        self,
        outcome: Outcome,
        reason: Reason,
        *,
        rep: Rep | None = None,
        channel: str | None = None,
        candidates: Candidates | None = None,
        needs: str | None = None,
        merged_into: str | None = None,
    ) -> None:
        """What is not given becomes known later, or does not apply."""
        self.outcome = outcome
        self.reason = reason
        self.rep = rep
        self.channel = channel
        self.candidates = candidates
        self.needs = needs
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
        self.value_minor = 0
        self.points = 0
        self.band: str | None = None
        self.stake = 0
        self.among = 0
        self.credits: list[int] | None = None
        self.waits_for: Rep | None = None
        self.review_at_ms: int | None = None
        self.bids: list[Bid] | None = None
        self.rank = 0
