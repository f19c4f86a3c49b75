"""The least that each role needs of the broker: from the names by which it reads and writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from router.kafka.rights.right import Operation, Resource, Right, Rights
from router.kafka.topics.topic_names import (
    group_of,
    topics_of,
    topics_read_by_board,
    topics_read_by_engagement,
    topics_written_by_engagement,
    transactional_prefix_of,
)
from router.kafka.topics.topic_specs import topic_specs
from router.roles.intake.plan import topics_read_by_intake, topics_written_by_intake
from router.roles.route.plan import topics_read_by_route, topics_written_by_route
from router.settings import Settings

CheckedRole: TypeAlias = Literal["intake", "route", "streams", "sender", "crm"]
"""The roles of the program, and those who work with it from outside."""

CHECKED_ROLES: tuple[CheckedRole, ...] = get_args(CheckedRole)

RightsRole: TypeAlias = CheckedRole | Literal["doctor"]
"""All who need rights: `lead-router doctor` finds out about its own by trying."""

RIGHTS_ROLES: tuple[RightsRole, ...] = (*CHECKED_ROLES, "doctor")


def rights_of(settings: Settings, role: RightsRole) -> Rights:
    """Return all that ``role`` needs, and nothing that it can do without."""
    match role:
        case "intake":
            return _of_intake(settings)
        case "route":
            return _of_route(settings)
        case "streams":
            return _of_streams(settings)
        case "sender":
            return _of_sender(settings)
        case "crm":
            return _of_crm(settings)
        case "doctor":
            return _of_doctor(settings)


def _of_intake(settings: Settings) -> Rights:
    return (
        *_topics(Operation.READ, topics_read_by_intake(settings)),
        *_topics(Operation.WRITE, topics_written_by_intake(settings)),
        Right(Operation.READ, Resource.GROUP, group_of(settings, "intake")),
        _transactional_ids(settings, "intake"),
    )


def _of_route(settings: Settings) -> Rights:
    """Before time passes it looks at how far intake is with feedback."""
    return (
        *_topics(Operation.READ, topics_read_by_route(settings)),
        *_topics(Operation.WRITE, topics_written_by_route(settings)),
        *_topics(Operation.DESCRIBE, [topics_of(settings).feedback]),
        Right(Operation.READ, Resource.GROUP, group_of(settings, "route")),
        Right(Operation.DESCRIBE, Resource.GROUP, group_of(settings, "intake")),
        _transactional_ids(settings, "route"),
    )


def _of_streams(settings: Settings) -> Rights:
    board = topics_read_by_board(settings) if settings.board.enabled else []
    return (
        *_topics(Operation.READ, [*topics_read_by_engagement(settings), *board]),
        *_topics(Operation.WRITE, topics_written_by_engagement(settings)),
        Right(Operation.READ, Resource.GROUP, group_of(settings, "streams")),
        _transactional_ids(settings, "streams"),
    )


def _of_sender(settings: Settings) -> Rights:
    topics = topics_of(settings)
    raw = [topics.raw(source) for source in settings.topics.raw_sources]
    return _topics(Operation.WRITE, [topics.leads, *raw, topics.activity])


def _of_crm(settings: Settings) -> Rights:
    """Consumer groups are the CRM's own, as long as their names begin with ``crm``."""
    topics = topics_of(settings)
    return (
        *_topics(Operation.READ, [topics.assignments, topics.owners]),
        *_topics(Operation.WRITE, [topics.feedback, topics.accounts]),
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
        *_topics(Operation.DESCRIBE, topics),
        *_topics(Operation.DESCRIBE_CONFIGS, topics),
        *(Right(operation, Resource.TOPIC, own, is_prefix=True) for operation in operations),
        Right(Operation.READ, Resource.GROUP, own, is_prefix=True),
        Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, own, is_prefix=True),
    )


def _topics(operation: Operation, names: Iterable[str]) -> Rights:
    return tuple(Right(operation, Resource.TOPIC, name) for name in dict.fromkeys(names))


def _transactional_ids(settings: Settings, step: str) -> Right:
    prefix = transactional_prefix_of(settings, step)
    return Right(Operation.WRITE, Resource.TRANSACTIONAL_ID, prefix, is_prefix=True)
