"""A lead as the policy sees it: what conditions test, and what was found of it so far."""

from __future__ import annotations

from router.core.compiled.matched_rules import MatchedRules
from router.core.model.assignment import PassedOver, Score, Value
from router.core.model.events import Account, Facts
from router.core.model.rep import Named


class View:
    """A lead as conditions see it, and as the policy judges it.

    ``channel`` is the one that the policy's channel line names for it, or that it is moved to.
    ``value_minor`` is None while nobody knows it: unknown is neither small nor large. ``paced``
    says that reps with leads to answer are to get none; ``missing`` are those who missed it a short
    while ago, ``named`` those who would have it by name if they had room, and ``review_at_ms`` is
    when time alone may change who it is.
    """

    __slots__ = (
        "account", "band", "channel", "facts", "feedback", "lines", "market", "missed", "missing",
        "named",
        "paced", "passed_over", "points", "review_at_ms", "score", "value", "value_minor",
    )  # fmt: skip

    lines: MatchedRules
    score: Score
    value: Value

    def __init__(
        self, facts: Facts, account: Account | None, market: str | None, missed: int
    ) -> None:
        """Value, score and the policy's lines become known one after the other."""
        self.facts = facts
        self.account = account
        self.market = market
        self.missed = missed
        self.missing = 0
        self.value_minor: int | None = None
        self.channel = "inside"
        self.points = 0
        self.band: str | None = None
        self.feedback: str | None = None
        self.passed_over: list[PassedOver] | None = None
        self.paced = False
        self.named: list[Named] | None = None
        self.review_at_ms: int | None = None

    def review_by(self, at_ms: int | None) -> None:
        """Note that the findings may be otherwise from then on; the earliest such time counts."""
        if at_ms is not None and (self.review_at_ms is None or at_ms < self.review_at_ms):
            self.review_at_ms = at_ms
