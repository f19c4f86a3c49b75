"""Limits on the leads that a rep may be given in a period."""

from __future__ import annotations

from itertools import pairwise

from router.core.model.policy import AtMost
from router.intake.policy.names import Draft
from router.intake.policy.tree import Mapping, Tree

PERIODS = ("per_hour", "per_day", "per_week")
CAP_MAX = 100_000


def read_periods(draft: Draft, section: Mapping) -> dict[str, int | None]:
    """Read the most of each period; None is no limit."""
    most = {name: read_cap(draft, section, name) for name in PERIODS}
    for shorter, longer in pairwise(PERIODS):
        less, more = most[shorter], most[longer]
        if less is not None and more is not None and less > more:
            message = f"`{shorter}` {less} is more than `{longer}` {more}, so it never counts"
            draft.read.doubtful(section, message)
    return most


def read_at_most(draft: Draft, tree: Tree | None) -> AtMost | None:
    """Read how many leads a pool gives each rep in a period."""
    section = draft.read.mapping(tree, PERIODS, "`at_most`")
    return None if section is None else AtMost(**read_periods(draft, section))


def read_cap(draft: Draft, section: Mapping, key: str) -> int | None:
    """Read one cap; None is no limit."""
    tree = section.get(key)
    return None if tree is None else draft.read.whole(tree, f"`{key}`", 0, CAP_MAX, 0)
