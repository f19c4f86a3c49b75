"""The rights of a role that reads topics as a group and writes others in transactions."""

from __future__ import annotations

from collections.abc import Iterable

from router.kafka.rights.right import Operation, Resource, Right, Rights, topic_rights
from router.kafka.topics.topic_names import group_of, transactional_prefix_of
from router.settings import Settings


def step_rights(
    settings: Settings, role: str, *, read: Iterable[str], written: Iterable[str]
) -> Rights:
    """Return the rights to the topics, to the role's group, and to all its transactional ids."""
    transactions = transactional_prefix_of(settings, role)
    return (
        *topic_rights(Operation.READ, read),
        *topic_rights(Operation.WRITE, written),
        Right(Operation.READ, Resource.GROUP, group_of(settings, role)),
        Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, transactions, is_prefix=True),
    )
