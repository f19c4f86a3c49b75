"""The least that each needs of the broker: the program's roles, and those who work with it."""

from __future__ import annotations

from router.kafka.rights.right import Operation, Resource, Right, Rights, topic_rights
from router.kafka.topics.topic_names import group_of, topics_of
from router.kafka.topics.topic_specs import topic_specs
from router.roles.registry import ROLES
from router.settings import Settings

CHECKED_ROLES: tuple[str, ...] = (*ROLES, "sender", "crm")
"""The roles of the program, and those who work with it from outside."""

RIGHTS_ROLES: tuple[str, ...] = (*CHECKED_ROLES, "doctor")
"""All who need rights: `lead-router doctor` finds out about its own by trying."""


def rights_of(settings: Settings, role: str) -> Rights:
    """Return all that ``role``, one of `RIGHTS_ROLES`, needs, and nothing it can do without."""
    if role in ROLES:
        return ROLES[role].rights(settings)
    outside = {"sender": _of_sender, "crm": _of_crm, "doctor": _of_doctor}
    return outside[role](settings)


def _of_sender(settings: Settings) -> Rights:
    topics = topics_of(settings)
    raw = [topics.raw(source) for source in settings.topics.raw_sources]
    return topic_rights(Operation.WRITE, [topics.leads, *raw, topics.activity])


def _of_crm(settings: Settings) -> Rights:
    """Consumer groups are the CRM's own, as long as their names begin with ``crm``."""
    topics = topics_of(settings)
    return (
        *topic_rights(Operation.READ, [topics.assignments, topics.owners]),
        *topic_rights(Operation.WRITE, [topics.feedback, topics.accounts]),
        Right(Operation.READ, Resource.GROUP, group_of(settings, "crm"), is_prefix=True),
    )


def _of_doctor(settings: Settings) -> Rights:
    """It tries the broker on a topic, a group and an id of its own, and looks at all topics."""
    own = f"{settings.topics.prefix}doctor-"
    operations = (
        Operation.CREATE,
        Operation.WRITE,
        Operation.READ,
        Operation.DESCRIBE_CONFIGS,
        Operation.DELETE,
    )
    topics = [spec.name for spec in topic_specs(settings)]
    return (
        *topic_rights(Operation.DESCRIBE, topics),
        *topic_rights(Operation.DESCRIBE_CONFIGS, topics),
        *(Right(operation, Resource.TOPIC, own, is_prefix=True) for operation in operations),
        Right(Operation.READ, Resource.GROUP, own, is_prefix=True),
        Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, own, is_prefix=True),
    )
