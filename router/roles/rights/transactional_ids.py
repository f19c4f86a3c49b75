"""The right to a role's own transactions."""

from __future__ import annotations

from router.kafka.rights.right import Operation, Resource, Right
from router.kafka.topics.topic_names import transactional_prefix_of
from router.settings import Settings


def transactional_ids(settings: Settings, role: str) -> Right:
    """Return the right to all transactional ids of ``role``."""
    prefix = transactional_prefix_of(settings, role)
    return Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, prefix, is_prefix=True)
