"""Names of the queues in which leads wait."""

from __future__ import annotations

POLICY_QUEUE = "policy"


def pool_queue(pool_id: str) -> str:
    """The queue of leads that wait for a rep of a pool."""
    return f"pool:{pool_id}"


def rep_queue(rep_id: str) -> str:
    """The queue of leads that wait for one rep."""
    return f"rep:{rep_id}"
